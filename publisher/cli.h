/* Command lines: one table of options gives parsing, checks and --help. */
#ifndef SSE_CLI_H
#define SSE_CLI_H

#include <stddef.h>

/* An option; `letter` is 0 if it has only a name, `argument` NULL if it takes none. `set` checks
 * the value (NULL without argument) and stores it; it returns NULL, or what is wrong with it
 * ("must be ..."). */
struct cli_option {
    const char *name;
    char letter;
    const char *argument;
    const char *help;
    const char *(*set)(void *context, const char *value);
};

struct cli {
    const char *program;
    const char *usage; /* lines behind "usage: " */
    const char *about; /* what it does, and examples */
    const struct cli_option *options;
    size_t option_count;
};

#define CLI_GO_ON -1

/* Reads the options, also such as stand between operands; `--` ends them, and a negative number is
 * no option. The operands are then argv[1] to argv[*argc - 1]. Answers --help and --version.
 * Returns CLI_GO_ON, or the code to exit with, after it said what is wrong. */
int cli_parse(const struct cli *cli, int *argc, char **argv, void *context);

/* Says on stderr what is wrong, with the program's name before it and where to find help behind it.
 * Returns EX_USAGE. */
int cli_usage_error(const struct cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Takes what the environment says for options that it can set too: for each pair of variable name
 * and option name. Returns CLI_GO_ON, or the code to exit with. */
struct cli_variable {
    const char *name;
    const char *option;
};
int cli_environment(const struct cli *cli, const struct cli_variable *variables, size_t count,
                    void *context);

#endif
