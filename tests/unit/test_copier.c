/* copier: trees in a temporary folder, compared with what they were copied from. */
#include "copier.h"

#include <sys/file.h>

#include "alloc.h"
#include "copier_fixture.h"

static void a_tree(UNUSED void **state)
{
    make_tree();
    assert_int_equal(COPY("a", "b"), COPY_DONE);
    assert_buf(&seen.words, "");
    assert_same_trees("a", "b");
    assert_links("b");
    assert_int_equal(last.moved, tree_bytes());
    assert_int_equal(last.total, tree_bytes());
    assert_int_equal(last.kept, 0);
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
    assert_int_equal(last.kept, tree_bytes() - 100);
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
    assert_int_equal(last.kept, half.st_size);
    tree_file("b", 0, 4096, 1);
    tree_assert_same_bytes("a", "b");
}

/* What is made for a directory is that directory again, and not one to copy into. */
static void resumes_a_tree(UNUSED void **state)
{
    make_tree();
    for (uint64_t stop_at = 1; stop_at < 6 * MIB; stop_at += 4 * MIB) {
        seen.stop_at = stop_at;
        assert_int_equal(COPY("a", "b"), COPY_STOPPED);
        assert_false(tree_has("b/a"));
        assert_true(tree_count("b", ".sse-copy-", NULL) > 0);
    }
    assert_int_equal(COPY("a", "b"), COPY_DONE);
    assert_same_trees("a", "b");
    assert_int_equal(tree_count("b", ".sse-copy-", NULL), 0);
    assert_int_equal(tree_count(".", ".sse-copy-", NULL), 0);
    assert_int_equal(COPY("a", "b"), COPY_DONE);
    assert_same_trees("a", "b/a");
    assert_int_equal(mkfifo("a/fifo", 0644), 0);
    assert_int_equal(COPY("a", "c"), COPY_FAILED);
    assert_int_equal(tree_count("c", ".sse-copy-", NULL), 0);
    tree_assert_same("a", "c");
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
    assert_buf(&seen.words, "a: to b: another process is copying it\n");
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

static void room(UNUSED void **state)
{
    tree_file("a", 0, 2 * MIB, 1);
    int fd = open("a", O_WRONLY | O_CLOEXEC);
    assert_int_equal(posix_fallocate(fd, 2 * MIB, 6 * MIB), 0);
    close(fd);
    tree_file("c", 0, MIB, 2);
    assert_int_equal(mkdir("b", 0755), 0);
    assert_int_equal(COPY("a", "c", "b"), COPY_DONE);
    tree_assert_same_bytes("a", "b/a");
    assert_int_equal(last.moved, 3 * MIB);
    assert_int_equal(last.total, 3 * MIB);
    assert_int_equal(COPY("a", "c", "b"), COPY_DONE);
    assert_int_equal(last.moved, last.total);
}

static void names_are_harmless(UNUSED void **state)
{
    assert_int_equal(mkfifo("a\n\x1b[2J", 0644), 0);
    assert_int_equal(COPY("a\n\x1b[2J", "b"), COPY_FAILED);
    assert_buf(&seen.words, "a??[2J: is a FIFO: left out\n");
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
        TEST_WITH(set_up, tear_down, "a tree that was stopped goes on likewise", resumes_a_tree),
        TEST_WITH(set_up, tear_down, "a changed source, or a broken part, begins anew",
                  begins_anew),
        TEST_WITH(set_up, tear_down, "what another process copies is let alone", is_locked),
        TEST_WITH(set_up, tear_down, "a file that changes meanwhile is not copied", changes),
        TEST_WITH(set_up, tear_down, "room without data does not count", room),
        TEST_WITH(set_up, tear_down, "names do nothing to a terminal", names_are_harmless),
        TEST_WITH(set_up, tear_down, "what cannot be meant is refused", refuses),
        TEST_WITH(set_up, tear_down, "after a fault the rest is copied", rest_is_copied),
        TEST_WITH(set_up, tear_down, "files and links at the target are replaced", replaces),
        TEST_WITH(set_up, tear_down, "without memory it fails, and says so", without_memory),
    };

    return RUN_TESTS("copier", tests);
}
