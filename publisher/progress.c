/* Progress as JSON. Percent is a string with two digits, so that no reader rounds it differently.
 */
#include "progress.h"

#include <inttypes.h>
#include <string.h>

#include "core/json.h"

bool progress_percent(const struct progress *progress, double *percent)
{
    if (progress->has_percent)
        *percent = progress->percent;
    else if (progress->total > 0)
        *percent = 100.0 * (double)progress->moved / (double)progress->total;
    return progress->has_percent || progress->total > 0;
}

/* `name` with its comma, and the text; nothing for NULL. */
static int add_text(struct buf *out, const char *name, const char *text)
{
    if (text == NULL)
        return 0;
    return buf_adds(out, name) < 0 ? -1 : json_add_string(out, text, strlen(text));
}

static int add_end(struct buf *out, const struct progress_end *end)
{
    const char *name = sigabbrev_np(end->signal);

    if (add_text(out, ",\"reason\":", end->reason) < 0)
        return -1;
    if (buf_addf(out, ",\"exit\":%d", end->status) < 0)
        return -1;
    if (name != NULL && end->signal != 0 && buf_addf(out, ",\"signal\":\"SIG%s\"", name) < 0)
        return -1;
    if (name == NULL && end->signal != 0 && buf_addf(out, ",\"signal\":\"%d\"", end->signal) < 0)
        return -1;
    return buf_addf(out, ",\"duration\":%" PRIu64 ".%03u", end->duration_ms / 1000,
                    (unsigned)(end->duration_ms % 1000));
}

int progress_encode(struct buf *out, const struct progress *progress)
{
    double percent;

    if (add_text(out, "{\"task\":", progress->task) < 0 ||
        buf_addf(out, ",\"state\":\"%s\",\"moved\":%" PRIu64 ",\"total\":%" PRIu64, progress->state,
                 progress->moved, progress->total) < 0)
        return -1;
    if (progress_percent(progress, &percent) && buf_addf(out, ",\"percent\":\"%.2f\"", percent) < 0)
        return -1;
    if (add_text(out, ",\"unit\":", progress->unit) < 0)
        return -1;
    if (progress->rate > 0 && buf_addf(out, ",\"rate\":%.2f", progress->rate) < 0)
        return -1;
    if (progress->has_eta && buf_addf(out, ",\"eta\":%.0f", progress->eta_s) < 0)
        return -1;
    if (add_text(out, ",\"file\":", progress->file) < 0)
        return -1;
    if (progress->end != NULL && add_end(out, progress->end) < 0)
        return -1;
    return buf_adds(out, "}");
}
