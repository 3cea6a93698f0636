/* Down the tree by open directories: no name on the way is looked up twice, so that none can be
 * swapped for a link meanwhile. */
#include "copy_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "copy_file.h"
#include "copy_meta.h"

/* --- links ------------------------------------------------------------------------------------ */

static int complain_of_target(struct copy_job *job)
{
    return copy_complain(job, "to %s: %s", copy_path(&job->target), strerror(errno));
}

/* Renames what was made under the hidden name. */
static int give_name(struct copy_job *job, int dir, const char *hidden, const char *name)
{
    if (renameat(dir, hidden, dir, name) == 0)
        return 0;
    complain_of_target(job);
    unlinkat(dir, hidden, 0);
    return -1;
}

bool copy_links_to(int from, const char *link, int to, const char *name)
{
    struct stat linked, there;

    return fstatat(from, link, &linked, 0) == 0 &&
           fstatat(to, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && linked.st_dev == there.st_dev &&
           linked.st_ino == there.st_ino;
}

static int copy_symlink(struct copy_job *job, const struct copy_place *place,
                        const struct stat *link)
{
    char to[PATH_MAX], there[PATH_MAX], hidden[COPY_PARTIAL_NAME];
    ssize_t len = readlinkat(place->from, place->from_name, to, sizeof to - 1);

    if (len < 0)
        return copy_complain(job, "cannot be read: %s", strerror(errno));
    to[len] = '\0';
    ssize_t old = readlinkat(place->to, place->to_name, there, sizeof there - 1);
    if (old == len && memcmp(there, to, (size_t)len) == 0)
        return copy_meta_set_link(place->to, place->to_name, link) < 0 ? complain_of_target(job)
                                                                       : 0;
    if (copy_links_to(place->from, place->from_name, place->to, place->to_name))
        return copy_complain(job, "is a link to %s, which stays", copy_path(&job->target));
    copy_partial_link_name(hidden, place->to_name);
    unlinkat(place->to, hidden, 0);
    if (symlinkat(to, place->to, hidden) < 0)
        return complain_of_target(job);
    if (copy_meta_set_link(place->to, hidden, link) < 0) {
        complain_of_target(job);
        unlinkat(place->to, hidden, 0);
        return -1;
    }
    return give_name(job, place->to, hidden, place->to_name);
}

/* Another name for a file that has been copied. Returns 1 if there can be no link: it is to be
 * copied like any other. */
static int copy_hard_link(struct copy_job *job, const struct copy_place *place, const char *first)
{
    char hidden[COPY_PARTIAL_NAME];
    struct stat a, b;

    if (lstat(first, &a) == 0 && fstatat(place->to, place->to_name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
        a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        return 0; /* and rename(2) would do nothing */
    copy_partial_link_name(hidden, place->to_name);
    unlinkat(place->to, hidden, 0);
    if (linkat(AT_FDCWD, first, place->to, hidden, 0) < 0)
        return 1;
    return give_name(job, place->to, hidden, place->to_name);
}

/* --- directories ------------------------------------------------------------------------------ */

struct ends {
    DIR *from;
    int to;
    struct copy_leftovers leftovers;
};

static void copy_entry(struct copy_job *job, const struct ends *ends, const char *name)
{
    size_t source_len = job->source.len, target_len = job->target.len;
    const struct copy_place place = {dirfd(ends->from), ends->to, name, name};

    if (copy_enter(&job->source, name) < 0 || copy_enter(&job->target, name) < 0)
        copy_complain(job, "%s in it is left out: no memory, or its path is too long", name);
    else
        copy_tree(job, &place, &ends->leftovers);
    copy_leave(&job->source, source_len);
    copy_leave(&job->target, target_len);
}

static void copy_entries(struct copy_job *job, const struct ends *ends)
{
    struct dirent *entry;

    while (errno = 0, (entry = readdir(ends->from)) != NULL) {
        if (copy_is_stopped(job))
            return;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            copy_entry(job, ends, entry->d_name);
    }
    if (errno != 0)
        copy_complain(job, "cannot be read to its end: %s", strerror(errno));
}

static DIR *open_from(const struct copy_place *place)
{
    int fd = openat(place->from, place->from_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;

    if (list == NULL && fd >= 0)
        close(fd);
    return list;
}

/* Until all is in it a new directory is its owner's alone. */
static int open_to(const struct copy_place *place, struct copy_leftovers *leftovers)
{
    bool is_new = mkdirat(place->to, place->to_name, 0700) == 0;

    if (!is_new && errno != EEXIST)
        return -1;
    int fd = openat(place->to, place->to_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && !is_new)
        copy_leftovers_read(leftovers, fd);
    return fd;
}

/* By a mount: what a move would remove is then what it has copied to. */
static bool is_same_directory(const struct ends *ends)
{
    struct stat from, to;

    return fstat(dirfd(ends->from), &from) == 0 && fstat(ends->to, &to) == 0 &&
           from.st_dev == to.st_dev && from.st_ino == to.st_ino;
}

static void copy_directory(struct copy_job *job, const struct copy_place *place,
                           const struct stat *like)
{
    struct ends ends = {.from = open_from(place), .to = -1};

    if (ends.from == NULL) {
        copy_complain(job, "cannot be read: %s", strerror(errno));
        return;
    }
    ends.to = open_to(place, &ends.leftovers);
    if (ends.to < 0) {
        complain_of_target(job);
    } else if (is_same_directory(&ends)) {
        copy_complain(job, "is the same directory as the target");
        close(ends.to);
    } else {
        copy_entries(job, &ends);
        if (job->is_move)
            copy_seen_add(&job->seen, like, NULL);
        if (!job->is_stopped && copy_meta_set(job, dirfd(ends.from), ends.to, like) < 0)
            copy_complain(job, "to %s: owner, mode and times cannot be set: %s",
                          copy_path(&job->target), strerror(errno));
        close(ends.to);
    }
    copy_leftovers_deinit(&ends.leftovers);
    closedir(ends.from);
}

/* --- whatever it is --------------------------------------------------------------------------- */

static void leave_out(struct copy_job *job, mode_t mode)
{
    const char *kind = S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";

    job->left_out++;
    copy_complain(job, "is %s: left out", kind);
}

static void copy_regular(struct copy_job *job, const struct copy_place *place,
                         const struct stat *file, const struct copy_leftovers *leftovers)
{
    const struct copy_seen_file *known =
        file->st_nlink > 1 ? copy_seen_find(&job->seen, file) : NULL;

    if (known == NULL || known->target == NULL || copy_hard_link(job, place, known->target) > 0)
        copy_file(job, place, file, leftovers);
}

void copy_tree(struct copy_job *job, const struct copy_place *place,
               const struct copy_leftovers *leftovers)
{
    struct stat file;

    if (fstatat(place->from, place->from_name, &file, AT_SYMLINK_NOFOLLOW) < 0)
        copy_complain(job, "%s", strerror(errno));
    else if (S_ISDIR(file.st_mode))
        copy_directory(job, place, &file);
    else if (S_ISREG(file.st_mode))
        copy_regular(job, place, &file, leftovers);
    else if (!S_ISLNK(file.st_mode))
        leave_out(job, file.st_mode);
    else if (copy_symlink(job, place, &file) == 0 && job->is_move)
        copy_seen_add(&job->seen, &file, NULL); /* without memory the source's link stays */
}
