/* sse-tail: follows a stream of events, and hands them to the terminal, a pipe or a command. */
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli.h"
#include "core/number.h"
#include "tail.h"

#define HEARTBEAT_S 15.0
#define SILENCE     2.5 /* heartbeats */

struct options {
    struct tail_settings tail;
    bool is_json;
    char *user;
    char *token;
    char *headers[HTTP_HEADERS_MAX];
    char *url;       /* what libcurl gets */
    char *unix_path; /* likewise */
    char *shown_url;
};

/* --- options ---------------------------------------------------------------------------------- */

static const char *set_json(void *context, const char *value)
{
    (void)value;
    ((struct options *)context)->is_json = true;
    return NULL;
}

static const char *set_cursor(void *context, const char *value)
{
    ((struct options *)context)->tail.cursor_path = value;
    return *value != '\0' ? NULL : "must be a file";
}

static const char *set_exec(void *context, const char *value)
{
    ((struct options *)context)->tail.command = value;
    return *value != '\0' ? NULL : "must be a command";
}

static const char *set_until(void *context, const char *value)
{
    struct tail_settings *tail = &((struct options *)context)->tail;

    if (*value == '\0' || *value == '=')
        return "must be EVENT or EVENT=DATA";
    if (tail->until_count == TAIL_UNTIL_MAX)
        return "is one too many: 16 will do";
    tail->until[tail->until_count++] = value;
    return NULL;
}

static const char *set_count(void *context, const char *value)
{
    struct tail_settings *tail = &((struct options *)context)->tail;

    return number_parse_whole(value, 1, UINT64_MAX, &tail->count) < 0 ? "must be a number, from 1"
                                                                      : NULL;
}

static const char *set_timeout(void *context, const char *value)
{
    double seconds;

    if (number_parse_decimal(value, 0.001, 1e9, &seconds) < 0)
        return "must be seconds, from 0.001";
    ((struct options *)context)->tail.timeout_ms = (uint64_t)ceil(seconds * 1000);
    return NULL;
}

static const char *set_heartbeat(void *context, const char *value)
{
    struct tail_settings *tail = &((struct options *)context)->tail;
    double seconds;

    if (number_parse_decimal(value, 0, 86400, &seconds) < 0)
        return "must be seconds, from 0 (there is none) to 86400";
    tail->silence_ms = seconds > 0 ? (uint32_t)ceil(seconds * 1000 * SILENCE) : UINT32_MAX;
    return NULL;
}

static const char *set_verbose(void *context, const char *value)
{
    (void)value;
    ((struct options *)context)->tail.is_verbose = true;
    return NULL;
}

/* Takes a secret, or text with one in it, from the command line, where ps(1) would show it as long
 * as we run: the `len` bytes at `secret`. */
static const char *take_secret(char **copy, const char *text, const char *secret, size_t len)
{
    free(*copy);
    *copy = strdup(text);
    if (*copy == NULL)
        return "no memory";
    memset((char *)secret, 'x', len);
    return NULL;
}

static const char *set_header(void *context, const char *value)
{
    struct options *options = context;
    struct http_settings *http = &options->tail.http;
    const char *colon = strchr(value, ':');

    if (colon == NULL || value[strcspn(value, "\r\n")] != '\0')
        return "must be \"Name: value\"";
    if (http->header_count == HTTP_HEADERS_MAX)
        return "is one too many: 32 will do";
    char **copy = &options->headers[http->header_count];
    const char *problem = take_secret(copy, value, colon + 1, strlen(colon + 1));
    http->headers[http->header_count++] = *copy;
    return problem;
}

static const char *set_cacert(void *context, const char *value)
{
    ((struct options *)context)->tail.http.cacert = value;
    return access(value, R_OK) == 0 ? NULL : "there is no such file, or none to be read";
}

static const char *set_insecure(void *context, const char *value)
{
    (void)value;
    ((struct options *)context)->tail.http.is_insecure = true;
    return NULL;
}

static const char *set_user(void *context, const char *value)
{
    struct options *options = context;
    const char *problem = take_secret(&options->user, value, value, strlen(value));

    options->tail.http.user = options->user;
    return problem;
}

static const char *set_token(void *context, const char *value)
{
    struct options *options = context;
    const char *problem = take_secret(&options->token, value, value, strlen(value));

    options->tail.http.token = options->token;
    return problem;
}

static const struct cli_option OPTIONS[] = {
    {"json", 'j', NULL, "an object a line: id, event, channel, data", set_json},
    {"exec", 'x', "COMMAND", "run it for each event, and print nothing", set_exec},
    {"cursor", 'c', "FILE", "keep the id of the last event there; go on behind it", set_cursor},
    {"until", 0, "EVENT[=DATA]", "stop behind such an event", set_until},
    {"count", 'n', "N", "stop after N events", set_count},
    {"timeout", 't', "SECONDS", "stop then, with exit code 75 (69: no stream)", set_timeout},
    {"verbose", 'v', NULL, "say when it connects, is open, waits", set_verbose},
    {"header", 'H', "LINE", "send this header, \"Name: value\"", set_header},
    {"user", 'u', "NAME[:PW]", "sign in; without PW, by ~/.netrc", set_user},
    {"token", 0, "TOKEN", "send it as Authorization: Bearer [SSE_TOKEN]", set_token},
    {"cacert", 0, "FILE", "trust these certificates", set_cacert},
    {"insecure", 'k', NULL, "trust any certificate", set_insecure},
    {"heartbeat", 0, "SECONDS", "reconnect after 2.5 of silence; 0: never [15]", set_heartbeat},
};

