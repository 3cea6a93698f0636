/* Data out of files and standard input. */
#ifndef SSE_INPUT_H
#define SSE_INPUT_H

#include "core/buf.h"

/* Opens a file for reading; `-` is standard input. Returns a descriptor, which the caller closes if
 * it is not STDIN_FILENO; or -1 and *why. */
int input_open(const char *path, struct buf *why);

/* Appends what is in the file, without the line end (LF or CRLF) of its last line. Returns 0; or
 * the code to exit with, and *why: EX_DATAERR when that is more than *out may hold, EXIT_FAILURE
 * when it cannot be read. */
int input_read(struct buf *out, const char *path, struct buf *why);

#endif
