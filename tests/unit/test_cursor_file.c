/* publisher/cursor_file: against a real folder. */
#include "cursor_file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static char folder[] = "/tmp/sse-cursor-XXXXXX";
static char path[64], beside[80];

static void put(const char *text, size_t len)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void assert_cursor(const char *wanted)
{
    struct buf cursor;

    buf_init(&cursor, 10000);
    assert_int_equal(cursor_file_read(path, &cursor), 0);
    assert_string_equal(cursor.data, wanted);
    buf_deinit(&cursor);
}

static void assert_refused(int error)
{
    struct buf cursor;

    buf_init(&cursor, 10000);
    assert_int_equal(cursor_file_read(path, &cursor), -1);
    assert_int_equal(errno, error);
    buf_deinit(&cursor);
}

static void kept(UNUSED void **state)
{
    unlink(path);
    assert_cursor("");
    assert_int_equal(cursor_file_write(path, "1795170075205-0", false), 0);
    assert_cursor("1795170075205-0");
    assert_int_equal(cursor_file_write(path, "x", false), 0);
    assert_cursor("x");
    assert_int_equal(access(beside, F_OK), -1);
}

static void by_hand(UNUSED void **state)
{
    put("7-0", 3);
    assert_cursor("7-0");
    put("", 0);
    assert_cursor("");
}

static void no_cursor(UNUSED void **state)
{
    static char large[5000];

    put("a\nb\n", 4);
    assert_refused(EINVAL);
    put("a\0b", 3);
    assert_refused(EINVAL);
    memset(large, 'a', sizeof large);
    put(large, sizeof large);
    assert_refused(EINVAL);
}

/* What cannot be written leaves the old one. */
static void refused(UNUSED void **state)
{
    put("5-0\n", 4);
    assert_int_equal(mkdir(beside, 0700), 0);
    assert_int_equal(cursor_file_write(path, "60-0", false), -1);
    assert_int_equal(errno, EISDIR);
    assert_cursor("5-0");
    assert_int_equal(rmdir(beside), 0);
    assert_int_equal(cursor_file_write("/nowhere/at/all", "60-0", false), -1);
    assert_int_equal(errno, ENOENT);
}

static void checked(UNUSED void **state)
{
    unlink(path);
    assert_int_equal(cursor_file_check(path), 0);
    assert_int_equal(access(path, F_OK), -1); /* nothing is left behind */
    assert_int_equal(access(beside, F_OK), -1);
    put("5-0\n", 4);
    assert_int_equal(cursor_file_check(path), 0);
    assert_cursor("5-0");
    assert_int_equal(symlink(path, beside), 0); /* not followed */
    assert_int_equal(cursor_file_check(path), 0);
    assert_cursor("5-0");
    assert_int_equal(mkdir(beside, 0700), 0);
    assert_int_equal(cursor_file_check(path), -1);
    assert_int_equal(errno, EISDIR);
    assert_cursor("5-0");
    assert_int_equal(rmdir(beside), 0);
    assert_int_equal(cursor_file_check("/nowhere/at/all"), -1);
    assert_int_equal(errno, ENOENT);
}

static ino_t inode(const char *name)
{
    struct stat file;

    assert_int_equal(lstat(name, &file), 0);
    return file.st_ino;
}

/* No rename without a new file on the disk: so most are none. */
static void written_over(UNUSED void **state)
{
    put("15-0\n", 5);
    ino_t before = inode(path);
    assert_int_equal(cursor_file_write(path, "16-0", false), 0);
    assert_int_equal(cursor_file_write(path, "17-0", true), 0);
    assert_cursor("17-0");
    assert_int_equal(inode(path), before);
    assert_int_equal(cursor_file_write(path, "17-10", false), 0);
    assert_cursor("17-10");
    assert_int_not_equal(inode(path), before);
}

static void links_are_not_followed(UNUSED void **state)
{
    char other[80], text[20] = "";

    snprintf(other, sizeof other, "%s.other", path);
    put("1-0\n", 4);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(link(other, path), 0); /* a second name */
    assert_int_equal(cursor_file_write(path, "2-0", true), 0);
    assert_cursor("2-0");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(other, path), 0);
    assert_int_equal(symlink(other, beside), 0);
    assert_int_equal(cursor_file_write(path, "3-0", true), 0);
    assert_cursor("3-0");
    FILE *file = fopen(other, "r");
    assert_non_null(fgets(text, sizeof text, file));
    assert_string_equal(text, "1-0\n");
    fclose(file);
    unlink(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("what was written is read", kept),
        TEST("a file made by hand will do", by_hand),
        TEST("what is no cursor is refused", no_cursor),
        TEST("one as long as the old is written over it", written_over),
        TEST("links are not followed", links_are_not_followed),
        TEST("whether it can be written is known before, and touches nothing", checked),
        TEST("what cannot be written leaves the old one", refused),
    };

    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/cursor", folder);
    snprintf(beside, sizeof beside, "%s.new", path);
    int failed = RUN_TESTS("cursor_file", tests);
    unlink(path);
    rmdir(folder);
    return failed;
}
