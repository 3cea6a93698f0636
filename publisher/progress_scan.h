/* How far a command is, from a line that it prints. Pure: text in, numbers out.
 *
 * It knows pv -n, rsync --info=progress2, curl, wget, dd status=progress, apt, ninja, cmake,
 * pytest, tqdm, and a percentage anywhere in a line. Once a line with a form of its own was seen,
 * plain percentages and numbers do not count any more: they may stand in what such a command
 * prints. */
#ifndef SSE_PROGRESS_SCAN_H
#define SSE_PROGRESS_SCAN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "progress.h"

#define PROGRESS_FORMS 8

struct progress_scan {
    regex_t forms[PROGRESS_FORMS];
    size_t form_count; /* compiled */
    regex_t pattern;   /* the user's */
    bool has_pattern;
    bool has_own_form; /* was seen */
};

/* Returns 0, or -1 without memory. End with progress_scan_deinit, whatever was returned. */
int progress_scan_init(struct progress_scan *scan);
void progress_scan_deinit(struct progress_scan *scan);

/* Only what this extended regular expression matches counts from now on: its group is a percentage;
 * or, if it has two, they are what is done and what is to be done. Other numbers of groups are
 * wrong. Returns NULL, or what is wrong with it (valid until the next call). */
const char *progress_scan_use(struct progress_scan *scan, const char *pattern);

/* Reads a line. `may_be_number`: a lone number up to 100 is a percentage, as pv -n has it. Sets
 * moved, total, percent and unit of *progress and returns true if it tells of progress. */
bool progress_scan_line(struct progress_scan *scan, const char *line, bool may_be_number,
                        struct progress *progress);

#endif
