/* Copies or moves files and trees, as `cp -a` and `mv` do, and tells how far it is.
 *
 * Kept: mode, times, owner (as root), symbolic links with theirs, hard links among what is copied,
 * holes, extended attributes and ACLs. A file has its final name only when it is whole; one that is
 * interrupted stays beside it, as `.sse-copy-….partial`, for the next run over the same source. */
#ifndef SSE_COPIER_H
#define SSE_COPIER_H

#include "copy_job.h"

struct copy_request {
    char *const *sources;
    size_t count;
    const char *target; /* a directory, to copy into; or, for one source, the name of the copy */
    bool is_move;       /* rename; where that cannot be, copy all and then remove */
};

enum copy_end {
    COPY_DONE,
    COPY_FAILED, /* something was complained about; the rest is copied */
    COPY_STOPPED
};

/* Does it all. *state is what was told last; its `file` is NULL. */
enum copy_end copier_run(const struct copy_request *request, const struct copy_handlers *handlers,
                         struct copy_state *state);

#endif
