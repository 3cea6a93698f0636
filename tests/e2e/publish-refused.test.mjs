// States of Redis in which it refuses writes for a while, each made real: what is published then waits, in order.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { eventually } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { RespClient } from './lib/resp.mjs';
import { Stack, startPublisher } from './lib/stack.mjs';
import { freePort, scenario } from './lib/workspace.mjs';

const set = (redis, name, value) => redis.command('CONFIG', 'SET', name, value);

const STATES = {
  READONLY: {
    cause: async (redis) => redis.command('REPLICAOF', '127.0.0.1', await freePort()),
    cure: (redis) => redis.command('REPLICAOF', 'NO', 'ONE'),
  },
  MASTERDOWN: {
    cause: async (redis) => {
      await set(redis, 'replica-serve-stale-data', 'no');
      await redis.command('REPLICAOF', '127.0.0.1', await freePort());
    },
    cure: (redis) => redis.command('REPLICAOF', 'NO', 'ONE'),
  },
  NOREPLICAS: {
    cause: (redis) => set(redis, 'min-replicas-to-write', 1),
    cure: (redis) => set(redis, 'min-replicas-to-write', 0),
  },
  OOM: {
    cause: (redis) => set(redis, 'maxmemory', 1),
    cure: (redis) => set(redis, 'maxmemory', 0),
  },
  MISCONF: {
    cause: async (redis) => {
      const [, dir] = await redis.command('CONFIG', 'GET', 'dir');
      fs.mkdirSync(`${dir}/dump.rdb`); // where a file should be
      await set(redis, 'save', '3600 1000000');
      await redis.command('BGSAVE');
      const failed = async () => /bgsave_status:err/.test(await redis.command('INFO'));
      await eventually(failed, 'the snapshot fails');
    },
    cure: (redis) => set(redis, 'stop-writes-on-bgsave-error', 'no'),
  },
  BUSY: {
    cause: async (redis) => {
      await set(redis, 'lua-time-limit', 50);
      redis.busy = new RespClient({ path: redis.socket });
      redis.busy.command('EVAL', 'while true do end', 0).catch(() => redis.busy.close());
      const isBusy = async () => {
        const error = await redis.command('GET', 'x').catch((e) => e);
        return /^BUSY/.test(error?.message);
      };
      await eventually(isBusy, 'a script keeps it busy');
    },
    cure: (redis) => redis.command('SCRIPT', 'KILL'),
  },
  LOADING: {
    cause: async (redis) => {
      await set(redis, 'loading-process-events-interval-bytes', 1024);
      await set(redis, 'key-load-delay', 1000);
      for (let i = 0; i < 3000; i++) redis.command('SET', `key:${i}`, 'x'.repeat(100));
      await redis.command('PING');
      redis.reloading = new RespClient({ path: redis.socket });
      redis.reloading.command('DEBUG', 'RELOAD').then(() => redis.reloading.close());
      const isLoading = async () => {
        const error = await redis.command('GET', 'x').catch((e) => e);
        return /^LOADING/.test(error?.message);
      };
      await eventually(isLoading, 'it is loading', { every: 1 });
    },
    cure: () => {}, // by itself
  },
};

scenario('what Redis said is told in the end, though the last try had no time for an answer', async (ws) => {
  const stack = await startPublisher(ws);
  await STATES.OOM.cause(stack.redis);
  let end;
  do {
    const lines = stack.openLines('a', '--timeout', '2');
    lines.write('1');
    await eventually(() => /OOM .*trying again/.test(lines.child.stderr()), 'it says so');
    stack.redis.freeze();
    end = { ...(await lines.finish()), stderr: lines.child.stderr() };
    stack.redis.thaw();
  } while (end.code === 75); // it had sent the line at that very moment
  assert.equal(end.code, 69);
  assert.match(end.stderr, /not published: Redis says: OOM /);
});

