/* Settings: one table gives flags, environment variables, defaults, checks and the help. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel.h"
#include "core/number.h"
#include "core/version.h"

/* Checks `value` and puts it into *config. Returns NULL, or what is wrong with it:
 * the end of a sentence that begins with the value. */
typedef const char *set_fn(struct config *config, const char *value);

static const char NO_MEMORY[] = "no memory";

static const char *replace(char **place, const char *value)
{
    char *copy = strdup(value);

    if (copy == NULL)
        return NO_MEMORY;
    free(*place);
    *place = copy;
    return NULL;
}

static void free_mounts(struct config *config)
{
    while (config->mount_count > 0)
        free(config->mounts[--config->mount_count]);
}

static const char *set_mount(struct config *config, const char *value)
{
    static const char problem[] = "must be paths that start with /, at most 8, with commas between";

    free_mounts(config);
    for (;;) {
        size_t len = strcspn(value, ",");
        if (*value != '/' || config->mount_count == CONFIG_MOUNTS_MAX)
            return problem;
        size_t kept = len;
        while (kept > 0 && value[kept - 1] == '/')
            kept--;
        char *mount = strndup(value, kept);
        if (mount == NULL)
            return NO_MEMORY;
        config->mounts[config->mount_count++] = mount;
        if (value[len] == '\0')
            return NULL;
        value += len + 1;
    }
}

static const char *set_redis(struct config *config, const char *value)
{
    struct redis_url url;
    const char *why = redis_url_parse(&url, value);

    if (why != NULL)
        return why;
    redis_url_deinit(&config->redis);
    config->redis = url;
    return NULL;
}

static const char *set_redis_password_file(struct config *config, const char *value)
{
    return replace(&config->redis_password_file, value);
}

static const char *set_prefix(struct config *config, const char *value)
{
    const char *problem = keys_check_prefix(value);

    if (problem != NULL)
        return problem;
    keys_init(&config->keys, value);
    return NULL;
}

static const char *set_channel(struct config *config, const char *value)
{
    if (channel_check_pattern(value, strlen(value)) != NULL)
        return "must be a channel such as status or jobs/42, or a pattern such as jobs/*";
    return replace(&config->channel, value);
}

static const char *set_seconds(uint32_t *ms, const char *value)
{
    double seconds;

    if (number_parse_decimal(value, 0.1, 3600, &seconds) < 0)
        return "must be seconds, from 0.1 to 3600";
    *ms = (uint32_t)(seconds * 1000);
    return NULL;
}

static const char *set_heartbeat(struct config *config, const char *value)
{
    return set_seconds(&config->heartbeat_ms, value);
}

static const char *set_drain(struct config *config, const char *value)
{
    return set_seconds(&config->drain_ms, value);
}

static const char *set_retry(struct config *config, const char *value)
{
    uint64_t ms;

    if (number_parse_whole(value, 1, 3600000, &ms) < 0)
        return "must be whole milliseconds, from 1 to 3600000";
    config->retry_ms = (uint32_t)ms;
    return NULL;
}

static const char *set_max_age(struct config *config, const char *value)
{
    double seconds;

    if (number_parse_decimal(value, 0, 86400, &seconds) < 0 || (seconds > 0 && seconds < 1))
        return "must be seconds, from 1 to 86400, or 0 for no limit";
    config->max_age_ms = (uint32_t)(seconds * 1000);
    config->is_max_age_set = true;
    return NULL;
}

static const char *set_max_streams(struct config *config, const char *value)
{
    uint64_t count;

    if (number_parse_whole(value, 0, 1000000, &count) < 0)
        return "must be a whole number, from 1 to 1000000, or 0 for what descriptors allow";
    config->max_streams = (size_t)count;
    return NULL;
}

static const char *set_bytes(size_t *bytes, const char *value)
{
    if (number_parse_bytes(value, 1024, 1 << 30, bytes) < 0)
        return "must be bytes, from 1024 to 1024M; k and M behind the number are 2^10 and 2^20";
    return NULL;
}

static const char *set_queue(struct config *config, const char *value)
{
    return set_bytes(&config->queue_max, value);
}

static const char *set_max_event(struct config *config, const char *value)
{
    return set_bytes(&config->event_max, value);
}

static void free_origins(struct config *config)
{
    for (size_t i = 0; config->origins != NULL && config->origins[i] != NULL; i++)
        free(config->origins[i]);
    free(config->origins);
    config->origins = NULL;
}

