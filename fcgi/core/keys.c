/* Names in Redis, and the publish script. */
#include "core/keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"

/* KEYS: clock, last, log; leases and wills if there is a lease. ARGV: see keys_command_publish;
 * then nonce and data of each event. */
const char KEYS_PUBLISH_SCRIPT[] = LUA_CLOCK
    "local channel, live, logs, event, retry, keep, ttl, floor = unpack(ARGV, 1, 8)\n"
    "keep, ttl = tonumber(keep), tonumber(ttl)\n"
    "local lease, deed, ms, will\n"
    "if KEYS[4] then lease, deed, ms, will = unpack(ARGV, 9, 12) end\n"
    "if deed == 'claim' then\n"
    "  local till = tonumber(redis.call('ZSCORE', KEYS[4], lease) or 'none')\n"
    "  if not till or till > tonumber(now) then return {} end\n"
    /* Whatever could keep it from being removed has to say so before anything is published; and
     * what keeps jobs from renewing, first of all: a Redis without memory, which refuses only the
     * first write of a script. */
    "  redis.call('ZADD', KEYS[4], 'XX', 0, '')\n"
    "  redis.call('ZREM', KEYS[4], '')\n"
    "  redis.call('HDEL', KEYS[5], '')\n"
    "end\n"
    "local prev = redis.call('HGET', KEYS[2], channel) or swept\n"
    /* What the log has above the floor: `found` by nonce; the lease may be `over` there. Something
     * is `gone` when its oldest entry there has one before it that is above the floor as well; when
     * there is no entry, if the channel's newest id is. */
    "local found, over, gone = {}, false, nil\n"
    "if floor ~= '' then\n"
    "  local at, oldest = floor, nil\n"
    "  repeat\n"
    "    local page = redis.call('XRANGE', KEYS[3], after(at), '+', 'COUNT', 32)\n"
    "    for _, entry in ipairs(page) do\n"
    "      local id, fields = entry[1], entry[2]\n"
    "      at = id\n"
    "      for i = 1, #fields, 2 do\n"
    "        if fields[i] == 'nonce' then found[fields[i + 1]] = {id} end\n"
    "        if fields[i] == 'lease' and fields[i + 1] == lease then over = true end\n"
    "        if fields[i] == 'prev' and page[1] == entry and parts(fields[i + 1]) then\n"
    "          oldest = oldest or fields[i + 1]\n"
    "        end\n"
    "      end\n"
    /* Without prev: somebody else's entry, which does not say what was before it. */
    "      oldest = oldest or id\n"
    "    end\n"
    "  until #page < 32\n"
    "  if newer(oldest or prev, floor) then\n"
    "    gone = newer(prev, newest) and prev or newest\n"
    "    gone = {'', '', newer(at, gone) and at or gone}\n"
    "  end\n"
    "end\n"
    /* What the events have in common. */
    "local entry = {'prev', prev}\n"
    "if event ~= '' then entry[3], entry[4] = 'event', event end\n"
    "if retry ~= '' then entry[#entry + 1], entry[#entry + 2] = 'retry', retry end\n"
    "if deed == 'release' then entry[#entry + 1], entry[#entry + 2] = 'lease', lease end\n"
    "local common = #entry\n"
    "local between = '\",\"epoch\":\"' .. epoch\n"
    "    .. (event ~= '' and '\",\"event\":' .. cjson.encode(event) or '\"') .. ',\"data\":'\n"
    "local ending = (retry ~= '' and ',\"retry\":' .. retry or '') .. '}'\n"
    "local function add(id, nonce, data)\n"
    "  local count = common\n"
    "  entry[2] = prev\n"
    "  if nonce ~= '' then\n"
    "    entry[count + 1], entry[count + 2] = 'nonce', nonce\n"
    "    count = count + 2\n"
    "  end\n"
    "  entry[count + 1], entry[count + 2] = 'data', data\n"
    "  return redis.pcall('XADD', KEYS[3], 'MAXLEN', '~', keep, id, unpack(entry, 1, count + 2))\n"
    "end\n"
    /* An id above all that were given, even when the clock steps back. */
    "local last_ms, number = parts(newest)\n"
    "if newer(prev, newest) then\n"
    "  local ms, seq = parts(prev)\n"
    "  last_ms, number = ms, math.max(number, seq)\n"
    "end\n"
    "last_ms = math.max(last_ms, now)\n"
    "local function next_id()\n"
    "  return string.format('%.0f-%.0f', last_ms, number + 1)\n"
    "end\n"
    "local function publish(nonce, data)\n"
    "  local id = next_id()\n"
    "  local added = add(id, nonce, data)\n"
    /* A log that someone else wrote to may be ahead of the clock; its numbers count nothing. */
    "  if added.err and string.find(added.err, 'equal or smaller', 1, true) then\n"
    "    local info = redis.call('XINFO', 'STREAM', KEYS[3])\n"
    "    for i = 1, #info, 2 do\n"
    "      if info[i] == 'last-generated-id' then last_ms = parts(info[i + 1]) + 1 end\n"
    "    end\n"
    "    id = next_id()\n"
    "    added = add(id, nonce, data)\n"
    "  end\n"
    "  if added.err then return {'', added.err} end\n"
    "  local envelope = '{\"id\":\"' .. id .. '\",\"prev\":\"' .. prev .. between\n"
    "      .. cjson.encode(data) .. ending\n"
    "  prev, newest, number = id, id, number + 1\n"
    /* It is stored: whatever fails from here on must not look as if it were not. */
    "  local sent = redis.pcall('PUBLISH', live, envelope)\n"
    "  return {id, type(sent) == 'table' and sent.err or sent}\n"
    "end\n"
    "local results, added = {}, {}\n"
    /* Once for all of them: nobody sees what is between two commands of a script. */
    "local function settle()\n"
    "  if #added == 0 then return end\n"
    "  local steps = {\n"
    "    redis.pcall('HSET', KEYS[1], 'last', newest),\n"
    "    redis.pcall('HSET', KEYS[2], channel, newest),\n"
    "    redis.pcall('PEXPIRE', KEYS[3], ttl)\n"
    "  }\n"
    "  for _, step in ipairs(steps) do\n"
    "    if type(step) == 'table' then\n"
    "      for _, result in ipairs(added) do result[2] = step.err end\n"
    "    end\n"
    "  end\n"
    "end\n"
    "local function remove()\n"
    "  redis.pcall('ZREM', KEYS[4], lease)\n"
    "  redis.pcall('HDEL', KEYS[5], lease)\n"
    "end\n"
    /* Returns what keeps it from being renewed; what there was of it stays. */
    "local function renew()\n"
    "  local done = redis.pcall('HSET', KEYS[5], lease, will)\n"
    "  if type(done) == 'table' then return done.err end\n"
    "  done = redis.pcall('ZADD', KEYS[4], string.format('%.0f', now + ms), lease)\n"
    "  if type(done) ~= 'table' then return nil end\n"
    "  if type(redis.pcall('ZSCORE', KEYS[4], lease)) ~= 'string' then\n"
    "    redis.pcall('HDEL', KEYS[5], lease)\n"
    "  end\n"
    "  return done.err\n"
    "end\n"
    "for i = lease and 13 or 9, #ARGV, 2 do\n"
    "  local result = found[ARGV[i]] or gone\n"
    "  if not result then\n"
    "    result = publish(ARGV[i], ARGV[i + 1])\n"
    "    if result[1] ~= '' then added[#added + 1] = result end\n"
    "  end\n"
    "  results[#results + 1] = result\n"
    /* What comes behind one that could not be stored would be out of order. */
    "  if result[1] == '' and not gone then settle() return results end\n"
    "end\n"
    "settle()\n"
    "if deed == 'renew' then\n"
    "  local is_alone = #results == 0\n"
    "  local failed\n"
    /* The end may be among what is gone: then the lease is, too. */
    "  if is_alone and gone and type(redis.pcall('ZSCORE', KEYS[4], lease)) ~= 'string' then\n"
    "    return {gone}\n"
    "  end\n"
    "  if not over and (is_alone or not gone) then failed = renew() end\n"
    "  if is_alone then return {failed and {'', failed} or {newest}} end\n"
    "  if failed then results[1][3] = failed end\n"
    "elseif deed and results[1][1] ~= '' then\n"
    "  remove()\n"
    "end\n"
    /* Sweep: forget a channel or two whose log has run out, and remember how far that goes. The
     * events are out: whatever is odd about other channels must not look like their failure. */
    "pcall(function()\n"
    "  local some = redis.pcall('HRANDFIELD', KEYS[2], 2, 'WITHVALUES')\n"
    "  for i = 1, #some, 2 do\n"
    "    local ms = parts(some[i + 1])\n"
    "    if ms and ms + ttl < tonumber(now) and redis.pcall('EXISTS', logs .. some[i]) == 0 then\n"
    "      if newer(some[i + 1], swept) then\n"
    "        swept = some[i + 1]\n"
    "        redis.pcall('HSET', KEYS[1], 'swept', swept)\n"
    "      end\n"
    "      redis.pcall('HDEL', KEYS[2], some[i])\n"
    "    end\n"
    "  end\n"
    "end)\n"
    "return results\n";

