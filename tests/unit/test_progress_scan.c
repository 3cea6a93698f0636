/* progress_scan: what real commands printed (recorded/), and lines that tell of nothing. */
#include "progress_scan.h"

#include <stdio.h>
#include <stdlib.h>

#include "alloc.h"
#include "terminal_text.h"
#include "test.h"

static struct progress_scan scan;

static int set_up(UNUSED void **state)
{
    return progress_scan_init(&scan);
}

static int tear_down(UNUSED void **state)
{
    progress_scan_deinit(&scan);
    return 0;
}

/* What a line says: "moved/total percent unit", "" for nothing. */
static const char *say(const char *line, bool may_be_number)
{
    static char text[100];
    struct progress progress;
    double percent;

    text[0] = '\0';
    if (!progress_scan_line(&scan, line, may_be_number, &progress))
        return text;
    bool has_percent = progress_percent(&progress, &percent);
    snprintf(text, sizeof text, "%lu/%lu %.1f%s", (unsigned long)progress.moved,
             (unsigned long)progress.total, has_percent ? percent : -1,
             progress.unit != NULL ? progress.unit : "");
    return text;
}

static struct buf said;
static bool takes_numbers;

static void on_line(UNUSED void *context, const char *line, UNUSED size_t len, UNUSED bool is_final)
{
    const char *text = say(line, takes_numbers);

    if (text[0] != '\0')
        buf_addf(&said, "%s\n", text);
}

