// What the tests of the delivery rules start from: Redis, the proxy before it, a responder, a ledger, and followers.
import assert from 'node:assert/strict';
import { Follower } from './follower.mjs';
import { Ledger } from './promise.mjs';
import { Proxy } from './proxy.mjs';
import { Redis } from './redis.mjs';
import { Responder } from './responder.mjs';
import { Stack } from './stack.mjs';

/** Keeps a Redis that is killed from losing what it has acknowledged. */
export const DURABLE = { appendonly: true, config: ['--appendfsync', 'always'] };

/** {redis, proxy, stack, server, ledger, follow}; `options` are those of Redis. */
export async function startProxied(ws, env = {}, options = {}) {
  const redis = await Redis.start(ws, options);
  const proxy = await Proxy.start(ws, redis);
  const server = await Responder.start(ws, { SSE_REDIS: proxy.url, ...env });
  await redis.linked(env.SSE_PREFIX); // the proxy knows its connections apart from then on
  return withFollowers(ws, new Stack(ws, redis, server), { proxy });
}

/** A stack with a ledger and `follow(target, options)`, which starts a Follower. */
export function withFollowers(ws, stack, more = {}) {
  const follow = (target, options) => new Follower(ws, stack.server, target, options);
  const { redis, server } = stack;
  return { redis, server, stack, ledger: new Ledger(stack), follow, ...more };
}

/** What a stream-reset said: {id, requested, oldest, missed, channels}. */
export function resetOf({ id, data }) {
  return { id, ...JSON.parse(data) };
}

/** Fails unless the client got exactly these resets, in this order; without `missed` nobody knows how many are gone. */
export function assertResets(client, ...resets) {
  const sorted = ({ channels, ...rest }) => ({ missed: null, ...rest, channels: channels.toSorted() });
  const got = client.events.filter(({ event }) => event === 'stream-reset');
  assert.deepEqual(
    got.map((event) => sorted(resetOf(event))),
    resets.map(sorted),
    client.target,
  );
}

/** Whether each stream-open said that it went on after a cursor. */
export function resumed(client) {
  return client.opens().map(({ data }) => JSON.parse(data).resumed);
}

/** The names of all that came, and the ids of published events: ['a 1-0', 'stream-open 1-0', …]. */
export function sequence(client) {
  return client.events.map(({ event, id }) =>
    event.startsWith('stream-') ? `${event} ${id}` : id,
  );
}
