/* copy_attributes: what may be wrong while somebody else changes the source. What is kept:
 * tests/e2e/progress-copy-attributes.test.mjs. */
#include "copy_attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/xattr.h>

#include "folder.h"
#include "test.h"

#define NAME  "user.a"
#define MANY  3000
#define TURNS 20000 /* often enough for the two to meet */

static struct folder folder;
static int from, to;
static atomic_ulong turns;
static atomic_bool is_over;

static int open_file(const char *name)
{
    int fd = open(folder_path(&folder, name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    return fd;
}

static int set_up(UNUSED void **state)
{
    folder_make(&folder);
    from = open_file("from");
    to = open_file("to");
    return 0;
}

static int tear_down(UNUSED void **state)
{
    close(from);
    close(to);
    folder_remove(&folder);
    return 0;
}

static void complain(UNUSED void *context, UNUSED const char *what)
{
}

/* Nothing, and much, in turn. */
static void *change(UNUSED void *context)
{
    static char much[MANY];

    memset(much, 'x', sizeof much);
    for (; !is_over; turns++)
        fsetxattr(from, NAME, much, turns % 2 == 0 ? sizeof much : 0, 0);
    return NULL;
}

static void grows_meanwhile(UNUSED void **state)
{
    const struct copy_handlers handlers = {.complain = complain};
    static char value[65536];
    struct copy_job job;
    struct stat like;
    pthread_t thread;

    if (fsetxattr(from, NAME, "", 0, 0) < 0 && errno == EOPNOTSUPP)
        skip();
    assert_int_equal(fstat(from, &like), 0);
    copy_job_init(&job, &handlers);
    assert_int_equal(pthread_create(&thread, NULL, change, NULL), 0);
    bool is_right = true;
    while (is_right && turns < TURNS) {
        copy_attributes(&job, from, to, &like);
        ssize_t len = fgetxattr(to, NAME, value, sizeof value);
        is_right = len <= 0 || (len == MANY && strspn(value, "x") == MANY);
    }
    is_over = true;
    pthread_join(thread, NULL);
    copy_job_deinit(&job);
    assert_true(is_right);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("an attribute that grows meanwhile is not read beyond its end", grows_meanwhile),
    };

    return RUN_TESTS("copy_attributes", tests);
}
