/* Command lines by getopt_long(3), from one table. */
#include "cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "core/version.h"

#define OPTIONS_MAX 32

static void print_option(const struct cli_option *option)
{
    char names[48], letter[8] = "    ";

    if (option->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(names, sizeof names, "%s--%s%s%s", letter, option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    printf("  %-24s %s\n", names, option->help);
}

static int print_help(const struct cli *cli)
{
    printf("usage: %s\n\n%s\n", cli->usage, cli->about);
    for (size_t i = 0; i < cli->option_count; i++)
        print_option(&cli->options[i]);
    printf("  -h, --help, --version    show this; the version\n");
    return EX_OK;
}

int cli_usage_error(const struct cli *cli, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s: ", cli->program);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n%s --help shows how to use it.\n", cli->program);
    return EX_USAGE;
}

/* A URL may hold a password, and is not repeated. */
static const char *shown(const struct cli_option *option, const char *value)
{
    return strcmp(option->name, "redis") == 0 ? "..." : value;
}

static int set_option(const struct cli *cli, const struct cli_option *option, const char *value,
                      void *context)
{
    const char *problem = option->set(context, value);

    if (problem == NULL)
        return CLI_GO_ON;
    if (value == NULL)
        return cli_usage_error(cli, "--%s: %s", option->name, problem);
    return cli_usage_error(cli, "--%s %s: %s", option->name, shown(option, value), problem);
}

/* The table as getopt_long wants it: value 0 and up for our options, then help and version. */
static void make_tables(const struct cli *cli, struct option *longs, char *shorts)
{
    size_t n = cli->option_count;

    *shorts++ = ':'; /* missing arguments are told apart from unknown options */
    for (size_t i = 0; i < n; i++) {
        const struct cli_option *option = &cli->options[i];
        longs[i] = (struct option){option->name, option->argument ? required_argument : no_argument,
                                   NULL, (int)i + 256};
        if (option->letter != 0) {
            *shorts++ = option->letter;
            if (option->argument != NULL)
                *shorts++ = ':';
        }
    }
    longs[n] = (struct option){"help", no_argument, NULL, 'h'};
    longs[n + 1] = (struct option){"version", no_argument, NULL, 'V'};
    longs[n + 2] = (struct option){0};
    strcpy(shorts, "h");
}

static const struct cli_option *find(const struct cli *cli, int code)
{
    for (size_t i = 0; i < cli->option_count; i++)
        if (code == (int)i + 256 || (code != '?' && code < 256 && cli->options[i].letter == code))
            return &cli->options[i];
    return NULL;
}

/* Whether an argument is data: `-` is standard input, `-5` a number. */
static bool is_operand(const char *argument)
{
    return argument[0] != '-' || argument[1] == '\0' || (argument[1] >= '0' && argument[1] <= '9');
}

/* Reads the option at argv[optind]. Returns CLI_GO_ON, or the code to exit with. */
static int parse_option(const struct cli *cli, int argc, char **argv, void *context)
{
    struct option longs[OPTIONS_MAX + 3];
    char shorts[2 * OPTIONS_MAX + 3];
    const char *argument = argv[optind];

    make_tables(cli, longs, shorts);
    int code = getopt_long(argc, argv, shorts, longs, NULL);
    if (code == 'h')
        return print_help(cli);
    if (code == 'V') {
        printf("%s %s\n", cli->program, SSE_VERSION);
        return EX_OK;
    }
    if (code == ':')
        return cli_usage_error(cli, "%s: its value is missing", argument);
    const struct cli_option *option = find(cli, code);
    if (option == NULL)
        return cli_usage_error(cli,
                               "%.*s: no such option (put -- before arguments that begin with -)",
                               (int)strcspn(argument, "="), argument);
    return set_option(cli, option, optarg, context);
}

int cli_parse(const struct cli *cli, int *argc, char **argv, void *context)
{
    int operands = 1;
    int result = CLI_GO_ON;

    if (cli->option_count > OPTIONS_MAX)
        return EX_SOFTWARE;
    opterr = 0;
    optind = 1;
    while (optind < *argc && result == CLI_GO_ON) {
        if (strcmp(argv[optind], "--") == 0)
            break;
        if (is_operand(argv[optind]))
            argv[operands++] = argv[optind++];
        else
            result = parse_option(cli, *argc, argv, context);
    }
    for (optind++; optind < *argc; optind++) /* behind `--` */
        argv[operands++] = argv[optind];
    if (result == CLI_GO_ON)
        *argc = operands;
    return result;
}

int cli_environment(const struct cli *cli, const struct cli_variable *variables, size_t count,
                    void *context)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = getenv(variables[i].name);
        if (value == NULL || *value == '\0')
            continue;
        for (size_t k = 0; k < cli->option_count; k++) {
            const struct cli_option *option = &cli->options[k];
            if (strcmp(option->name, variables[i].option) != 0)
                continue;
            const char *problem = option->set(context, value);
            if (problem != NULL)
                return cli_usage_error(cli, "%s=%s in the environment: %s", variables[i].name,
                                       shown(option, value), problem);
        }
    }
    return CLI_GO_ON;
}
