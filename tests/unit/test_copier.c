/* copier: trees in a temporary folder, compared with what they were copied from. */
#include "copier.h"

#include <errno.h>
#include <sys/file.h>

#include "alloc.h"
#include "trees.h"

#define MIB (1 << 20)

/* What the handlers have seen, and when they stop the copy. */
static struct seen {
    struct buf words;
    uint64_t stop_at; /* once so many bytes are moved; 0: never */
    struct copy_state state;
    int calls;
    const char *meddle; /* is written to as soon as it is read */
} seen;

static void on_progress(UNUSED void *context, const struct copy_state *state)
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

static void on_complaint(UNUSED void *context, const char *what)
{
    buf_addf(&seen.words, "%s\n", what);
}

static bool is_stopped(UNUSED void *context)
{
    return seen.stop_at > 0 && seen.state.moved >= seen.stop_at;
}

static const struct copy_handlers HANDLERS = {on_progress, on_complaint, is_stopped, NULL};

static struct copy_state last;

static enum copy_end run(bool is_move, size_t count, char *const *paths)
{
    const struct copy_request request = {paths, count - 1, paths[count - 1], is_move};
    uint64_t stop_at = seen.stop_at;
    const char *meddle = seen.meddle;

    buf_deinit(&seen.words);
    seen = (struct seen){.stop_at = stop_at, .meddle = meddle};
    buf_init(&seen.words, 100000);
    enum copy_end end = copier_run(&request, &HANDLERS, &last);
    seen.stop_at = 0;
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

static int set_up(void **state)
{
    seen = (struct seen){0};
    buf_init(&seen.words, 100000);
    return tree_set_up(state);
}

static int tear_down(void **state)
{
    buf_deinit(&seen.words);
    return tree_tear_down(state);
}

static void age(const char *path, time_t seconds, long nanoseconds)
{
    const struct timespec times[] = {{seconds, nanoseconds}, {seconds, nanoseconds}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void make_tree(void)
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
    age("a/big", 1000000000, 123456789);
    age("a/holes", 1100000000, 7);
    age("a/link", 1200000000, 8);
    age("a/sub", 1300000000, 9);
    age("a", 1400000000, 10);
}

static const char *const NAMES[] = {"",      "/sub",   "/empty", "/big",       "/sub/small",
                                    "/none", "/holes", "/link",  "/sub/linked"};

static void assert_same_trees(const char *a, const char *b)
{
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        char one[300], two[300];
        snprintf(one, sizeof one, "%s%s", a, NAMES[i]);
        snprintf(two, sizeof two, "%s%s", b, NAMES[i]);
        tree_assert_same(one, two);
    }
}

static uint64_t tree_bytes(void)
{
    return 9 * MIB + 5 + 100 + 4096 + (70000 + 4095) / 4096 * 4096;
}

static void assert_links(const char *tree)
{
    char one[300], two[300], to[100] = "";

    snprintf(one, sizeof one, "%s/big", tree);
    snprintf(two, sizeof two, "%s/sub/linked", tree);
    assert_int_equal(tree_stat(one).st_ino, tree_stat(two).st_ino);
    snprintf(one, sizeof one, "%s/link", tree);
    assert_int_equal(readlink(one, to, sizeof to - 1), 10);
    assert_string_equal(to, "../nowhere");
}

static void a_tree(UNUSED void **state)
{
    make_tree();
    assert_int_equal(COPY("a", "b"), COPY_DONE);
    assert_buf(&seen.words, "");
    assert_same_trees("a", "b");
    assert_links("b");
    assert_int_equal(last.moved, tree_bytes());
    assert_int_equal(last.total, tree_bytes());
    assert_true(seen.calls > 5);
    assert_int_equal(mkdir("c", 0755), 0);
    assert_int_equal(COPY("a/", "b/big", "c"), COPY_DONE);
    assert_same_trees("a", "c/a");
    tree_assert_same("a/big", "c/big");
}

static void a_tree_again(UNUSED void **state)
{
    make_tree();
    assert_int_equal(COPY("a/.", "."), COPY_DONE);
    assert_same_trees("a", ".");
    ino_t before = tree_stat("big").st_ino;
    tree_file("sub/small", 50, 1, 77);
    assert_int_equal(chmod("holes", 0600), 0);
    assert_int_equal(COPY("a/.", "."), COPY_DONE);
    assert_buf(&seen.words, "");
    assert_same_trees("a", ".");
    assert_links(".");
    assert_int_equal(tree_stat("big").st_ino, before);
    assert_int_equal(last.moved, tree_bytes());
}

static void resumes(UNUSED void **state)
{
    char partial[300], name[300];

    tree_file("a", 0, 30 * MIB, 1);
    seen.stop_at = 9 * MIB;
    assert_int_equal(COPY("a", "b"), COPY_STOPPED);
    assert_false(tree_has("b"));
    assert_int_equal(tree_count(".", ".sse-copy-", partial), 1);
    struct stat half = tree_stat(partial);
    assert_true(half.st_size >= 9 * MIB && half.st_size < 30 * MIB);
    assert_int_equal(half.st_mode & 07777, 0600);
    /* What was there is kept, not copied again: a mark in it that no proof reads tells. */
    tree_file(partial, 100, 4, 12345);
    assert_int_equal(COPY("a", "b"), COPY_DONE);
    assert_int_equal(tree_stat("b").st_ino, half.st_ino);
    assert_int_equal(tree_count(".", ".sse-copy-", name), 0);
    assert_int_equal(last.moved, 30 * MIB);
    tree_file("b", 0, 4096, 1);
    tree_assert_same_bytes("a", "b");
}

static void begins_anew(UNUSED void **state)
{
    char partial[300];

    tree_file("a", 0, 20 * MIB, 1);
    seen.stop_at = 9 * MIB;
    assert_int_equal(COPY("a", "b"), COPY_STOPPED);
    tree_file("a", 5, 100, 2);
    assert_int_equal(COPY("a", "b"), COPY_DONE);
    tree_assert_same("a", "b");
    assert_int_equal(tree_count(".", ".sse-copy-", NULL), 0);
    /* Zeros at the end of what is there, as after a crash of the machine. */
    assert_int_equal(unlink("b"), 0);
    seen.stop_at = 9 * MIB;
    assert_int_equal(COPY("a", "b"), COPY_STOPPED);
    assert_int_equal(tree_count(".", ".sse-copy-", partial), 1);
    assert_int_equal(truncate(partial, 15 * MIB), 0);
    assert_int_equal(COPY("a", "b"), COPY_DONE);
    tree_assert_same("a", "b");
}

static void is_locked(UNUSED void **state)
{
    char partial[300];

    tree_file("a", 0, 20 * MIB, 1);
    seen.stop_at = 9 * MIB;
    assert_int_equal(COPY("a", "b"), COPY_STOPPED);
    assert_int_equal(tree_count(".", ".sse-copy-", partial), 1);
    int fd = open(partial, O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(COPY("a", "b"), COPY_FAILED);
    assert_buf(&seen.words, "a: to ./b: another process is copying it\n");
    tree_file("a", 5, 100, 2);
    assert_int_equal(COPY("a", "b"), COPY_DONE);
    assert_true(tree_has(partial));
    close(fd);
}

static void changes(UNUSED void **state)
{
    tree_file("a", 0, 20 * MIB, 1);
    seen.meddle = "a";
    assert_int_equal(COPY("a", "b"), COPY_FAILED);
    assert_buf(&seen.words, "a: has changed while it was being copied\n");
    assert_false(tree_has("b"));
    assert_int_equal(tree_count(".", ".sse-copy-", NULL), 0);
}

static void refuses(UNUSED void **state)
{
    static const struct {
        char *source, *target;
        const char *words;
    } CASES[] = {
        {"a", "a", "a: cannot be copied into itself\n"},
        {"a", "a/sub", "a: cannot be copied into itself\n"},
        {"a", "a/sub/new", "a: cannot be copied into itself\n"},
        {"a/.", "a/sub", "a/.: cannot be copied into itself\n"},
        {".", "a/sub", ".: cannot be copied into itself\n"},
        {"a", ".", "a: is the same file as the target\n"},
        {"a/big", "a", "a/big: is the same file as the target\n"},
        {"a/big", "a/sub/linked", "a/big: is the same file as the target\n"},
        {"a/big", "to-big", "a/big: is the same file as the target\n"},
        {"none", "b", "none: No such file or directory\n"},
        {"a/big", "none/b", "none/: No such file or directory\n"},
        {"a/big", "none/", "none/: is no directory\n"},
        {"", "b", ": No such file or directory\n"},
    };

    make_tree();
    assert_int_equal(symlink("a/big", "to-big"), 0);
    for (size_t i = 0; i < COUNT(CASES); i++)
        for (int is_move = 0; is_move < 2; is_move++) {
            char *const paths[] = {CASES[i].source, CASES[i].target};
            assert_int_equal(run(is_move, 2, paths), COPY_FAILED);
            assert_buf(&seen.words, CASES[i].words);
        }
    assert_int_equal(COPY("a", "a/sub", "to-big"), COPY_FAILED);
    assert_buf(&seen.words, "to-big: must be a directory, for several sources\n");
    assert_int_equal(mkdir("b", 0755), 0);
    assert_int_equal(MOVE("a/big", "a/../a/big", "b"), COPY_FAILED);
    assert_buf(&seen.words, "a/../a/big: has the same name as another source\n");
    assert_int_equal(tree_stat("b/big").st_size, 9 * MIB + 5);
}

static void rest_is_copied(UNUSED void **state)
{
    make_tree();
    assert_int_equal(mkfifo("a/fifo", 0644), 0);
    assert_int_equal(mkdir("b", 0755), 0);
    assert_int_equal(mkdir("b/a", 0755), 0);
    assert_int_equal(mkdir("b/a/holes", 0755), 0); /* a directory in the way of a file */
    tree_text("b/a/empty", "a file in the way of a directory");
    assert_int_equal(COPY("a", "b"), COPY_FAILED);
    assert_has(buf_text(&seen.words), "a/fifo: is a FIFO: left out\n");
    assert_has(seen.words.data, "a/holes: to b/a/holes: Is a directory\n");
    assert_has(seen.words.data, "a/empty: to b/a/empty: Not a directory\n");
    tree_assert_same("a/big", "b/a/big");
    tree_assert_same("a/sub/small", "b/a/sub/small");
    tree_assert_same("a", "b/a");
    assert_false(tree_has("b/a/fifo"));
    assert_int_equal(tree_count("b/a", ".sse-copy-", NULL), 0);
    assert_true(last.moved < last.total);
}

static void replaces(UNUSED void **state)
{
    make_tree();
    tree_text("victim", "stays");
    assert_int_equal(mkdir("b", 0755), 0);
    assert_int_equal(symlink("../victim", "b/big"), 0);
    tree_text("b/link", "goes");
    assert_int_equal(COPY("a/big", "a/link", "b"), COPY_DONE);
    tree_assert_same("a/big", "b/big");
    tree_assert_same("a/link", "b/link");
    assert_int_equal(tree_stat("victim").st_size, 5);
}

static void renames(UNUSED void **state)
{
    make_tree();
    ino_t before = tree_stat("a/big").st_ino;
    assert_int_equal(COPY("a", "kept"), COPY_DONE);
    assert_int_equal(MOVE("a", "b"), COPY_DONE);
    assert_false(tree_has("a"));
    assert_int_equal(tree_stat("b/big").st_ino, before);
    assert_same_trees("kept", "b");
    /* A directory that is there and not empty is merged: copied, and removed. */
    assert_int_equal(mkdir("c", 0755), 0);
    assert_int_equal(mkdir("c/b", 0755), 0);
    tree_text("c/b/other", "stays");
    assert_int_equal(MOVE("b", "c"), COPY_DONE);
    assert_buf(&seen.words, "");
    assert_false(tree_has("b"));
    assert_same_trees("kept", "c/b");
    assert_links("c/b");
    assert_true(tree_has("c/b/other"));
}

static void moves_what_it_can(UNUSED void **state)
{
    make_tree();
    assert_int_equal(COPY("a", "kept"), COPY_DONE);
    assert_int_equal(mkfifo("a/fifo", 0644), 0);
    assert_int_equal(mkdir("c", 0755), 0);
    assert_int_equal(mkdir("c/a", 0755), 0);
    tree_text("c/a/other", "stays");
    assert_int_equal(MOVE("a", "c"), COPY_FAILED);
    assert_buf(&seen.words, "a/fifo: is a FIFO: left out\n");
    assert_true(tree_has("a/fifo"));
    assert_false(tree_has("a/big"));
    assert_false(tree_has("a/sub"));
    tree_assert_same("kept/big", "c/a/big");
    assert_links("c/a");
}

static void stopped_moves_nothing(UNUSED void **state)
{
    make_tree();
    assert_int_equal(mkdir("c", 0755), 0);
    assert_int_equal(mkdir("c/a", 0755), 0);
    tree_text("c/a/other", "stays");
    assert_int_equal(COPY("a", "kept"), COPY_DONE);
    seen.stop_at = MIB;
    assert_int_equal(MOVE("a", "c"), COPY_STOPPED);
    assert_same_trees("kept", "a");
    assert_int_equal(MOVE("a", "c"), COPY_DONE);
    assert_false(tree_has("a"));
    assert_same_trees("kept", "c/a");
}

static int copy_attempt(UNUSED void *context)
{
    tree_remove("b");
    enum copy_end end = COPY("a", "b");
    assert_true(end != COPY_STOPPED);
    if (end == COPY_DONE)
        assert_same_trees("a", "b");
    return end == COPY_DONE ? 0 : -1;
}

static void without_memory(UNUSED void **state)
{
    make_tree();
    buf_init(&seen.words, 100000);
    alloc_fail_each(5, copy_attempt, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH(set_up, tear_down, "a tree is copied with all that it is", a_tree),
        TEST_WITH(set_up, tear_down, "what is there already is left there", a_tree_again),
        TEST_WITH(set_up, tear_down, "what was stopped goes on where it was", resumes),
        TEST_WITH(set_up, tear_down, "a changed source, or a broken part, begins anew",
                  begins_anew),
        TEST_WITH(set_up, tear_down, "what another process copies is let alone", is_locked),
        TEST_WITH(set_up, tear_down, "a file that changes meanwhile is not copied", changes),
        TEST_WITH(set_up, tear_down, "what cannot be meant is refused", refuses),
        TEST_WITH(set_up, tear_down, "after a fault the rest is copied", rest_is_copied),
        TEST_WITH(set_up, tear_down, "files and links at the target are replaced", replaces),
        TEST_WITH(set_up, tear_down, "a move renames, or merges", renames),
        TEST_WITH(set_up, tear_down, "a move leaves what it has not copied", moves_what_it_can),
        TEST_WITH(set_up, tear_down, "a move that is stopped removes nothing",
                  stopped_moves_nothing),
        TEST_WITH(set_up, tear_down, "without memory it fails, and says so", without_memory),
    };

    return RUN_TESTS("copier", tests);
}
