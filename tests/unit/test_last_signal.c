/* last_signal: in a process of its own, what its parent sees of the end. */
#include "last_signal.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

/* How a process ends that held the signal back and had a handler for it. */
static int end_by(int signal_number)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        const struct rlimit any = {RLIM_INFINITY, RLIM_INFINITY};
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        signal(signal_number, SIG_IGN);
        setrlimit(RLIMIT_CORE, &any);
        _exit(last_signal_die(signal_number));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void ends(UNUSED void **state)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGPIPE, SIGQUIT, SIGSEGV, SIGKILL};

    for (size_t i = 0; i < COUNT(SIGNALS); i++) {
        int status = end_by(SIGNALS[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGNALS[i]);
        assert_false(WCOREDUMP(status));
    }
}

static void ends_otherwise(UNUSED void **state)
{
    int status = end_by(SIGCHLD);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 128 + SIGCHLD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("it ends by the signal, blocked or ignored, without a core", ends),
        TEST("by one that ends nothing it ends with 128 and the number", ends_otherwise),
    };

    return RUN_TESTS("last_signal", tests);
}
