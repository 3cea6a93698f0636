/* task  45% [=====>     ] 45.0 MiB of 100 MiB, 12.3 MiB/s, 0:05 */
#include "bar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PERIOD_MS  100
#define WIDTH_MAX  200
#define TASK_MAX   20
#define LINE_BYTES 1024

void bar_init(struct bar *bar, int fd)
{
    *bar = (struct bar){.fd = isatty(fd) ? fd : -1};
}

/* A count with its unit; bytes as KiB, MiB and so on. */
static void format_count(char *out, size_t size, double count, const char *unit)
{
    static const char *const SIZES[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t at = 0;

    if (unit == NULL || strcmp(unit, "bytes") != 0) {
        snprintf(out, size, count < 10 && count != (double)(uint64_t)count ? "%.1f" : "%.0f",
                 count);
        return;
    }
    for (; count >= 1024 && at + 1 < sizeof SIZES / sizeof *SIZES; at++)
        count /= 1024;
    snprintf(out, size, at > 0 && count < 100 ? "%.1f %s" : "%.0f %s", count, SIZES[at]);
}

/* What stands behind the bar: counts, rate, time that is left. */
static void format_numbers(char *out, size_t size, const struct progress *progress)
{
    const char *unit = progress->unit;
    bool has_count = unit == NULL || strcmp(unit, "%") != 0;
    bool is_bytes = unit != NULL && strcmp(unit, "bytes") == 0;
    char moved[32], total[32], rate[32];
    size_t len = 0;

    out[0] = '\0';
    format_count(moved, sizeof moved, (double)progress->moved, unit);
    format_count(total, sizeof total, (double)progress->total, unit);
    format_count(rate, sizeof rate, progress->rate, unit);
    if (has_count) {
        len += (size_t)snprintf(out, size, progress->total > 0 ? " %s of %s" : " %s", moved, total);
        if (unit != NULL && !is_bytes && len < size)
            len += (size_t)snprintf(out + len, size - len, " %.20s", unit);
        if (progress->rate > 0 && len < size)
            len += (size_t)snprintf(out + len, size - len, ", %s/s", rate);
    }
    if (progress->has_eta && progress->eta_s < 360000 && len < size) {
        unsigned seconds = (unsigned)(progress->eta_s + 0.5);
        if (seconds < 3600)
            snprintf(out + len, size - len, " %u:%02u", seconds / 60, seconds % 60);
        else
            snprintf(out + len, size - len, " %u:%02u:%02u", seconds / 3600, seconds / 60 % 60,
                     seconds % 60);
    }
}

/* The first `columns` characters of UTF-8, in bytes. */
static int cut(const char *text, size_t columns)
{
    size_t at = 0;

    for (; text[at] != '\0'; at++)
        if (((unsigned char)text[at] & 0xc0) != 0x80 && columns-- == 0)
            break;
    return (int)at;
}

static size_t columns_of(const char *text, size_t len)
{
    size_t columns = 0;

    for (size_t i = 0; i < len; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

static int add_gauge(struct buf *out, double percent, size_t width)
{
    char gauge[WIDTH_MAX + 1];
    double part = percent < 0 ? 0 : percent > 100 ? 1 : percent / 100;
    size_t full = (size_t)(part * (double)width);

    memset(gauge, ' ', width);
    memset(gauge, '=', full);
    if (full > 0 && full < width)
        gauge[full - 1] = '>';
    return buf_addf(out, " [%.*s]", (int)width, gauge);
}

int bar_format(struct buf *out, const struct progress *progress, size_t width)
{
    char numbers[160], start[128];
    double percent;
    bool has_percent = progress_percent(progress, &percent);
    int task_len = cut(progress->task, TASK_MAX);
    size_t len = 0;

    if (width > WIDTH_MAX)
        width = WIDTH_MAX;
    format_numbers(numbers, sizeof numbers, progress);
    len = (size_t)snprintf(start, sizeof start, "%.*s", task_len, progress->task);
    if (has_percent)
        len += (size_t)snprintf(start + len, sizeof start - len, " %3.0f%%",
                                percent < 999 ? (double)(int)percent : 999.0);
    size_t columns = columns_of(start, len) + columns_of(numbers, strlen(numbers));
    if (columns > width)
        return buf_addf(out, "%.*s", cut(start, width), start);
    if (buf_adds(out, start) < 0)
        return -1;
    if (has_percent && columns + 3 + 5 <= width &&
        add_gauge(out, percent, width - columns - 3 < 40 ? width - columns - 3 : 40) < 0)
        return -1;
    return buf_adds(out, numbers);
}

static void write_line(int fd, const struct buf *line)
{
    ssize_t n = write(fd, line->data, line->len);

    (void)n; /* a bar that nobody sees */
}

void bar_draw(struct bar *bar, const struct progress *progress, uint64_t now_ms)
{
    struct winsize size = {0};
    struct buf line;

    if (bar->fd < 0 || now_ms < bar->due_ms)
        return;
    bar->due_ms = now_ms + PERIOD_MS;
    if (ioctl(bar->fd, TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
        size.ws_col = 80;
    buf_init(&line, LINE_BYTES);
    if (buf_adds(&line, "\r") == 0 && bar_format(&line, progress, size.ws_col - 1u) == 0 &&
        buf_adds(&line, "\033[K") == 0) {
        write_line(bar->fd, &line);
        bar->is_shown = true;
    }
    buf_deinit(&line);
}

void bar_hide(struct bar *bar)
{
    static const struct buf ERASE = {.data = "\r\033[K", .len = 4};

    if (bar->fd >= 0 && bar->is_shown)
        write_line(bar->fd, &ERASE);
    bar->is_shown = false;
    bar->due_ms = 0;
}
