/* Commands on standard input. */
#include "commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checker.h"
#include "line.h"

#define LOOK_MS       50 /* between two looks whether all have the newest event */
#define CHECK_SECONDS 30

struct commands {
    struct crowd *crowd;
    uv_pipe_t input;
    uv_timer_t look; /* runs while a check waits */
    uv_timer_t tick;
    struct line line;
    char bytes[4096];
    struct acknowledged *acknowledged; /* of the check that waits */
    bool is_last;
    uint64_t begun_ms, deadline_ms;
};

/* ---- checking ---- */

static void print_checked(const struct commands *commands, const struct verdict *verdict,
                          size_t late, bool is_good)
{
    const struct crowd *crowd = commands->crowd;

    printf(
        "{\"event\":\"checked\",\"ok\":%s,\"acknowledged\":%zu,\"late\":%zu,\"waited_ms\":%" PRIu64
        ",",
        is_good ? "true" : "false", acknowledged_count(commands->acknowledged), late,
        uv_now(crowd->around.loop) - commands->begun_ms);
    verdict_print(verdict);
    printf(",");
    tally_print(&crowd->around.tally);
    printf("}\n");
    fflush(stdout);
}

static void check(struct commands *commands, size_t late)
{
    struct crowd *crowd = commands->crowd;
    struct verdict verdict = {0};
    bool is_good = true;

    for (size_t i = 0; i < crowd->count; i++)
        if (checker_check(commands->acknowledged, &crowd->clients[i], &verdict) < 0)
            is_good = false;
    is_good = is_good && verdict_is_good(&verdict, crowd->resets_allowed);
    print_checked(commands, &verdict, late, is_good);
    acknowledged_free(commands->acknowledged);
    commands->acknowledged = NULL;
    if (commands->is_last) {
        crowd->status = is_good ? EXIT_SUCCESS : EXIT_FAILURE;
        uv_stop(crowd->around.loop);
    }
}

static void on_look(uv_timer_t *timer)
{
    struct commands *commands = timer->data;
    struct crowd *crowd = commands->crowd;
    size_t late = 0;

    for (size_t i = 0; i < crowd->count; i++)
        late += !checker_has_newest(commands->acknowledged, &crowd->clients[i]);
    if (late > 0 && uv_now(crowd->around.loop) < commands->deadline_ms)
        return;
    uv_timer_stop(&commands->look);
    check(commands, late);
}

static void start_check(struct commands *commands, char *rest, bool is_last)
{
    char *path = strtok(rest, " ");
    char *seconds = strtok(NULL, " ");
    uint64_t wait_ms = 1000 * (seconds ? strtoull(seconds, NULL, 10) : CHECK_SECONDS);

    commands->is_last = is_last;
    commands->acknowledged = path ? acknowledged_read(path) : NULL;
    if (commands->acknowledged == NULL) {
        printf("{\"event\":\"error\",\"what\":\"no list of acknowledged events\"}\n");
        fflush(stdout);
        return;
    }
    commands->begun_ms = uv_now(commands->crowd->around.loop);
    commands->deadline_ms = commands->begun_ms + wait_ms;
    uv_timer_start(&commands->look, on_look, 0, LOOK_MS);
}

/* ---- the others ---- */

/* A number, a range or all. Returns -1 if it is none of them. */
static int parse_which(const struct crowd *crowd, const char *which, size_t *from, size_t *to)
{
    char *end;

    *from = 0;
    *to = crowd->count - 1;
    if (*which == '\0' || strcmp(which, "all") == 0)
        return 0;
    *from = *to = strtoul(which, &end, 10);
    if (*end == '-')
        *to = strtoul(end + 1, &end, 10);
    return end == which || *end != '\0' || *to >= crowd->count || *from > *to ? -1 : 0;
}

static void cut(struct client *client)
{
    client_leave(client, RECONNECT_AT_ONCE);
}

static void leave(struct client *client)
{
    client_leave(client, STAY_AWAY);
}

