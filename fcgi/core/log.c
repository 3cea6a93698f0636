/* Key=value lines to stderr. Each line is one write(2), so lines of several threads, or of several
 * processes that share a web server's error log, do not mix. */
#include "core/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static const char *program_name = "sse";
static enum log_level most_level = LOG_INFO;

static bool to_journal = false;

static const char *const LEVEL_NAMES[] = {"error", "warning", "info", "debug"};
static const int PRIORITIES[] = {3, 4, 6, 7}; /* syslog(3) */

/* Whether stderr is the journal: JOURNAL_STREAM names the device and inode that it was given
 * (systemd.exec(5)), and a file or a pipe that somebody put in its place has others. */
static bool is_journal(void)
{
    const char *given = getenv("JOURNAL_STREAM");
    struct stat now;
    char text[64];

    if (given == NULL || fstat(STDERR_FILENO, &now) < 0)
        return false;
    snprintf(text, sizeof text, "%ju:%ju", (uintmax_t)now.st_dev, (uintmax_t)now.st_ino);
    return strcmp(given, text) == 0;
}

void log_init(const char *program, enum log_level most)
{
    program_name = program;
    most_level = most;
    to_journal = is_journal();
}

int log_level_parse(const char *name)
{
    for (int i = 0; i < (int)(sizeof LEVEL_NAMES / sizeof *LEVEL_NAMES); i++)
        if (strcmp(name, LEVEL_NAMES[i]) == 0)
            return i;
    return -1;
}

bool log_is_written(enum log_level level)
{
    return level <= most_level;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    const int room = (int)sizeof line - 1; /* the line end */
    va_list args;

    if (!log_is_written(level))
        return;
    int len = to_journal ? snprintf(line, sizeof line, "<%d>%s: %s", PRIORITIES[level],
                                    program_name, event)
                         : snprintf(line, sizeof line, "%s: %s", program_name, event);
    if (len < 0)
        return;
    if (*format != '\0' && len < room - 1) {
        line[len++] = ' ';
        va_start(args, format);
        int more = vsnprintf(line + len, sizeof line - (size_t)len, format, args);
        va_end(args);
        len += more > 0 ? more : 0;
    }
    if (len > room)
        len = room;
    for (int i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[len++] = '\n';
    /* Nobody is left to tell when stderr itself fails. */
    if (write(STDERR_FILENO, line, (size_t)len) < 0)
        return;
}

void log_text(enum log_level level, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        const char *line_end = memchr(text + at, '\n', len - at);
        size_t next = line_end != NULL ? (size_t)(line_end + 1 - text) : len;
        if (to_journal)
            fprintf(stderr, "<%d>", PRIORITIES[level]);
        if (at == 0)
            fprintf(stderr, "%s: ", program_name);
        fwrite(text + at, 1, next - at, stderr);
        at = next;
    }
}
