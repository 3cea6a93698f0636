/* The wrappers behind -Wl,--wrap, and the counter that makes one of them fail. */
#include "alloc.h"

#include <search.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define ATTEMPTS_MAX 10000

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
int __real_vasprintf(char **out, const char *format, va_list args);
void *__real_tsearch(const void *key, void **root, int (*compare)(const void *, const void *));

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);
int __wrap_vasprintf(char **out, const char *format, va_list args);
void *__wrap_tsearch(const void *key, void **root, int (*compare)(const void *, const void *));

/* Allocations until one fails, this one included; 0 or below: none will. */
static atomic_long left;
static atomic_bool was_reached;

static bool fails(void)
{
    if (atomic_load(&left) <= 0 || atomic_fetch_sub(&left, 1) != 1)
        return false;
    atomic_store(&was_reached, true);
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return fails() ? NULL : __real_strndup(text, len);
}

int __wrap_vasprintf(char **out, const char *format, va_list args)
{
    return fails() ? -1 : __real_vasprintf(out, format, args);
}

void *__wrap_tsearch(const void *key, void **root, int (*compare)(const void *, const void *))
{
    return fails() ? NULL : __real_tsearch(key, root, compare);
}

void alloc_fail_at(unsigned long n)
{
    atomic_store(&was_reached, false);
    atomic_store(&left, (long)n);
}

bool alloc_fail_never(void)
{
    atomic_store(&left, 0);
    return atomic_exchange(&was_reached, false);
}

void alloc_fail_each(unsigned long least, alloc_attempt_fn *attempt, void *context)
{
    for (unsigned long n = 1; n < ATTEMPTS_MAX; n++) {
        alloc_fail_at(n);
        int result = attempt(context);
        if (!alloc_fail_never()) {
            if (result != 0)
                fail_msg("it fails with all allocations done");
            if (n <= least)
                fail_msg("only %lu allocations, not %lu", n - 1, least);
            return;
        }
        if (result != 0 && result != -1)
            fail_msg("allocation %lu failed, and the result is %d", n, result);
    }
    fail_msg("it never gets through");
}
