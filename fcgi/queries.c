/* The start script, and reads. */
#include "queries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

/* KEYS: clock, last. ARGV: what logs begin with, the newest id seen, names. */
static const char START_SCRIPT[] = LUA_CLOCK
    "local logs, seen = ARGV[1], ARGV[2]\n"
    "if newer(seen, newest) then\n"
    "  epoch = string.format('%.0f-0', now + 1)\n"
    "  if not newer(epoch, seen) then epoch = after(seen) end\n"
    "  newest = epoch\n"
    "  redis.call('HSET', KEYS[1], 'epoch', epoch, 'last', newest)\n"
    "end\n"
    "local function ended(channel)\n"
    "  local entry = redis.pcall('XREVRANGE', logs .. channel, '+', '-', 'COUNT', 1)[1]\n"
    "  local fields = entry and entry[2] or {}\n"
    "  for i = 1, #fields, 2 do\n"
    "    if fields[i] == 'event' then return fields[i + 1] == 'end' and 1 or 0 end\n"
    "  end\n"
    "  return 0\n"
    "end\n"
    "local found, all = {}, nil\n"
    "local function add(channel, last, is_ended)\n"
    "  found[#found + 1], found[#found + 2], found[#found + 3] = channel, last, is_ended\n"
    "end\n"
    "for i = 3, #ARGV do\n"
    "  local name = ARGV[i]\n"
    "  if string.sub(name, -1) == '*' then\n"
    "    local stem = string.sub(name, 1, -2)\n"
    "    all = all or redis.call('HGETALL', KEYS[2])\n"
    "    for j = 1, #all, 2 do\n"
    "      if string.sub(all[j], 1, #stem) == stem then add(all[j], all[j + 1], -1) end\n"
    "    end\n"
    "  else\n"
    "    local last = redis.call('HGET', KEYS[2], name)\n"
    "    if last then add(name, last, ended(name)) end\n"
    "  end\n"
    "end\n"
    "return {epoch, swept, newest, found}\n";

/* KEYS: leases, wills. ARGV: how many to leave out, how many to list. The first line writes
 * nothing: it fails where a renewal would. */
static const char LEASES_SCRIPT[] =
    "redis.call('ZADD', KEYS[1], 'XX', 0, '')\n"
    "local time = redis.call('TIME')\n"
    "local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))\n"
    "local names = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', ARGV[1], ARGV[2])\n"
    "local next = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'WITHSCORES', 'LIMIT',\n"
    "    0, 1)\n"
    "local wills = {}\n"
    "for i, name in ipairs(names) do wills[i] = redis.call('HGET', KEYS[2], name) end\n"
    "return {now, next[2] or '', names, wills}\n";

/* KEYS: leases, wills. ARGV: the name; its will, or nothing. */
static const char DROP_SCRIPT[] =
    "if redis.call('HGET', KEYS[2], ARGV[1]) ~= (ARGV[2] or false) then return 0 end\n"
    "redis.call('HDEL', KEYS[2], ARGV[1])\n"
    "return redis.call('ZREM', KEYS[1], ARGV[1])\n";

static int query_init(struct query *query, size_t room)
{
    query->argc = 0;
    query->argv = calloc(room, sizeof *query->argv);
    query->argv_len = calloc(room, sizeof *query->argv_len);
    return query->argv != NULL && query->argv_len != NULL ? 0 : -1;
}

void query_deinit(struct query *query)
{
    free(query->argv);
    free(query->argv_len);
}

static void add_bytes(struct query *query, const char *bytes, size_t len)
{
    query->argv[query->argc] = bytes;
    query->argv_len[query->argc++] = len;
}

static void add(struct query *query, const char *arg)
{
    add_bytes(query, arg, strlen(arg));
}

static void add_id(struct query *query, char text[EVENT_ID_TEXT_MAX], struct event_id id)
{
    event_id_format(text, id);
    add(query, text);
}

int query_start(struct query *query, const struct keys *keys, const char *const *names,
                size_t count, struct event_id seen)
{
    if (query_init(query, 7 + count) < 0)
        return -1;
    snprintf(query->log, sizeof query->log, "%slog:", keys->prefix);
    add(query, "EVAL");
    add(query, START_SCRIPT);
    add(query, "2");
    add(query, keys->clock);
    add(query, keys->last);
    add(query, query->log);
    add_id(query, query->numbers[0], seen);
    for (size_t i = 0; i < count; i++)
        add(query, names[i]);
    return 0;
}

/* Redis 5 has no exclusive ranges. */
static struct event_id after(struct event_id id)
{
    if (id.seq < UINT64_MAX)
        return (struct event_id){id.ms, id.seq + 1};
    return (struct event_id){id.ms + 1, 0};
}

int query_log(struct query *query, const struct keys *keys, const struct log_read *read)
{
    if (query_init(query, 6) < 0)
        return -1;
    snprintf(query->log, sizeof query->log, "%slog:%s", keys->prefix, read->channel);
    snprintf(query->numbers[2], sizeof query->numbers[2], "%" PRIu32, read->count);
    add(query, read->is_newest ? "XREVRANGE" : "XRANGE");
    add(query, query->log);
    if (read->is_newest) {
        add_id(query, query->numbers[1], read->upto);
        add(query, "-");
    } else {
        add_id(query, query->numbers[0], after(read->after));
        add_id(query, query->numbers[1], read->upto);
    }
    add(query, "COUNT");
    add(query, query->numbers[2]);
    return 0;
}

int query_newest(struct query *query, const struct keys *keys, const char *const *channels,
                 size_t count)
{
    if (query_init(query, 2 + count) < 0)
        return -1;
    add(query, "HMGET");
    add(query, keys->last);
    for (size_t i = 0; i < count; i++)
        add(query, channels[i]);
    return 0;
}

int query_leases(struct query *query, const struct keys *keys, size_t skip)
{
    if (query_init(query, 7) < 0)
        return -1;
    snprintf(query->numbers[0], sizeof query->numbers[0], "%zu", skip);
    snprintf(query->numbers[1], sizeof query->numbers[1], "%d", LEASES_MOST);
    add(query, "EVAL");
    add(query, LEASES_SCRIPT);
    add(query, "2");
    add(query, keys->leases);
    add(query, keys->wills);
    add(query, query->numbers[0]);
    add(query, query->numbers[1]);
    return 0;
}

int query_drop(struct query *query, const struct keys *keys, const struct lease_text *lease)
{
    if (query_init(query, 7) < 0)
        return -1;
    add(query, "EVAL");
    add(query, DROP_SCRIPT);
    add(query, "2");
    add(query, keys->leases);
    add(query, keys->wills);
    add_bytes(query, lease->name, lease->name_len);
    if (lease->will != NULL)
        add_bytes(query, lease->will, lease->will_len);
    return 0;
}
