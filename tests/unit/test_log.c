/* core/log: one line an event, one write a line. */
#include "core/log.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "capture.h"
#include "test.h"

static struct capture out;

/* What one call writes. */
#define WRITTEN(level, event, ...)                                                                 \
    (capture_begin(&out, STDERR_FILENO), log_event(level, event, __VA_ARGS__), capture_end(&out))

static int set_up(UNUSED void **state)
{
    log_init("sse.fcgi", LOG_DEBUG);
    return 0;
}

static void one_line(UNUSED void **state)
{
    const char *text = WRITTEN(LOG_INFO, "closed", "stream=%d reason=\"%s\"", 17, "client gone");

    assert_string_equal(text, "sse.fcgi: closed stream=17 reason=\"client gone\"\n");
    assert_int_equal(out.writes, 1);
}

static void no_values(UNUSED void **state)
{
    assert_string_equal(WRITTEN(LOG_ERROR, "started", "%s", ""), "sse.fcgi: started \n");
    capture_begin(&out, STDERR_FILENO);
    const char *none = "";
    log_event(LOG_ERROR, "started", none, NULL);
    assert_string_equal(capture_end(&out), "sse.fcgi: started\n");
}

static void control_characters(UNUSED void **state)
{
    char all[0x20 + 1] = {0};

    for (int i = 1; i < 0x20; i++)
        all[i - 1] = (char)i;
    all[0x1f] = 0x7f;
    const char *text = WRITTEN(LOG_INFO, "closed", "by=%s.\xc3\xa4\x80~", all);
    assert_string_equal(text,
                        "sse.fcgi: closed by=????????????????????????????????.\xc3\xa4\x80~\n");
    assert_string_equal(WRITTEN(LOG_INFO, "a\nb", "%s", "c"), "sse.fcgi: a?b c\n");
}

static void is_cut(UNUSED void **state)
{
    char value[3000];

    for (size_t len = 980; len < sizeof value; len += len < 1040 ? 1 : 500) {
        memset(value, 'v', sizeof value);
        value[len] = '\0';
        size_t whole = strlen("sse.fcgi: long value=\n") + len;
        const char *text = WRITTEN(LOG_INFO, "long", "value=%s", value);
        assert_int_equal(strlen(text), whole < 1024 ? whole : 1024);
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
        assert_int_equal(out.writes, 1);
        /* The event's name alone may be as long. */
        text = WRITTEN(LOG_INFO, value, "k=%s", "w");
        assert_true(strlen(text) <= 1024);
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    }
}

static void levels(UNUSED void **state)
{
    for (int most = LOG_ERROR; most <= LOG_DEBUG; most++)
        for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
            log_init("p", (enum log_level)most);
            const char *text = WRITTEN((enum log_level)level, "event", "k=%d", 1);
            assert_string_equal(text, level <= most ? "p: event k=1\n" : "");
            assert_int_equal(log_is_written((enum log_level)level), level <= most);
        }
}

static void level_names(UNUSED void **state)
{
    assert_int_equal(log_level_parse("error"), LOG_ERROR);
    assert_int_equal(log_level_parse("warning"), LOG_WARNING);
    assert_int_equal(log_level_parse("info"), LOG_INFO);
    assert_int_equal(log_level_parse("debug"), LOG_DEBUG);
    assert_int_equal(log_level_parse(""), -1);
    assert_int_equal(log_level_parse("Info"), -1);
    assert_int_equal(log_level_parse("infos"), -1);
    assert_int_equal(log_level_parse("warn"), -1);
}

static void closed_stderr(UNUSED void **state)
{
    int before = dup(STDERR_FILENO);

    close(STDERR_FILENO);
    log_event(LOG_ERROR, "unheard", "k=%d", 1);
    dup2(before, STDERR_FILENO);
    close(before);
}

/* Captures stderr as if it were the journal, with `more` behind what JOURNAL_STREAM should be. */
static void journal_begin(const char *more)
{
    struct stat at;
    char stream[64];

    capture_begin(&out, STDERR_FILENO);
    assert_int_equal(fstat(STDERR_FILENO, &at), 0);
    snprintf(stream, sizeof stream, "%ju:%ju%s", (uintmax_t)at.st_dev, (uintmax_t)at.st_ino, more);
    setenv("JOURNAL_STREAM", stream, 1);
    log_init("sse.fcgi", LOG_DEBUG);
}

static void journal(UNUSED void **state)
{
    char value[3000] = {0};

    journal_begin("");
    log_event(LOG_ERROR, "a", "k=%d", 1);
    log_event(LOG_WARNING, "b", "k=%d", 2);
    log_event(LOG_INFO, "c\n<0>d", "k=%d", 3);
    log_event(LOG_DEBUG, "e", "k=%d", 4);
    assert_string_equal(capture_end(&out), "<3>sse.fcgi: a k=1\n<4>sse.fcgi: b k=2\n"
                                           "<6>sse.fcgi: c?<0>d k=3\n<7>sse.fcgi: e k=4\n");
    assert_int_equal(out.writes, 4);

    journal_begin("");
    memset(value, 'v', sizeof value - 1);
    log_event(LOG_INFO, "long", "value=%s", value);
    assert_int_equal(strlen(capture_end(&out)), 1024);
}

static void not_the_journal(UNUSED void **state)
{
    static const char *const OTHERS[] = {"0", ":", " ", "x"};

    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        journal_begin(OTHERS[i]);
        log_event(LOG_INFO, "a", "k=%d", 1);
        assert_string_equal(capture_end(&out), "sse.fcgi: a k=1\n");
    }
    /* The journal's descriptor was replaced since: a web server that has a log file. */
    journal_begin("");
    capture_end(&out);
    log_init("sse.fcgi", LOG_DEBUG);
    assert_string_equal(WRITTEN(LOG_INFO, "a", "k=%d", 1), "sse.fcgi: a k=1\n");
}

static void words(UNUSED void **state)
{
    static const char TEXT[] = "no socket:\n  --listen\n";

    log_init("sse.fcgi", LOG_ERROR);
    capture_begin(&out, STDERR_FILENO);
    log_text(LOG_ERROR, TEXT, strlen(TEXT));
    log_text(LOG_INFO, "no end", 6);
    log_text(LOG_INFO, NULL, 0);
    assert_string_equal(capture_end(&out), "sse.fcgi: no socket:\n  --listen\nsse.fcgi: no end");

    journal_begin("");
    log_text(LOG_ERROR, TEXT, strlen(TEXT));
    assert_string_equal(capture_end(&out), "<3>sse.fcgi: no socket:\n<3>  --listen\n");
}

static int forget_journal(UNUSED void **state)
{
    unsetenv("JOURNAL_STREAM");
    log_init("sse.fcgi", LOG_DEBUG);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH(set_up, NULL, "an event is one line and one write", one_line),
        TEST_WITH(set_up, NULL, "an event may have no values", no_values),
        TEST_WITH(set_up, NULL, "control characters become question marks", control_characters),
        TEST_WITH(set_up, NULL, "a line is cut at 1,024 bytes and still ends", is_cut),
        TEST_WITH(set_up, NULL, "only levels up to the most are written", levels),
        TEST("a level has one name", level_names),
        TEST_WITH(set_up, NULL, "a closed stderr does no harm", closed_stderr),
        TEST_WITH(NULL, forget_journal, "the journal gets priorities", journal),
        TEST_WITH(NULL, forget_journal, "words of several lines keep them", words),
        TEST_WITH(NULL, forget_journal, "what is not the journal gets none", not_the_journal),
    };

    return RUN_TESTS("log", tests);
}
