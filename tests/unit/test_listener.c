/* listener: sockets of our own and inherited ones. */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/wait.h>

#include "alloc.h"
#include "folder.h"
#include "test.h"

static struct folder folder;
static struct config config;
static struct listener listener;
static struct buf why;
static int descriptors;

static int set_up(UNUSED void **state)
{
    descriptors = open_descriptors();
    folder_make(&folder);
    config = (struct config){.listen_mode = 0660};
    buf_init(&why, 16384);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    folder_remove(&folder);
    buf_deinit(&why);
    return open_descriptors() == descriptors ? 0 : -1;
}

static int open_at(const char *where)
{
    config.listen = (char *)where;
    buf_clear(&why);
    memset(&listener, 0x55, sizeof listener);

    return listener_open(&listener, origin_settle(origin_find(), &config), &config, &why);
}

static void assert_opens(const char *where)
{
    if (open_at(where) != 0)
        fail_msg("%s", buf_text(&why));
    assert_int_equal(why.len, 0);
    assert_true(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC);
}

static void assert_refused(const char *where, const char *part)
{
    if (open_at(where) == 0) {
        listener_close(&listener);
        fail_msg("it listens on %s", where);
    }
    assert_has(buf_text(&why), part);
    assert_int_equal(listener.fd, -1);
    assert_null(listener.path);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void unix_socket_is_made(UNUSED void **state)
{
    static const mode_t MODES[] = {0660, 0600, 0666, 0700};
    const char *path = folder_path(&folder, "socket");

    for (size_t i = 0; i < COUNT(MODES); i++) {
        struct stat made;
        mode_t mask = umask(0022);
        config.listen_mode = MODES[i];
        assert_opens(path);
        assert_int_equal(umask(mask), 0022); /* as it was */
        assert_int_equal(stat(path, &made), 0);
        assert_int_equal(made.st_mode & 0777, MODES[i]);
        int fd = unix_socket(path, false);
        assert_true(fd >= 0);
        close(fd);
        listener_close(&listener);
        assert_false(exists(path));
    }
}

static void stale_file_is_replaced(UNUSED void **state)
{
    const char *path = folder_path(&folder, "socket");

    close(unix_socket(path, true));
    assert_true(exists(path));
    assert_opens(path);
    int fd = unix_socket(path, false);
    assert_true(fd >= 0);
    close(fd);
    listener_close(&listener);
}

static void live_one_is_refused(UNUSED void **state)
{
    const char *path = folder_path(&folder, "socket");
    int live = unix_socket(path, true);

    assert_refused(path, "another process listens on it");
    int fd = unix_socket(path, false);
    assert_true(fd >= 0); /* it is still there */
    close(fd);
    close(live);
}

/* Its owner has not accepted for long: a connection to it would have to wait. */
static void busy_one_is_refused(UNUSED void **state)
{
    const char *path = folder_path(&folder, "socket");
    int live = unix_socket(path, true);
    int waiting[] = {unix_socket(path, false), unix_socket(path, false)};

    listen(live, 0); /* a backlog of one, and two wait already */
    assert_refused(path, "another process listens on it");
    assert_true(exists(path));
    close(waiting[0]);
    close(waiting[1]);
    close(live);
}

static void other_files_are_refused(UNUSED void **state)
{
    const char *path = folder_path(&folder, "file");
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_int_equal(write(file, "precious", 8), 8);
    close(file);
    assert_refused(path, "no socket");
    assert_true(exists(path));
    assert_refused(folder.path, "no socket");
    assert_refused(folder_path(&folder, "missing/socket"), "No such file");
    const char *symlinked = folder_path(&folder, "link");
    assert_int_equal(symlink(path, symlinked), 0);
    assert_refused(symlinked, "no socket");
    assert_true(exists(path));
}

static void path_limits(UNUSED void **state)
{
    char path[120];

    memset(path, 'x', sizeof path);
    memcpy(path, folder.path, strlen(folder.path));
    path[strlen(folder.path)] = '/';
    path[108] = '\0';
    assert_refused(path, "at most 107 bytes");
    path[107] = '\0';
    assert_opens(path);
    listener_close(&listener);
    assert_false(exists(path));
}

/* Another process may have put its own socket there meanwhile. */
static void anothers_file_stays(UNUSED void **state)
{
    const char *path = folder_path(&folder, "socket");

    assert_opens(path);
    unlink(path);
    int other = unix_socket(path, true);
    listener_close(&listener);
    assert_true(exists(path));
    close(other);
    assert_opens(path);
    unlink(path);
    listener_close(&listener); /* it is gone already */
    listener_close(&listener);
}

static int port_of(int fd)
{
    struct sockaddr_in6 address;
    socklen_t len = sizeof address;

    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin6_port); /* at the same place in IPv4's */
}

static void tcp(UNUSED void **state)
{
    static const char *const WHERE[] = {"127.0.0.1:0", "localhost:0", ":0"};
    char where[40];

    for (size_t i = 0; i < COUNT(WHERE); i++) { /* port 0 is any that is free */
        assert_opens(WHERE[i]);
        assert_null(listener.path);
        assert_true(port_of(listener.fd) > 0);
        listener_close(&listener);
    }
    assert_opens("127.0.0.1:0");
    struct listener first = listener;
    snprintf(where, sizeof where, "127.0.0.1:%d", port_of(first.fd));
    assert_refused(where, "in use");
    assert_has(buf_text(&why), where);
    listener_close(&first);
    assert_opens(where);
    listener_close(&listener);
}

