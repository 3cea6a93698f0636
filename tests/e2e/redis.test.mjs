// Redis away, killed, frozen, protected: the responder lives, streams stay open, everything comes back by itself.
import assert from 'node:assert/strict';
import { paced } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { assertDelivered, compareIds } from './lib/sse.mjs';
import { startDirect, startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const FAST = { SSE_HEARTBEAT: '0.2' };
const AT_ONCE_MS = 4000;

/** A client that comes while Redis is away gets its header and the first bytes at once. */
async function opensWithoutRedis(server, target = '/sse/a?last=0') {
  const stream = server.open(target);
  const begun = () => stream.raw().toString().startsWith('retry: 2000\n:\n');
  await stream.waitFor(begun, 'the first bytes', AT_ONCE_MS);
  assert.equal(stream.status, 200);
  assert.equal(stream.opens().length, 0, 'it is not told to be live');
  return stream;
}

async function beats(stream, times = 3) {
  for (let i = 0; i < times; i++) await stream.heartbeat();
}

scenario('Redis may come up after the responder', async (ws) => {
  const redis = await Redis.prepare(ws);
  const stack = await startDirect(ws, FAST, { redis });
  const stream = await opensWithoutRedis(stack.server);
  await beats(stream);
  await redis.start();
  await stream.opened();
  const id = await stack.publish('a', '1');
  await stream.getsId(id);
  assertDelivered(stream, [id]);
});

scenario('Redis may come up after lighttpd and the responder', async (ws) => {
  const redis = await Redis.prepare(ws);
  const stack = await startWeb(ws, FAST, { redis });
  const stream = await opensWithoutRedis(stack.server);
  await redis.start();
  await stream.opened();
});

scenario('Redis killed and restarted: streams stay open and go on', async (ws) => {
  const redis = await Redis.start(ws, { appendonly: true, config: ['--appendfsync', 'always'] });
  const stack = await startWeb(ws, FAST, { redis });
  const old = await stack.server.stream('/sse?channel=a,jobs/*');
  const ids = [await stack.publish('a', '1')];
  await old.getsId(ids[0]);
  for (let round = 2; round <= 4; round++) {
    await redis.kill();
    await beats(old);
    const fresh = await opensWithoutRedis(stack.server);
    await beats(fresh);
    await redis.start();
    const open = await old.opened(round);
    assert.equal(open.id, ids.at(-1), 'the new horizon');
    await fresh.opened();
    ids.push(await stack.publish('a', String(round)));
    ids.push(await stack.publish('jobs/x', String(round)));
    await old.getsId(ids.at(-1));
    await fresh.getsId(ids.at(-2));
    assertDelivered(fresh, [ids.at(-2)]);
    fresh.abandon();
  }
  assertDelivered(old, ids);
  assert.ok(
    ids.every((id, i) => i === 0 || compareIds(id, ids[i - 1]) > 0),
    'ids still rise',
  );
});

scenario('a subscriber connection cut by Redis comes back', async (ws) => {
  const stack = await startDirect(ws, FAST);
  const stream = await stack.server.stream('/sse?channel=a,*');
  for (let round = 2; round <= 4; round++) {
    await stack.redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await stream.opened(round);
    const id = await stack.publish('a', String(round));
    await stream.getsId(id);
  }
  assert.equal(stream.published().length, 3);
  await stack.follows(['a'], 1);
});

scenario('cut while events flow, a stream gets all of them, and none twice', async (ws) => {
  const stack = await startDirect(ws, FAST);
  const stream = await stack.server.stream('/sse?channel=a,*');
  const publisher = stack.openLines('a');
  await paced(400, 200, (i) => {
    publisher.write(i);
    if (i % 100 === 50) stack.redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
  });
  await publisher.finish();
  await stream.opened(2);
  await stack.follows(['a'], 1);
  const ids = [...publisher.ids(), await stack.publish('a', '"last"')];
  await stream.getsId(ids.at(-1));
  assertDelivered(stream, ids);
});

scenario('every connection cut by Redis comes back', async (ws) => {
  const stack = await startDirect(ws, FAST);
  const stream = await stack.server.stream('/sse/a');
  await stack.redis.command('CLIENT', 'KILL', 'SKIPME', 'yes', 'LADDR', `${stack.redis.socket}:0`);
  await stream.opened(2);
  const id = await stack.publish('a', '2');
  await stream.getsId(id);
});

scenario('a frozen Redis holds up neither heartbeats nor new streams', async (ws) => {
  const stack = await startDirect(ws, FAST);
  const old = await stack.server.stream('/sse/a');
  stack.redis.freeze();
  await beats(old, 5);
  const fresh = await opensWithoutRedis(stack.server, '/sse/fresh');
  await beats(fresh, 5);
  stack.redis.thaw();
  await fresh.opened();
  const id = await stack.publish('a', '1');
  await old.getsId(id);
  assertDelivered(old, [id]);
});

scenario('a client that joins and leaves while Redis is away is forgotten', async (ws) => {
  const redis = await Redis.prepare(ws);
  const stack = await startDirect(ws, FAST, { redis });
  const [left, stays] = [
    await opensWithoutRedis(stack.server, '/sse/left'),
    await opensWithoutRedis(stack.server, '/sse/stays'),
  ];
  left.abandon();
  await redis.start();
  await stays.opened();
  await stack.follows(['stays']);
});

scenario('Redis on TCP, with a database and a password', async (ws) => {
  const redis = await Redis.start(ws, { password: 's3cret/@:x' });
  const password = encodeURIComponent(redis.password);
  for (const [prefix, user] of [
    ['one:', 'default'],
    ['two:', ''],
  ]) {
    const url = `redis://${user}:${password}@127.0.0.1:${redis.port}/3`;
    const stack = await startDirect(ws, { SSE_REDIS: url, SSE_PREFIX: prefix }, { redis });
    stack.env.SSE_REDIS = url;
    const stream = await stack.server.stream('/sse/a');
    const id = await stack.publish('a', '1');
    await stream.getsId(id);
  }
  await redis.command('SELECT', 3);
  assert.equal(
    await redis.command('EXISTS', 'one:clock', 'two:clock'),
    2,
    'the keys are in database 3',
  );
});

for (const host of ['127.0.0.1', 'localhost']) {
  scenario(`Redis on TCP at ${host}, without user or database`, async (ws) => {
    const redis = await Redis.start(ws);
    const env = { SSE_REDIS: `redis://${host}:${redis.port}` };
    const stack = await startDirect(ws, env, { redis });
    const stream = await stack.server.stream('/sse/a');
    const id = await stack.publish('a', '1');
    await stream.getsId(id);
  });
}

scenario('a host that has no address is said in the log, and stopping is prompt', async (ws) => {
  const redis = await Redis.prepare(ws);
  const env = { ...FAST, SSE_REDIS: 'redis://nowhere.invalid' };
  const stack = await startDirect(ws, env, { redis });
  const stream = await opensWithoutRedis(stack.server);
  await stack.server.logged(/redis-away/);
  await beats(stream);
});

scenario('a wrong password is said in the log, and set right in Redis it works', async (ws) => {
  const redis = await Redis.start(ws, { password: 'right' });
  const stack = await startDirect(
    ws,
    { ...FAST, SSE_REDIS: `redis://:wrong@127.0.0.1:${redis.port}` },
    { redis },
  );
  const stream = await opensWithoutRedis(stack.server);
  await stack.server.logged(/WRONGPASS|invalid.*password|NOAUTH/i);
  assert.doesNotMatch(stack.server.log(), /:wrong@/, 'the password itself is in no log');
  await beats(stream);
  await redis.command('CONFIG', 'SET', 'requirepass', 'wrong');
  await stream.opened();
});

scenario('a user that may not subscribe is said in the log', async (ws) => {
  const redis = await Redis.start(ws);
  await redis.command(
    'ACL',
    'SETUSER',
    'narrow',
    'on',
    '>pw',
    '~*',
    'resetchannels',
    '&none',
    '+@all',
  );
  const url = `redis://narrow:pw@127.0.0.1:${redis.port}`;
  const stack = await startDirect(ws, { ...FAST, SSE_REDIS: url }, { redis });
  const stream = await opensWithoutRedis(stack.server);
  await stack.server.logged(/NOPERM/i);
  await beats(stream);
  assert.equal(stream.opens().length, 0, 'a stream without its subscription is not live');
});

scenario(
  'a read-only replica is no Redis to publish to, and is waited for until promoted',
  async (ws) => {
    const redis = await Redis.start(ws);
    await redis.command('REPLICAOF', '127.0.0.1', '1');
    const stack = await startDirect(ws, FAST, { redis });
    const stream = await opensWithoutRedis(stack.server);
    await stack.server.logged(/READONLY|read.only|replica|MASTERDOWN/i);
    await beats(stream);
    const refused = await stack.run(['--timeout', '0', 'a', '1']);
    assert.notEqual(refused.code, 0, 'nothing is published to a replica');
    await redis.command('REPLICAOF', 'NO', 'ONE');
    await stream.opened();
  },
);
