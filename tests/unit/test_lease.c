/* lease: a job's word that it lives, as its publishes carry it, and when the next one is due. */
#include "lease.h"

#include <stdio.h>

#include "alloc.h"
#include "test.h"

static struct lease lease;

static int set_up(UNUSED void **state)
{
    return lease_init(&lease, 20000, "jobs/a", 100, 200);
}

static int tear_down(UNUSED void **state)
{
    lease_deinit(&lease);
    return 0;
}

static void bequeath(uint64_t moved)
{
    lease_bequeath(&lease, &(struct progress){.task = "a",
                                              .state = "running",
                                              .moved = moved,
                                              .total = 10,
                                              .rate = 5,
                                              .has_eta = true,
                                              .file = "f"});
}

static void parts(UNUSED void **state)
{
    static const char *const EVENTS[] = {"start", "progress", NULL};
    struct will will;

    assert_null(lease_part(&lease, "progress").name); /* nothing to leave */
    bequeath(4);
    for (size_t i = 0; i < COUNT(EVENTS); i++) {
        struct keys_lease part = lease_part(&lease, EVENTS[i]);
        assert_int_equal(part.deed, KEYS_RENEW);
        assert_bytes(part.name, part.name_len, lease.name);
        assert_int_equal(part.ms, 20000);
        assert_int_equal(will_parse(&will, part.will, part.will_len), 0);
        assert_int_equal(will.lease_ms, 20000);
        assert_int_equal(will.keep, 100);
        assert_int_equal(will.ttl_s, 200);
        assert_string_equal(will.channel, "jobs/a");
        assert_bytes(will.data, will.data_len,
                     "{\"task\":\"a\",\"state\":\"lost\",\"moved\":4,\"total\":10,"
                     "\"percent\":\"40.00\",\"file\":\"f\"}");
    }
    assert_null(lease_part(&lease, "log").name);
    assert_int_equal(lease_part(&lease, "done").deed, KEYS_RELEASE);
    assert_int_equal(lease_part(&lease, "failed").deed, KEYS_RELEASE);
    lease_give_up(&lease);
    assert_null(lease_part(&lease, "progress").name);
    assert_null(lease_part(&lease, "done").name);
}

static uint64_t due_after(enum publish_outcome outcome, const char *error)
{
    struct publish_result result = {.outcome = outcome};

    snprintf(result.error, sizeof result.error, "%s", error);
    lease_settle(&lease, &result, 1000000);
    return lease.due_ms - 1000000;
}

static void due(UNUSED void **state)
{
    assert_int_equal(lease.due_ms, LEASE_NEVER);
    assert_int_equal(due_after(PUBLISH_DONE, ""), 5000);
    assert_int_equal(due_after(PUBLISH_NOT_LIVE, "not sent"), 5000);
    assert_int_equal(due_after(PUBLISH_AWAY, "refused"), 1000);
    assert_int_equal(due_after(PUBLISH_UNKNOWN, "no answer"), 1000);
    assert_int_equal(due_after(PUBLISH_REFUSED, "LOADING and so on"), 1000);
    assert_int_equal(due_after(PUBLISH_DONE, "OOM and so on"), 1000);
    assert_string_equal(lease.complaint, ""); /* it will pass */
    assert_int_equal(due_after(PUBLISH_DONE, "WRONGTYPE and so on"), 1000);
    assert_has(lease.complaint, "WRONGTYPE");
    lease.will.lease_ms = 1000;
    assert_int_equal(due_after(PUBLISH_AWAY, "refused"), 250);
}

/* What may be in Redis must not be left there by an end that does not know of it. */
static void left_out(UNUSED void **state)
{
    struct publish_result result = {.outcome = PUBLISH_REFUSED};

    assert_true(lease_can_be_left_out(&lease, &result));
    result.gave_up = true; /* not for what was asked */
    assert_false(lease_can_be_left_out(&lease, &result));
    result.gave_up = false;
    due_after(PUBLISH_UNKNOWN, "no answer");
    assert_false(lease_can_be_left_out(&lease, &result));
}

static int bequeath_more(UNUSED void *context)
{
    char before[200];

    snprintf(before, sizeof before, "%.*s", (int)lease.text.len, lease.text.data);
    bequeath(7);
    if (memmem(lease.text.data, lease.text.len, "\"moved\":7", 9) != NULL)
        return 0;
    assert_buf(&lease.text, before);
    return -1;
}

static int take_part(UNUSED void *context)
{
    buf_deinit(&lease.sent);
    return lease_part(&lease, "progress").name != NULL ? 0 : -1;
}

static void without_memory(UNUSED void **state)
{
    bequeath(4);
    alloc_fail_each(2, bequeath_more, NULL);
    alloc_fail_each(1, take_part, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define CASE(sentence, function) TEST_WITH(set_up, tear_down, sentence, function)
        CASE("progress renews it, with the newest will, and the end releases it", parts),
        CASE("it is due after a quarter, or soon when that failed", due),
        CASE("it is left out only where it never was", left_out),
        CASE("without memory the will before stays", without_memory),
    };

    return RUN_TESTS("lease", tests);
}