for (const [code, { cause, cure }] of Object.entries(STATES)) {
  scenario(`${code}: published when it is over, each line once and in order`, async (ws) => {
    const redis = await Redis.start(ws, { config: ['--enable-debug-command', 'yes'] });
    const stack = new Stack(ws, redis, null);
    const fresh = stack.openLines('b', '--timeout', '60');
    const lines = stack.openLines('a', '--timeout', '60');
    lines.write('1');
    await lines.printed(1);
    await cause(redis);
    for (let i = 2; i <= 1000; i++) lines.write(i);
    fresh.write('1');
    const isSaid = () => new RegExp(`: ${code} .*trying again`).test(lines.child.stderr());
    await eventually(isSaid, `it says ${code}`);
    // One that is loading answers late, and perhaps when it is done.
    const end = await stack.run(['--timeout', '1', 'c', '1']);
    if (code !== 'LOADING' || end.code !== 0) assert.equal(end.code, 69, end.stderr);
    if (code !== 'LOADING')
      assert.match(end.stderr, new RegExp(`not published: Redis says: ${code} `));
    await cure(redis);
    await lines.printed(1000);
    await fresh.printed(1);
    assert.equal((await lines.finish()).code, 0);
    assert.equal((await fresh.finish()).code, 0);
    assert.match(lines.child.stderr(), /trying again.*\nsse-publish: Redis is back\n/);
    const log = await redis.logOf('a');
    assert.deepEqual(
      log.map(({ id }) => id),
      lines.ids(),
    );
    assert.deepEqual(
      log.map(({ data }) => data),
      Array.from({ length: 1000 }, (_, i) => String(i + 1)),
    );
    if (end.code === 69) assert.equal(await redis.command('EXISTS', 'sse:log:c'), 0);
  });
}

scenario('too many clients: published when there is room', async (ws) => {
  const stack = await startPublisher(ws);
  const lines = stack.openLines('a');
  lines.write('1');
  await lines.printed(1);
  await set(stack.redis, 'maxclients', 1);
  const end = await stack.run(['--timeout', '0.2', 'b', '1']);
  assert.equal(end.code, 69, end.stderr);
  assert.match(end.stderr, /max number of clients/);
  const other = stack.openLines('b');
  await eventually(() => /max number/.test(other.child.stderr()), 'it waits');
  await set(stack.redis, 'maxclients', 100);
  other.write('1');
  await other.printed(1);
  await other.finish();
  await lines.finish();
});

scenario('what will not pass is told at once', async (ws) => {
  const redis = await Redis.start(ws, { password: 'secret' });
  const stack = new Stack(ws, redis, null);
  await redis.command('ACL', 'SETUSER', 'u', 'on', '>pw', '~*', '&*', '+@all', '-xadd');
  await redis.command('SET', 'sse:log:a', 'x');
  for (const [url, said] of [
    [`redis://127.0.0.1:${redis.port}`, /not published: Redis says: NOAUTH/],
    [`redis://:wrong@127.0.0.1:${redis.port}`, /not published: Redis says: WRONGPASS/],
    [`redis://u:pw@127.0.0.1:${redis.port}`, /not published: Redis says: .*can't run this command/],
    [`redis://:secret@127.0.0.1:${redis.port}`, /not published: Redis says: .*WRONGTYPE/],
    [`redis://:secret@127.0.0.1:${redis.port}/99`, /not published: Redis says: ERR DB index/],
  ]) {
    const channel = url.includes('u:pw') ? 'b' : 'a';
    const end = await stack.run(['--redis', url, '--timeout', '3600', channel, '1']);
    assert.equal(end.code, 69, end.stderr);
    assert.match(end.stderr, said);
    assert.doesNotMatch(end.stderr, /trying/);
  }
  assert.equal(await redis.command('EXISTS', 'sse:log:b'), 0);
});

scenario('--lines tells of refused lines together, by their numbers', async (ws) => {
  const stack = await startPublisher(ws);
  await stack.redis.command('SET', 'sse:log:a', 'x');
  const end = await stack.run(['--lines', 'a'], { stdin: '1\n2\nno json\n4\n' });
  assert.equal(end.code, 69);
  assert.match(end.stderr, /lines 1 to 4: not published: Redis says: WRONGTYPE/);
  assert.equal(end.stderr.match(/WRONGTYPE/g).length, 1);
});
