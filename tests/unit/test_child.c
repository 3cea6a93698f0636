/* child: signals to a real command and back. Terminals: tests/e2e/progress-run.test.mjs. */
#include "child.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#define LIBRARYS_OWN (3ull << 31) /* 32 and 33: posix_spawn(3) has them ignored */
#define DEADLINE_MS  60000        /* alarm(2) would be the command's */

static struct child child;
static sigset_t before;

static int set_up(UNUSED void **state)
{
    signal(SIGINT, SIG_DFL); /* a script's `make test &` has it ignored */
    return sigprocmask(SIG_SETMASK, NULL, &before);
}

static int tear_down(UNUSED void **state)
{
    child_deinit(&child);
    return sigprocmask(SIG_SETMASK, &before, NULL);
}

static int start(char *script)
{
    char *argv[] = {"sh", "-c", script, NULL};

    return child_start(&child, argv);
}

static void await(int fd)
{
    assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, DEADLINE_MS), 1);
}

/* Reads the byte by which the command says that it is as far. */
static void await_byte(void)
{
    char byte;

    await(child.out);
    assert_int_equal(read(child.out, &byte, 1), 1);
}

static void await_signal(void)
{
    await(child.signal_fd);
    child_attend(&child);
}

static void passed_on(UNUSED void **state)
{
    assert_int_equal(start("trap 'exit 5' TERM; trap 'printf u' USR1; printf r;"
                           "while :; do sleep 0.01; done"),
                     0);
    await_byte();
    kill(getpid(), SIGUSR1);
    await_signal();
    await_byte();
    assert_false(child.has_ended);
    kill(getpid(), SIGTERM);
    while (!child.has_ended)
        await_signal();
    assert_true(WIFEXITED(child.wait_status));
    assert_int_equal(WEXITSTATUS(child.wait_status), 5);
    assert_false(child.wants_end); /* it was the command's */
}

static void ours_afterwards(UNUSED void **state)
{
    assert_int_equal(start("exit 3"), 0);
    while (!child.has_ended)
        await_signal();
    kill(getpid(), SIGINT); /* pressed as it ended: for the command */
    child_forget(&child);
    child_attend(&child);
    assert_false(child.wants_end);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGINT);
    await_signal();
    assert_true(child.wants_end);
    sigset_t pending;
    sigpending(&pending);
    assert_true(sigismember(&pending, SIGUSR1)); /* held back, and does nothing */
    signal(SIGUSR1, SIG_IGN);                    /* takes it away */
    signal(SIGUSR1, SIG_DFL);
}

/* What a status file of /proc says of signals. */
static void read_signals(FILE *from, unsigned long long *blocked, unsigned long long *ignored)
{
    char line[200];
    int found = 0;

    assert_non_null(from);
    while (fgets(line, sizeof line, from) != NULL)
        found += sscanf(line, "SigBlk: %llx", blocked) + sscanf(line, "SigIgn: %llx", ignored);
    assert_int_equal(found, 2);
}

/* It gets the mask and the ignored signals that we were started with, not our own. */
static void started_as_we_were(UNUSED void **state)
{
    unsigned long long blocked, ignored, its_blocked, its_ignored;

    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_DFL);
    FILE *own = fopen("/proc/self/status", "r");
    read_signals(own, &blocked, &ignored);
    fclose(own);
    assert_int_equal(start("cat /proc/self/status"), 0);
    FILE *its = fdopen(dup(child.out), "r");
    read_signals(its, &its_blocked, &its_ignored);
    fclose(its);
    assert_int_equal(its_blocked, blocked);
    assert_int_equal(its_ignored & ~LIBRARYS_OWN, ignored & ~LIBRARYS_OWN);
    assert_true(ignored & 1ull << (SIGHUP - 1));
    while (!child.has_ended)
        await_signal();
    signal(SIGHUP, SIG_DFL);
}

static void no_such_program(UNUSED void **state)
{
    char *none[] = {"/no/such/program", NULL}, *folder[] = {"/tmp", NULL};

    assert_int_equal(child_start(&child, none), -1);
    assert_int_equal(errno, ENOENT);
    child_deinit(&child);
    assert_int_equal(child_start(&child, folder), -1);
    assert_int_equal(errno, EACCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("signals go on to the command, and are its own", passed_on),
        CASE("after its end they are ours", ours_afterwards),
        CASE("it starts with the signals as we had them", started_as_we_were),
        CASE("what cannot be run is told", no_such_program),
    };

    return RUN_TESTS("child", tests);
}
