/* line_reader: lines through a pipe, cut into pieces at every place. */
#include "line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "alloc.h"
#include "test.h"

#define LINE_MAX_BYTES 10

static int pipe_ends[2];

static int set_up(UNUSED void **state)
{
    return pipe2(pipe_ends, O_NONBLOCK | O_CLOEXEC);
}

static int tear_down(UNUSED void **state)
{
    close(pipe_ends[0]);
    if (pipe_ends[1] >= 0)
        close(pipe_ends[1]);
    return 0;
}

static void write_all(const char *bytes, size_t len)
{
    for (ssize_t n; len > 0; bytes += n, len -= (size_t)n) {
        n = write(pipe_ends[1], bytes, len);
        assert_true(n > 0);
    }
}

static void end_input(void)
{
    close(pipe_ends[1]);
    pipe_ends[1] = -1;
}

/* Writes down what comes until more must be read or the end: "[line]", "!" for one that is too
 * long, "$" for the end; with a digit where the number of the line is not one more. */
static enum line_status take(struct line_reader *reader, struct buf *out)
{
    for (;;) {
        size_t number = reader->number, len;
        const char *line;
        enum line_status status = line_reader_next(reader, &line, &len);
        bool is_line = status == LINE_READY || status == LINE_TOO_LONG;
        if (reader->number != number + is_line)
            buf_addf(out, "%zu", reader->number);
        if (status == LINE_READY)
            buf_addf(out, "[%.*s]", (int)len, line);
        else if (status == LINE_TOO_LONG)
            buf_adds(out, "!");
        else if (status == LINE_END)
            buf_adds(out, "$");
        if (!is_line)
            return status;
    }
}

/* Feeds the text cut in front of `cut` and `cut2`, and returns what came. */
static void feed(struct buf *out, const char *text, size_t cut, size_t cut2)
{
    size_t len = strlen(text), cuts[] = {0, cut, cut2, len};
    struct line_reader reader;

    line_reader_init(&reader, pipe_ends[0], LINE_MAX_BYTES);
    for (int i = 0; i < 3; i++) {
        if (cuts[i + 1] == cuts[i])
            continue;
        write_all(text + cuts[i], cuts[i + 1] - cuts[i]);
        assert_int_equal(line_reader_read(&reader), 0);
        assert_int_equal(take(&reader, out), LINE_NONE_YET);
    }
    end_input();
    assert_int_equal(line_reader_read(&reader), 0);
    assert_int_equal(take(&reader, out), LINE_END);
    assert_int_equal(take(&reader, out), LINE_END);
    line_reader_deinit(&reader);
}

static const struct {
    const char *text, *lines;
} CASES[] = {
    {"", "$$"},
    {"a", "[a]$$"},
    {"a\n", "[a]$$"},
    {"a\nb", "[a][b]$$"},
    {"\n", "[]$$"},
    {"\n\n", "[][]$$"},
    {"a\r\nb\r\n", "[a][b]$$"},
    {"a\r", "[a]$$"}, /* the CR of a CRLF whose LF never came */
    {"a\rb\n", "[a\rb]$$"},
    {"a\r\r\n", "[a\r]$$"},
    {"\r\n", "[]$$"},
    {"0123456789\n", "[0123456789]$$"},
    {"0123456789\r\nx", "[0123456789][x]$$"},
    {"0123456789", "[0123456789]$$"},
    {"0123456789\r", "[0123456789]$$"},
    {"0123456789a\nx\n", "![x]$$"},
    {"0123456789a", "!$$"},
    {"0123456789a\r\nx", "![x]$$"},
    {"0123456789ab\nx\n", "![x]$$"},
    {"0123456789abcdefghijklmnopqrstuvwxyz\nx\n", "![x]$$"},
    {"0123456789abcdefghijklmnopqrstuvwxyz", "!$$"},
    {"x\n0123456789abcdefghij\n0123456789abcdefghij\ny", "[x]!![y]$$"},
    {"{\"a\":1}\n{\"b\":2}\r\n\n{\"c\":3}", "[{\"a\":1}][{\"b\":2}][][{\"c\":3}]$$"},
};

static void every_split(UNUSED void **state)
{
    struct buf out;

    buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < COUNT(CASES); i++)
        for (size_t cut = 0; cut <= strlen(CASES[i].text); cut++)
            for (size_t cut2 = cut; cut2 <= strlen(CASES[i].text); cut2++) {
                tear_down(NULL);
                set_up(NULL);
                buf_clear(&out);
                feed(&out, CASES[i].text, cut, cut2);
                if (strcmp(buf_text(&out), CASES[i].lines) != 0)
                    fail_msg("\"%s\" cut at %zu and %zu gives %s", CASES[i].text, cut, cut2,
                             out.data);
            }
    buf_deinit(&out);
}

