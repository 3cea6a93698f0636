/* The copier and what its handlers see, over a tree with one of everything in it. */
#ifndef SSE_TEST_COPIER_FIXTURE_H
#define SSE_TEST_COPIER_FIXTURE_H

#include "copier.h"
#include "trees.h"

#define MIB (1 << 20)

/* What the handlers have seen, and when they stop the copy. */
static struct seen {
    struct buf words;
    uint64_t stop_at; /* once so many bytes are moved; 0: never */
    struct copy_state state;
    int calls;
    const char *gone;   /* stops it once this is not there any more; NULL: never */
    const char *meddle; /* is written to as soon as it is read */
} seen;

static inline void on_progress(UNUSED void *context, const struct copy_state *state)
{
    assert_true(state->moved >= seen.state.moved);
    assert_true(state->moved <= state->total);
    seen.state = *state;
    seen.calls++;
    if (seen.meddle != NULL && state->moved > 0) {
        tree_file(seen.meddle, 3 * MIB, 10, 99);
        seen.meddle = NULL;
    }
}

static inline void on_complaint(UNUSED void *context, const char *what)
{
    buf_addf(&seen.words, "%s\n", what);
}

static inline bool is_stopped(UNUSED void *context)
{
    return (seen.stop_at > 0 && seen.state.moved >= seen.stop_at) ||
           (seen.gone != NULL && !tree_has(seen.gone));
}

static const struct copy_handlers HANDLERS = {on_progress, on_complaint, is_stopped, NULL};

static struct copy_state last;

static inline enum copy_end run(bool is_move, size_t count, char *const *paths)
{
    const struct copy_request request = {paths, count - 1, paths[count - 1], is_move};
    uint64_t stop_at = seen.stop_at;
    const char *meddle = seen.meddle, *gone = seen.gone;

    buf_deinit(&seen.words);
    seen = (struct seen){.stop_at = stop_at, .meddle = meddle, .gone = gone};
    buf_init(&seen.words, 100000);
    enum copy_end end = copier_run(&request, &HANDLERS, &last);
    seen.stop_at = 0;
    seen.gone = NULL;
    return end;
}

#define PATHS(...)                                                                                 \
    (char *const[])                                                                                \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define PATH_COUNT(...) COUNT(((char *const[]){__VA_ARGS__}))
#define COPY(...)       run(false, PATH_COUNT(__VA_ARGS__), PATHS(__VA_ARGS__))
#define MOVE(...)       run(true, PATH_COUNT(__VA_ARGS__), PATHS(__VA_ARGS__))

static inline int set_up(void **state)
{
    seen = (struct seen){0};
    buf_init(&seen.words, 100000);
    return tree_set_up(state);
}

static inline int tear_down(void **state)
{
    buf_deinit(&seen.words);
    return tree_tear_down(state);
}

static inline void age(const char *path, time_t seconds, long nanoseconds)
{
    const struct timespec times[] = {{seconds, nanoseconds}, {seconds, nanoseconds}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static inline void make_tree(void)
{
    assert_int_equal(mkdir("a", 0750), 0);
    assert_int_equal(mkdir("a/sub", 0755), 0);
    assert_int_equal(mkdir("a/empty", 0700), 0);
    tree_file("a/big", 0, 9 * MIB + 5, 1);
    tree_file("a/sub/small", 0, 100, 2);
    tree_file("a/none", 0, 0, 3);
    tree_file("a/holes", 0, 4096, 4);
    tree_file("a/holes", 8 * MIB, 70000, 5);
    assert_int_equal(truncate("a/holes", 20 * MIB), 0);
    assert_int_equal(link("a/big", "a/sub/linked"), 0);
    assert_int_equal(symlink("../nowhere", "a/link"), 0);
    assert_int_equal(chmod("a/sub/small", 04751), 0);
    assert_int_equal(chmod("a/none", 0400), 0);
    if (geteuid() == 0)
        assert_int_equal(lchown("a/link", 12345, 54321), 0);
    age("a/big", 1000000000, 123456789);
    age("a/holes", 1100000000, 7);
    age("a/link", 1200000000, 8);
    age("a/sub", 1300000000, 9);
    age("a", 1400000000, 10);
}

static const char *const NAMES[] = {"",      "/sub",   "/empty", "/big",       "/sub/small",
                                    "/none", "/holes", "/link",  "/sub/linked"};

static inline void assert_same_trees(const char *a, const char *b)
{
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        char one[300], two[300];
        snprintf(one, sizeof one, "%s%s", a, NAMES[i]);
        snprintf(two, sizeof two, "%s%s", b, NAMES[i]);
        tree_assert_same(one, two);
    }
}

static inline uint64_t tree_bytes(void)
{
    return 9 * MIB + 5 + 100 + 4096 + (70000 + 4095) / 4096 * 4096;
}

static inline void assert_links(const char *tree)
{
    char one[300], two[300], to[100] = "";

    snprintf(one, sizeof one, "%s/big", tree);
    snprintf(two, sizeof two, "%s/sub/linked", tree);
    assert_int_equal(tree_stat(one).st_ino, tree_stat(two).st_ino);
    snprintf(one, sizeof one, "%s/link", tree);
    assert_int_equal(readlink(one, to, sizeof to - 1), 10);
    assert_string_equal(to, "../nowhere");
}

#endif