const char *keys_check_prefix(const char *prefix)
{
    size_t len = strlen(prefix);

    if (len < 2 || len > KEYS_PREFIX_MAX)
        return "must have 2 to 100 characters, like sse: or {app1}:";
    for (size_t i = 0; i < len; i++)
        if (prefix[i] <= 0x20 || prefix[i] >= 0x7f)
            return "must have printable ASCII characters only";
    if (prefix[len - 1] != ':')
        return "must end in a colon, like sse: or {app1}:";
    return NULL;
}

void keys_init(struct keys *keys, const char *prefix)
{
    snprintf(keys->prefix, sizeof keys->prefix, "%s", prefix);
    snprintf(keys->clock, sizeof keys->clock, "%sclock", prefix);
    snprintf(keys->last, sizeof keys->last, "%slast", prefix);
    snprintf(keys->leases, sizeof keys->leases, "%sleases", prefix);
    snprintf(keys->wills, sizeof keys->wills, "%swills", prefix);
    snprintf(keys->control, sizeof keys->control, "%s-/link", prefix);
}

int keys_subscription(const struct keys *keys, struct buf *out, const char *name)
{
    if (!channel_is_pattern(name))
        return buf_addf(out, "%s%s", keys->prefix, name);
    /* Only the prefix can have glob characters; the name's own `*` is meant. */
    for (const char *at = keys->prefix; *at != '\0'; at++)
        if ((strchr("*?[]\\", *at) != NULL && buf_adds(out, "\\") < 0) || buf_add(out, at, 1) < 0)
            return -1;
    return buf_adds(out, name);
}

