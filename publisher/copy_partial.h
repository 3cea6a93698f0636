/* A file that is not whole yet: beside its later name, under a hidden one, until it is.
 *
 * The hidden name says whose copy it is: it is made of the later name and of what the source was
 * (device, inode, size, mtime). So a later run finds it again while the source is unchanged, and
 * knows it for a left-over when it is not. */
#ifndef SSE_COPY_PARTIAL_H
#define SSE_COPY_PARTIAL_H

#include <stdbool.h>
#include <sys/stat.h>

#include "core/buf.h"

#define COPY_PARTIAL_NAME 64

struct copy_partial {
    int dir; /* not ours */
    int fd;  /* for reading and writing; mode 0600, locked */
    off_t size;
    char name[COPY_PARTIAL_NAME];
};

/* The hidden names that a directory holds, each with its NUL. */
struct copy_leftovers {
    struct buf names;
};

/* Reads them from an open directory; what cannot be read is not there. */
void copy_leftovers_read(struct copy_leftovers *leftovers, int dir);
void copy_leftovers_deinit(struct copy_leftovers *leftovers);

/* Opens or makes the partial file for `name` in `dir`, and removes those for that name whose
 * source was another one. One that is another user's, a link or has a second name is not written
 * to, but replaced. Returns 0; or -1 with errno: EBUSY if another process works on it, EEXIST if it
 * cannot be replaced. */
int copy_partial_open(struct copy_partial *partial, int dir, const char *name,
                      const struct stat *source, const struct copy_leftovers *leftovers);

/* How many of its bytes may be kept: those of which the last part is the same as in the source. A
 * machine that stopped may have left less than the size says. */
off_t copy_partial_trusted(const struct copy_partial *partial, int source);

/* Gives it its later name. Returns 0; or -1 with errno. */
int copy_partial_finish(struct copy_partial *partial, const char *name);

/* Removes it. */
void copy_partial_drop(struct copy_partial *partial);

/* Closes it; what was neither finished nor dropped stays for the next run. */
void copy_partial_close(struct copy_partial *partial);

/* A hidden name for what is made in one step, and then renamed to `name`. */
void copy_partial_link_name(char out[COPY_PARTIAL_NAME], const char *name);

#endif
