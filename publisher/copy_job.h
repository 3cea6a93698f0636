/* What all of one copy shares: what is counted, said and stopped, and where it is. */
#ifndef SSE_COPY_JOB_H
#define SSE_COPY_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "copy_seen.h"
#include "core/buf.h"

struct copy_state {
    uint64_t moved;   /* bytes of data (holes do not count), with those of an earlier run */
    uint64_t kept;    /* of them: those of an earlier run, found so far */
    uint64_t total;   /* 0 until the sources have been walked */
    const char *file; /* the source's path as it is being read: bytes, not surely UTF-8 */
};

/* All are called from within copier_run, one at a time. */
struct copy_handlers {
    /* After each chunk of a few MiB, and at each file: it must be quick. */
    void (*progress)(void *context, const struct copy_state *state);
    /* Something is not copied, or not all of it; one line, without its end. */
    void (*complain)(void *context, const char *what);
    /* True, once and for ever: end soon. */
    bool (*is_stopped)(void *context);
    void *context;
};

struct copy_job {
    const struct copy_handlers *handlers;
    struct copy_state state;
    struct buf source, target; /* paths, with a NUL behind them */
    struct copy_seen seen;     /* what is at the target: files with hard links, for a move all */
    unsigned long failures;
    unsigned long left_out; /* of them: what no other run could copy either */
    bool is_move;
    bool is_stopped;
    bool has_lost_attributes; /* and that was said */
};

/* One name at both ends; names are relative to the directories, or paths with AT_FDCWD. */
struct copy_place {
    int from, to;
    const char *from_name, *to_name;
};

#define COPY_PATH_MAX (1 << 20)

/* Begins with empty paths. `handlers` must live as long. */
void copy_job_init(struct copy_job *job, const struct copy_handlers *handlers);
void copy_job_deinit(struct copy_job *job);

/* Says `source: …`, with ? for control characters, and counts a failure. Returns -1. */
int copy_complain(struct copy_job *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same for what is no failure. */
void copy_remark(struct copy_job *job, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether it is to end; asks the handler. */
bool copy_is_stopped(struct copy_job *job);

/* Counts bytes, and tells of them. */
void copy_count(struct copy_job *job, uint64_t bytes);

/* The same for bytes that an earlier run has copied. */
void copy_count_kept(struct copy_job *job, uint64_t bytes);

/* What the walk takes a file's bytes for without opening it: all of them; 0 if there are holes. */
uint64_t copy_estimate(const struct stat *file);

/* Appends /name to a path, or makes an empty one the name. Returns 0 or, without memory, -1: the
 * path is as before. copy_leave cuts it back to what its length was. */
int copy_enter(struct buf *path, const char *name);
void copy_leave(struct buf *path, size_t len);

/* The path as a string. */
const char *copy_path(const struct buf *path);

#endif
