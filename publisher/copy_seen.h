/* The files that a copy has met, by device and inode: for hard links, and for what a move may
 * remove. */
#ifndef SSE_COPY_SEEN_H
#define SSE_COPY_SEEN_H

#include <stdbool.h>
#include <sys/stat.h>

struct copy_seen {
    void *root; /* tsearch(3) */
};

struct copy_seen_file {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed; /* mtime */
    char *target;            /* the path of its first copy; NULL if it has but one name */
};

/* Remembers the file as it is now; `target` is copied, or NULL. One that is known stays as it was.
 * Returns 0; or -1 without memory. */
int copy_seen_add(struct copy_seen *seen, const struct stat *file, const char *target);

/* What is remembered of the file, whatever it is now; or NULL. */
const struct copy_seen_file *copy_seen_find(const struct copy_seen *seen, const struct stat *file);

/* Whether size and mtime are still those. */
bool copy_seen_is_unchanged(const struct copy_seen_file *known, const struct stat *file);

void copy_seen_deinit(struct copy_seen *seen);

#endif
