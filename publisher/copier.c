/* From command-line paths to places: what goes where, what may not, and in which order. */
#include "copier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "copy_claim.h"
#include "copy_remove.h"
#include "copy_size.h"
#include "copy_tree.h"

struct item {
    const char *source;
    char *name;   /* at the target; "." for what is in the source */
    bool is_open; /* neither refused nor renamed: to be copied */
};

struct copier {
    struct copy_job job;
    const struct copy_request *request;
    struct item *items;
    int to;         /* the directory that gets the names */
    char *to_path;  /* its path */
    char *new_name; /* for the one source; NULL to keep names */
    struct copy_leftovers leftovers;
    bool has_claim;
    struct stat tree; /* the source of the claim, before anything is removed from it */
};

/* The last part of a path, without slashes behind it; "." for one that ends in `.`, `..` or is
 * the root. To be freed; NULL without memory. */
static char *last_part(const char *path)
{
    size_t len = strlen(path);

    while (len > 0 && path[len - 1] == '/')
        len--;
    size_t start = len;
    while (start > 0 && path[start - 1] != '/')
        start--;
    char *part = strndup(path + start, len - start);
    if (part != NULL && (*part == '\0' || strcmp(part, "..") == 0))
        strcpy(part, ".");
    return part;
}

/* The path before the last part; to be freed. */
static char *parent_of(const char *path)
{
    size_t len = strlen(path);

    while (len > 0 && path[len - 1] == '/')
        len--;
    while (len > 0 && path[len - 1] != '/')
        len--;
    return len > 0 ? strndup(path, len) : strdup(".");
}

/* --- where to --------------------------------------------------------------------------------- */

static int complain_of(struct copier *copier, const char *path, const char *what)
{
    copy_leave(&copier->job.source, 0);
    copy_enter(&copier->job.source, path);
    return copy_complain(&copier->job, "%s", what);
}

/* Whether the target is a directory to copy into: not if it is what an earlier run has begun. */
static bool is_container(const struct copy_request *request)
{
    struct stat there, source;

    if (stat(request->target, &there) < 0 || !S_ISDIR(there.st_mode))
        return false;
    return request->count > 1 || lstat(request->sources[0], &source) < 0 ||
           !S_ISDIR(source.st_mode) || !copy_claim_is_on(request->target, &source);
}

