/* origin: who started the process, by descriptor 0 and the environment; each case in a child. */
#include "origin.h"

#include <netinet/in.h>
#include <sys/wait.h>

#include "folder.h"
#include "test.h"

static struct folder folder;

/* What a process finds whose descriptor 0 is `fd` (-1: /dev/null), with these variables set. */
static enum origin found_with(int fd, char *const *variables)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        if (fd < 0 ? freopen("/dev/null", "r", stdin) == NULL : dup2(fd, 0) < 0)
            _exit(100);
        clearenv();
        for (; *variables != NULL; variables++)
            putenv(*variables);
        _exit((int)origin_find());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return (enum origin)WEXITSTATUS(status);
}

static char *const NOTHING[] = {NULL};
static char *const BY_CGI[] = {"GATEWAY_INTERFACE=CGI/1.1", NULL};

/* What a process finds whose descriptor 0 listens on a file of this name. */
static enum origin found_on(const char *name)
{
    const char *path = folder_path(&folder, name);
    int fd = unix_socket(path, true);

    assert_true(fd >= 0);
    enum origin origin = found_with(fd, NOTHING);
    /* FastCGI goes before CGI: a web server's environment may have anything. */
    assert_int_equal(found_with(fd, BY_CGI), origin);
    close(fd);
    unlink(path);
    return origin;
}

static void descriptor_0(UNUSED void **state)
{
    char name[40];

    assert_int_equal(found_on("sse.sock-0"), ORIGIN_DESCRIPTOR);
    snprintf(name, sizeof name, "%d.0", (int)getpid()); /* of the child's parent */
    assert_int_equal(found_on(name), ORIGIN_MOD_FCGID);
    snprintf(name, sizeof name, "%d.4711", (int)getpid());
    assert_int_equal(found_on(name), ORIGIN_MOD_FCGID);
    static const char *const OTHERS[][2] = {{"", "."},       {"", ""},    {"", ".0x"},
                                            {"", ".0.sock"}, {"0", ".0"}, {"x", ".0"}};
    for (size_t i = 0; i < COUNT(OTHERS); i++) {
        snprintf(name, sizeof name, "%s%d%s", OTHERS[i][0], (int)getpid(), OTHERS[i][1]);
        if (found_on(name) != ORIGIN_DESCRIPTOR)
            fail_msg("%s is taken for mod_fcgid's", name);
    }
    snprintf(name, sizeof name, "%d.0", (int)getpid() + 1);
    assert_int_equal(found_on(name), ORIGIN_DESCRIPTOR);
}

static void other_sockets(UNUSED void **state)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int tcp = socket(AF_INET, SOCK_STREAM, 0), nameless = socket(AF_UNIX, SOCK_STREAM, 0), pair[2];
    struct sockaddr_un none = {.sun_family = AF_UNIX};

    assert_int_equal(bind(tcp, (struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(listen(tcp, 1), 0);
    assert_int_equal(found_with(tcp, NOTHING), ORIGIN_DESCRIPTOR);
    /* Linux gives it an abstract name, without a path. */
    assert_int_equal(bind(nameless, (struct sockaddr *)&none, sizeof none.sun_family), 0);
    assert_int_equal(listen(nameless, 1), 0);
    assert_int_equal(found_with(nameless, NOTHING), ORIGIN_DESCRIPTOR);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(found_with(pair[0], NOTHING), ORIGIN_UNKNOWN);
    assert_int_equal(found_with(pair[0], BY_CGI), ORIGIN_CGI); /* as under mod_cgid */
    close(tcp);
    close(nameless);
    close(pair[0]);
    close(pair[1]);
}

static void no_socket(UNUSED void **state)
{
    static char *const FOREIGN[] = {"LISTEN_PID=1", "LISTEN_FDS=1", NULL};
    static char *const FOREIGN_CGI[] = {"LISTEN_PID=1", "LISTEN_FDS=1", "GATEWAY_INTERFACE=", NULL};

    assert_int_equal(found_with(-1, NOTHING), ORIGIN_UNKNOWN);
    assert_int_equal(found_with(-1, BY_CGI), ORIGIN_CGI);
    assert_int_equal(found_with(-1, FOREIGN), ORIGIN_UNKNOWN);
    assert_int_equal(found_with(-1, FOREIGN_CGI), ORIGIN_CGI);
}

/* Here, since LISTEN_PID is this process. */
static void listen_fds(UNUSED void **state)
{
    char pid[20];

    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    assert_int_not_equal(origin_find(), ORIGIN_LISTEN_FDS);
    setenv("LISTEN_FDS", "0", 1);
    assert_int_not_equal(origin_find(), ORIGIN_LISTEN_FDS);
    setenv("LISTEN_FDS", "1", 1);
    assert_int_equal(origin_find(), ORIGIN_LISTEN_FDS);
    setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
    assert_int_equal(origin_find(), ORIGIN_LISTEN_FDS);
    unsetenv("GATEWAY_INTERFACE");
    unsetenv("LISTEN_PID");
    assert_int_not_equal(origin_find(), ORIGIN_LISTEN_FDS);
    unsetenv("LISTEN_FDS");
}

static void settles(UNUSED void **state)
{
    for (enum origin origin = ORIGIN_UNKNOWN; origin <= ORIGIN_CGI; origin++) {
        struct config config = {.max_age_ms = 900000, .log = LOG_INFO};
        assert_int_equal(origin_settle(origin, &config), origin);
        assert_int_equal(config.max_age_ms, origin == ORIGIN_MOD_FCGID ? 270000 : 900000);
        assert_int_equal(config.log, origin == ORIGIN_CGI ? LOG_WARNING : LOG_INFO);
        config = (struct config){
            .max_age_ms = 900000, .is_max_age_set = true, .log = LOG_INFO, .is_log_set = true};
        assert_int_equal(origin_settle(origin, &config), origin);
        assert_int_equal(config.max_age_ms, 900000);
        assert_int_equal(config.log, LOG_INFO);
        config = (struct config){.max_age_ms = 900000, .listen = "/a"};
        assert_int_equal(origin_settle(origin, &config),
                         origin == ORIGIN_CGI ? ORIGIN_CGI : ORIGIN_LISTEN);
        assert_int_equal(config.max_age_ms, 900000);
    }
}

static void names(UNUSED void **state)
{
    assert_string_equal(origin_name(ORIGIN_LISTEN), "listen");
    assert_string_equal(origin_name(ORIGIN_LISTEN_FDS), "LISTEN_FDS");
    assert_string_equal(origin_name(ORIGIN_DESCRIPTOR), "listening-descriptor");
    assert_string_equal(origin_name(ORIGIN_MOD_FCGID), "mod_fcgid");
    assert_string_equal(origin_name(ORIGIN_CGI), "cgi");
}

static int make_folder(UNUSED void **state)
{
    folder_make(&folder);
    return 0;
}

static int remove_folder(UNUSED void **state)
{
    folder_remove(&folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(make_folder, remove_folder, sentence, function)
        CASE("mod_fcgid is known by the name of its socket", descriptor_0),
        CASE("a listening socket is FastCGI, any other is not", other_sockets),
        CASE("without a socket it is CGI if the environment says so", no_socket),
        CASE("LISTEN_FDS counts if it is for this process", listen_fds),
        CASE("what nobody has set is made to fit", settles),
        CASE("each has its name in the log", names),
    };

    return RUN_TESTS("origin", tests);
}
