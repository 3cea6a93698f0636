/* GET by libcurl's multi interface: its transfers and our own descriptor in one wait. */
#include "http_stream.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "core/version.h"

#define CONNECT_TIMEOUT_S 15L
#define REDIRECTS_MAX     10L
#define WAIT_MAX_MS       60000
#define REASON_MAX        300 /* bytes of the body of a refusal */

struct http_stream {
    const struct http_settings *settings;
    const struct http_handlers *handlers;
    void *context;
    CURLM *multi;

    /* Of the present GET. */
    CURL *easy;
    bool is_open;
    bool is_foreign; /* 200, but no event stream */
    bool is_canceled;
    uint64_t heard_ms; /* when something came last */
    char reason[REASON_MAX + 1];
    size_t reason_len;
    char error[CURL_ERROR_SIZE];
};

struct http_stream *http_stream_new(const struct http_settings *settings,
                                    const struct http_handlers *handlers, void *context)
{
    struct http_stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL)
        return NULL;
    stream->settings = settings;
    stream->handlers = handlers;
    stream->context = context;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (stream->multi = curl_multi_init()) == NULL) {
        free(stream);
        return NULL;
    }
    return stream;
}

void http_stream_free(struct http_stream *stream)
{
    if (stream == NULL)
        return;
    curl_multi_cleanup(stream->multi);
    curl_global_cleanup();
    free(stream);
}

/* --- what comes ------------------------------------------------------------------------------- */

static long status_of(CURL *easy)
{
    long status = 0;

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static const char *type_of(CURL *easy)
{
    char *type = NULL;

    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    return type != NULL ? type : "";
}

/* The type without its parameters, in any case (MIME Sniffing, "essence"). */
static bool is_event_stream(const char *type)
{
    static const char WANTED[] = "text/event-stream";
    size_t len = sizeof WANTED - 1;

    return strncasecmp(type, WANTED, len) == 0 && strchr("; \t", type[len]) != NULL;
}

/* A header line; the empty one behind the headers opens the stream. */
static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct http_stream *stream = context;
    size_t len = size * count;

    stream->heard_ms = patience_now_ms();
    if (len > 2 || (line[0] != '\r' && line[0] != '\n') || status_of(stream->easy) != 200)
        return len;
    if (stream->is_open) /* trailers */
        return len;
    if (!is_event_stream(type_of(stream->easy))) {
        stream->is_foreign = true;
        return 0;
    }
    stream->is_open = true;
    stream->is_canceled = stream->handlers->on_open(stream->context) != 0;
    return stream->is_canceled ? 0 : len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_stream *stream = context;
    size_t len = size * count, room = REASON_MAX - stream->reason_len;

    if (!stream->is_open) {
        size_t part = len < room ? len : room;
        memcpy(stream->reason + stream->reason_len, bytes, part);
        stream->reason_len += part;
        return len;
    }
    stream->is_canceled = stream->handlers->on_bytes(stream->context, bytes, len) != 0;
    stream->heard_ms = patience_now_ms(); /* not before: a handler may have taken its time */
    return stream->is_canceled ? 0 : len;
}

/* --- the request ------------------------------------------------------------------------------ */

static int add_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (longer == NULL)
        return -1;
    *list = longer;
    return 0;
}

static int add_headers(struct http_stream *stream, struct curl_slist **list, const char *cursor)
{
    const struct http_settings *settings = stream->settings;
    struct buf line;
    int result = 0;

    if (add_header(list, "Accept: text/event-stream") < 0 ||
        add_header(list, "Cache-Control: no-store") < 0)
        return -1;
    for (size_t i = 0; i < settings->header_count; i++)
        if (add_header(list, settings->headers[i]) < 0)
            return -1;
    if (*cursor == '\0')
        return 0;
    buf_init(&line, strlen(cursor) + 32);
    if (buf_addf(&line, "Last-Event-ID: %s", cursor) < 0 || buf_add(&line, "", 1) < 0 ||
        add_header(list, line.data) < 0)
        result = -1;
    buf_deinit(&line);
    return result;
}