static void nul_bytes_stay(UNUSED void **state)
{
    struct line_reader reader;
    const char *line;
    size_t len;

    line_reader_init(&reader, pipe_ends[0], LINE_MAX_BYTES);
    write_all("a\0b\n", 4);
    assert_int_equal(line_reader_read(&reader), 0);
    assert_int_equal(line_reader_next(&reader, &line, &len), LINE_READY);
    assert_int_equal(len, 3);
    assert_memory_equal(line, "a\0b", 3);
    line_reader_deinit(&reader);
}

static void line_is_there_as_soon_as_its_end(UNUSED void **state)
{
    struct line_reader reader;
    struct buf out;

    buf_init(&out, 1000);
    line_reader_init(&reader, pipe_ends[0], LINE_MAX_BYTES);
    assert_int_equal(take(&reader, &out), LINE_NONE_YET);
    write_all("a\nb", 3);
    assert_int_equal(line_reader_read(&reader), 0);
    assert_int_equal(take(&reader, &out), LINE_NONE_YET);
    assert_string_equal(buf_text(&out), "[a]");
    assert_int_equal(line_reader_read(&reader), -1); /* nothing there yet: the pipe does not wait */
    assert_int_equal(errno, EAGAIN);
    write_all("c\n", 2);
    assert_int_equal(line_reader_read(&reader), 0);
    take(&reader, &out);
    assert_string_equal(buf_text(&out), "[a][bc]");
    line_reader_deinit(&reader);
    buf_deinit(&out);
}

/* Far more than is read at once, in lines of all lengths. */
static void many_lines(UNUSED void **state)
{
    static char text[1200 * 151], line_text[300];
    struct line_reader reader;
    size_t len = 0, sent = 0, count = 0, line_len;
    const char *line;

    memset(line_text, 'x', sizeof line_text);
    for (size_t i = 0; i < 1200; i++) {
        memset(text + len, 'x', i % 300);
        len += i % 300;
        text[len++] = '\n';
    }
    line_reader_init(&reader, pipe_ends[0], 300);
    for (;;) {
        enum line_status status = line_reader_next(&reader, &line, &line_len);
        if (status == LINE_END)
            break;
        if (status == LINE_READY) {
            assert_int_equal(line_len, count++ % 300);
            assert_memory_equal(line, line_text, line_len);
            continue;
        }
        assert_int_equal(status, LINE_NONE_YET);
        size_t n = len - sent < 5000 ? len - sent : 5000;
        write_all(text + sent, n);
        sent += n;
        if (n == 0)
            end_input();
        assert_int_equal(line_reader_read(&reader), 0);
    }
    assert_int_equal(count, 1200);
    line_reader_deinit(&reader);
}

/* A line without end takes no more memory than its limit and what is read at once. */
static void endless_line(UNUSED void **state)
{
    static char block[60000];
    struct line_reader reader;
    struct buf out;

    buf_init(&out, 1000);
    memset(block, 'x', sizeof block);
    line_reader_init(&reader, pipe_ends[0], LINE_MAX_BYTES);
    for (int i = 0; i < 100; i++) {
        write_all(block, sizeof block);
        assert_int_equal(line_reader_read(&reader), 0);
        assert_int_equal(take(&reader, &out), LINE_NONE_YET);
        assert_true(reader.bytes.cap < 200000);
    }
    write_all("\nshort\n", 7);
    assert_int_equal(line_reader_read(&reader), 0);
    take(&reader, &out);
    assert_string_equal(buf_text(&out), "![short]");
    assert_int_equal(reader.number, 2);
    line_reader_deinit(&reader);
    buf_deinit(&out);
}

static void bad_descriptor(UNUSED void **state)
{
    struct line_reader reader;

    line_reader_init(&reader, -1, LINE_MAX_BYTES);
    assert_int_equal(line_reader_read(&reader), -1);
    assert_int_equal(errno, EBADF);
    line_reader_deinit(&reader);
}

static void without_memory(UNUSED void **state)
{
    struct line_reader reader;

    line_reader_init(&reader, pipe_ends[0], LINE_MAX_BYTES);
    write_all("abc\n", 4);
    alloc_fail_at(1);
    assert_int_equal(line_reader_read(&reader), -1);
    assert_int_equal(errno, ENOMEM);
    assert_true(alloc_fail_never());
    line_reader_deinit(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("lines are the same, however the input is cut", every_split),
        CASE("a NUL is a byte as others", nul_bytes_stay),
        CASE("a line is there as soon as its end", line_is_there_as_soon_as_its_end),
        CASE("many lines of all lengths", many_lines),
        CASE("a line without end takes little memory", endless_line),
        CASE("an error is said by errno", bad_descriptor),
        CASE("without memory reading fails", without_memory),
    };

    return RUN_TESTS("line_reader", tests);
}
