/* Where a reader is, kept in a file: the id of the last event that is done with. */
#ifndef SSE_CURSOR_FILE_H
#define SSE_CURSOR_FILE_H

#include "core/buf.h"

/* Appends what the file says and a NUL; only the NUL if there is no such file, or an empty one.
 * Returns 0; or -1 with errno: EINVAL if it holds more than one line. */
int cursor_file_read(const char *path, struct buf *cursor);

/* Replaces the content in one go, through PATH.new beside it: whoever reads it finds the old id or
 * the new one, also when the process is killed meanwhile. Returns 0; or -1 with errno. */
int cursor_file_write(const char *path, const char *cursor);

#endif
