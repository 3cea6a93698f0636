/* libssepublish: publishes events to everybody who follows a channel, through Redis. Three calls:
 *
 *     #include <ssepublish.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         struct ssepublish *publisher = ssepublish_new();
 *
 *         if (ssepublish_json(publisher, "jobs/42", "progress", "{\"percent\":42.5}") == 0)
 *             printf("%s\n", ssepublish_id(publisher));
 *         else
 *             fprintf(stderr, "%s\n", ssepublish_error(publisher));
 *         ssepublish_free(publisher);
 *         return 0;
 *     }
 *
 *     cc example.c $(pkg-config --cflags --libs libssepublish)
 *
 * Where Redis is, and all other settings, come from the environment as for sse-publish (SSE_REDIS,
 * SSE_REDIS_PASSWORD_FILE, SSE_PREFIX, SSE_KEEP, SSE_TTL, SSE_TIMEOUT), or from ssepublish_set.
 *
 * Redis may go and come back: a call then tries again, for the timeout, and an event is in its log
 * once however often it was tried. The first call connects, and the connection stays.
 *
 * The library prints nothing, starts no thread, and lets no SIGPIPE through. A publisher is for one
 * thread at a time, and not for both sides of a fork. All text is UTF-8. */
#ifndef SSEPUBLISH_H
#define SSEPUBLISH_H

#ifdef __cplusplus
extern "C" {
#endif

#define SSEPUBLISH_API __attribute__((visibility("default")))

/* What the calls return: 0, or what sse-publish would exit with. */
enum ssepublish_status {
    SSEPUBLISH_OK = 0,
    SSEPUBLISH_FAILED = 1,  /* no memory; or stored, so that there is an id, but not sent live */
    SSEPUBLISH_USAGE = 64,  /* a setting, the channel, the event name; nothing was sent */
    SSEPUBLISH_DATA = 65,   /* no JSON, no UTF-8, more than 256 KiB; nothing was sent */
    SSEPUBLISH_AWAY = 69,   /* no Redis there, or it refused: the event is not published */
    SSEPUBLISH_UNKNOWN = 75 /* Redis went away before it answered: published or not */
};

struct ssepublish;

/* A publisher with the environment's settings; one that is wrong is told by the first event. Does
 * not connect yet. NULL without memory, which all other calls take: they fail. */
SSEPUBLISH_API struct ssepublish *ssepublish_new(void);

/* Before the first event: sets what the option of sse-publish with that name sets: "redis",
 * "redis-password-file", "prefix", "keep" (events), "ttl" (seconds) or "timeout" (seconds; "0": one
 * try). Returns SSEPUBLISH_OK; or SSEPUBLISH_USAGE, and the setting is as it was. */
SSEPUBLISH_API int ssepublish_set(struct ssepublish *publisher, const char *option,
                                  const char *value);

/* Publishes one event and waits until Redis has it. `event` is its name, NULL for the default one,
 * message. `json` is JSON text, checked and sent as it is; `text` any text. */
SSEPUBLISH_API int ssepublish_json(struct ssepublish *publisher, const char *channel,
                                   const char *event, const char *json);
SSEPUBLISH_API int ssepublish_text(struct ssepublish *publisher, const char *channel,
                                   const char *event, const char *text);

/* Ends the channel: its streams close, and stay away. `json` is the last event's data, NULL for {}.
 * Publishing to the channel opens it again. */
SSEPUBLISH_API int ssepublish_end(struct ssepublish *publisher, const char *channel,
                                  const char *json);

/* The id of the event that was published last, as in Last-Event-ID; "" if the last call stored
 * none. Valid until the next call. */
SSEPUBLISH_API const char *ssepublish_id(const struct ssepublish *publisher);

/* What the last call says was wrong, for people; "" after SSEPUBLISH_OK. Valid until the next call.
 * It never has a password in it. */
SSEPUBLISH_API const char *ssepublish_error(const struct ssepublish *publisher);

/* Closes the connection. NULL does nothing. */
SSEPUBLISH_API void ssepublish_free(struct ssepublish *publisher);

#ifdef __cplusplus
}
#endif

#endif
