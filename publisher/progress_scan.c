/* One regular expression a form, and a byte without which it need not be tried: most lines of most
 * commands have none of them. */
#include "progress_scan.h"

#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"

#define GROUPS_MAX 8

/* What the groups of a match are. */
enum reading {
    BYTES_PERCENT, /* bytes moved, percent */
    CURL,          /* percent, total, %, received, %, sent */
    BYTES,         /* bytes moved */
    COUNTS,        /* moved, total; with letters like 1.5M, by thousands */
    PERCENT,
};

#define SIZE "([0-9.]+[kMGTPE]?)"

static const struct form {
    const char *needs; /* all of these bytes */
    const char *regex;
    enum reading reading;
    bool is_own; /* no other command's line looks like that */
} FORMS[PROGRESS_FORMS] = {
    /* rsync:  1,234,567  45%   12.34MB/s    0:00:12 */
    {"%/:", "^ *([0-9][0-9,.]*) +([0-9]{1,3})% +[0-9.,]+[kMGTP]?B/s +[0-9]", BYTES_PERCENT, true},
    /* curl: 45  100M   45 45.0M    0     0  1234k      0  0:01:21  0:00:36  0:00:45 1300k */
    {":",
     "^ *([0-9]{1,3}) +" SIZE " +([0-9]{1,3}) +" SIZE " +([0-9]{1,3}) +" SIZE
     " +[0-9.]+[kMGTPE]? +[0-9.]+[kMGTPE]? +[-0-9:dh ]+:",
     CURL, true},
    /* dd: 1073741824 bytes (1.1 GB, 1.0 GiB) copied, 2 s, 537 MB/s */
    {",", "^([0-9]+) bytes?( \\(.*\\))? copied, ", BYTES, false},
    /* tqdm:  45%|####     | 45/100 [00:04<00:05,  9.99it/s] */
    {"%|[", "^.*[0-9]%\\|.*\\| *" SIZE "/" SIZE " *\\[", COUNTS, true},
    /* ninja: [12/345] */
    {"[/]", "^\\[ *([0-9]+)/([0-9]+)\\]", COUNTS, true},
    /* cmake, pytest, apt: [ 45%] */
    {"[%]", "\\[ *([0-9]{1,3})%\\]", PERCENT, true},
    /* wget, apt, curl -#, git: 45% or 45.5% */
    {"%", "(^|[^0-9A-Za-z.,_+-])([0-9]{1,3}([.,][0-9]+)?) ?%([^0-9A-Za-z]|$)", PERCENT, false},
    /* pv -n */
    {"", "^([0-9]{1,3})$", PERCENT, true},
};

#define BARE   6
#define NUMBER 7

int progress_scan_init(struct progress_scan *scan)
{
    *scan = (struct progress_scan){0};
    for (; scan->form_count < PROGRESS_FORMS; scan->form_count++)
        if (regcomp(&scan->forms[scan->form_count], FORMS[scan->form_count].regex, REG_EXTENDED) !=
            0)
            return -1;
    return 0;
}

void progress_scan_deinit(struct progress_scan *scan)
{
    while (scan->form_count > 0)
        regfree(&scan->forms[--scan->form_count]);
    if (scan->has_pattern)
        regfree(&scan->pattern);
    scan->has_pattern = false;
}

