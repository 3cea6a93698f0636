/* cli and target: options, operands, and what is said against bad ones. */
#include "cli.h"

#include <sysexits.h>

#include "capture.h"
#include "core/version.h"
#include "target.h"
#include "test.h"

struct options {
    struct target target;
    const char *name;
    int flags;
    char given[100]; /* values of --name, one behind the other */
};

static const char *set_name(void *context, const char *value)
{
    struct options *options = context;

    if (strcmp(value, "bad") == 0)
        return "must be good";
    strcat(options->given, value);
    options->name = value;
    return NULL;
}

static const char *set_flag(void *context, const char *value)
{
    struct options *options = context;

    assert_null(value);
    return ++options->flags > 3 ? "is enough" : NULL;
}

static const struct cli_option OPTIONS[] = {
    {"name", 'n', "NAME", "names it", set_name},
    {"flag", 'f', NULL, "flags it", set_flag},
    TARGET_OPTIONS,
};

static const struct cli CLI = {"sse-test", "sse-test [OPTION]... WORD", "Tests.\n", OPTIONS,
                               COUNT(OPTIONS)};

static struct options options;
static struct capture out, err;

/* Parses words with spaces between; `rest` gets the operands, joined. Returns the code. */
static int parse(const char *words, char *rest)
{
    static char copy[1000];
    char *argv[20] = {"sse-test"}, *at = copy;
    int argc = 1;

    target_deinit(&options.target);
    options = (struct options){0};
    optind = 0; /* getopt forgets the line before: a process has one only */
    getopt(1, argv, "");
    strcpy(copy, words);
    while (*words != '\0' && (argv[argc] = strsep(&at, " ")) != NULL)
        argc++;
    argv[argc] = NULL;
    rest[0] = '\0';
    capture_begin(&out, STDOUT_FILENO);
    capture_begin(&err, STDERR_FILENO);
    int code = cli_parse(&CLI, &argc, argv, &options);
    capture_end(&err);
    capture_end(&out);
    for (int i = 1; code == CLI_GO_ON && i < argc; i++)
        strcat(strcat(rest, i > 1 ? " " : ""), argv[i]);
    return code;
}

static void good_lines(UNUSED void **state)
{
    static const struct {
        const char *words, *rest, *name;
        int flags;
    } CASES[] = {
        {"", "", NULL, 0},
        {"a b", "a b", NULL, 0},
        {"--name x a", "a", "x", 0},
        {"--name=x a", "a", "x", 0},
        {"-n x a", "a", "x", 0},
        {"-nx a", "a", "x", 0},
        {"a --name x b -f c", "a b c", "x", 1},
        {"-ffnx a", "a", "x", 2},
        {"-f a -- -n x", "a -n x", NULL, 1},
        {"-- --help", "--help", NULL, 0},
        {"--", "", NULL, 0},
        {"a -- -- b", "a -- b", NULL, 0},
        {"a -", "a -", NULL, 0},
        {"a -5", "a -5", NULL, 0},
        {"a -5.5e3 -f", "a -5.5e3", NULL, 1},
        {"-n -5 a", "a", "-5", 0},
        {"-n - a", "a", "-", 0},
        {"--name= a", "a", "", 0},
        {"a k=v j:=1", "a k=v j:=1", NULL, 0},
        {"-n x -n y a", "a", "y", 0},
        {"--keep 5 --ttl 6 --prefix p: --redis unix:/r a", "a", NULL, 0},
    };
    char rest[1000];

    for (size_t i = 0; i < COUNT(CASES); i++) {
        int code = parse(CASES[i].words, rest);
        if (code != CLI_GO_ON || strcmp(rest, CASES[i].rest) != 0)
            fail_msg("\"%s\": %d \"%s\" %s", CASES[i].words, code, rest, err.text);
        assert_int_equal(options.flags, CASES[i].flags);
        if (CASES[i].name == NULL)
            assert_null(options.name);
        else
            assert_string_equal(options.name, CASES[i].name);
        assert_string_equal(err.text, "");
        assert_string_equal(out.text, "");
    }
}

static void bad_lines(UNUSED void **state)
{
    static const struct {
        const char *words, *part;
    } CASES[] = {
        {"--nothing a", "--nothing: no such option"},
        {"a --nothing=x", "--nothing"},
        {"-x a", "-x: no such option"},
        {"-fx", "x"},
        {"-? a", "-?"},
        {"a --name", "--name: its value is missing"},
        {"a -n", "-n: its value is missing"},
        {"--flag=x", "--flag"},
        {"--name bad", "--name bad: must be good"},
        {"-nbad", "--name bad: must be good"},
        {"-ffff", "--flag: is enough"},
        {"--keep 0", "--keep 0: must be a number from 1 to"},
        {"--ttl x", "--ttl x: must be seconds"},
        {"--prefix p", "--prefix p: must "},
        {"--redis redis://u:secret@h:x", "--redis ...: "},
        {"--redis=redis://u:secret@h:x", "--redis ...: "},
        {"--rediss=redis://u:secret@h", "no such option"},
    };
    char rest[1000];

    for (size_t i = 0; i < COUNT(CASES); i++) {
        int code = parse(CASES[i].words, rest);
        if (code != EX_USAGE || strstr(err.text, CASES[i].part) == NULL)
            fail_msg("\"%s\": %d %s", CASES[i].words, code, err.text);
        assert_ptr_equal(strstr(err.text, "sse-test: "), err.text);
        assert_has(err.text, "sse-test --help");
        assert_has_not(err.text, "secret");
        assert_string_equal(out.text, "");
    }
}