static void stall(struct client *client)
{
    client_stall(client, false);
}

static void drip(struct client *client)
{
    client_stall(client, true);
}

static const struct {
    const char *name;
    void (*run)(struct client *client);
} VERBS[] = {{"cut", cut},     {"leave", leave}, {"come", client_come},
             {"stall", stall}, {"drip", drip},   {"resume", client_resume}};

/* Returns -1 if there is no such verb, or nobody whom it is about. */
static int run_verb(struct commands *commands, const char *name, const char *which)
{
    struct crowd *crowd = commands->crowd;
    size_t from, to;

    for (size_t i = 0; i < sizeof VERBS / sizeof VERBS[0]; i++) {
        if (strcmp(VERBS[i].name, name) != 0)
            continue;
        if (parse_which(crowd, which, &from, &to) < 0)
            return -1;
        if (VERBS[i].run == cut)
            tally_start_watch(&crowd->around.tally);
        for (size_t n = from; n <= to; n++)
            VERBS[i].run(&crowd->clients[n]);
        return 0;
    }
    return -1;
}

static void print_status(struct commands *commands)
{
    printf("{\"event\":\"status\",");
    tally_print(&commands->crowd->around.tally);
    printf("}\n");
    fflush(stdout);
}

static void run(struct commands *commands, char *line)
{
    char *rest = line + strcspn(line, " ");

    if (*rest != '\0')
        *rest++ = '\0';
    if (strcmp(line, "status") == 0) {
        print_status(commands);
    } else if (strcmp(line, "latency") == 0) {
        tally_print_latency(&commands->crowd->around.tally);
    } else if (strcmp(line, "check") == 0 || strcmp(line, "finish") == 0) {
        start_check(commands, rest, line[0] == 'f');
    } else if (run_verb(commands, line, rest) < 0) {
        printf("{\"event\":\"error\",\"what\":\"not understood\",\"command\":\"%s\"}\n", line);
        fflush(stdout);
    }
}

/* ---- input ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct commands *commands = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(commands->bytes, sizeof commands->bytes);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *buffer)
{
    struct commands *commands = stream->data;
    const char *bytes = buffer->base, *text;
    size_t left = length > 0 ? (size_t)length : 0, text_length;
    char line[LINE_KEPT + 1];

    while (left > 0 && line_next(&commands->line, &bytes, &left, &text, &text_length)) {
        snprintf(line, sizeof line, "%.*s", (int)text_length, text);
        run(commands, line);
    }
    if (length < 0)
        uv_stop(commands->crowd->around.loop);
}

static void on_tick(uv_timer_t *timer)
{
    struct commands *commands = timer->data;

    for (size_t i = 0; i < commands->crowd->count; i++)
        client_tick(&commands->crowd->clients[i]);
}

struct commands *commands_start(struct crowd *crowd)
{
    struct commands *commands = calloc(1, sizeof *commands);
    uv_loop_t *loop = crowd->around.loop;

    if (commands == NULL)
        return NULL;
    commands->crowd = crowd;
    uv_timer_init(loop, &commands->look);
    uv_timer_init(loop, &commands->tick);
    uv_pipe_init(loop, &commands->input, 0);
    commands->look.data = commands->tick.data = commands->input.data = commands;
    uv_timer_start(&commands->tick, on_tick, 1000, 1000);
    if (uv_pipe_open(&commands->input, 0) < 0 ||
        uv_read_start((uv_stream_t *)&commands->input, on_alloc, on_read) < 0)
        fputs("streams: standard input is no pipe: it takes no commands\n", stderr);
    return commands;
}

void commands_close(struct commands *commands)
{
    uv_close((uv_handle_t *)&commands->look, NULL);
    uv_close((uv_handle_t *)&commands->tick, NULL);
    uv_close((uv_handle_t *)&commands->input, NULL);
}

void commands_free(struct commands *commands)
{
    acknowledged_free(commands->acknowledged);
    line_deinit(&commands->line);
    free(commands);
}