const char *progress_scan_use(struct progress_scan *scan, const char *pattern)
{
    static char why[200];

    if (scan->has_pattern)
        regfree(&scan->pattern);
    int code = regcomp(&scan->pattern, pattern, REG_EXTENDED);
    scan->has_pattern = code == 0;
    if (code != 0) {
        regerror(code, &scan->pattern, why, sizeof why);
        return why;
    }
    if (scan->pattern.re_nsub == 1 || scan->pattern.re_nsub == 2)
        return NULL;
    return "must have one group in parentheses, a percentage; or two, what is done and what is to "
           "be done";
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* A group as a number; a letter behind it multiplies, commas are left out. */
static double number(const char *line, const regmatch_t *match, double thousand, bool has_groups)
{
    static const char LETTERS[] = "kMGTPE";
    char digits[64];
    size_t len = 0;
    regoff_t at = match->rm_so;

    for (; at < match->rm_eo && len + 1 < sizeof digits; at++) {
        char c = line[at];
        if (has_groups && (c == ',' || c == '.'))
            continue;
        if ((c < '0' || c > '9') && c != '.' && c != ',')
            break;
        digits[len++] = c;
    }
    digits[len] = '\0';
    char *comma = strchr(digits, ',');
    if (comma != NULL)
        *comma = '.';
    double value = strtod(digits, NULL);
    const char *letter = at < match->rm_eo && line[at] != '\0' ? strchr(LETTERS, line[at]) : NULL;
    for (const char *step = LETTERS; letter != NULL && step <= letter; step++)
        value *= thousand;
    return value;
}

static uint64_t whole(double value)
{
    return value < 0 ? 0 : value < 1e18 ? (uint64_t)value : (uint64_t)1e18;
}

/* A percentage that is all there is. */
static bool read_percent(struct progress *progress, double percent)
{
    if (percent > 100)
        return false;
    *progress = (struct progress){.moved = whole(percent),
                                  .total = 100,
                                  .unit = "%",
                                  .has_percent = true,
                                  .percent = percent};
    return true;
}

static bool read_counts(struct progress *progress, double moved, double total)
{
    if (total <= 0 || moved > total)
        return false;
    *progress = (struct progress){.moved = whole(moved), .total = whole(total)};
    return progress->total > 0;
}

static bool read_curl(struct progress *progress, const char *line, const regmatch_t *groups)
{
    double percent = number(line, &groups[1], 1, false);

    *progress = (struct progress){.unit = "bytes",
                                  .moved = whole(number(line, &groups[4], 1024, false) +
                                                 number(line, &groups[6], 1024, false)),
                                  .total = whole(number(line, &groups[2], 1024, false)),
                                  .percent = percent};
    progress->has_percent = progress->total > 0 && percent <= 100;
    return true;
}

static bool read_match(struct progress *progress, enum reading reading, const char *line,
                       const regmatch_t *groups)
{
    double first = number(line, &groups[1], 1000, reading == BYTES_PERCENT);

    switch (reading) {
    case BYTES_PERCENT:
        *progress = (struct progress){.unit = "bytes",
                                      .moved = whole(first),
                                      .has_percent = true,
                                      .percent = number(line, &groups[2], 1, false)};
        return progress->percent <= 100;
    case CURL:
        return read_curl(progress, line, groups);
    case BYTES:
        *progress = (struct progress){.unit = "bytes", .moved = whole(first)};
        return true;
    case COUNTS:
        return read_counts(progress, first, number(line, &groups[2], 1000, false));
    default:
        return read_percent(progress, first);
    }
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool has_all(const char *line, const char *bytes)
{
    for (; *bytes != '\0'; bytes++)
        if (strchr(line, *bytes) == NULL)
            return false;
    return true;
}

static bool read_pattern(struct progress_scan *scan, const char *line, struct progress *progress)
{
    regmatch_t groups[GROUPS_MAX];

    if (regexec(&scan->pattern, line, GROUPS_MAX, groups, 0) != 0 || groups[1].rm_so < 0)
        return false;
    double first = number(line, &groups[1], 1000, false);
    if (scan->pattern.re_nsub < 2)
        return read_percent(progress, first);
    return groups[2].rm_so >= 0 &&
           read_counts(progress, first, number(line, &groups[2], 1000, false));
}

static bool try_form(struct progress_scan *scan, size_t at, const char *line,
                     struct progress *progress)
{
    regmatch_t groups[GROUPS_MAX];

    if (!has_all(line, FORMS[at].needs) ||
        regexec(&scan->forms[at], line, GROUPS_MAX, groups, 0) != 0)
        return false;
    if (at == BARE)
        groups[1] = groups[2];
    return read_match(progress, FORMS[at].reading, line, groups);
}

bool progress_scan_line(struct progress_scan *scan, const char *line, bool may_be_number,
                        struct progress *progress)
{
    static const char DPKG[] = "(Reading database"; /* a step of many, with a percentage */

    if (scan->has_pattern)
        return read_pattern(scan, line, progress);
    if (strncmp(line, DPKG, sizeof DPKG - 1) == 0 ||
        utf8_valid_prefix(line, strlen(line)) != strlen(line)) /* data, not words */
        return false;
    for (size_t at = 0; at < PROGRESS_FORMS; at++) {
        if ((!FORMS[at].is_own && scan->has_own_form) || (at == NUMBER && !may_be_number))
            continue;
        if (try_form(scan, at, line, progress)) {
            scan->has_own_form = scan->has_own_form || FORMS[at].is_own;
            return true;
        }
    }
    return false;
}
