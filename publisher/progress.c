/* Progress as JSON. Percent is a string with two digits, so that no reader rounds it differently.
 */
#include "progress.h"

#include <inttypes.h>
#include <string.h>

#include "core/json.h"

int progress_encode(struct buf *out, const struct progress *progress)
{
    if (buf_adds(out, "{\"task\":") < 0 ||
        json_add_string(out, progress->task, strlen(progress->task)) < 0 ||
        buf_addf(out, ",\"state\":\"%s\",\"moved\":%" PRIu64 ",\"total\":%" PRIu64, progress->state,
                 progress->moved, progress->total) < 0)
        return -1;
    if (progress->total > 0 &&
        buf_addf(out, ",\"percent\":\"%.2f\"",
                 100.0 * (double)progress->moved / (double)progress->total) < 0)
        return -1;
    if (progress->unit != NULL &&
        (buf_adds(out, ",\"unit\":") < 0 ||
         json_add_string(out, progress->unit, strlen(progress->unit)) < 0))
        return -1;
    return buf_adds(out, "}");
}
