/* Hidden names, and locks on what is under them. */
#include "copy_partial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define PREFIX        ".sse-copy-"
#define NAME_LEN      (sizeof PREFIX - 1 + 16) /* as far as it says which name it is for */
#define LEFTOVERS_MAX (1 << 20)
#define PROOF_BYTES   65536
#define FLAGS         (O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

/* FNV-1a, 64 bits. */
static uint64_t hash(uint64_t sum, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < len; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(1099511628211);
    return sum;
}

static uint64_t hash_name(const char *name)
{
    return hash(UINT64_C(14695981039346656037), name, strlen(name));
}

static void make_name(char *out, const char *name, const struct stat *source)
{
    const int64_t identity[] = {(int64_t)source->st_dev, (int64_t)source->st_ino,
                                (int64_t)source->st_size, (int64_t)source->st_mtim.tv_sec,
                                (int64_t)source->st_mtim.tv_nsec};
    uint64_t named = hash_name(name);

    snprintf(out, COPY_PARTIAL_NAME, PREFIX "%016" PRIx64 "-%016" PRIx64 ".partial", named,
             hash(named, identity, sizeof identity));
}

void copy_partial_link_name(char out[COPY_PARTIAL_NAME], const char *name)
{
    snprintf(out, COPY_PARTIAL_NAME, PREFIX "%016" PRIx64 ".link", hash_name(name));
}

void copy_leftovers_read(struct copy_leftovers *leftovers, int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;

    buf_init(&leftovers->names, LEFTOVERS_MAX);
    for (struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;)
        if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) == 0 &&
            buf_add(&leftovers->names, entry->d_name, strlen(entry->d_name) + 1) < 0)
            break;
    if (list != NULL)
        closedir(list);
    else if (fd >= 0)
        close(fd);
}

void copy_leftovers_deinit(struct copy_leftovers *leftovers)
{
    buf_deinit(&leftovers->names);
}

/* One that somebody has locked is being written. */
static void remove_unlocked(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(dir, name, 0);
    if (fd >= 0)
        close(fd);
}

static void sweep(int dir, const char *own, const struct copy_leftovers *leftovers)
{
    const struct buf *names = &leftovers->names;

    for (size_t at = 0; at < names->len; at += strlen(names->data + at) + 1)
        if (strncmp(names->data + at, own, NAME_LEN) == 0 && strcmp(names->data + at, own) != 0)
            remove_unlocked(dir, names->data + at);
}

/* Nobody else has it, and it is still what the name means: its last writer may have renamed it
 * between our open and our lock. Filesystems without locks go unlocked. Returns -1 with errno:
 * EEXIST if it is not ours. */
static int take(struct copy_partial *partial, bool is_new)
{
    struct stat ours, named;

    if (flock(partial->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        errno = EBUSY;
        return -1;
    }
    if (fstat(partial->fd, &ours) < 0)
        return -1;
    if (fstatat(partial->dir, partial->name, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
        named.st_ino != ours.st_ino || named.st_dev != ours.st_dev) {
        errno = EBUSY;
        return -1;
    }
    /* Where others write, too, the name may have been put there: for a file of theirs, which they
     * would go on reading, or for one of ours that is elsewhere. */
    if (!is_new && (!S_ISREG(ours.st_mode) || ours.st_uid != geteuid() || ours.st_nlink != 1)) {
        errno = EEXIST;
        return -1;
    }
    partial->size = ours.st_size;
    return 0;
}

static int open_and_take(struct copy_partial *partial)
{
    bool is_new;

    partial->fd = openat(partial->dir, partial->name, FLAGS | O_CREAT | O_EXCL, 0600);
    is_new = partial->fd >= 0;
    if (!is_new && errno == EEXIST)
        partial->fd = openat(partial->dir, partial->name, FLAGS);
    if (partial->fd < 0 || take(partial, is_new) == 0)
        return partial->fd < 0 ? -1 : 0;
    int error = errno;
    close(partial->fd);
    errno = error;
    return -1;
}

int copy_partial_open(struct copy_partial *partial, int dir, const char *name,
                      const struct stat *source, const struct copy_leftovers *leftovers)
{
    *partial = (struct copy_partial){.dir = dir};
    make_name(partial->name, name, source);
    if (leftovers != NULL)
        sweep(dir, partial->name, leftovers);
    if (open_and_take(partial) == 0)
        return 0;
    /* EACCES: it had its own mode already. ELOOP: a link. */
    if (errno != EACCES && errno != ELOOP && errno != EEXIST)
        return -1;
    if (unlinkat(dir, partial->name, 0) == 0)
        return open_and_take(partial);
    errno = EEXIST;
    return -1;
}

off_t copy_partial_trusted(const struct copy_partial *partial, int source)
{
    char ours[PROOF_BYTES], theirs[PROOF_BYTES];
    off_t from = partial->size > PROOF_BYTES ? partial->size - PROOF_BYTES : 0;
    size_t len = (size_t)(partial->size - from);

    if (len == 0 || pread(partial->fd, ours, len, from) != (ssize_t)len ||
        pread(source, theirs, len, from) != (ssize_t)len || memcmp(ours, theirs, len) != 0)
        return 0;
    return partial->size;
}

int copy_partial_finish(struct copy_partial *partial, const char *name)
{
    return renameat(partial->dir, partial->name, partial->dir, name);
}

void copy_partial_drop(struct copy_partial *partial)
{
    unlinkat(partial->dir, partial->name, 0);
}

void copy_partial_close(struct copy_partial *partial)
{
    close(partial->fd);
    partial->fd = -1;
}