static void help_and_version(UNUSED void **state)
{
    char rest[1000];

    assert_int_equal(parse("a --help", rest), EX_OK);
    assert_ptr_equal(strstr(out.text, "usage: sse-test [OPTION]... WORD\n"), out.text);
    assert_has(out.text, "  -n, --name NAME ");
    assert_has(out.text, "names it");
    assert_has(out.text, "  -f, --flag ");
    assert_has(out.text, "--redis URL");
    assert_has(out.text, "-h, --help");
    assert_has(out.text, "--version");
    assert_string_equal(err.text, "");
    assert_int_equal(parse("-h", rest), EX_OK);
    assert_has(out.text, "usage: ");
    assert_int_equal(parse("--version", rest), EX_OK);
    assert_string_equal(out.text, "sse-test " SSE_VERSION "\n");
}

static void usage_error(UNUSED void **state)
{
    capture_begin(&err, STDERR_FILENO);
    assert_int_equal(cli_usage_error(&CLI, "%s %d", "no", 7), EX_USAGE);
    assert_string_equal(capture_end(&err),
                        "sse-test: no 7\nsse-test --help shows how to use it.\n");
}

static void target_defaults(UNUSED void **state)
{
    struct target target;

    assert_int_equal(target_init(&target, &CLI), CLI_GO_ON);
    assert_string_equal(target.redis.host, "127.0.0.1");
    assert_string_equal(target.keys.prefix, "sse:");
    assert_int_equal(target.keep, 1000);
    assert_int_equal(target.ttl_s, 86400);
    target_deinit(&target);
    target_deinit(&target);
}

static void target_by_environment(UNUSED void **state)
{
    struct target target;

    setenv("SSE_REDIS", "unix:/r", 1);
    setenv("SSE_PREFIX", "p:", 1);
    setenv("SSE_KEEP", "5", 1);
    setenv("SSE_TTL", "3155760000", 1);
    assert_int_equal(target_init(&target, &CLI), CLI_GO_ON);
    assert_string_equal(target.redis.path, "/r");
    assert_string_equal(target.keys.last, "p:last");
    assert_int_equal(target.keep, 5);
    assert_int_equal(target.ttl_s, 3155760000u);
    target_deinit(&target);
    setenv("SSE_KEEP", "", 1); /* as if it were not there */
    assert_int_equal(target_init(&target, &CLI), CLI_GO_ON);
    assert_int_equal(target.keep, 1000);
    target_deinit(&target);
}

static int clear_environment(UNUSED void **state)
{
    unsetenv("SSE_REDIS");
    unsetenv("SSE_PREFIX");
    unsetenv("SSE_KEEP");
    unsetenv("SSE_TTL");
    target_deinit(&options.target);
    options = (struct options){0};
    return 0;
}

static void bad_environment(UNUSED void **state)
{
    static const struct {
        const char *name, *value, *part;
    } CASES[] = {
        {"SSE_REDIS", "redis://u:secret@h:x", "SSE_REDIS=... in the environment: "},
        {"SSE_PREFIX", "p", "SSE_PREFIX=p in the environment: must "},
        {"SSE_KEEP", "100000001", "SSE_KEEP=100000001 in the environment: must be"},
        {"SSE_TTL", "0", "SSE_TTL=0 in the environment: must be"},
    };

    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct target target;
        setenv(CASES[i].name, CASES[i].value, 1);
        capture_begin(&err, STDERR_FILENO);
        int code = target_init(&target, &CLI);
        capture_end(&err);
        assert_int_equal(code, EX_USAGE);
        assert_has(err.text, CASES[i].part);
        assert_has_not(err.text, "secret");
        target_deinit(&target);
        unsetenv(CASES[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(clear_environment, clear_environment, sentence, function)
        CASE("options stand anywhere, and operands are left", good_lines),
        CASE("what is wrong is named, and no password shown", bad_lines),
        CASE("help and version are answered on stdout", help_and_version),
        CASE("a usage error says where help is", usage_error),
        CASE("a target has defaults", target_defaults),
        CASE("the environment sets a target", target_by_environment),
        CASE("a bad variable is named, and no password shown", bad_environment),
    };

    return RUN_TESTS("cli", tests);
}
