/* relay: bytes between real pipes, terminals and files. */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pty.h>
#include <signal.h>
#include <unistd.h>

#include "test.h"

static struct relay relay;

static int set_up(UNUSED void **state)
{
    relay = (struct relay){.from = -1, .to = -1};
    return 0;
}

static void wants(short in, short out)
{
    struct pollfd fds[2];

    relay_await(&relay, &fds[0], &fds[1]);
    assert_int_equal(fds[0].fd >= 0 ? fds[0].events : 0, in);
    assert_int_equal(fds[1].fd >= 0 ? fds[1].events : 0, out);
}

static void one_at_a_time(UNUSED void **state)
{
    int in[2], out[2];
    char got[8];

    assert_int_equal(pipe(in) | pipe(out), 0);
    relay_init(&relay, in[0], out[1]);
    wants(POLLIN, 0);
    assert_int_equal(write(in[1], "bytes", 5), 5);
    assert_int_equal(relay_read(&relay), 5);
    wants(0, POLLOUT); /* nothing more is read meanwhile */
    assert_int_equal(relay_write(&relay), 5);
    wants(POLLIN, 0);
    assert_int_equal(read(out[0], got, sizeof got), 5);
    assert_memory_equal(got, "bytes", 5);
    close(in[1]);
    assert_int_equal(relay_read(&relay), 0);
    relay_close(&relay);
    wants(0, 0);
    assert_int_equal(fcntl(in[0], F_GETFD), -1);
    close(out[0]);
    close(out[1]);
}

/* A blocking pipe that has room for PIPE_BUF only: more at once, and the write would wait. */
static void never_waits(UNUSED void **state)
{
    int out[2];
    char room[PIPE_BUF];

    assert_int_equal(pipe(out), 0);
    relay_init(&relay, -1, out[1]);
    fcntl(out[1], F_SETFL, O_NONBLOCK);
    while (write(out[1], relay.bytes, PIPE_BUF) > 0)
        ;
    fcntl(out[1], F_SETFL, 0);
    assert_int_equal(read(out[0], room, sizeof room), PIPE_BUF);
    relay.end = sizeof relay.bytes;
    alarm(20); /* instead of waiting for ever */
    assert_int_equal(relay_write(&relay), PIPE_BUF);
    alarm(0);
    wants(0, POLLOUT);
    assert_int_equal(relay.begin, PIPE_BUF);
    close(out[0]);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(relay_write(&relay), -1);
    assert_int_equal(errno, EPIPE);
    close(out[1]);
}

/* A file takes all of it in one call. */
static void files_take_all(UNUSED void **state)
{
    char path[] = "/tmp/sse-unit-XXXXXX";
    int fd = mkstemp(path);

    unlink(path);
    relay_init(&relay, -1, fd);
    relay.end = sizeof relay.bytes;
    assert_int_equal(relay_write(&relay), sizeof relay.bytes);
    wants(0, 0);
    close(fd);
}

static void hung_up_terminals_end(UNUSED void **state)
{
    int ours, theirs;

    assert_int_equal(openpty(&ours, &theirs, NULL, NULL, NULL), 0);
    relay_init(&relay, ours, -1);
    close(theirs);
    assert_int_equal(relay_read(&relay), 0);
    relay_close(&relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, NULL, sentence, function)
        CASE("nothing is read while something is to be written", one_at_a_time),
        CASE("what poll calls writable gets no more than it takes", never_waits),
        CASE("a file gets all at once", files_take_all),
        CASE("a terminal that was hung up is at its end", hung_up_terminals_end),
    };

    return RUN_TESTS("relay", tests);
}
