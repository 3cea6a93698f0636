/* What a function writes to a descriptor, such as standard error: each write(2) counted. */
#ifndef SSE_TEST_CAPTURE_H
#define SSE_TEST_CAPTURE_H

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

struct capture {
    int fd;     /* that is captured */
    int before; /* what it was */
    int from;   /* where it comes out, one packet a write */
    int writes; /* so far, as capture_end finds them */
    char text[65536];
    size_t len;
};

static inline void capture_begin(struct capture *capture, int fd)
{
    int ends[2];

    fflush(NULL);
    capture->fd = fd;
    capture->writes = 0;
    capture->len = 0;
    capture->before = dup(fd);
    if (capture->before < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
        fail_msg("no descriptors");
    dup2(ends[1], fd);
    close(ends[1]);
    capture->from = ends[0];
}

/* Gives the descriptor back and returns what was written, valid until the capture begins again. */
static inline const char *capture_end(struct capture *capture)
{
    ssize_t n;

    fflush(NULL);
    dup2(capture->before, capture->fd);
    close(capture->before);
    while ((n = recv(capture->from, capture->text + capture->len,
                     sizeof capture->text - 1 - capture->len, MSG_DONTWAIT)) > 0) {
        capture->len += (size_t)n;
        capture->writes++;
    }
    close(capture->from);
    capture->text[capture->len] = '\0';
    return capture->text;
}

#endif
