/* copy_data: data and holes, by copy_file_range and by hand. */
#include "copy_data.h"

#include <errno.h>

#include "alloc.h"
#include "trees.h"

#define MIB (1 << 20)

static uint64_t stop_at;
static bool has_stopped;

static void on_progress(UNUSED void *context, const struct copy_state *state)
{
    has_stopped |= stop_at > 0 && state->moved >= stop_at;
}

static void on_complaint(UNUSED void *context, const char *what)
{
    fail_msg("%s", what);
}

static bool is_stopped(UNUSED void *context)
{
    return has_stopped;
}

static const struct copy_handlers HANDLERS = {on_progress, on_complaint, is_stopped, NULL};

static int set_up(void **state)
{
    stop_at = 0;
    has_stopped = false;
    return tree_set_up(state);
}

/* Copies `a` to `b` from `from` on; returns as copy_data, and how many bytes were counted. */
static int copy(off_t from, bool by_hand, uint64_t *moved)
{
    int in = open("a", O_RDONLY | O_CLOEXEC), out = open("b", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct copy_job job;

    copy_job_init(&job, &HANDLERS);
    int result = copy_data(&job, in, out, from, tree_stat("a").st_size, by_hand);
    int error = errno;
    *moved = job.state.moved;
    copy_job_deinit(&job);
    close(in);
    close(out);
    errno = error;
    return result;
}

static void make_holes(void)
{
    tree_file("a", 3 * MIB, 5 * MIB, 1);
    tree_file("a", 20 * MIB, 4096, 2);
    tree_file("a", 30 * MIB, 123, 3);
    assert_int_equal(truncate("a", 40 * MIB), 0);
}

static void assert_copied(bool by_hand)
{
    struct stat one = tree_stat("a"), two;
    uint64_t moved;

    assert_int_equal(copy(0, by_hand, &moved), 0);
    two = tree_stat("b");
    assert_int_equal(two.st_size, one.st_size);
    assert_int_equal(two.st_blocks, one.st_blocks);
    assert_int_equal(moved, one.st_blocks * 512);
    tree_assert_same_bytes("a", "b");
}

static void holes(UNUSED void **state)
{
    make_holes();
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        unlink("b");
        assert_copied(by_hand);
    }
    unlink("a");
    tree_text("a", "");
    assert_int_equal(truncate("a", 5 * MIB), 0); /* nothing but a hole */
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        unlink("b");
        assert_copied(by_hand);
        assert_int_equal(tree_stat("b").st_blocks, 0);
    }
}

static void sizes(UNUSED void **state)
{
    off_t size;
    int fd;

    make_holes();
    fd = open("a", O_RDONLY | O_CLOEXEC);
    size = tree_stat("a").st_size;
    assert_int_equal(copy_data_size(fd, size), tree_stat("a").st_blocks * 512);
    assert_int_equal(copy_data_size(fd, 3 * MIB), 0);
    assert_int_equal(copy_data_size(fd, 3 * MIB + 10), 10);
    assert_int_equal(copy_data_size(fd, 0), 0);
    close(fd);
    assert_int_equal(copy_data_size(fd, size), -1);
    assert_int_equal(errno, EBADF);
}

static void from_the_middle(UNUSED void **state)
{
    static const off_t CUTS[] = {0,
                                 1,
                                 MIB,
                                 3 * MIB,
                                 3 * MIB + 1,
                                 5 * MIB + 77,
                                 8 * MIB,
                                 20 * MIB + 4095,
                                 30 * MIB + 5,
                                 35 * MIB,
                                 40 * MIB};
    uint64_t before, moved;

    make_holes();
    for (size_t i = 0; i < 2 * COUNT(CUTS); i++) {
        off_t cut = CUTS[i / 2];
        unlink("b");
        assert_int_equal(copy(0, false, &before), 0);
        assert_int_equal(truncate("b", cut), 0);
        assert_int_equal(copy(cut, i % 2, &moved), 0);
        tree_assert_same_bytes("a", "b");
        assert_true(cut == 0 ? moved == before : moved <= before);
    }
}

static void stops(UNUSED void **state)
{
    uint64_t moved;

    tree_file("a", 0, 20 * MIB, 1);
    for (int by_hand = 0; by_hand < 2; by_hand++) {
        unlink("b");
        stop_at = 6 * MIB;
        has_stopped = false;
        assert_int_equal(copy(0, by_hand, &moved), -1);
        assert_int_equal(errno, ECANCELED);
        assert_true(moved >= stop_at && moved < 20 * MIB);
        assert_int_equal(tree_stat("b").st_size, moved);
        has_stopped = false;
        stop_at = 0;
        assert_int_equal(copy((off_t)moved, by_hand, &moved), 0);
        tree_assert_same_bytes("a", "b");
    }
}

static void small(UNUSED void **state)
{
    static const off_t SIZES[] = {0, 1, 4096, 65535, 65536};
    struct copy_job job;

    for (size_t i = 0; i < COUNT(SIZES); i++) {
        tree_file("a", 0, (size_t)SIZES[i], 7);
        int in = open("a", O_RDONLY | O_CLOEXEC),
            out = open("b", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        copy_job_init(&job, &HANDLERS);
        assert_int_equal(copy_data_small(&job, in, out, SIZES[i]), 0);
        assert_int_equal(job.state.moved, SIZES[i]);
        tree_assert_same_bytes("a", "b");
        if (SIZES[i] < COPY_SMALL_BYTES) { /* it has shrunk since */
            assert_int_equal(copy_data_small(&job, in, out, SIZES[i] + 1), -1);
            assert_int_equal(errno, ENODATA);
        }
        copy_job_deinit(&job);
        close(in);
        close(out);
    }
}

/* A pipe has no offsets: copy_file_range will not, and pread says why. */
static void not_a_file(UNUSED void **state)
{
    int ends[2], out = open("b", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct copy_job job;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    copy_job_init(&job, &HANDLERS);
    assert_int_equal(copy_data(&job, ends[0], out, 0, 10, false), -1);
    assert_int_equal(errno, ESPIPE);
    copy_job_deinit(&job);
    close(ends[0]);
    close(ends[1]);
    close(out);
}

static int attempt(UNUSED void *context)
{
    uint64_t moved;
    return copy(0, true, &moved);
}

static void without_memory(UNUSED void **state)
{
    tree_file("a", 0, 1000, 1);
    alloc_fail_each(1, attempt, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH(set_up, tree_tear_down, "holes stay holes, and do not count", holes),
        TEST_WITH(set_up, tree_tear_down, "the size of the data, up to any byte", sizes),
        TEST_WITH(set_up, tree_tear_down, "goes on from any byte", from_the_middle),
        TEST_WITH(set_up, tree_tear_down, "stops, and the target says where", stops),
        TEST_WITH(set_up, tree_tear_down, "a small file at once, if it is all there", small),
        TEST_WITH(set_up, tree_tear_down, "what is no file is an error", not_a_file),
        TEST_WITH(set_up, tree_tear_down, "without memory it fails", without_memory),
    };

    return RUN_TESTS("copy_data", tests);
}
