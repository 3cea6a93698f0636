/* Where a command publishes to: the settings that all of them share. */
#ifndef SSE_TARGET_H
#define SSE_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "cli.h"
#include "core/keys.h"
#include "core/redis_url.h"

struct target {
    struct redis_url redis;
    const char *password_file;                  /* NULL for none; not owned */
    bool is_redis_by_option, is_file_by_option; /* and not by the environment */
    struct keys keys;
    uint32_t keep; /* events */
    uint32_t ttl_s;
    uint32_t timeout_ms; /* to wait for Redis; 0: one try */
};

/* The options --redis, --redis-password-file, --prefix, --keep and --ttl, for a table whose context
 * is a struct that begins with a struct target. */
#define TARGET_OPTIONS                                                                             \
    {"redis", 0, "URL", "redis://[user:password@]host[:port][/db], unix:/path", target_set_redis}, \
        {"redis-password-file", 0, "FILE", "has the password, if the URL has none",                \
         target_set_password_file},                                                                \
        {"prefix", 0, "P", "what all names in Redis begin with [sse:]", target_set_prefix},        \
        {"keep", 0, "N", "events that the channel's log keeps [1000]", target_set_keep},           \
    {                                                                                              \
        "ttl", 0, "SECONDS", "how long the log outlives its newest event [86400]", target_set_ttl  \
    }

const char *target_set_redis(void *target, const char *value);
const char *target_set_password_file(void *target, const char *value);
const char *target_set_prefix(void *target, const char *value);
const char *target_set_keep(void *target, const char *value);
const char *target_set_ttl(void *target, const char *value);

/* For --timeout, in the tables of commands that wait for Redis. */
const char *target_set_timeout(void *target, const char *value);

/* Sets the defaults. Returns 0, or -1 without memory, and there is nothing to end. */
int target_preset(struct target *target);

/* Sets the defaults, and then what SSE_REDIS, SSE_REDIS_PASSWORD_FILE, SSE_PREFIX, SSE_KEEP,
 * SSE_TTL and, for a command with --timeout, SSE_TIMEOUT say. Returns CLI_GO_ON, or the code to
 * exit with. End with target_deinit, whatever was returned. */
int target_init(struct target *target, const struct cli *cli);

/* When all settings are read: reads the password's file, if it counts. Returns as target_init. */
int target_complete(struct target *target, const struct cli *cli);

void target_deinit(struct target *target);

#endif