/* The recording, beside this file. */
static size_t load(const char *name, char *bytes, size_t size)
{
    char path[200];

    snprintf(path, sizeof path, "tests/unit/recorded/%s.txt", name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("there is no %s: run from the project's folder", path);
    size_t len = fread(bytes, 1, size, file);
    fclose(file);
    return len;
}

/* What the command printed, in pieces of some sizes, says `count` things, the first and the last of
 * them these. */
static void assert_recorded(const char *name, size_t count, const char *first, const char *last)
{
    static char bytes[16384];
    size_t len = load(name, bytes, sizeof bytes);

    for (size_t piece = 1; piece <= len; piece = piece * 2 + 1) {
        static struct terminal_text text;
        size_t found = 0;
        progress_scan_deinit(&scan);
        assert_int_equal(progress_scan_init(&scan), 0);
        buf_init(&said, 100000);
        terminal_text_init(&text, on_line, NULL);
        for (size_t at = 0; at < len; at += piece)
            terminal_text_feed(&text, bytes + at, len - at < piece ? len - at : piece);
        terminal_text_end(&text);
        const char *all = buf_text(&said), *newest = all;
        for (const char *at = all; (at = strchr(at, '\n')) != NULL; at++)
            found++;
        for (const char *at = all; at[0] != '\0'; at = strchr(at, '\n') + 1)
            newest = at;
        if (found != count || strncmp(all, first, strlen(first)) != 0 ||
            strncmp(newest, last, strlen(last)) != 0)
            fail_msg("%s in pieces of %zu: %zu things:\n%s", name, piece, found, all);
        buf_deinit(&said);
    }
}

static void recorded(UNUSED void **state)
{
    takes_numbers = false;
    assert_recorded("rsync", 4, "32768/0 0.0bytes\n", "60000000/0 100.0bytes\n");
    assert_recorded("curl", 3, "0/0 -1.0bytes\n", "59978547/59978547 100.0bytes\n");
    assert_recorded("curl-bar", 11, "15/100 15.9%\n", "100/100 100.0%\n");
    assert_recorded("wget-bar", 11, "0/100 0.0%\n", "100/100 100.0%\n");
    assert_recorded("wget-dots", 7, "0/100 0.0%\n", "100/100 100.0%\n");
    assert_recorded("dd", 2, "20000256/0 -1.0bytes\n", "40000000/0 -1.0bytes\n");
    assert_recorded("apt", 5, "0/100 0.0%\n", "100/100 100.0%\n");
    assert_recorded("ninja", 12, "1/12 8.3\n", "12/12 100.0\n");
    assert_recorded("ninja-tty", 24, "0/12 0.0\n", "12/12 100.0\n");
    assert_recorded("cmake", 8, "14/100 14.0%\n", "100/100 100.0%\n");
    assert_recorded("pytest", 3, "33/100 33.0%\n", "100/100 100.0%\n");
    assert_recorded("pytest-v", 9, "11/100 11.0%\n", "100/100 100.0%\n");
    assert_recorded("tqdm", 22, "0/40 0.0\n", "40/40 100.0\n");
    assert_recorded("tqdm-scale", 10, "0/50000000 0.0\n", "50000000/50000000 100.0\n");
    assert_recorded("pv-n", 0, "", "");
    takes_numbers = true;
    assert_recorded("pv-n", 2, "52/100 52.0%\n", "100/100 100.0%\n");
}

static void bare(UNUSED void **state)
{
    static const struct {
        const char *line, *said;
    } CASES[] = {
        {"45%", "45/100 45.0%"},
        {"  0.5 % of it", "0/100 0.5%"},
        {"Receiving objects:  45% (123/273), 1.20 MiB", "45/100 45.0%"},
        {"done: 99,9%", "99/100 99.9%"},
        {"(7%)", "7/100 7.0%"},
        {"100%", "100/100 100.0%"},
        {"101%", ""},
        {"1234%", ""},
        {"-5%", ""},
        {"v1.45%", ""},
        {"%45", ""},
        {"100%ABC", ""},
        {"a%20b", ""},
        {"45", ""},
        {"", ""},
        {"%", ""},
        {"\xff\xfe 45% \xff", ""}, /* data */
        {"(Reading database ... 45%", ""},
        {"[13/12] x", ""},
        {"[0/0] x", ""},
    };

    for (size_t i = 0; i < COUNT(CASES); i++)
        assert_string_equal(say(CASES[i].line, false), CASES[i].said);
}

static void own_form(UNUSED void **state)
{
    assert_string_equal(say("50% of the world", false), "50/100 50.0%");
    assert_string_equal(say("[3/12] cc a.c", false), "3/12 25.0");
    assert_string_equal(say("warning: 50% of the world", false), "");
    assert_string_equal(say("[ 60%] Building", false), "60/100 60.0%");
    assert_string_equal(say("[4/12] cc b.c", false), "4/12 33.3");
}

static void numbers(UNUSED void **state)
{
    assert_string_equal(say("45", true), "45/100 45.0%");
    assert_string_equal(say("45 files", true), "");
    assert_string_equal(say("101", true), "");
    assert_string_equal(say("12% in the data that goes through", true), "");
}

static void patterns(UNUSED void **state)
{
    assert_null(progress_scan_use(&scan, "step ([0-9]+) of ([0-9]+)"));
    assert_string_equal(say("step 3 of 4", false), "3/4 75.0");
    assert_string_equal(say("45%", false), ""); /* nothing else counts */
    assert_string_equal(say("step 5 of 4", false), "");
    assert_null(progress_scan_use(&scan, "at ([0-9.]+)"));
    assert_string_equal(say("at 12.5", false), "12/100 12.5%");
    assert_null(progress_scan_use(&scan, "x|at ([0-9.]+)"));
    assert_string_equal(say("x", false), ""); /* the group is not in it */
    assert_non_null(progress_scan_use(&scan, "no group"));
    assert_non_null(progress_scan_use(&scan, "(a"));
    assert_non_null(progress_scan_use(&scan, "(step|part) ([0-9]+) of ([0-9]+)"));
}

/* Whatever bytes come, nothing is read that is not there (under the sanitizers). */
static void random_lines(UNUSED void **state)
{
    static const char LETTERS[] = " 0123456789%[]/|:.,kMGTPE-x()bytescopied";
    uint64_t random = 7;

    for (int i = 0; i < 20000; i++) {
        char line[80];
        size_t len = next_random(&random) % (sizeof line - 1);
        for (size_t at = 0; at < len; at++)
            line[at] = LETTERS[next_random(&random) % (sizeof LETTERS - 1)];
        line[len] = '\0';
        const char *text = say(line, i % 2 == 0);
        assert_true(strlen(text) < 90);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("it understands what commands really print", recorded),
        CASE("a percentage counts where it is one", bare),
        CASE("after a line with a form of its own plain percentages do not count", own_form),
        CASE("a lone number counts only where it is expected", numbers),
        CASE("with a pattern nothing else counts", patterns),
        CASE("random lines do no harm", random_lines),
    };

    return RUN_TESTS("progress_scan", tests);
}
