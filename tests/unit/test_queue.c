/* queue: against a plain model, which is all waiting bytes in a row. */
#include "queue.h"

#include "alloc.h"
#include "test.h"

#define VECTORS 64

static struct record *make_record(uint64_t *seed, size_t len)
{
    char content[300];

    for (size_t i = 0; i < len; i++)
        content[i] = (char)next_random(seed);
    return record_new_output(content, len);
}

static void empty(UNUSED void **state)
{
    struct queue queue = {0};
    struct iovec vectors[1];

    assert_int_equal(queue_gather(&queue, vectors, 1), 0);
    assert_int_equal(queue_bytes_behind(&queue), 0);
    queue_deinit(&queue);
    queue_deinit(&queue);
}

/* The model: bytes[at..len) wait; `ends` of the records, counted from the start of the bytes. */
struct model {
    struct buf bytes;
    size_t at;
    size_t ends[10000];
    size_t first, count; /* records that wait: ends[first] to ends[count - 1] */
};

static void take(struct queue *queue, struct model *model, uint64_t *seed)
{
    struct record *record = make_record(seed, 1 + next_random(seed) % 300);

    buf_add(&model->bytes, record->bytes, record->len);
    model->ends[model->count++] = model->bytes.len;
    assert_int_equal(queue_take(queue, record), 0);
}

static void compare(const struct queue *queue, const struct model *model, int max)
{
    struct iovec vectors[VECTORS];
    size_t waiting = model->count - model->first, at = model->at;
    int n = queue_gather(queue, vectors, max);

    assert_int_equal(queue->count, waiting);
    assert_int_equal(queue->bytes, model->bytes.len - model->at);
    size_t behind = waiting ? model->bytes.len - model->ends[model->first] : 0;
    assert_int_equal(queue_bytes_behind(queue), behind);
    assert_int_equal(n, waiting < (size_t)max ? waiting : (size_t)max);
    for (int i = 0; i < n; i++) {
        assert_int_equal(vectors[i].iov_len, model->ends[model->first + (size_t)i] - at);
        assert_memory_equal(vectors[i].iov_base, model->bytes.data + at, vectors[i].iov_len);
        at += vectors[i].iov_len;
    }
}

static void advance(struct queue *queue, struct model *model, size_t len)
{
    model->at += len;
    while (model->first < model->count && model->ends[model->first] <= model->at)
        model->first++;
    queue_advance(queue, len);
}

static void as_the_model(UNUSED void **state)
{
    static struct model model;
    struct queue queue = {0};
    uint64_t seed = 11;

    buf_init(&model.bytes, SIZE_MAX);
    for (int step = 0; step < 20000 && model.count < COUNT(model.ends); step++) {
        /* Long phases of filling and of draining, so that the ring grows, wraps and runs empty. */
        bool fills = step / 200 % 2 == 0;
        size_t waiting = model.bytes.len - model.at;
        if (next_random(&seed) % 4 == 0 ? !fills : fills)
            take(&queue, &model, &seed);
        else if (waiting > 0)
            advance(&queue, &model, 1 + next_random(&seed) % (waiting < 700 ? waiting : 700));
        compare(&queue, &model, 1 + (int)(next_random(&seed) % VECTORS));
    }
    advance(&queue, &model, model.bytes.len - model.at);
    compare(&queue, &model, VECTORS);
    queue_deinit(&queue);
    buf_deinit(&model.bytes);
}

static void byte_by_byte(UNUSED void **state)
{
    struct record *records[3] = {record_new_output("a", 1), record_new_output("bc", 2),
                                 record_new_output("def", 3)};
    struct queue queue = {0};
    char bytes[64];
    size_t len = 0;

    for (int i = 0; i < 3; i++)
        queue_take(&queue, record_ref(records[i]));
    while (queue.count > 0) {
        struct iovec vector;
        assert_int_equal(queue_gather(&queue, &vector, 1), 1);
        bytes[len++] = *(char *)vector.iov_base;
        queue_advance(&queue, 1);
    }
    assert_int_equal(len, 3 * 8 + 6);
    assert_memory_equal(bytes + 8, "a", 1);
    assert_memory_equal(bytes + 17, "bc", 2);
    assert_memory_equal(bytes + 27, "def", 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(records[i]->refs, 1); /* the queue's is gone */
        record_unref(records[i]);
    }
    queue_deinit(&queue);
}

static void gives_memory_back(UNUSED void **state)
{
    struct record *record = record_new_output("x", 1);
    struct queue queue = {0};

    for (int i = 0; i < 10000; i++)
        queue_take(&queue, record_ref(record));
    queue_advance(&queue, queue.bytes - 1);
    assert_int_equal(queue.count, 1);
    queue_advance(&queue, 1);
    assert_null(queue.ring);
    assert_int_equal(queue.cap, 0);
    assert_int_equal(record->refs, 1);
    queue_take(&queue, record_ref(record));
    queue_advance(&queue, queue.bytes);
    assert_true(queue.cap <= 32);
    queue_take(&queue, record_ref(record));
    queue_deinit(&queue);
    assert_null(queue.ring);
    assert_int_equal(record->refs, 1);
    record_unref(record);
}

/* Each time the ring would grow. */
static void without_memory(UNUSED void **state)
{
    struct record *record = record_new_output("x", 1);
    struct queue queue = {0};
    int failures = 0;

    for (int i = 0; i < 1000; i++) {
        struct queue before = queue;
        alloc_fail_at(1);
        int result = queue_take(&queue, record_ref(record));
        if (alloc_fail_never()) {
            failures++;
            assert_int_equal(result, -1);
            assert_memory_equal(&queue, &before, sizeof queue);
            assert_int_equal(record->refs, 1 + queue.count);
            assert_int_equal(queue_take(&queue, record_ref(record)), 0);
        } else {
            assert_int_equal(result, 0);
        }
        if (i % 3 == 0)
            queue_advance(&queue, record->len);
        assert_int_equal(record->refs, 1 + queue.count);
    }
    assert_true(failures >= 5);
    queue_deinit(&queue);
    record_unref(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("an empty queue has nothing", empty),
        TEST("what waits is what was taken and not sent yet, in order", as_the_model),
        TEST("records leave byte by byte", byte_by_byte),
        TEST("a ring that was large is given back when it is empty", gives_memory_back),
        TEST("without memory a record is let go and the queue is as before", without_memory),
    };

    return RUN_TESTS("queue", tests);
}
