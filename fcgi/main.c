/* sse.fcgi: options, start, exit code. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "cgi.h"
#include "config.h"
#include "core/log.h"
#include "listener.h"
#include "origin.h"
#include "server.h"

#define MESSAGE_MAX 16384

/* FastCGI may start us with nothing but a socket on descriptor 0 (FastCGI 1.0, 2.2): what we open
 * next must not become the standard error that the log goes to. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            return;
}

/* A stream takes a descriptor: use as many as the hard limit allows. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int serve(enum origin origin, const struct config *config, struct buf *text)
{
    struct listener listener = {.fd = -1};
    const char *why;

    log_init("sse.fcgi", config->log);
    server_hold_signals();
    if (origin == ORIGIN_CGI ? !cgi_can_answer(STDOUT_FILENO, text)
                             : listener_open(&listener, origin, config, text) < 0)
        return EX_USAGE;
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    int result = server_run(config, origin, listener.fd, &why);
    listener_close(&listener);
    if (result == 0)
        return EX_OK;
    buf_addf(text, "cannot start: %s\n", why);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct config config;
    struct buf text;
    int status = EX_OK;

    fill_standard_descriptors();
    enum origin origin = origin_find();
    log_init("sse.fcgi", LOG_ERROR);
    buf_init(&text, MESSAGE_MAX);
    /* CGI gives the words of a query without `=` as arguments (RFC 3875, 4.4): they are the
     * client's, not the administrator's. */
    switch (config_load(&config, origin == ORIGIN_CGI ? 1 : argc, argv, &text)) {
    case CONFIG_READY:
        status = serve(origin_settle(origin, &config), &config, &text);
        break;
    case CONFIG_BAD:
        status = EX_USAGE;
        break;
    case CONFIG_ANSWERED:
        fwrite(text.data, 1, text.len, stdout);
        buf_clear(&text);
        break;
    }
    if (text.len > 0)
        log_text(LOG_ERROR, text.data, text.len);
    config_deinit(&config);
    buf_deinit(&text);
    return status;
}
