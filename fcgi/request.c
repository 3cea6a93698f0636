/* From REQUEST_URI to channels and start. The servers disagree about PATH_INFO and SCRIPT_NAME, and
 * one of them normalises QUERY_STRING, so neither is looked at. */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/channel.h"
#include "core/percent.h"
#include "start_query.h"

#define QUOTED_MAX 100 /* bytes of a bad value that a reason repeats */

/* What is found out on the way. */
struct parse {
    struct request *request;
    struct start_query start;
    uint64_t now_ms;
    struct buf *why;
};

static const char BAD_PERCENT[] =
    "has a % that is not followed by two hexadecimal digits, or %00 (write % as %25)";

static int refuse(struct buf *why, const char *what, const char *value, const char *problem)
{
    buf_addf(why, "%s \"%.*s%s\" %s.\n", what, QUOTED_MAX, value,
             strlen(value) > QUOTED_MAX ? "..." : "", problem);
    return 400;
}

static int no_memory(struct buf *why)
{
    buf_adds(why, "No memory for this request.\n");
    return 500;
}

/* Adds a channel or pattern, unless it is there already. */
static int add_channel(struct request *request, const char *name, struct buf *why)
{
    const char *problem = channel_check_pattern(name, strlen(name));

    if (problem != NULL)
        return refuse(why, "The channel", name, problem);
    for (size_t i = 0; i < request->channel_count; i++)
        if (strcmp(request->channels[i], name) == 0)
            return 200;
    if (request->channel_count == REQUEST_CHANNELS_MAX) {
        buf_addf(why,
                 "Too many channels: a stream follows at most %d. A pattern such as jobs/* "
                 "counts as one.\n",
                 REQUEST_CHANNELS_MAX);
        return 400;
    }
    char **grown =
        realloc(request->channels, (request->channel_count + 1) * sizeof *request->channels);
    if (grown == NULL)
        return no_memory(why);
    request->channels = grown;
    grown[request->channel_count] = strdup(name);
    if (grown[request->channel_count] == NULL)
        return no_memory(why);
    request->channel_count++;
    return 200;
}

/* Channels with commas between. Cuts `list` up. */
static int add_channels(struct request *request, char *list, struct buf *why)
{
    int status = 200;
    char *name;

    while (status == 200 && (name = strsep(&list, ",")) != NULL)
        status = add_channel(request, name, why);
    return status;
}

/* `name` is wrap or heartbeat. */
static int parse_switch(struct parse *parse, const char *name, const char *value)
{
    bool *is_on = *name == 'w' ? &parse->request->wrap : &parse->request->heartbeat;
    char what[64];

    snprintf(what, sizeof what, "The parameter %s has the value", name);
    if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
        return refuse(parse->why, what, value, "but must be 0 or 1");
    *is_on = *value == '1';
    return 200;
}

static int parse_start(struct parse *parse, const char *name, const char *value)
{
    const char *problem = start_query_take(&parse->start, name, value, parse->now_ms);
    char what[64];

    if (problem == NULL)
        return 200;
    snprintf(what, sizeof what, "The parameter %s has the value", name);
    return refuse(parse->why, what, value, problem);
}

/* One `name=value` of the query, decoded. Names that mean nothing here are somebody else's. */
static int parse_parameter(struct parse *parse, char *parameter)
{
    bool names_channels, is_switch, is_start;
    char *value = strchr(parameter, '=');

    if (value != NULL)
        *value++ = '\0';
    else
        value = parameter + strlen(parameter);
    if (percent_decode(parameter, parameter, strlen(parameter), true) < 0)
        return 200;
    names_channels = strcmp(parameter, "channel") == 0 || strcmp(parameter, "topic") == 0;
    is_switch = strcmp(parameter, "wrap") == 0 || strcmp(parameter, "heartbeat") == 0;
    is_start = start_query_knows(parameter);
    if (!names_channels && !is_switch && !is_start)
        return 200;
    if (percent_decode(value, value, strlen(value), true) < 0)
        return refuse(parse->why, "The value", value, BAD_PERCENT);
    if (is_switch)
        return parse_switch(parse, parameter, value);
    if (is_start)
        return parse_start(parse, parameter, value);
    return add_channels(parse->request, value, parse->why);
}

