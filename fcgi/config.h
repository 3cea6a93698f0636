/* Settings of the responder: environment variables and flags, checked, in one read-only struct. */
#ifndef SSE_CONFIG_H
#define SSE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/buf.h"
#include "core/keys.h"
#include "core/log.h"
#include "core/redis_url.h"

#define CONFIG_MOUNTS_MAX 8

struct config {
    char *mounts[CONFIG_MOUNTS_MAX]; /* "/sse"; "" for all of the server; no slash at the end */
    size_t mount_count;
    struct redis_url redis;
    char *redis_password_file; /* NULL for none; already read */
    struct keys keys;
    char *channel;         /* followed by requests that name none; may be a pattern */
    uint32_t heartbeat_ms; /* silence after which a stream gets a comment */
    uint32_t retry_ms;     /* what clients are told to wait before they reconnect */
    uint32_t drain_ms;     /* how long stopping may take */
    uint32_t max_age_ms;   /* after which a stream ends, a little less by chance; 0: never */
    bool is_max_age_set;   /* by somebody: it is not the default */
    size_t max_streams;    /* that may be open; 0: as many as descriptors allow */
    size_t queue_max;      /* bytes that wait for one client */
    size_t event_max;      /* bytes of data in one event */
    char **origins;        /* that may read across origins; NULL-terminated; NULL for none */
    bool any_origin;
    enum log_level log;
    bool is_log_set; /* likewise */
    char *listen;    /* path of a Unix socket, or host:port; NULL: an inherited descriptor */
    mode_t listen_mode;
};

enum config_outcome {
    CONFIG_READY,
    CONFIG_ANSWERED, /* --help, --version: `text` is for stdout, and that is all */
    CONFIG_BAD       /* `text` says what is wrong and what would be right */
};

/* Reads defaults, then SSE_* variables, then flags, which win. End with config_deinit, whatever
 * was returned. */
enum config_outcome config_load(struct config *config, int argc, char *const *argv,
                                struct buf *text);

void config_deinit(struct config *config);

#endif
