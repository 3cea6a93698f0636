/* Replies of hiredis as what they mean. */
#include "answers.h"

#include <stdlib.h>
#include <string.h>

#include "core/number.h"

static const char NO_SENSE[] = "an answer that makes no sense";

static const char *refusal(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR ? reply->str : NO_SENSE;
}

static int read_id(struct event_id *id, const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? event_id_parse(id, reply->str, reply->len) : -1;
}

const char *answer_start(struct start_answer *start, const redisReply *reply)
{
    *start = (struct start_answer){0};
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4 ||
        read_id(&start->epoch, reply->element[0]) < 0 ||
        read_id(&start->swept, reply->element[1]) < 0 ||
        read_id(&start->horizon, reply->element[2]) < 0 ||
        reply->element[3]->type != REDIS_REPLY_ARRAY)
        return refusal(reply);
    const redisReply *found = reply->element[3];
    struct known_channel *channels = calloc(found->elements / 3 + 1, sizeof *channels);
    if (channels == NULL)
        return "no memory";
    for (size_t i = 0; i + 2 < found->elements; i += 3) {
        struct known_channel *channel = &channels[start->channel_count];
        const redisReply *name = found->element[i];
        if (name->type != REDIS_REPLY_STRING || channel_check(name->str, name->len) != NULL ||
            read_id(&channel->last, found->element[i + 1]) < 0 ||
            found->element[i + 2]->type != REDIS_REPLY_INTEGER)
            continue; /* not by a publisher of ours */
        channel->name = name->str;
        channel->is_ended = (int)found->element[i + 2]->integer;
        start->channel_count++;
    }
    start->channels = channels;
    return NULL;
}

static int read_entry_id(struct event_id *id, const redisReply *entry)
{
    return entry->type == REDIS_REPLY_ARRAY && entry->elements == 2 ? read_id(id, entry->element[0])
                                                                    : -1;
}

/* One entry: [id, [name, value, ...]]. NULL if it is no event, and *why says so; or without
 * memory. */
static struct broadcast *read_entry(const redisReply *entry, const char *channel, size_t event_max,
                                    const char **why)
{
    struct event_id id;

    *why = NO_SENSE;
    if (read_entry_id(&id, entry) < 0 || entry->element[1]->type != REDIS_REPLY_ARRAY)
        return NULL;
    const redisReply *list = entry->element[1];
    size_t count = list->elements / 2;
    struct event_field fields[16];
    if (count > 16)
        count = 16;
    for (size_t i = 0; i < count; i++)
        fields[i] = (struct event_field){.name = list->element[2 * i]->str,
                                         .name_len = list->element[2 * i]->len,
                                         .value = list->element[2 * i + 1]->str,
                                         .value_len = list->element[2 * i + 1]->len};
    return broadcast_new_entry(channel, id, fields, count, event_max, why);
}

struct page *answer_log(const redisReply *reply, const struct log_read *read, size_t event_max,
                        const char **why)
{
    *why = NULL;
    if (reply->type != REDIS_REPLY_ARRAY) {
        *why = refusal(reply);
        return NULL;
    }
    struct page *page = page_new(reply->elements);
    if (page == NULL)
        return NULL;
    page->is_whole = reply->elements < read->count;
    if (reply->elements > 0 && !read->is_newest)
        read_entry_id(&page->end, reply->element[reply->elements - 1]);
    for (size_t i = 0; i < reply->elements; i++) {
        size_t at = read->is_newest ? reply->elements - 1 - i : i;
        const char *refused;
        struct broadcast *event =
            read_entry(reply->element[at], read->channel, event_max, &refused);
        if (event == NULL && refused == NULL) {
            page_unref(page);
            return NULL;
        }
        if (event != NULL)
            page_add(page, event);
        broadcast_unref(event);
    }
    return page;
}

struct event_id answer_newest(const redisReply *reply, size_t i)
{
    struct event_id id = {0};

    if (reply->type == REDIS_REPLY_ARRAY && i < reply->elements)
        read_id(&id, reply->element[i]);
    return id;
}

/* A time in ms. Returns 0 for what is none. */
static uint64_t read_ms(const redisReply *reply)
{
    uint64_t ms = 0;

    if (reply->type != REDIS_REPLY_STRING || strlen(reply->str) != reply->len)
        return 0;
    number_parse_whole(reply->str, 0, UINT64_MAX / 2, &ms);
    return ms;
}

const char *answer_leases(struct leases_answer *answer, const redisReply *reply)
{
    answer->count = 0;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4)
        return refusal(reply);
    const redisReply *names = reply->element[2], *wills = reply->element[3];
    answer->now_ms = read_ms(reply->element[0]);
    answer->next_ms = read_ms(reply->element[1]);
    if (answer->now_ms == 0 || names->type != REDIS_REPLY_ARRAY ||
        wills->type != REDIS_REPLY_ARRAY || names->elements > LEASES_MOST ||
        wills->elements != names->elements)
        return NO_SENSE;
    for (size_t i = 0; i < names->elements; i++) {
        const redisReply *name = names->element[i], *will = wills->element[i];
        if (name->type != REDIS_REPLY_STRING)
            return NO_SENSE;
        answer->leases[i] = (struct lease_text){.name = name->str, .name_len = name->len};
        if (will->type == REDIS_REPLY_STRING) {
            answer->leases[i].will = will->str;
            answer->leases[i].will_len = will->len;
        }
    }
    answer->count = names->elements;
    return NULL;
}

const char *answer_claim(const char **id, const redisReply *reply)
{
    *id = NULL;
    if (reply->type != REDIS_REPLY_ARRAY)
        return refusal(reply);
    if (reply->elements == 0)
        return NULL;
    const redisReply *result = reply->element[0];
    if (result->type != REDIS_REPLY_ARRAY || result->elements < 2 ||
        result->element[0]->type != REDIS_REPLY_STRING)
        return NO_SENSE;
    if (result->element[0]->len > 0)
        *id = result->element[0]->str;
    else if (result->element[1]->type == REDIS_REPLY_STRING)
        return result->element[1]->str;
    else
        return NO_SENSE;
    return NULL;
}
