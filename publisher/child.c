/* posix_spawn(3), openpty(3), signalfd(2). */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a command is told of; SIGTSTP and its like are for the both of us, if it is not apart. */
static const int PASSED_ON[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,
                                SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH};
static const int ENDS_US[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* --- signals ---------------------------------------------------------------------------------- */

/* Holds the signals back. What the process was started with to ignore stays ignored. */
static int hold_signals(struct child *child, sigset_t *before)
{
    sigset_t *set = &child->held;
    struct sigaction action;

    signal(SIGCHLD, SIG_DFL); /* ignored, it would leave nothing to wait for */
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    for (size_t i = 0; i < sizeof PASSED_ON / sizeof *PASSED_ON; i++)
        if (sigaction(PASSED_ON[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(set, PASSED_ON[i]);
    if (sigprocmask(SIG_BLOCK, set, before) < 0)
        return -1;
    child->signal_fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
    return child->signal_fd < 0 ? -1 : 0;
}

/* Ctrl-Z at our terminal does not reach a command that is apart. */
static void hold_stop(struct child *child)
{
    struct sigaction action;

    if (sigaction(SIGTSTP, NULL, &action) < 0 || action.sa_handler == SIG_IGN)
        return;
    sigaddset(&child->held, SIGTSTP);
    sigprocmask(SIG_BLOCK, &child->held, NULL);
    signalfd(child->signal_fd, &child->held, 0);
}

static void let_stop(int how)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    sigprocmask(how, &set, NULL);
}

static void tell(const struct child *child, int signal_number)
{
    if (child->pid > 0 && !child->has_ended)
        kill(child->pid, signal_number);
}

/* Stops the command and then us, until whoever has stopped us lets us go on. Where nobody could,
 * in a group without a shell, the kernel does not stop us: then the two signals come at once, and
 * of a SIGTSTP the command may make its own stop behind the SIGCONT. */
static void stop_both(const struct child *child)
{
    tell(child, SIGSTOP);
    raise(SIGTSTP);
    let_stop(SIG_UNBLOCK); /* here we stand still */
    let_stop(SIG_BLOCK);
    tell(child, SIGCONT);
}

/* The size of our terminals to its own. */
static void pass_size(const struct child *child)
{
    struct winsize size;

    if (child->out >= 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        ioctl(child->out, TIOCSWINSZ, &size);
    if (child->err >= 0 && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0)
        ioctl(child->err, TIOCSWINSZ, &size);
}

static bool ends_us(int signal_number)
{
    for (size_t i = 0; i < sizeof ENDS_US / sizeof *ENDS_US; i++)
        if (ENDS_US[i] == signal_number)
            return true;
    return false;
}

void child_attend(struct child *child)
{
    struct signalfd_siginfo info;

    while (read(child->signal_fd, &info, sizeof info) == sizeof info) {
        int signal_number = (int)info.ssi_signo;
        if (signal_number == SIGTSTP) {
            stop_both(child);
            continue;
        }
        if (child->has_ended)
            child->wants_end = child->wants_end || ends_us(signal_number);
        if (signal_number == SIGCHLD || child->has_ended)
            continue;
        if (signal_number == SIGWINCH)
            pass_size(child); /* and then it is told once more: now the size is right */
        else if (info.ssi_code == SI_KERNEL && !child->is_apart)
            continue; /* the terminal told all of its foreground */
        tell(child, signal_number);
    }
    if (!child->has_ended && child->pid > 0 &&
        waitpid(child->pid, &child->wait_status, WNOHANG) == child->pid)
        child->has_ended = true;
}

void child_forget(struct child *child)
{
    struct signalfd_siginfo info;
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof ENDS_US / sizeof *ENDS_US; i++)
        sigaddset(&set, ENDS_US[i]);
    while (read(child->signal_fd, &info, sizeof info) == sizeof info)
        ; /* they were the command's */
    signalfd(child->signal_fd, &set, 0);
    if (child->is_apart)
        let_stop(SIG_UNBLOCK);
}

/* --- output ----------------------------------------------------------------------------------- */

static int keep_to_us(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* A terminal or a pipe in place of our descriptor `own`: *ours to read, *theirs to write. None
 * where nothing can be written, since it was closed: then the command has what we have, and learns
 * that. */
static int open_output(int own, int *ours, int *theirs)
{
    struct termios modes;
    struct winsize size;
    int ends[2];

    if ((fcntl(own, F_GETFL) & O_ACCMODE) == O_RDONLY)
        return 0;
    if (!isatty(own)) {
        if (pipe2(ends, O_CLOEXEC) < 0)
            return -1;
        *ours = ends[0];
        *theirs = ends[1];
        return 0;
    }
    if (tcgetattr(own, &modes) < 0 || ioctl(own, TIOCGWINSZ, &size) < 0)
        return -1;
    cfmakeraw(&modes); /* the real terminal does what is to be done */
    if (openpty(ours, theirs, NULL, &modes, &size) < 0)
        return -1;
    return keep_to_us(*ours) < 0 || keep_to_us(*theirs) < 0 ? -1 : 0;
}

static bool is_same(int one, int other)
{
    struct stat a, b;

    return isatty(one) && isatty(other) && fstat(one, &a) == 0 && fstat(other, &b) == 0 &&
           a.st_rdev == b.st_rdev;
}

/* --- the start -------------------------------------------------------------------------------- */

/* pv draws nothing at a terminal unless it is in the foreground of its session's own one. It does
 * not ask for passwords either, so that it can do without ours. */
static bool wants_own_session(const char *program)
{
    const char *slash = strrchr(program, '/');

    return strcmp(slash != NULL ? slash + 1 : program, "pv") == 0;
}

/* Returns 0, or the error. */
static int spawn(struct child *child, char *const argv[], const sigset_t *before, int out, int err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    struct sigaction pipe_action;
    sigset_t defaults;
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    char terminal[64];

    sigemptyset(&defaults);
    if (sigaction(SIGPIPE, NULL, &pipe_action) == 0 && pipe_action.sa_handler != SIG_IGN)
        sigaddset(&defaults, SIGPIPE);
    signal(SIGPIPE, SIG_IGN);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (err >= 0)
        posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    child->is_apart = wants_own_session(argv[0]) && ttyname_r(err, terminal, sizeof terminal) == 0;
    if (child->is_apart) { /* the first terminal that a session's leader opens is the session's */
        hold_stop(child);
        flags |= POSIX_SPAWN_SETSID;
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, terminal, O_RDWR, 0);
    }
    posix_spawnattr_setsigmask(&attributes, before);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, flags);
    int error = posix_spawnp(&child->pid, argv[0], &actions, &attributes, argv, environ);
    if (error != 0)
        child->pid = 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int child_start(struct child *child, char *const argv[])
{
    int out = -1, err = -1, error = 0;
    bool are_one = false;
    sigset_t before;

    *child = (struct child){.out = -1, .err = -1, .signal_fd = -1};
    if (hold_signals(child, &before) < 0 || open_output(STDOUT_FILENO, &child->out, &out) < 0)
        error = errno;
    else
        are_one = out >= 0 && is_same(STDOUT_FILENO, STDERR_FILENO);
    if (error == 0 && !are_one && open_output(STDERR_FILENO, &child->err, &err) < 0)
        error = errno;
    if (error == 0)
        error = spawn(child, argv, &before, out, are_one ? out : err);
    if (out >= 0)
        close(out);
    if (err >= 0)
        close(err);
    errno = error;
    return error == 0 ? 0 : -1;
}

void child_deinit(struct child *child)
{
    if (child->out >= 0)
        close(child->out);
    if (child->err >= 0)
        close(child->err);
    if (child->signal_fd >= 0)
        close(child->signal_fd);
    child->out = child->err = child->signal_fd = -1;
}
