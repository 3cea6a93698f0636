/* Where a reader is, kept in a file: the id of the last event that is done with. */
#ifndef SSE_CURSOR_FILE_H
#define SSE_CURSOR_FILE_H

#include <stdbool.h>

#include "core/buf.h"

/* Appends what the file says and a NUL; only the NUL if there is no such file, or an empty one.
 * Returns 0; or -1 with errno: EINVAL if it holds more than one line. */
int cursor_file_read(const char *path, struct buf *cursor);

/* Whether cursor_file_write can replace the file: makes PATH.new, which that needs sooner or later,
 * and removes it; the file itself is not touched. Returns 0; or -1 with errno. */
int cursor_file_check(const char *path);

/* Replaces the content. A process that is killed meanwhile leaves the old id or the new one. Where
 * the new one is as long as the old it is written over that, in one write, and is on the disk when
 * this returns only if `is_safe`: that takes milliseconds, and without it a machine that stops has
 * the id of some seconds ago. Otherwise the file is made anew, as PATH.new, written to the disk and
 * renamed: a rename before that could leave an empty file, which is no cursor at all. Links are
 * not followed. Returns 0; or -1 with errno. */
int cursor_file_write(const char *path, const char *cursor, bool is_safe);

#endif
