/* A secret that lies in a file, so that no command line and no environment holds it. */
#ifndef SSE_CORE_SECRET_H
#define SSE_CORE_SECRET_H

#define SECRET_MAX 4096 /* bytes */

/* Reads the one line that a file has; its line end, LF or CRLF, does not belong to the secret.
 * Returns NULL, and the caller frees *secret; or what is wrong with the file (never quoting it), as
 * the end of a sentence that begins with its name, valid until the next call. */
const char *secret_read(char **secret, const char *path);

#endif