/* libcurl looks for a password in ~/.netrc only for a name that is in the URL. What is no URL stays
 * as it is, and libcurl says so. */
static int set_url_with_user(CURL *easy, const struct http_settings *settings)
{
    CURLU *parts = curl_url();
    char *url = NULL;
    int result = -1;

    if (parts == NULL)
        return -1;
    CURLUcode code = curl_url_set(parts, CURLUPART_URL, settings->url, CURLU_GUESS_SCHEME);
    if (code == CURLUE_OK)
        code = curl_url_set(parts, CURLUPART_USER, settings->user, CURLU_URLENCODE);
    if (code == CURLUE_OK)
        code = curl_url_get(parts, CURLUPART_URL, &url, 0);
    if (code == CURLUE_OK)
        result = curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK ? 0 : -1;
    else if (code != CURLUE_OUT_OF_MEMORY)
        result = 0;
    curl_free(url);
    curl_url_cleanup(parts);
    return result;
}

static int set_access(CURL *easy, const struct http_settings *settings)
{
    CURLcode code = CURLE_OK;

    if (settings->unix_path != NULL)
        code |= curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, settings->unix_path);
    if (settings->cacert != NULL)
        code |= curl_easy_setopt(easy, CURLOPT_CAINFO, settings->cacert);
    if (settings->is_insecure) {
        code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        code |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (settings->token != NULL) {
        code |= curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        code |= curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, settings->token);
    }
    if (settings->user != NULL && strchr(settings->user, ':') != NULL) {
        code |= curl_easy_setopt(easy, CURLOPT_USERPWD, settings->user);
    } else if (settings->user != NULL) {
        if (set_url_with_user(easy, settings) < 0)
            return -1;
        code |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
    }
    return code == CURLE_OK ? 0 : -1;
}

/* A command that goes on behind its event must not keep the connection open. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context, (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static int set_request(struct http_stream *stream, const struct curl_slist *headers)
{
    CURL *easy = stream->easy;
    CURLcode code = CURLE_OK;

    code |= curl_easy_setopt(easy, CURLOPT_URL, stream->settings->url);
    code |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    code |= curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    code |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    code |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
    code |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    code |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "sse-tail/" SSE_VERSION);
    code |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    code |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, stream);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    code |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, stream);
    code |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, stream->error);
    return code == CURLE_OK ? set_access(easy, stream->settings) : -1;
}

/* --- how it ends ------------------------------------------------------------------------------ */

/* The first line of what a server said of its refusal, if that is plain text. */
static void add_reason(struct http_stream *stream, struct buf *why)
{
    size_t len = 0;

    if (strncasecmp(type_of(stream->easy), "text/plain", 10) != 0)
        return;
    while (len < stream->reason_len && (unsigned char)stream->reason[len] >= ' ' &&
           stream->reason[len] != 0x7F)
        len++;
    if (len > 0)
        buf_addf(why, ": %.*s", (int)len, stream->reason);
}

static enum http_end judge_status(struct http_stream *stream, struct buf *why)
{
    long status = status_of(stream->easy);

    if (status == 204)
        return HTTP_OVER;
    buf_addf(why, "the server answers %ld", status);
    add_reason(stream, why);
    return status == 408 || status == 429 || status >= 500 ? HTTP_AWAY : HTTP_REFUSED;
}

/* Errors of a setting, an address or a certificate; all others may pass. */
static bool is_lasting(CURLcode code)
{
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_LOGIN_DENIED:
        return true;
    default:
        return false;
    }
}

/* In libcurl's words; but those about a socket name the host that it stands for. */
static void add_error(struct http_stream *stream, CURLcode code, struct buf *why)
{
    const char *path = stream->settings->unix_path;
    long number = 0;

    if (path != NULL && code == CURLE_COULDNT_CONNECT)
        curl_easy_getinfo(stream->easy, CURLINFO_OS_ERRNO, &number);
    if (number != 0)
        buf_addf(why, "%.200s: %s", path, strerror((int)number));
    else
        buf_adds(why, stream->error[0] != '\0' ? stream->error : curl_easy_strerror(code));
}