/* An origin is a scheme, a host and perhaps a port (RFC 6454), and goes into a header as it is. */
static bool is_origin(const char *text, size_t len)
{
    const char *host = memmem(text, len, "://", 3);

    if (host == NULL || host == text || host + 3 == text + len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] <= 0x20 || text[i] >= 0x7f || text[i] == '*' ||
            (text[i] == '/' && text + i > host + 2))
            return false;
    return true;
}

static const char *set_cors(struct config *config, const char *value)
{
    static const char problem[] =
        "must be * for every origin, or origins such as https://a.example with commas between";
    size_t count = 0;

    free_origins(config);
    config->any_origin = strcmp(value, "*") == 0;
    if (config->any_origin || *value == '\0')
        return NULL;
    config->origins = calloc(strlen(value) + 2, sizeof *config->origins);
    if (config->origins == NULL)
        return NO_MEMORY;
    for (;;) {
        size_t len = strcspn(value, ",");
        if (!is_origin(value, len))
            return problem;
        config->origins[count] = strndup(value, len);
        if (config->origins[count++] == NULL)
            return NO_MEMORY;
        if (value[len] == '\0')
            return NULL;
        value += len + 1;
    }
}

static const char *set_log(struct config *config, const char *value)
{
    int level = log_level_parse(value);

    if (level < 0)
        return "must be error, warning, info or debug";
    config->log = (enum log_level)level;
    config->is_log_set = true;
    return NULL;
}

static const char *set_listen(struct config *config, const char *value)
{
    if (*value == '\0') {
        free(config->listen);
        config->listen = NULL;
        return NULL;
    }
    const char *colon = strrchr(value, ':');
    uint64_t port;
    if (*value != '/' && *value != '.' &&
        (colon == NULL || colon == value || number_parse_whole(colon + 1, 1, 65535, &port) < 0))
        return "must be the path of a Unix socket (with a slash at its start), or HOST:PORT";
    return replace(&config->listen, value);
}

static const char *set_listen_mode(struct config *config, const char *value)
{
    if (*value == '\0' || strlen(value) > 4 || strspn(value, "01234567") != strlen(value) ||
        strtol(value, NULL, 8) > 0777)
        return "must be an octal mode such as 0660";
    config->listen_mode = (mode_t)strtol(value, NULL, 8);
    return NULL;
}

static const struct option {
    const char *flag, *env, *preset, *argument, *help;
    set_fn *set;
} OPTIONS[] = {
    {"mount", "SSE_MOUNT", "/sse", "PATH,...", "where the web server mounts it", set_mount},
    {"redis", "SSE_REDIS", REDIS_URL_DEFAULT, "URL",
     "redis://[user:password@]host[:port][/db] or unix:/path", set_redis},
    {"redis-password-file", "SSE_REDIS_PASSWORD_FILE", "", "FILE",
     "has the password, if the URL has none", set_redis_password_file},
    {"prefix", "SSE_PREFIX", "sse:", "P", "what all names in Redis begin with", set_prefix},
    {"channel", "SSE_CHANNEL", "status", "CHANNEL", "for requests that name none", set_channel},
    {"heartbeat", "SSE_HEARTBEAT", "15", "S", "silence until a stream gets a comment",
     set_heartbeat},
    {"retry", "SSE_RETRY", "2000", "MS", "pause that clients make before they reconnect",
     set_retry},
    {"max-streams", "SSE_MAX_STREAMS", "0", "N", "streams that may be open; 0: all descriptors",
     set_max_streams},
    {"max-age", "SSE_MAX_AGE", "900", "S", "after which a stream ends; 0: never", set_max_age},
    {"queue", "SSE_QUEUE", "1M", "BYTES", "what may wait for one client", set_queue},
    {"max-event", "SSE_MAX_EVENT", "256k", "BYTES", "the largest event", set_max_event},
    {"drain", "SSE_DRAIN", "1", "S", "how long stopping may take", set_drain},
    {"cors", "SSE_CORS", "", "ORIGIN,...", "pages of other origins that may read; * for all",
     set_cors},
    {"log", "SSE_LOG", "info", "LEVEL", "error, warning, info or debug", set_log},
    {"listen", "SSE_LISTEN", "", "PATH|HOST:PORT", "own socket, not an inherited one", set_listen},
    {"listen-mode", "SSE_LISTEN_MODE", "0660", "MODE", "mode of the Unix socket", set_listen_mode},
};

