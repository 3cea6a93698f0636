/* A new directory that is not whole yet, and whose copy it is.
 *
 * `copy a b` makes b, but where b is there it makes b/a: run again after an interruption it would
 * begin elsewhere. So a directory that a copy makes for its source holds a hidden file, named after
 * that source, from before it has its name until all is in it. */
#ifndef SSE_COPY_CLAIM_H
#define SSE_COPY_CLAIM_H

#include <stdbool.h>
#include <sys/stat.h>

/* Whether the directory is a copy of `source` that was interrupted. */
bool copy_claim_is_on(const char *path, const struct stat *source);

/* Makes the directory `name` in `dir`, claimed for `source`. Nothing if something is there. Returns
 * 0; or -1 with errno. */
int copy_claim_make(int dir, const char *name, const struct stat *source);

/* Takes the claim off, if there is one; the directory's times become those of `source`.
 * Returns 0; or -1 with errno. */
int copy_claim_end(int dir, const char *name, const struct stat *source);

#endif