static void tcp_6(UNUSED void **state)
{
    if (open_at("[::1]:0") < 0) {
        print_message("left out: no IPv6 here: %s", buf_text(&why));
        skip();
    }
    assert_true(port_of(listener.fd) > 0);
    listener_close(&listener);
}

static void bad_tcp(UNUSED void **state)
{
    char long_host[400];

    assert_refused("1.2.3.4:1", "1.2.3.4:1"); /* not an address of ours */
    memset(long_host, 'h', sizeof long_host);
    strcpy(long_host + 300, ":80");
    assert_refused(long_host, "too long");
}

/* In a process of its own, since descriptors 0 and 3 are taken. Returns its exit code. */
static int in_child(int (*body)(void))
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(body());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void set_passed(pid_t pid, const char *count, int at)
{
    char text[20];
    int fd = unix_socket(folder_path(&folder, "passed"), true);

    dup2(fd, at);
    snprintf(text, sizeof text, "%d", (int)pid);
    setenv("LISTEN_PID", text, 1);
    setenv("LISTEN_FDS", count, 1);
}

static int passed(void)
{
    set_passed(getpid(), "1", 3);
    if (open_at(NULL) != 0 || listener.fd != 3 || getenv("LISTEN_FDS") || getenv("LISTEN_PID"))
        return 1;
    listener_close(&listener);
    return exists(folder_path(&folder, "passed")) ? 0 : 2; /* not ours to remove */
}

static int passed_to_another(void)
{
    set_passed(getpid() + 1, "1", 3);
    close(0);
    return open_at(NULL) == -1 && listener.fd == -1 ? 0 : 1;
}

static int passed_none(void)
{
    set_passed(getpid(), "0", 3);
    close(0);
    return open_at(NULL) == -1 ? 0 : 1;
}

static int passed_no_socket(void)
{
    char text[20];

    dup2(open("/dev/null", O_RDONLY), 3);
    snprintf(text, sizeof text, "%d", (int)getpid());
    setenv("LISTEN_PID", text, 1);
    setenv("LISTEN_FDS", "1", 1);
    return open_at(NULL) == -1 && fcntl(3, F_GETFD) >= 0 ? 0 : 1; /* not ours to close */
}

static int descriptor_0(void)
{
    set_passed(1, "1", 0);
    return open_at(NULL) == 0 && listener.fd == 0 ? 0 : 1;
}

/* Web servers make sockets that hold few clients; a connect that would wait fails them. */
static int short_backlog(void)
{
    const char *path = folder_path(&folder, "short");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 1) < 0)
        return 1;
    dup2(fd, 0);
    if (open_at(NULL) != 0)
        return 2;
    for (int i = 0; i < 100; i++) {
        int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(client, (struct sockaddr *)&address, sizeof address) < 0)
            return 3;
    }
    return 0;
}

static int descriptor_0_that_does_not_listen(void)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return 1;
    dup2(ends[0], 0);
    return open_at(NULL) == -1 && strstr(buf_text(&why), "--listen") && fcntl(0, F_GETFD) >= 0 ? 0
                                                                                               : 2;
}

static int own_before_passed(void)
{
    const char *path = folder_path(&folder, "own");

    set_passed(getpid(), "1", 3);
    if (open_at(path) != 0 || listener.fd == 3 || !exists(path))
        return 1;
    listener_close(&listener);
    return 0;
}

static void inherited(UNUSED void **state)
{
    assert_int_equal(in_child(passed), 0);
    unlink(folder_path(&folder, "passed"));
    assert_int_equal(in_child(passed_to_another), 0);
    unlink(folder_path(&folder, "passed"));
    assert_int_equal(in_child(passed_none), 0);
    unlink(folder_path(&folder, "passed"));
    assert_int_equal(in_child(passed_no_socket), 0);
    assert_int_equal(in_child(descriptor_0), 0);
    unlink(folder_path(&folder, "passed"));
    assert_int_equal(in_child(short_backlog), 0);
    assert_int_equal(in_child(descriptor_0_that_does_not_listen), 0);
    assert_int_equal(in_child(own_before_passed), 0);
}

static void without_memory(UNUSED void **state)
{
    const char *path = folder_path(&folder, "socket");

    alloc_fail_at(1);
    assert_int_equal(open_at(path), -1);
    assert_true(alloc_fail_never());
    assert_int_equal(listener.fd, -1);
    assert_opens(path); /* what the failed one left is replaced */
    listener_close(&listener);
    assert_false(exists(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("a Unix socket has its mode, and goes when it is closed", unix_socket_is_made),
        CASE("a socket file that nobody listens on is replaced", stale_file_is_replaced),
        CASE("a socket that somebody listens on is not", live_one_is_refused),
        CASE("a socket whose owner is busy is not", busy_one_is_refused),
        CASE("a file that is no socket stays", other_files_are_refused),
        CASE("a path has at most 107 bytes", path_limits),
        CASE("a file that is another's by now stays", anothers_file_stays),
        CASE("TCP listens on the address", tcp),
        CASE("TCP listens on an IPv6 address", tcp_6),
        CASE("what TCP cannot listen on is named", bad_tcp),
        CASE("inherited sockets are found, and only when they are ours", inherited),
        CASE("without memory it fails", without_memory),
    };

    return RUN_TESTS("listener", tests);
}
