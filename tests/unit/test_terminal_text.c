/* terminal_text: what a terminal is sent, as lines. */
#include "terminal_text.h"

#include "test.h"

/* Lines as text: each with `;` behind it if it is final, else with `,`. */
static struct buf lines;

static void on_line(UNUSED void *context, const char *line, size_t len, bool is_final)
{
    assert_int_equal(strlen(line), len);
    buf_add(&lines, line, len);
    buf_adds(&lines, is_final ? ";" : ",");
}

/* Fed in pieces of every size. */
static void assert_lines(const char *bytes, const char *wanted)
{
    size_t len = strlen(bytes);

    for (size_t piece = 1; piece <= len; piece++) {
        static struct terminal_text text;
        buf_init(&lines, 100000);
        terminal_text_init(&text, on_line, NULL);
        for (size_t at = 0; at < len; at += piece)
            terminal_text_feed(&text, bytes + at, len - at < piece ? len - at : piece);
        terminal_text_end(&text);
        assert_buf(&lines, wanted);
        buf_deinit(&lines);
    }
}

static void line_ends(UNUSED void **state)
{
    assert_lines("a\nb\r\nc", "a;b;c;");
    assert_lines("\n\r\n", ";;");
    assert_lines("1%\r2%\r\r3%\n", "1%,2%,3%;");
    assert_lines("\r1%\r2%", "1%,2%;");
    assert_lines("45x\b%\n\b\b1\n", "45%;1;");
    assert_lines("a\tb\a\n", "a\tb;");
    assert_lines("\001\002a\003\177b\004\r\004c\n", "ab,c;");
}

static void sequences(UNUSED void **state)
{
    assert_lines("\033[1;32mgreen\033[0m and \033[38;2;1;2;3mmore\033[m\n", "green and more;");
    assert_lines("\033]0;a title 99%\atext\n", "text;");
    assert_lines("\033]8;;http://a/\033\\link\033]8;;\033\\\n", "link;");
    assert_lines("\033(Ba\033[?25lb\033[K\n", "ab;");
    assert_lines("a\033[2Cb\n", "a b;");
    assert_lines("old\033[1Anew\n", "old,new;"); /* the cursor went up */
    assert_lines("x\0337\033[24;0fProgress: [ 45%]\0338y\n", "x,Progress: [ 45%],y;");
}

static void long_line(UNUSED void **state)
{
    static struct terminal_text text;

    buf_init(&lines, 100000);
    terminal_text_init(&text, on_line, NULL);
    for (int i = 0; i < 3 * TERMINAL_LINE_MAX; i++)
        terminal_text_feed(&text, "x\033[C", 4);
    terminal_text_feed(&text, "\n", 1);
    assert_int_equal(lines.len, TERMINAL_LINE_MAX + 1);
    buf_deinit(&lines);
}

static void pending(UNUSED void **state)
{
    static struct terminal_text text;
    size_t len;

    buf_init(&lines, 1000);
    terminal_text_init(&text, on_line, NULL);
    terminal_text_feed(&text, "a\n 45%\r", 7);
    assert_string_equal(terminal_text_pending(&text, &len), " 45%");
    assert_int_equal(len, 4);
    assert_buf(&lines, "a;");
    buf_deinit(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a line feed ends a line, a carriage return begins it anew", line_ends),
        TEST("colours, titles and the like are left out", sequences),
        TEST("of a line that is too long the beginning counts", long_line),
        TEST("a line that has not ended can be looked at", pending),
    };

    return RUN_TESTS("terminal_text", tests);
}