const char *keys_channel(const struct keys *keys, const char *name)
{
    size_t len = strlen(keys->prefix);

    if (strncmp(name, keys->prefix, len) != 0 || channel_check(name + len, strlen(name + len)))
        return NULL;
    return name + len;
}

static void add_arg(struct keys_command *command, const char *arg, size_t len)
{
    command->argv[command->argc] = arg;
    command->argv_len[command->argc++] = len;
}

static void add_text(struct keys_command *command, const char *text)
{
    add_arg(command, text, strlen(text));
}

static void add_number(struct keys_command *command, char text[16], uint64_t number)
{
    snprintf(text, 16, "%" PRIu64, number);
    add_text(command, text);
}

static void add_lease(struct keys_command *command, const struct keys_lease *lease)
{
    static const char *const DEEDS[] = {
        [KEYS_RENEW] = "renew", [KEYS_RELEASE] = "release", [KEYS_CLAIM] = "claim"};

    add_arg(command, lease->name, lease->name_len);
    add_text(command, DEEDS[lease->deed]);
    add_number(command, command->numbers[3], lease->ms);
    add_arg(command, lease->will != NULL ? lease->will : "", lease->will_len);
}

void keys_command_publish(struct keys_command *command, const struct keys *keys,
                          const struct keys_publish *publish, const char *sha)
{
    command->argc = 0;
    snprintf(command->logs, sizeof command->logs, "%slog:", keys->prefix);
    snprintf(command->log, sizeof command->log, "%slog:%s", keys->prefix, publish->channel);
    snprintf(command->live, sizeof command->live, "%s%s", keys->prefix, publish->channel);
    add_text(command, sha ? "EVALSHA" : "EVAL");
    add_text(command, sha ? sha : KEYS_PUBLISH_SCRIPT);
    add_text(command, publish->lease.name != NULL ? "5" : "3");
    add_text(command, keys->clock);
    add_text(command, keys->last);
    add_text(command, command->log);
    if (publish->lease.name != NULL) {
        add_text(command, keys->leases);
        add_text(command, keys->wills);
    }
    add_text(command, publish->channel);
    add_text(command, command->live);
    add_text(command, command->logs);
    add_text(command, publish->event ? publish->event : "");
    if (publish->retry_ms > 0)
        add_number(command, command->numbers[0], publish->retry_ms);
    else
        add_text(command, "");
    add_number(command, command->numbers[1], publish->keep);
    add_number(command, command->numbers[2], (uint64_t)publish->ttl_s * 1000);
    add_text(command, publish->floor ? publish->floor : "");
    if (publish->lease.name != NULL)
        add_lease(command, &publish->lease);
    if (publish->data == NULL && publish->lease.name != NULL)
        return;
    add_text(command, publish->nonce ? publish->nonce : "");
    add_arg(command, publish->data, publish->data_len);
}
