/* copier: moves, by renaming, by copying where there is something already, and between filesystems.
 */
#include "copier.h"

#include <dirent.h>

#include "copier_fixture.h"

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

/* In the place of what it links to, a link would link to itself, and the data would be gone. */
static void keeps_what_is_linked(UNUSED void **state)
{
    tree_text("file", "data");
    tree_text("kept", "data");
    assert_int_equal(symlink("file", "link"), 0);
    assert_int_equal(COPY("link", "file"), COPY_FAILED);
    assert_buf(&seen.words, "link: is a link to the target\n");
    assert_int_equal(MOVE("link", "file"), COPY_FAILED);
    assert_buf(&seen.words, "link: is a link to the target\n");
    assert_int_equal(mkdir("a", 0755), 0);
    assert_int_equal(mkdir("c", 0755), 0);
    assert_int_equal(mkdir("c/a", 0755), 0);
    assert_int_equal(rename("file", "c/a/file"), 0);
    assert_int_equal(symlink("../c/a/file", "a/file"), 0);
    assert_int_equal(MOVE("a", "c"), COPY_FAILED);
    assert_buf(&seen.words, "a/file: is a link to c/a/file, which stays\n");
    tree_assert_same_bytes("kept", "c/a/file");
    assert_int_equal(readlink("a/file", (char[20]){0}, 20), 11);
}

static char elsewhere[64];

/* /dev/shm is a filesystem of its own wherever there is one. */
static int set_up_two(void **state)
{
    strcpy(elsewhere, "/dev/shm/sse-unit-XXXXXX");
    return mkdtemp(elsewhere) == NULL ? -1 : set_up(state);
}

static int tear_down_two(void **state)
{
    tree_remove(elsewhere);
    return tear_down(state);
}

static void between_filesystems(UNUSED void **state)
{
    char target[100];

    if (tree_stat(elsewhere).st_dev == tree_stat(".").st_dev)
        skip();
    make_tree();
    assert_int_equal(COPY("a", "kept"), COPY_DONE);
    snprintf(target, sizeof target, "%s/a", elsewhere);
    seen.stop_at = 5 * MIB;
    assert_int_equal(MOVE("a", elsewhere), COPY_STOPPED);
    assert_same_trees("kept", "a");
    assert_int_equal(MOVE("a", elsewhere), COPY_DONE);
    assert_buf(&seen.words, "");
    assert_false(tree_has("a"));
    assert_same_trees("kept", target);
    assert_links(target);
    assert_int_equal(tree_count(target, ".sse-copy-", NULL), 0);
    assert_int_equal(last.moved, tree_bytes());
    assert_int_equal(MOVE(target, "."), COPY_DONE);
    assert_same_trees("kept", "a");
    assert_false(tree_has(target));
}

static void removal_goes_on(UNUSED void **state)
{
    char target[100], first[300] = "";
    struct dirent *entry;

    if (tree_stat(elsewhere).st_dev == tree_stat(".").st_dev)
        skip();
    assert_int_equal(mkdir("a", 0755), 0);
    tree_text("a/one", "1");
    tree_text("a/two", "2");
    DIR *list = opendir("a");
    assert_non_null(list);
    while ((entry = readdir(list)) != NULL && entry->d_name[0] == '.')
        ;
    assert_non_null(entry);
    snprintf(first, sizeof first, "a/%s", entry->d_name);
    closedir(list);
    snprintf(target, sizeof target, "%s/b", elsewhere);
    seen.gone = first;
    assert_int_equal(MOVE("a", target), COPY_STOPPED);
    assert_true(tree_has("a"));
    assert_int_equal(MOVE("a", target), COPY_DONE);
    assert_false(tree_has("a"));
    assert_int_equal(tree_count(target, ".sse-copy-", NULL), 0);
    assert_int_equal(tree_count(target, "one", NULL) + tree_count(target, "two", NULL), 2);
    assert_int_equal(tree_count(target, "a", NULL), 0);
}

static void changed_stays(UNUSED void **state)
{
    if (tree_stat(elsewhere).st_dev == tree_stat(".").st_dev)
        skip();
    assert_int_equal(mkdir("a", 0755), 0);
    tree_file("a/one", 0, 5 * MIB, 1);
    seen.meddle = "a/new"; /* comes into being while the other is read, maybe unseen */
    enum copy_end end = MOVE("a", elsewhere);
    assert_false(tree_has("a/one"));
    if (end == COPY_FAILED) {
        assert_buf(&seen.words, "a: has got something new, which stays\n");
        assert_true(tree_has("a/new"));
    } else {
        assert_false(tree_has("a"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH(set_up, tear_down, "a move renames, or merges", renames),
        TEST_WITH(set_up, tear_down, "a move leaves what it has not copied", moves_what_it_can),
        TEST_WITH(set_up, tear_down, "a move that is stopped removes nothing",
                  stopped_moves_nothing),
        TEST_WITH(set_up, tear_down, "a link never takes the place of what it links to",
                  keeps_what_is_linked),
        TEST_WITH(set_up_two, tear_down_two, "a move between filesystems copies and removes",
                  between_filesystems),
        TEST_WITH(set_up_two, tear_down_two, "a move stopped at the removal goes on where it was",
                  removal_goes_on),
        TEST_WITH(set_up_two, tear_down_two, "what comes meanwhile is moved or stays",
                  changed_stays),
    };

    return RUN_TESTS("copier_move", tests);
}