static int parse_query(struct parse *parse, char *query)
{
    int status = 200;
    char *parameter;

    while (status == 200 && (parameter = strsep(&query, "&")) != NULL)
        status = parse_parameter(parse, parameter);
    return status;
}

/* What follows the mount in `path`: "" or "/...". NULL if the path is under none. */
static const char *strip_mount(const struct config *config, const char *path)
{
    for (size_t i = 0; i < config->mount_count; i++) {
        size_t len = strlen(config->mounts[i]);
        if (strncmp(path, config->mounts[i], len) == 0 && (path[len] == '/' || path[len] == '\0'))
            return path + len;
    }
    return NULL;
}

static int parse_path(struct request *request, const struct config *config, char *path,
                      struct buf *why)
{
    if (percent_decode(path, path, strlen(path), false) < 0)
        return refuse(why, "The path", path, BAD_PERCENT);
    const char *rest = strip_mount(config, path);
    if (rest == NULL) {
        buf_addf(why, "Nothing is at \"%.*s\": event streams are at %s (the setting SSE_MOUNT).\n",
                 QUOTED_MAX, path, *config->mounts[0] ? config->mounts[0] : "/");
        return 404;
    }
    if (*rest == '\0' || strcmp(rest, "/") == 0)
        return 200;
    return add_channel(request, rest + 1, why);
}

/* Leaves out scheme and host of an absolute URI (RFC 9112, 3.2.2). */
static const char *origin_form(const char *uri)
{
    const char *authority = strstr(uri, "://");

    if (*uri == '/' || authority == NULL)
        return uri;
    const char *path = strchr(authority + 3, '/');
    return path != NULL ? path : "/";
}

static int parse_uri(struct parse *parse, const struct config *config, const char *uri)
{
    char *copy = strdup(origin_form(uri));
    int status;

    if (copy == NULL)
        return no_memory(parse->why);
    char *query = strchr(copy, '?');
    if (query != NULL)
        *query++ = '\0';
    status = parse_path(parse->request, config, copy, parse->why);
    if (status == 200 && query != NULL)
        status = parse_query(parse, query);
    if (status == 200 && parse->request->channel_count == 0)
        status = add_channel(parse->request, config->channel, parse->why);
    free(copy);
    return status;
}

static int parse_method(struct request *request, const char *method, struct buf *why)
{
    static const char *const NAMES[] = {"GET", "HEAD", "OPTIONS"};

    for (int i = 0; i < 3; i++)
        if (strcmp(method, NAMES[i]) == 0) {
            request->method = (enum request_method)i;
            return 200;
        }
    buf_addf(why, "The method %.20s is not for event streams: open one with GET.\n", method);
    return 405;
}

int request_parse(struct request *request, const struct params *params, const struct config *config,
                  uint64_t now_ms, struct buf *why)
{
    const char *uri = params_get(params, "REQUEST_URI");
    struct parse parse = {.request = request, .now_ms = now_ms, .why = why};
    int status;

    *request = (struct request){0};
    if (*uri == '\0') {
        buf_adds(why, "The web server sent no REQUEST_URI: its FastCGI parameters must have it.\n");
        return 500;
    }
    status = parse_method(request, params_get(params, "REQUEST_METHOD"), why);
    if (status == 200 && request->method == REQUEST_OPTIONS)
        return 200; /* asks about the server, not about a channel */
    if (status == 200)
        status = parse_uri(&parse, config, uri);
    if (status == 200)
        request->start = start_query_result(&parse.start, params_get(params, "HTTP_LAST_EVENT_ID"));
    else
        request_deinit(request);
    return status;
}

void request_deinit(struct request *request)
{
    for (size_t i = 0; i < request->channel_count; i++)
        free(request->channels[i]);
    free(request->channels);
    *request = (struct request){0};
}
