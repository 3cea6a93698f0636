/* One table of limits. */
#include "advice.h"

#include <stdbool.h>
#include <string.h>

#include "core/log.h"

enum kind { TOLD_IDLE = 1, TOLD_BUSY = 2, TOLD_STREAMS = 4 };

struct limits {
    const char *server, *software; /* as we call it, and how its SERVER_SOFTWARE begins */
    uint32_t idle_s;               /* of silence, after which it ends a stream */
    const char *idle_directive;
    uint32_t busy_s; /* after which it ends any stream; 0: it does not */
    const char *busy_directive;
    size_t streams; /* that it has room for; 0: we do not see all of them */
    const char *streams_directive;
};

/* One process a stream: none of them knows how many there are. */
static const struct limits MOD_FCGID = {"mod_fcgid",        "", 40,  "FcgidIOTimeout", 300,
                                        "FcgidBusyTimeout", 0,  NULL};

static const struct limits CGI[] = {
    {"Apache", "Apache", 60, "CGIDScriptTimeout", 0, NULL, 0, NULL},
    {"lighttpd", "lighttpd", 360, "server.max-write-idle", 0, NULL, 0, NULL},
};

/* Measured with Debian 12's; where the package sets a limit higher, this is the server's own.
 * nginx: 768 connections, of which a stream takes two. lighttpd: a third of 1,024 descriptors. */
static const struct limits FASTCGI[] = {
    {"Apache", "Apache", 60, "ProxySet timeout", 0, NULL, 150, "MaxRequestWorkers"},
    {"nginx", "nginx", 60, "fastcgi_read_timeout", 0, NULL, 380, "worker_connections"},
    {"lighttpd", "lighttpd", 360, "server.max-write-idle", 0, NULL, 341, "server.max-fds"},
    {"h2o", "h2o", 30, "fastcgi.timeout.io", 0, NULL, 0, NULL},
};

static const struct limits *find(const struct limits *limits, size_t count, const char *software)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(software, limits[i].software, strlen(limits[i].software)) == 0)
            return &limits[i];
    return NULL;
}

static const struct limits *limits_of(enum origin origin, const char *software)
{
    if (origin == ORIGIN_MOD_FCGID)
        return &MOD_FCGID;
    if (origin == ORIGIN_CGI)
        return find(CGI, sizeof CGI / sizeof *CGI, software);
    return find(FASTCGI, sizeof FASTCGI / sizeof *FASTCGI, software);
}

/* Whether this is the first time. */
static bool is_new(struct advice *advice, enum kind kind)
{
    bool result = (advice->told & kind) == 0;

    advice->told |= kind;
    return result;
}

void advice_init(struct advice *advice, enum origin origin, const struct config *config)
{
    *advice = (struct advice){.config = config, .origin = origin};
}

void advice_give(struct advice *advice, const char *software, size_t streams)
{
    const struct limits *limits = limits_of(advice->origin, software);
    uint32_t heartbeat_ms = advice->config->heartbeat_ms, age_ms = advice->config->max_age_ms;

    if (limits == NULL)
        return;
    if (heartbeat_ms >= limits->idle_s * 1000 && is_new(advice, TOLD_IDLE))
        log_event(LOG_WARNING, "limit-near", "server=%s heartbeat_s=%g default_s=%u set=\"%s\"",
                  limits->server, heartbeat_ms / 1000.0, limits->idle_s, limits->idle_directive);
    if (limits->busy_s > 0 && (age_ms == 0 || age_ms >= limits->busy_s * 1000) &&
        is_new(advice, TOLD_BUSY))
        log_event(LOG_WARNING, "limit-near", "server=%s max_age_s=%g default_s=%u set=\"%s\"",
                  limits->server, age_ms / 1000.0, limits->busy_s, limits->busy_directive);
    if (limits->streams > 0 && streams * 10 >= limits->streams * 8 && is_new(advice, TOLD_STREAMS))
        log_event(LOG_INFO, "limit-near", "server=%s streams=%zu default=%zu set=\"%s\"",
                  limits->server, streams, limits->streams, limits->streams_directive);
}
