/* A file is written under a hidden name, and renamed when it is whole. */
#include "copy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "copy_data.h"
#include "copy_meta.h"

static bool is_same_version(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Opens what was found, and nothing that has taken its name since. */
static int open_source(struct copy_job *job, const struct copy_place *place, struct stat *file)
{
    struct stat now;
    int fd = openat(place->from, place->from_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return copy_complain(job, "cannot be read: %s", strerror(errno));
    if (fstat(fd, &now) == 0 && S_ISREG(now.st_mode) && now.st_ino == file->st_ino &&
        now.st_dev == file->st_dev) {
        *file = now;
        return fd;
    }
    close(fd);
    return copy_complain(job, "was replaced while it was being copied");
}

/* Whether the file can be what an earlier run has made. Another one's may be a name that was put
 * there for a file elsewhere, to which the owner of the source would be given. */
static bool is_ours(const struct stat *file, const struct stat *there)
{
    uid_t owner = geteuid() == 0 ? file->st_uid : geteuid();

    return there->st_uid == owner || (geteuid() != 0 && there->st_nlink == 1);
}

/* An earlier run may have copied it: then only owner, attributes and mode are looked after. */
static bool is_there(struct copy_job *job, int in, const struct copy_place *place,
                     const struct stat *file, const struct stat *there)
{
    struct stat now;

    if (!S_ISREG(there->st_mode) || !is_same_version(there, file))
        return false;
    int fd = openat(place->to, place->to_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool done = fstat(fd, &now) == 0 && S_ISREG(now.st_mode) && is_same_version(&now, file) &&
                is_ours(file, &now) && copy_meta_set(job, in, fd, file) == 0;
    close(fd);
    return done;
}

/* Files in /proc say that they are empty, and are not. */
static bool has_no_size(int fd, const struct stat *file)
{
    char byte;

    return file->st_size == 0 && read(fd, &byte, 1) > 0;
}

static int fill(struct copy_job *job, int in, struct copy_partial *partial, const struct stat *file)
{
    if (partial->size == 0 && file->st_size <= COPY_SMALL_BYTES && copy_estimate(file) > 0)
        return copy_data_small(job, in, partial->fd, file->st_size);
    off_t from = copy_partial_trusted(partial, in);
    if (from < partial->size && ftruncate(partial->fd, 0) < 0)
        return -1;
    off_t kept = from > 0 ? copy_data_size(in, from) : 0;
    if (kept < 0)
        return -1;
    copy_count_kept(job, (uint64_t)kept);
    return copy_data(job, in, partial->fd, from, file->st_size, false);
}

/* Complaining, it is said what becomes of the part that is there. */
static int finish(struct copy_job *job, int in, struct copy_partial *partial,
                  const struct copy_place *place, const struct stat *file)
{
    struct stat now;
    int filled = fill(job, in, partial, file), error = errno;

    if (filled < 0 && error == ECANCELED)
        return -1;
    if (fstat(in, &now) < 0 || !is_same_version(&now, file)) {
        copy_partial_drop(partial);
        return copy_complain(job, "has changed while it was being copied");
    }
    if (filled < 0)
        return copy_complain(job, "to %s: %s (another run goes on where it is)",
                             copy_path(&job->target), strerror(error));
    if (copy_meta_set(job, in, partial->fd, file) < 0)
        return copy_complain(job, "to %s: owner, mode and times cannot be set: %s",
                             copy_path(&job->target), strerror(errno));
    if (copy_partial_finish(partial, place->to_name) == 0)
        return 0;
    error = errno;
    copy_partial_drop(partial);
    return copy_complain(job, "to %s: %s", copy_path(&job->target), strerror(error));
}

static int copy_open(struct copy_job *job, int in, const struct copy_place *place,
                     const struct stat *file, const struct copy_leftovers *leftovers)
{
    struct copy_partial partial;
    struct stat there;
    bool is_new = fstatat(place->to, place->to_name, &there, AT_SYMLINK_NOFOLLOW) < 0;

    if (has_no_size(in, file))
        return copy_complain(job, "says that it is empty, and is not: left out");
    if (!is_new && S_ISDIR(there.st_mode)) /* rename(2) would say so when all is written */
        return copy_complain(job, "to %s: %s", copy_path(&job->target), strerror(EISDIR));
    if (!is_new && there.st_dev == file->st_dev && there.st_ino == file->st_ino &&
        file->st_nlink == 1) /* it is mounted there: no second one is left if this is removed */
        return copy_complain(job, "is the same file as the target");
    if (!is_new && is_there(job, in, place, file, &there)) {
        off_t bytes = copy_data_size(in, file->st_size);
        copy_count_kept(job, bytes > 0 ? (uint64_t)bytes : 0);
        return 0;
    }
    if (copy_partial_open(&partial, place->to, place->to_name, file, leftovers) < 0)
        return copy_complain(job, "to %s: %s", copy_path(&job->target),
                             errno == EBUSY    ? "another process is copying it"
                             : errno == EEXIST ? "another user's file has its hidden name"
                                               : strerror(errno));
    int result = finish(job, in, &partial, place, file);
    copy_partial_close(&partial);
    return result;
}

/* Room that was allocated but never written has no data, which the walk did not know. */
static void correct_total(struct copy_job *job, const struct stat *file, uint64_t moved)
{
    uint64_t estimate = copy_estimate(file);
    uint64_t too_much = estimate > moved ? estimate - moved : 0;

    job->state.total = job->state.total > too_much ? job->state.total - too_much : 0;
    copy_count(job, 0);
}

int copy_file(struct copy_job *job, const struct copy_place *place, const struct stat *file,
              const struct copy_leftovers *leftovers)
{
    struct stat source = *file;
    int in = open_source(job, place, &source);

    if (in < 0)
        return -1;
    copy_count(job, 0);
    uint64_t before = job->state.moved;
    int result = copy_open(job, in, place, &source, leftovers);
    close(in);
    if (result == 0)
        correct_total(job, &source, job->state.moved - before);
    if (result == 0 && (job->is_move || source.st_nlink > 1) &&
        copy_seen_add(&job->seen, &source, copy_path(&job->target)) < 0)
        return copy_complain(job, "copied, but there is no memory to remember it");
    return result;
}
