/* Redis, prefix, and how long a log is kept. */
#include "target.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/number.h"

const char *target_set_redis(void *context, const char *value)
{
    struct target *target = context;
    struct redis_url url;
    const char *why = redis_url_parse(&url, value);

    if (why != NULL)
        return why;
    redis_url_deinit(&target->redis);
    target->redis = url;
    target->is_redis_by_option = true;
    return NULL;
}

const char *target_set_password_file(void *context, const char *value)
{
    struct target *target = context;

    target->password_file = value;
    target->is_file_by_option = true;
    return NULL;
}

const char *target_set_prefix(void *context, const char *value)
{
    struct target *target = context;

    const char *problem = keys_check_prefix(value);

    if (problem != NULL)
        return problem;
    keys_init(&target->keys, value);
    return NULL;
}

static int set_number(uint32_t *place, const char *value, uint64_t most)
{
    uint64_t number;

    if (number_parse_whole(value, 1, most, &number) < 0)
        return -1;
    *place = (uint32_t)number;
    return 0;
}

const char *target_set_keep(void *context, const char *value)
{
    struct target *target = context;

    return set_number(&target->keep, value, 100000000) < 0 ? "must be a number from 1 to 100000000"
                                                           : NULL;
}

const char *target_set_ttl(void *context, const char *value)
{
    struct target *target = context;

    return set_number(&target->ttl_s, value, 3155760000) < 0
               ? "must be seconds, from 1 to 3155760000 (a hundred years)"
               : NULL;
}

const char *target_set_timeout(void *context, const char *value)
{
    struct target *target = context;
    double seconds;

    if (number_parse_decimal(value, 0, 86400, &seconds) < 0)
        return "must be seconds, from 0 (one try) to 86400 (a day)";
    target->timeout_ms = (uint32_t)(seconds * 1000 + 0.999);
    return NULL;
}

int target_preset(struct target *target)
{
    *target = (struct target){.keep = 1000, .ttl_s = 86400, .timeout_ms = 10000};
    keys_init(&target->keys, "sse:");
    return target_set_redis(target, REDIS_URL_DEFAULT) == NULL ? 0 : -1;
}

int target_init(struct target *target, const struct cli *cli)
{
    static const struct cli_variable VARIABLES[] = {
        {"SSE_REDIS", "redis"},   {"SSE_REDIS_PASSWORD_FILE", "redis-password-file"},
        {"SSE_PREFIX", "prefix"}, {"SSE_KEEP", "keep"},
        {"SSE_TTL", "ttl"},       {"SSE_TIMEOUT", "timeout"}};

    if (target_preset(target) < 0) {
        fprintf(stderr, "%s: no memory\n", cli->program);
        return EXIT_FAILURE;
    }
    int status = cli_environment(cli, VARIABLES, sizeof VARIABLES / sizeof *VARIABLES, target);
    target->is_redis_by_option = target->is_file_by_option = false;
    return status;
}

int target_complete(struct target *target, const struct cli *cli)
{
    bool is_file;
    const char *problem = redis_url_complete(&target->redis, target->password_file, &is_file);

    if (problem == NULL)
        return CLI_GO_ON;
    const char *value = is_file ? target->password_file : "..."; /* a URL may hold a password */
    if (is_file ? target->is_file_by_option : target->is_redis_by_option)
        return cli_usage_error(cli, "--redis%s %.200s: %s", is_file ? "-password-file" : "", value,
                               problem);
    return cli_usage_error(cli, "SSE_REDIS%s=%.200s in the environment: %s",
                           is_file ? "_PASSWORD_FILE" : "", value, problem);
}

void target_deinit(struct target *target)
{
    redis_url_deinit(&target->redis);
}
