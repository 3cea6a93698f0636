/* Trees of files for one test, made by short words and told in short words. */
#ifndef SSE_TEST_TREES_H
#define SSE_TEST_TREES_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static char tree_root[64];

static inline int tree_set_up(UNUSED void **state)
{
    strcpy(tree_root, "/tmp/sse-unit-XXXXXX");
    assert_non_null(mkdtemp(tree_root));
    assert_int_equal(chdir(tree_root), 0);
    return 0;
}

static inline int tree_remove_one(const char *path, UNUSED const struct stat *file, UNUSED int kind,
                                  UNUSED struct FTW *at)
{
    return remove(path);
}

static inline void tree_remove(const char *path)
{
    nftw(path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline int tree_tear_down(UNUSED void **state)
{
    assert_int_equal(chdir("/"), 0);
    tree_remove(tree_root);
    return 0;
}

/* A file with `len` bytes that depend on `seed`, written at `at`: below it is a hole. */
static inline void tree_file(const char *path, off_t at, size_t len, uint64_t seed)
{
    char *bytes = malloc(len + 4);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    assert_true(fd >= 0 && bytes != NULL);
    for (size_t i = 0; i < len; i += 4) {
        uint32_t word = next_random(&seed);
        memcpy(bytes + i, &word, 4);
    }
    assert_int_equal(pwrite(fd, bytes, len, at), len);
    close(fd);
    free(bytes);
}

static inline void tree_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static inline struct stat tree_stat(const char *path)
{
    struct stat file;

    if (lstat(path, &file) < 0)
        fail_msg("%s is not there", path);
    return file;
}

static inline bool tree_has(const char *path)
{
    struct stat file;

    return lstat(path, &file) == 0;
}

static inline void tree_assert_same_bytes(const char *a, const char *b)
{
    static char ours[65536], theirs[65536];
    int one = open(a, O_RDONLY | O_CLOEXEC), two = open(b, O_RDONLY | O_CLOEXEC);
    ssize_t n, m;

    assert_true(one >= 0 && two >= 0);
    do {
        n = read(one, ours, sizeof ours);
        m = read(two, theirs, sizeof theirs);
        assert_int_equal(n, m);
        assert_true(n >= 0);
        assert_memory_equal(ours, theirs, n > 0 ? (size_t)n : 1);
    } while (n > 0);
    close(one);
    close(two);
}

#define PIECES 64 /* blocks: a file in many pieces also takes what says where they are */

/* Content, mode, owner, mtime, and room on the disk, so far as that tells of holes. */
static inline void tree_assert_same(const char *a, const char *b)
{
    struct stat one = tree_stat(a), two = tree_stat(b);

    assert_int_equal(one.st_mode, two.st_mode);
    assert_int_equal(one.st_uid, two.st_uid);
    assert_int_equal(one.st_gid, two.st_gid);
    assert_int_equal(one.st_mtim.tv_sec, two.st_mtim.tv_sec);
    assert_int_equal(one.st_mtim.tv_nsec, two.st_mtim.tv_nsec);
    if (!S_ISREG(one.st_mode))
        return;
    assert_int_equal(one.st_size, two.st_size);
    assert_true(llabs((long long)(one.st_blocks - two.st_blocks)) < PIECES);
    tree_assert_same_bytes(a, b);
}

/* How many names in the directory begin so; the last one is copied to *name, if there is one. */
static inline int tree_count(const char *path, const char *start, char *name)
{
    DIR *list = opendir(path);
    int count = 0;

    assert_non_null(list);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;)
        if (strncmp(entry->d_name, start, strlen(start)) == 0) {
            count++;
            if (name != NULL)
                snprintf(name, 300, "%s/%s", path, entry->d_name);
        }
    closedir(list);
    return count;
}

#endif
