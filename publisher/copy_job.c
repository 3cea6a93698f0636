/* Counting, complaining, and paths for the words of complaints. */
#include "copy_job.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 8192
#define BLOCK     512 /* of st_blocks, whatever the filesystem's are */

void copy_job_init(struct copy_job *job, const struct copy_handlers *handlers)
{
    *job = (struct copy_job){.handlers = handlers};
    buf_init(&job->source, COPY_PATH_MAX);
    buf_init(&job->target, COPY_PATH_MAX);
}

void copy_job_deinit(struct copy_job *job)
{
    copy_seen_deinit(&job->seen);
    buf_deinit(&job->source);
    buf_deinit(&job->target);
}

static void say(struct copy_job *job, const char *format, va_list args)
{
    char words[WORDS_MAX], line[WORDS_MAX + 64];

    vsnprintf(words, sizeof words, format, args);
    snprintf(line, sizeof line, "%.4000s: %s", copy_path(&job->source), words);
    for (char *c = line; *c != '\0'; c++) /* a name may hold a line end, or more than that */
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    job->handlers->complain(job->handlers->context, line);
}

int copy_complain(struct copy_job *job, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(job, format, args);
    va_end(args);
    job->failures++;
    return -1;
}

void copy_remark(struct copy_job *job, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(job, format, args);
    va_end(args);
}

bool copy_is_stopped(struct copy_job *job)
{
    if (!job->is_stopped)
        job->is_stopped = job->handlers->is_stopped(job->handlers->context);
    return job->is_stopped;
}

/* A file that has grown since the walk must not make more than all of it. */
void copy_count(struct copy_job *job, uint64_t bytes)
{
    struct copy_state *state = &job->state;

    state->moved += bytes;
    if (state->moved > state->total)
        state->total = state->moved;
    state->file = copy_path(&job->source);
    job->handlers->progress(job->handlers->context, state);
}

void copy_count_kept(struct copy_job *job, uint64_t bytes)
{
    job->state.kept += bytes;
    copy_count(job, bytes);
}

uint64_t copy_estimate(const struct stat *file)
{
    return (off_t)file->st_blocks * BLOCK >= file->st_size ? (uint64_t)file->st_size : 0;
}

int copy_enter(struct buf *path, const char *name)
{
    size_t len = path->len;
    bool wants_slash = len > 0 && path->data[len - 1] != '/';

    if ((wants_slash && buf_adds(path, "/") < 0) || buf_add(path, name, strlen(name) + 1) < 0) {
        copy_leave(path, len);
        return -1;
    }
    path->len--;
    return 0;
}

void copy_leave(struct buf *path, size_t len)
{
    path->len = len;
    if (path->data != NULL && len < path->cap)
        path->data[len] = '\0';
}

const char *copy_path(const struct buf *path)
{
    return path->len > 0 ? path->data : "";
}
