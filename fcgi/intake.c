/* libfcgi would accept by itself, but then it cannot be told when to give up a silent peer. So we
 * accept, and hand it the descriptor as one that is kept from an earlier request; it reads from
 * there. */
#include "intake.h"

#include <fcgiapp.h>
#include <unistd.h>

int intake_init(void)
{
    return FCGX_Init() == 0 ? 0 : -1;
}

int intake_read(int fd, struct arrival *arrival)
{
    FCGX_Request request;
    char bytes[4096];

    if (FCGX_InitRequest(&request, -1, 0) != 0) {
        close(fd);
        return -1;
    }
    request.ipcFd = fd; /* libfcgi's to close from here on */
    request.keepConnection = 1;
    if (FCGX_Accept_r(&request) < 0) /* accepts nothing */
        return -1;
    while (FCGX_GetStr(bytes, sizeof bytes, request.in) > 0)
        continue;
    arrival->fd = fd;
    arrival->request_id = (uint16_t)request.requestId;
    /* An input that ends by an error was given up, by us or by the peer: it is no whole request. */
    int result = FCGX_GetError(request.in) == 0 ? params_copy(&arrival->params, request.envp) : -1;
    FCGX_Free(&request, 0);
    if (result < 0)
        close(fd);
    return result;
}
