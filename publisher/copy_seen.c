/* A tree of (device, inode). */
#include "copy_seen.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct copy_seen_file *left = a, *right = b;

    if (left->device != right->device)
        return left->device < right->device ? -1 : 1;
    return left->inode < right->inode ? -1 : left->inode > right->inode;
}

static void free_file(void *file)
{
    free(((struct copy_seen_file *)file)->target);
    free(file);
}

int copy_seen_add(struct copy_seen *seen, const struct stat *file, const char *target)
{
    if (copy_seen_find(seen, file) != NULL)
        return 0;
    struct copy_seen_file *known = calloc(1, sizeof *known);
    if (known == NULL)
        return -1;
    known->device = file->st_dev;
    known->inode = file->st_ino;
    known->size = file->st_size;
    known->changed = file->st_mtim;
    if ((target != NULL && (known->target = strdup(target)) == NULL) ||
        tsearch(known, &seen->root, compare) == NULL) {
        free_file(known);
        return -1;
    }
    return 0;
}

const struct copy_seen_file *copy_seen_find(const struct copy_seen *seen, const struct stat *file)
{
    const struct copy_seen_file wanted = {.device = file->st_dev, .inode = file->st_ino};
    void *const *found = tfind(&wanted, &seen->root, compare);

    return found != NULL ? *found : NULL;
}

bool copy_seen_is_unchanged(const struct copy_seen_file *known, const struct stat *file)
{
    return known->size == file->st_size && known->changed.tv_sec == file->st_mtim.tv_sec &&
           known->changed.tv_nsec == file->st_mtim.tv_nsec;
}

void copy_seen_deinit(struct copy_seen *seen)
{
    tdestroy(seen->root, free_file);
    seen->root = NULL;
}
