/* One line an event, to stderr: `sse.fcgi: closed stream=17 reason="client gone" age_s=93`. Where
 * stderr is systemd's journal, `<6>sse.fcgi: closed ...`, the priority that sd-daemon(3) asks for.
 * The name stays: a line of what lighttpd has started is one of lighttpd's to the journal. */
#ifndef SSE_CORE_LOG_H
#define SSE_CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Sets the program's name, which begins each line (not copied), and the last level that is
 * written, and finds out whether stderr is the journal (JOURNAL_STREAM, systemd.exec(5)). Before
 * the first call: "sse", LOG_INFO, and not the journal. */
void log_init(const char *program, enum log_level most);

/* Level for "error", "warning", "info" or "debug"; -1 for anything else. */
int log_level_parse(const char *name);

/* Whether lines of this level are written: who has to gather what one would say may ask first. */
bool log_is_written(enum log_level level);

/* Writes one line: `event` says what happened, `format` gives the key=value pairs ("" for none).
 * Control characters that values bring along are written as `?`, so a line stays one line.
 * Lines are cut at 1,024 bytes. Safe to call from any thread. */
void log_event(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes words for a person, of one or more lines, each with its end; whatever the level, the
 * program's name before the first. */
void log_text(enum log_level level, const char *text, size_t len);

#endif