/* Finds the directory, and the name if it is not that of the source. */
static int find_target(struct copier *copier)
{
    const struct copy_request *request = copier->request;
    const char *target = request->target;
    size_t len = strlen(target);
    struct stat source;

    if (is_container(request)) {
        copier->to_path = strdup(target);
    } else if (request->count > 1) {
        return complain_of(copier, target, "must be a directory, for several sources");
    } else if (len > 0 && target[len - 1] == '/' &&
               (stat(request->sources[0], &source) < 0 || !S_ISDIR(source.st_mode))) {
        return complain_of(copier, target, "is no directory");
    } else {
        copier->to_path = parent_of(target);
        copier->new_name = last_part(target);
        if (copier->new_name == NULL)
            return complain_of(copier, target, "no memory");
    }
    if (copier->to_path == NULL)
        return complain_of(copier, target, "no memory");
    copier->to = open(copier->to_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return copier->to < 0 ? complain_of(copier, copier->to_path, strerror(errno)) : 0;
}

/* Whether the target directory is the source or below it. */
static bool is_below(int to, const struct stat *source)
{
    struct stat at, above;
    int fd = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool found = false;

    while (fd >= 0 && fstat(fd, &at) == 0) {
        found = at.st_dev == source->st_dev && at.st_ino == source->st_ino;
        int up = found ? -1 : openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = up;
        if (fd >= 0 && fstat(fd, &above) == 0 && above.st_ino == at.st_ino &&
            above.st_dev == at.st_dev)
            break; /* the root is its own parent */
    }
    if (fd >= 0)
        close(fd);
    return found;
}

static bool is_taken(const struct copier *copier, const struct item *item)
{
    for (const struct item *before = copier->items; before < item; before++)
        if (strcmp(item->name, ".") != 0 && before->name != NULL &&
            strcmp(before->name, item->name) == 0)
            return true;
    return false;
}

/* NULL, or why the source is not copied. */
static const char *refusal(const struct copier *copier, const struct item *item)
{
    struct stat source, there;

    if (lstat(item->source, &source) < 0)
        return strerror(errno);
    if (S_ISDIR(source.st_mode) && is_below(copier->to, &source))
        return "cannot be copied into itself";
    if (fstatat(copier->to, item->name, &there, 0) == 0 && there.st_dev == source.st_dev &&
        there.st_ino == source.st_ino)
        return "is the same file as the target";
    if (S_ISLNK(source.st_mode) && copy_links_to(AT_FDCWD, item->source, copier->to, item->name))
        return "is a link to the target";
    if (copier->request->is_move && strcmp(item->name, ".") == 0)
        return "cannot be moved by this name";
    return is_taken(copier, item) ? "has the same name as another source" : NULL;
}

static int find_items(struct copier *copier)
{
    const struct copy_request *request = copier->request;

    copier->items = calloc(request->count, sizeof *copier->items);
    if (copier->items == NULL)
        return complain_of(copier, request->target, "no memory");
    for (size_t i = 0; i < request->count; i++) {
        struct item *item = &copier->items[i];
        item->source = request->sources[i];
        item->name = copier->new_name ? strdup(copier->new_name) : last_part(item->source);
        const char *why = item->name == NULL ? "no memory" : refusal(copier, item);
        item->is_open = why == NULL;
        if (why != NULL)
            complain_of(copier, item->source, why);
    }
    return 0;
}

/* --- the work --------------------------------------------------------------------------------- */

/* What cannot be renamed because it is elsewhere, or because a directory is there that has
 * something in it, stays open. */
static void rename_items(struct copier *copier)
{
    for (size_t i = 0; i < copier->request->count; i++) {
        struct item *item = &copier->items[i];
        if (!item->is_open || copy_is_stopped(&copier->job))
            continue;
        int result = renameat(AT_FDCWD, item->source, copier->to, item->name);
        if (result < 0 && (errno == EXDEV || errno == ENOTEMPTY || errno == EEXIST))
            continue;
        item->is_open = false;
        if (result < 0)
            complain_of(copier, item->source, strerror(errno));
    }
}

static void size_items(struct copier *copier)
{
    struct copy_seen seen = {0};

    copy_count(&copier->job, 0);
    for (size_t i = 0; i < copier->request->count; i++)
        if (copier->items[i].is_open && !copy_is_stopped(&copier->job))
            copy_size_add(&copier->job, &seen, copier->items[i].source);
    copy_seen_deinit(&seen);
}

/* Claims the new name, where the one source is a directory that gets one. */
static int begin_tree(struct copier *copier)
{
    const struct item *item = &copier->items[0];

    copier->has_claim = copier->new_name != NULL && item->is_open &&
                        lstat(item->source, &copier->tree) == 0 && S_ISDIR(copier->tree.st_mode);
    if (!copier->has_claim || copy_claim_make(copier->to, copier->new_name, &copier->tree) == 0)
        return 0;
    return complain_of(copier, copier->request->target, strerror(errno));
}

static void end_tree(struct copier *copier)
{
    if (copier->has_claim && copy_claim_end(copier->to, copier->new_name, &copier->tree) < 0)
        complain_of(copier, copier->request->target, strerror(errno));
}

static void copy_item(struct copier *copier, const struct item *item)
{
    const struct copy_place place = {AT_FDCWD, copier->to, item->source, item->name};
    struct copy_job *job = &copier->job;
    bool is_here = copier->new_name != NULL && strcmp(copier->to_path, ".") == 0;

    copy_leave(&job->source, 0);
    copy_leave(&job->target, 0);
    if (copy_enter(&job->source, item->source) < 0 ||
        (!is_here && copy_enter(&job->target, copier->to_path) < 0) ||
        copy_enter(&job->target, item->name) < 0)
        copy_complain(job, "no memory");
    else
        copy_tree(job, &place, &copier->leftovers);
}

/* Only what is safe on the disk of the target may go. */
static void remove_items(struct copier *copier)
{
    struct copy_job *job = &copier->job;

    if (syncfs(copier->to) < 0) {
        complain_of(copier, copier->to_path, strerror(errno));
        return;
    }
    for (size_t i = 0; i < copier->request->count && !copy_is_stopped(job); i++)
        if (copier->items[i].is_open && copy_remove(job, copier->items[i].source) < 0 &&
            job->failures == 0 && !job->is_stopped)
            complain_of(copier, copier->items[i].source, "has got something new, which stays");
}

static bool is_gone(const struct item *item)
{
    struct stat source;

    return lstat(item->source, &source) < 0 && errno == ENOENT;
}

static void work(struct copier *copier)
{
    struct copy_job *job = &copier->job;
    bool is_any_open = false;

    if (find_target(copier) < 0 || find_items(copier) < 0)
        return;
    if (job->is_move)
        rename_items(copier);
    for (size_t i = 0; i < copier->request->count; i++)
        is_any_open |= copier->items[i].is_open;
    if (!is_any_open)
        return;
    size_items(copier);
    if (copy_is_stopped(job) || begin_tree(copier) < 0)
        return;
    copy_leftovers_read(&copier->leftovers, copier->to);
    for (size_t i = 0; i < copier->request->count && !copy_is_stopped(job); i++)
        if (copier->items[i].is_open)
            copy_item(copier, &copier->items[i]);
    bool is_whole = !copy_is_stopped(job) && job->failures == job->left_out;
    if (job->is_move && !copy_is_stopped(job))
        remove_items(copier);
    if (is_whole &&
        (!copy_is_stopped(job) || is_gone(&copier->items[0]))) /* else it goes on here */
        end_tree(copier);
}

enum copy_end copier_run(const struct copy_request *request, const struct copy_handlers *handlers,
                         struct copy_state *state)
{
    struct copier copier = {.request = request, .to = -1};
    struct copy_job *job = &copier.job;

    copy_job_init(job, handlers);
    job->is_move = request->is_move;
    work(&copier);
    *state = job->state;
    state->file = NULL;
    enum copy_end end = job->is_stopped     ? COPY_STOPPED
                        : job->failures > 0 ? COPY_FAILED
                                            : COPY_DONE;
    for (size_t i = 0; copier.items != NULL && i < request->count; i++)
        free(copier.items[i].name);
    free(copier.items);
    free(copier.new_name);
    free(copier.to_path);
    copy_leftovers_deinit(&copier.leftovers);
    if (copier.to >= 0)
        close(copier.to);
    copy_job_deinit(job);
    return end;
}