static enum http_end judge(struct http_stream *stream, CURLcode code, struct buf *why)
{
    if (stream->is_canceled)
        return HTTP_CANCELED;
    if (stream->is_foreign) {
        const char *type = type_of(stream->easy);
        buf_addf(why, "this is no event stream: its content type is %.80s",
                 *type != '\0' ? type : "not given");
        return HTTP_REFUSED;
    }
    if (code == CURLE_OUT_OF_MEMORY)
        return HTTP_NO_MEMORY;
    if (code == CURLE_OK && !stream->is_open)
        return judge_status(stream, why);
    if (code != CURLE_OK)
        add_error(stream, code, why);
    else
        buf_adds(why, "the server closed the stream");
    if (stream->is_open)
        return HTTP_CLOSED;
    return is_lasting(code) ? HTTP_REFUSED : HTTP_AWAY;
}

/* Whether it is a pipe whose other end is closed. */
static bool is_unread(int fd)
{
    struct pollfd output = {.fd = fd};

    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

/* Waits for the next thing that happens. Returns -1 with *end when that ends the GET. */
static int await(struct http_stream *stream, const struct patience *patience, enum http_end *end,
                 struct buf *why)
{
    /* libcurl wakes up for an error on the second one, and does not say for what. */
    struct curl_waitfd fds[] = {{.fd = patience->stop_fd, .events = CURL_WAIT_POLLIN},
                                {.fd = stream->settings->output_fd}};
    uint64_t now = patience_now_ms(), silent = stream->heard_ms + patience->silence_ms;
    uint64_t until = silent < patience->deadline_ms ? silent : patience->deadline_ms;

    if (now < until) {
        uint64_t left = until - now;
        if (curl_multi_poll(stream->multi, fds, 2, left < WAIT_MAX_MS ? (int)left : WAIT_MAX_MS,
                            NULL) != CURLM_OK) {
            *end = HTTP_NO_MEMORY;
            return -1;
        }
        if (fds[0].revents == 0 && !is_unread(stream->settings->output_fd))
            return 0;
        now = patience->deadline_ms;
    }
    if (now >= patience->deadline_ms) {
        *end = HTTP_CANCELED;
        return -1;
    }
    buf_addf(why, "nothing came for %.10g s", patience->silence_ms / 1000.0);
    *end = stream->is_open ? HTTP_CLOSED : HTTP_AWAY;
    return -1;
}

static enum http_end transfer(struct http_stream *stream, const struct patience *patience,
                              struct buf *why)
{
    enum http_end end;

    stream->heard_ms = patience_now_ms();
    for (;;) {
        int running, left;
        if (curl_multi_perform(stream->multi, &running) != CURLM_OK)
            return HTTP_NO_MEMORY;
        CURLMsg *message = curl_multi_info_read(stream->multi, &left);
        if (message != NULL && message->msg == CURLMSG_DONE)
            return judge(stream, message->data.result, why);
        if (await(stream, patience, &end, why) < 0)
            return end;
    }
}

enum http_end http_stream_get(struct http_stream *stream, const char *cursor,
                              const struct patience *patience, struct buf *why)
{
    struct curl_slist *headers = NULL;
    enum http_end end = HTTP_NO_MEMORY;

    stream->is_open = stream->is_foreign = stream->is_canceled = false;
    stream->reason_len = 0;
    stream->error[0] = '\0';
    stream->easy = curl_easy_init();
    if (stream->easy != NULL && add_headers(stream, &headers, cursor) == 0 &&
        set_request(stream, headers) == 0 &&
        curl_multi_add_handle(stream->multi, stream->easy) == CURLM_OK) {
        end = transfer(stream, patience, why);
        curl_multi_remove_handle(stream->multi, stream->easy);
    }
    curl_easy_cleanup(stream->easy);
    curl_slist_free_all(headers);
    stream->easy = NULL;
    return end;
}
