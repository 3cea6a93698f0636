/* secret, and redis_url_complete: passwords in files. */
#include "core/secret.h"

#include <stdio.h>

#include "alloc.h"
#include "core/redis_url.h"
#include "folder.h"
#include "test.h"

static struct folder folder;

static int set_up(UNUSED void **state)
{
    folder_make(&folder);
    return 0;
}

static int tear_down(UNUSED void **state)
{
    folder_remove(&folder);
    return 0;
}

static const char *file_with(const char *bytes, size_t len)
{
    const char *path = folder_path(&folder, "password");
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void one_line(UNUSED void **state)
{
    static const char *const LINES[] = {"a b%", "a b%\n", "a b%\r\n"};
    int before = open_descriptors();
    char *secret;

    for (size_t i = 0; i < COUNT(LINES); i++) {
        assert_null(secret_read(&secret, file_with(LINES[i], strlen(LINES[i]))));
        assert_string_equal(secret, "a b%");
        free(secret);
    }
    assert_int_equal(open_descriptors(), before);
}

static void refused(UNUSED void **state)
{
    static char large[SECRET_MAX + 1];
    char *secret = NULL;

    assert_has(secret_read(&secret, "/nowhere/at all"), "No such file");
    assert_has(secret_read(&secret, folder.path), "directory");
    assert_has(secret_read(&secret, file_with("", 0)), "no password");
    assert_has(secret_read(&secret, file_with("\n", 1)), "no password");
    assert_has(secret_read(&secret, file_with("one\ntwo\n", 8)), "one line");
    assert_has(secret_read(&secret, file_with("a\0b", 3)), "one line");
    memset(large, 'x', sizeof large);
    assert_has(secret_read(&secret, file_with(large, sizeof large)), "4096");
    assert_null(secret);
    assert_null(secret_read(&secret, file_with(large, SECRET_MAX)));
    assert_int_equal(strlen(secret), SECRET_MAX);
    free(secret);
}

/* Completes the URL; fails unless it then has that password, or is refused with those words. */
static void complete(const char *text, const char *file, const char *password, const char *problem)
{
    struct redis_url url;
    bool is_file = false;

    assert_null(redis_url_parse(&url, text));
    const char *why = redis_url_complete(&url, file, &is_file);
    if (problem != NULL) {
        assert_has(why, problem);
        assert_int_equal(is_file, file != NULL);
    } else {
        assert_null(why);
        if (password != NULL)
            assert_string_equal(url.password, password);
        else
            assert_null(url.password);
    }
    redis_url_deinit(&url);
}

static void completes_a_url(UNUSED void **state)
{
    const char *file = file_with("secret\n", 7);

    complete("redis://h", NULL, NULL, NULL);
    complete("redis://h", "", NULL, NULL);
    complete("redis://h", file, "secret", NULL);
    complete("unix:/s", file, "secret", NULL);
    complete("redis://u@h", file, "secret", NULL);
    complete("redis://u:own@h", file, "own", NULL);
    complete("redis://:own@h", "/nowhere", "own", NULL);
    complete("redis://u@h", NULL, NULL, "without a password");
    complete("redis://u@h", "/nowhere", NULL, "No such file");
}

static int read_one(void *path)
{
    char *secret;

    if (secret_read(&secret, path) != NULL)
        return -1;
    free(secret);
    return 0;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(1, read_one, (void *)file_with("x", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("a secret is the file's one line, without its end", one_line),
        CASE("what is no secret is refused, with the reason", refused),
        CASE("a URL's own password counts before that of a file", completes_a_url),
        CASE("without memory it fails", without_memory),
    };

    return RUN_TESTS("secret", tests);
}