#define OPTION_COUNT (sizeof OPTIONS / sizeof *OPTIONS)

static enum config_outcome help(struct buf *text)
{
    buf_adds(text, "usage: sse.fcgi [--OPTION VALUE]...\n"
                   "FastCGI responder that streams Server-Sent Events out of Redis. Web servers\n"
                   "start it with a listening socket on descriptor 0; systemd with LISTEN_FDS.\n"
                   "Started by plain CGI it answers one request, and looks at no options.\n\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &OPTIONS[i];
        char flag[40];
        snprintf(flag, sizeof flag, "--%s %s", option->flag, option->argument);
        buf_addf(text, "  %-26s %s%s%s%s\n", flag, option->help, *option->preset ? " [" : "",
                 option->preset, *option->preset ? "]" : "");
    }
    buf_adds(text,
             "\nEach option is also an environment variable, --max-event being SSE_MAX_EVENT;\n"
             "the option wins.\n");
    return CONFIG_ANSWERED;
}

static int load_environment(struct config *config, struct buf *text)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &OPTIONS[i];
        const char *value = getenv(option->env);
        if (value == NULL || *value == '\0')
            continue;
        const char *problem = option->set(config, value);
        if (problem == NULL)
            continue;
        /* The URL of Redis may hold a password. */
        buf_addf(text, "%s=%s: %s\n", option->env, option->set == set_redis ? "..." : value,
                 problem);
        return -1;
    }
    return 0;
}

/* The option that `arg` (without its dashes) names, up to a `=`. */
static const struct option *find_option(const char *arg)
{
    size_t len = strcspn(arg, "=");

    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strlen(OPTIONS[i].flag) == len && strncmp(OPTIONS[i].flag, arg, len) == 0)
            return &OPTIONS[i];
    return NULL;
}

static enum config_outcome load_flags(struct config *config, int argc, char *const *argv,
                                      struct buf *text)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return help(text);
        if (strcmp(argv[i], "--version") == 0) {
            buf_adds(text, "sse.fcgi " SSE_VERSION "\n");
            return CONFIG_ANSWERED;
        }
        const struct option *option =
            strncmp(argv[i], "--", 2) == 0 ? find_option(argv[i] + 2) : NULL;
        if (option == NULL) {
            buf_addf(text, "%.*s: no such option; sse.fcgi --help lists them\n",
                     (int)strcspn(argv[i], "="), argv[i]);
            return CONFIG_BAD;
        }
        const char *value = strchr(argv[i], '=');
        value = value != NULL ? value + 1 : argv[++i];
        if (value == NULL) {
            buf_addf(text, "--%s: its value is missing: %s\n", option->flag, option->argument);
            return CONFIG_BAD;
        }
        const char *problem = option->set(config, value);
        if (problem != NULL) {
            buf_addf(text, "--%s %s: %s\n", option->flag, option->set == set_redis ? "..." : value,
                     problem);
            return CONFIG_BAD;
        }
    }
    return CONFIG_READY;
}

/* The last of all settings says where the password is. */
static enum config_outcome complete_redis(struct config *config, struct buf *text)
{
    bool is_file;
    const char *problem = redis_url_complete(&config->redis, config->redis_password_file, &is_file);

    if (problem == NULL)
        return CONFIG_READY;
    if (is_file)
        buf_addf(text, "SSE_REDIS_PASSWORD_FILE=%s: %s\n", config->redis_password_file, problem);
    else
        buf_addf(text, "SSE_REDIS=...: %s\n", problem);
    return CONFIG_BAD;
}

enum config_outcome config_load(struct config *config, int argc, char *const *argv,
                                struct buf *text)
{
    *config = (struct config){0};
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (OPTIONS[i].set(config, OPTIONS[i].preset) != NULL) {
            buf_addf(text, "%s\n", NO_MEMORY);
            return CONFIG_BAD;
        }
    config->is_max_age_set = config->is_log_set = false;
    if (load_environment(config, text) < 0)
        return CONFIG_BAD;
    enum config_outcome outcome = load_flags(config, argc, argv, text);
    return outcome == CONFIG_READY ? complete_redis(config, text) : outcome;
}

void config_deinit(struct config *config)
{
    free_mounts(config);
    redis_url_deinit(&config->redis);
    free(config->redis_password_file);
    free(config->channel);
    free_origins(config);
    free(config->listen);
    *config = (struct config){0};
}