static const struct cli CLI = {
    .program = "sse-tail",
    .usage = "sse-tail [OPTION]... URL\n"
             "       sse-tail [OPTION]... unix:SOCKET:/PATH",
    .about = "Follows a stream of Server-Sent Events through all its ends, and prints them.\n\n"
             "  sse-tail http://localhost:8080/sse/jobs/42\n"
             "  sse-tail --until end -t 600 http://localhost:8080/sse/jobs/42 && echo over\n"
             "  sse-tail -c ~/.at -x 'mail -s \"$SSE_EVENT\" me' http://localhost:8080/sse/jobs\n",
    .options = OPTIONS,
    .option_count = sizeof OPTIONS / sizeof *OPTIONS,
};

/* --- the command ------------------------------------------------------------------------------ */

static int fail_without_memory(void)
{
    fputs("sse-tail: no memory\n", stderr);
    return EXIT_FAILURE;
}

/* unix:SOCKET:/PATH, as nginx writes it. */
static int set_socket_url(struct options *options, const char *value)
{
    const char *colon = strstr(value, ":/");

    if (colon == NULL || colon == value)
        return cli_usage_error(&CLI, "unix:%s: must be unix:SOCKET:/PATH", value);
    options->unix_path = strndup(value, (size_t)(colon - value));
    if (options->unix_path == NULL ||
        asprintf(&options->url, "http://localhost%s", colon + 1) < 0) {
        options->url = NULL;
        return fail_without_memory();
    }
    options->tail.http.unix_path = options->unix_path;
    options->tail.http.url = options->url;
    return CLI_GO_ON;
}

/* What is behind `http://`, or all: the scheme may be left out. */
static const char *find_authority(const char *url)
{
    const char *end = url + strcspn(url, ":/?#");

    return strncmp(end, "://", 3) == 0 ? end + 3 : url;
}

/* Length of the name and the password before the host, with their @; 0 for none. */
static size_t user_length(const char *authority)
{
    const char *at = memrchr(authority, '@', strcspn(authority, "/?#"));

    return at != NULL ? (size_t)(at + 1 - authority) : 0;
}

static int set_url(struct options *options, const char *value)
{
    const char *authority = find_authority(value);
    size_t user_len = user_length(authority);

    if (asprintf(&options->shown_url, "%.*s%s", (int)(authority - value), value,
                 authority + user_len) < 0) {
        options->shown_url = NULL;
        return fail_without_memory();
    }
    options->tail.shown_url = options->shown_url;
    if (strncmp(value, "unix:", 5) == 0)
        return set_socket_url(options, value + 5);
    if (authority != value && strncmp(value, "http://", 7) != 0 &&
        strncmp(value, "https://", 8) != 0)
        return cli_usage_error(
            &CLI, "%.200s: must begin with http:, https: or unix:", options->shown_url);
    if (take_secret(&options->url, value, authority, user_len > 0 ? user_len - 1 : 0) != NULL)
        return fail_without_memory();
    options->tail.http.url = options->url;
    return CLI_GO_ON;
}

static void set_form(struct options *options)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

    if (options->is_json)
        options->tail.form = TAIL_JSON;
    else if (!isatty(STDOUT_FILENO))
        options->tail.form = TAIL_RAW;
    else if ((no_colour != NULL && *no_colour != '\0') || terminal == NULL ||
             strcmp(terminal, "dumb") == 0)
        options->tail.form = TAIL_PERSON;
    else
        options->tail.form = TAIL_COLOURED;
}

static int run(struct options *options, int argc, char **argv)
{
    struct stop stop;
    bool was_stopped;
    const char *token = getenv("SSE_TOKEN");

    if (token != NULL && *token != '\0')
        options->tail.http.token = token;
    int status = cli_parse(&CLI, &argc, argv, options);
    if (status != CLI_GO_ON)
        return status;
    if (argc != 2)
        return argc < 2 ? cli_usage_error(&CLI, "the URL is missing")
                        : cli_usage_error(&CLI, "one URL only, and not \"%.200s\" too", argv[2]);
    status = set_url(options, argv[1]);
    if (status != CLI_GO_ON)
        return status;
    set_form(options);
    options->tail.http.output_fd = options->tail.command == NULL ? STDOUT_FILENO : -1;
    if (stop_init(&stop) < 0) {
        perror("sse-tail: signals");
        return EXIT_FAILURE;
    }
    stop_hold(&stop);
    status = tail_run(&options->tail, &stop, &was_stopped);
    if (was_stopped)
        stop_release(&stop); /* ends the process by the signal */
    stop_deinit(&stop);
    return status;
}

/* A descriptor of ours must not take the place of a standard one that is closed: to write there
 * fails, as it should. */
static void fill_standard(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    struct options options = {
        .tail = {.silence_ms = (uint32_t)(HEARTBEAT_S * 1000 * SILENCE)},
    };

    fill_standard();
    signal(SIGPIPE, SIG_IGN);
    int status = run(&options, argc, argv);
    free(options.user);
    free(options.token);
    for (size_t i = 0; i < HTTP_HEADERS_MAX; i++)
        free(options.headers[i]);
    free(options.url);
    free(options.unix_path);
    free(options.shown_url);
    return status;
}
