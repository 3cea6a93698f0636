/* params: copying, and finding. */
#include "params.h"

#include "alloc.h"
#include "test.h"

static void finds(UNUSED void **state)
{
    char *envp[] = {"REQUEST_URI=/sse?a=b", "REQUEST=x",     "EMPTY=", "NO_VALUE",
                    "REQUEST_METHOD=GET",   "REQUEST_URI=2", "=odd",   NULL};
    struct params params;

    assert_int_equal(params_copy(&params, envp), 0);
    assert_string_equal(params_get(&params, "REQUEST_URI"), "/sse?a=b");
    assert_string_equal(params_get(&params, "REQUEST"), "x");
    assert_string_equal(params_get(&params, "REQUEST_METHOD"), "GET");
    assert_string_equal(params_get(&params, "EMPTY"), "");
    assert_string_equal(params_get(&params, "NO_VALUE"), "");
    assert_string_equal(params_get(&params, "MISSING"), "");
    assert_string_equal(params_get(&params, "REQUEST_U"), "");
    assert_string_equal(params_get(&params, "URI"), "");
    params_deinit(&params);
    assert_string_equal(params_get(&params, "REQUEST"), "");
    params_deinit(&params);
}

static void is_a_copy(UNUSED void **state)
{
    char entry[] = "A=before", *envp[] = {entry, NULL};
    struct params params;

    assert_int_equal(params_copy(&params, envp), 0);
    strcpy(entry, "A=after");
    assert_string_equal(params_get(&params, "A"), "before");
    params_deinit(&params);
}

static void none(UNUSED void **state)
{
    struct params params = {0};
    char *envp[] = {NULL};

    assert_string_equal(params_get(&params, "A"), "");
    assert_int_equal(params_copy(&params, envp), 0);
    assert_string_equal(params_get(&params, "A"), "");
    params_deinit(&params);
}

static int copy(UNUSED void *context)
{
    char *envp[] = {"A=b", "C=d", NULL};
    struct params params;
    int result = params_copy(&params, envp);

    if (result < 0)
        assert_null(params.block);
    params_deinit(&params);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(1, copy, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("a parameter is found by its whole name", finds),
        TEST("the parameters are a copy", is_a_copy),
        TEST("no parameters are fine", none),
        TEST("without memory they are empty", without_memory),
    };

    return RUN_TESTS("params", tests);
}
