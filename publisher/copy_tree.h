/* Whatever has a name: a directory with all below it, a file, a link. */
#ifndef SSE_COPY_TREE_H
#define SSE_COPY_TREE_H

#include "copy_job.h"
#include "copy_partial.h"

/* Copies it; the job's two paths must be those of the place, for words. Directories that are there
 * are merged, files and links replaced. FIFOs, sockets and devices are complained about and left
 * out. Goes on after whatever fails, until stopped. */
void copy_tree(struct copy_job *job, const struct copy_place *place,
               const struct copy_leftovers *leftovers);

/* Whether `link` links, in the end, to what has the name at `to` itself: in its place it would link
 * to itself, and the data would be gone. */
bool copy_links_to(int from, const char *link, int to, const char *name);

#endif
