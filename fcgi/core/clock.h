/* What every script begins with, in Lua: ids, and the clock that gives them (design, section 3). */
#ifndef SSE_CORE_CLOCK_H
#define SSE_CORE_CLOCK_H

/* KEYS[1] is the clock; it is made when it is missing, and then its epoch is an id that no event
 * has: not one of this millisecond, in which a clock may just have been lost. The script goes on
 * with
 *   parts(id)    its two numbers; nil for what is no id
 *   newer(a, b)  whether a is above b. Ids are compared as numbers: their parts stay far below 2^53
 *   after(id)    the smallest id above it
 *   now          the time in ms, as text
 *   epoch, newest, swept   the clock's fields; newest is its `last`, swept 0-0 while nothing was */
#define LUA_CLOCK                                                                                  \
    "local function parts(id)\n"                                                                   \
    "  local ms, seq = string.match(id, '^(%d+)-(%d+)$')\n"                                        \
    "  return tonumber(ms), tonumber(seq)\n"                                                       \
    "end\n"                                                                                        \
    "local function newer(a, b)\n"                                                                 \
    "  local ams, aseq = parts(a)\n"                                                               \
    "  local bms, bseq = parts(b)\n"                                                               \
    "  if ams ~= bms then return ams > bms end\n"                                                  \
    "  return aseq > bseq\n"                                                                       \
    "end\n"                                                                                        \
    "local function after(id)\n"                                                                   \
    "  local ms, seq = parts(id)\n"                                                                \
    "  return string.format('%.0f-%.0f', ms, seq + 1)\n"                                           \
    "end\n"                                                                                        \
    "local time = redis.call('TIME')\n"                                                            \
    "local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))\n"             \
    "local clock = redis.call('HMGET', KEYS[1], 'epoch', 'last', 'swept')\n"                       \
    "local epoch, newest, swept = clock[1], clock[2], clock[3] or '0-0'\n"                         \
    "if not epoch then\n"                                                                          \
    "  epoch = string.format('%.0f-0', now + 1)\n"                                                 \
    "  newest = epoch\n"                                                                           \
    "  redis.call('HSET', KEYS[1], 'epoch', epoch, 'last', newest)\n"                              \
    "end\n"

#endif
