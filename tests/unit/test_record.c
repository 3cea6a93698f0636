/* record: FastCGI headers, read again. */
#include "record.h"

#include "alloc.h"
#include "fcgi_model.h"
#include "test.h"

static char *random_bytes(size_t len)
{
    char *bytes = malloc(len);
    uint64_t seed = 7;

    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)next_random(&seed);
    return bytes;
}

static const size_t SIZES[] = {1, 2, 100, 65534, 65535, 65536, 65537, 131070, 131071, 200000};

static void assert_output(const struct record *record, const char *content, size_t len, uint16_t id)
{
    struct answer answer;

    answer_init(&answer);
    answer_read(&answer, record->bytes, record->len, id);
    assert_int_equal(answer.used, record->len);
    assert_int_equal(answer.records, (len + 65534) / 65535);
    assert_int_equal(record->len, len + 8 * answer.records);
    assert_int_equal(answer.output.len, len);
    assert_memory_equal(answer.output.data, content, len);
    assert_false(answer.stdout_ended);
    assert_false(answer.ended);
    answer_deinit(&answer);
}

static void output(UNUSED void **state)
{
    for (size_t i = 0; i < COUNT(SIZES); i++) {
        char *content = random_bytes(SIZES[i]);
        struct record *record = record_new_output(content, SIZES[i]);
        assert_int_equal(record->refs, 1);
        assert_output(record, content, SIZES[i], 1);
        record_unref(record);
        free(content);
    }
}

static void byte_for_byte(UNUSED void **state)
{
    static const unsigned char OUTPUT[] = {1, 6, 0, 1, 0, 2, 0, 0, ':', '\n'};
    static const unsigned char END[] = {1, 6, 0, 1, 0, 0, 0, 0, /* STDOUT is over */
                                        1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    struct record *output_record = record_new_output(":\n", 2), *end = record_new_end();

    assert_int_equal(output_record->len, sizeof OUTPUT);
    assert_memory_equal(output_record->bytes, OUTPUT, sizeof OUTPUT);
    assert_int_equal(end->len, sizeof END);
    assert_memory_equal(end->bytes, END, sizeof END);
    record_unref(output_record);
    record_unref(end);
}

static void other_requests(UNUSED void **state)
{
    static const uint16_t IDS[] = {2, 255, 256, 257, 65535};
    char *content = random_bytes(200000);
    struct record *record = record_new_output(content, 200000), *end = record_new_end();

    for (size_t i = 0; i < COUNT(IDS); i++) {
        struct answer answer;
        struct record *copy = record_for_request(record, IDS[i]);
        assert_ptr_not_equal(copy, record);
        assert_int_equal(copy->refs, 1);
        assert_output(copy, content, 200000, IDS[i]);
        record_unref(copy);
        copy = record_for_request(end, IDS[i]);
        answer_init(&answer);
        answer_read(&answer, copy->bytes, copy->len, IDS[i]);
        assert_true(answer.ended);
        answer_deinit(&answer);
        record_unref(copy);
    }
    assert_int_equal(record->refs, 1);
    assert_output(record, content, 200000, 1); /* as it was */
    record_unref(record);
    record_unref(end);
    free(content);
}

static void unframed(UNUSED void **state)
{
    struct record *end = record_new_end(), *copy = record_for_request(end, RECORD_UNFRAMED);

    assert_int_equal(copy->len, 0);
    record_unref(copy);
    record_unref(end);
    for (size_t i = 0; i < COUNT(SIZES); i++) {
        char *content = random_bytes(SIZES[i]);
        struct record *record = record_new_output(content, SIZES[i]);
        copy = record_for_request(record, RECORD_UNFRAMED);
        assert_int_equal(copy->len, SIZES[i]);
        assert_memory_equal(copy->bytes, content, SIZES[i]);
        assert_int_equal(record->refs, 1);
        assert_output(record, content, SIZES[i], 1); /* as it was */
        record_unref(copy);
        record_unref(record);
        free(content);
    }
}

static void request_1_shares(UNUSED void **state)
{
    struct record *record = record_new_output("x", 1);

    assert_ptr_equal(record_for_request(record, 1), record);
    assert_int_equal(record->refs, 2);
    record_unref(record);
    record_unref(record);
}

static void references(UNUSED void **state)
{
    struct record *record = record_new_output("x", 1);

    for (int i = 0; i < 1000; i++)
        assert_ptr_equal(record_ref(record), record);
    for (int i = 0; i < 1000; i++)
        record_unref(record);
    assert_int_equal(record->refs, 1);
    record_unref(record);
    record_unref(NULL);
}

static int make_all(UNUSED void *context)
{
    struct record *record = record_new_output("x", 1);
    struct record *end = record ? record_new_end() : NULL;
    struct record *copy = end ? record_for_request(record, 2) : NULL;
    struct record *bare = copy ? record_for_request(record, RECORD_UNFRAMED) : NULL;
    int result = bare ? 0 : -1;

    if (record != NULL)
        assert_int_equal(record->refs, 1);
    record_unref(record);
    record_unref(end);
    record_unref(copy);
    record_unref(bare);
    return result;
}

static void without_memory(UNUSED void **state)
{
    alloc_fail_each(4, make_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("output takes as many records as it needs", output),
        TEST("records are what the specification says, byte for byte", byte_for_byte),
        TEST("another request id gives a copy with that id in every header", other_requests),
        TEST("without framing it is the output alone, and the end is empty", unframed),
        TEST("request id 1 gives the same record", request_1_shares),
        TEST("the last reference frees it", references),
        TEST("without memory there is none", without_memory),
    };

    return RUN_TESTS("record", tests);
}
