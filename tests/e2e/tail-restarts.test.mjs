// sse-tail through restarts of all that it needs, and of itself: each id once, in order.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { scaled } from './lib/build.mjs';
import { eventually } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { assertRising } from './lib/sse.mjs';
import { startWeb } from './lib/stack.mjs';
import { Tail } from './lib/tail.mjs';
import { scenario } from './lib/workspace.mjs';

const RETRY = { SSE_RETRY: '100' };

/**
 * A stack whose Redis keeps what it was given before it tells anybody (with `everysec` a kill can take an event back
 * that was delivered already), a publisher that stays, and the tail of channel a.
 */
async function scene(ws) {
  const config = ['--appendfsync', 'always'];
  const redis = await Redis.start(ws, { appendonly: true, config });
  const stack = await startWeb(ws, RETRY, { redis });
  const url = `${stack.server.origin}/sse/a`;
  const start = (...args) =>
    new Tail(ws, ['-v', '--json', '--cursor', ws.path('cursor'), ...args, url]);
  const publisher = stack.openLines('a', '--timeout', '60');
  let written = 0;
  const publish = (count) => {
    for (let i = 0; i < count; i++) publisher.write(String(written++));
  };
  /** The first stream is live, and has a cursor: what is published from now on must come. */
  const live = () => eventually(() => fs.existsSync(ws.path('cursor')), 'sse-tail has a cursor');
  return { stack, redis, start, live, publisher, publish, total: () => written };
}

/** Every published id has been printed once, in order. */
async function settle({ publisher, total }, tail) {
  await publisher.printed(total());
  await tail.printed(total());
  assert.equal((await publisher.finish()).code, 0);
  assertRising(publisher.ids());
  assert.deepEqual(tail.ids(), publisher.ids());
}

scenario('lighttpd, sse.fcgi and Redis restart while it follows', async (ws) => {
  const all = await scene(ws);
  const { stack, redis, publish } = all;
  const tail = all.start();
  await all.live();
  const faults = [
    () => stack.server.restart(),
    () => stack.server.replaceResponder('SIGTERM'),
    () => stack.server.replaceResponder('SIGKILL'),
    () => redis.kill().then(() => redis.start()),
    () => stack.server.reload(),
  ];
  for (const fault of faults) {
    publish(20);
    await tail.printed(all.total() - 10);
    const over = fault();
    publish(20);
    await over;
    publish(5);
    await tail.printed(all.total());
  }
  await settle(all, tail);
  assert.equal((await tail.child.stop()).signal, 'SIGTERM');
});

scenario('with --cursor it goes on where a signal ended it, however often', async (ws) => {
  const all = await scene(ws);
  let tail = all.start();
  await all.live();
  // Nothing has come yet: even so it knows where it is.
  assert.equal((await tail.child.stop()).signal, 'SIGTERM');
  for (let i = 0; i < scaled(12, 4); i++) {
    all.publish(30);
    tail = all.start();
    await tail.printed(all.total() - 30 + (i % 5) * 7);
    assert.equal((await tail.child.stop(i % 2 ? 'SIGINT' : 'SIGTERM')).code, null);
  }
  tail = all.start();
  await settle(all, tail);
});

scenario('all of them restart at once', async (ws) => {
  const all = await scene(ws);
  const { stack, redis, publish } = all;
  let tail = all.start();
  await all.live();
  publish(50);
  await tail.printed(20);
  await Promise.all([tail.child.stop(), redis.kill(), stack.server.stop()]);
  publish(50);
  tail = all.start(); // before there is anybody to answer
  await tail.said('waiting: ');
  await redis.start();
  await stack.server.start();
  await settle(all, tail);
});

scenario('killed with -9 it loses nothing, and repeats one event at most', async (ws) => {
  const all = await scene(ws);
  let tail = all.start();
  await all.live();
  const kills = scaled(10, 3);
  for (let i = 0; i < kills; i++) {
    all.publish(100);
    await tail.printed(100 * i + 40); // so many at least: the rest may be on its way
    await tail.child.kill();
    tail = all.start();
  }
  await all.publisher.printed(all.total());
  const wanted = all.publisher.ids();
  await eventually(() => tail.ids().at(-1) === wanted.at(-1), 'the last event is printed');
  await tail.child.stop();
  const found = tail.ids();
  const repeats = found.filter((id, i) => id === found[i - 1]).length;
  assert.ok(repeats <= kills, `${repeats} repeats`);
  assert.deepEqual(
    found.filter((id, i) => id !== found[i - 1]),
    wanted,
  );
  assert.equal(fs.readFileSync(ws.path('cursor'), 'utf8'), `${found.at(-1)}\n`);
  assert.equal((await all.publisher.finish()).code, 0);
});
