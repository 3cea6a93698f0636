// sse-progress: the demo's tasks and the clock, as streams see them.
import assert from 'node:assert/strict';
import { program } from './lib/build.mjs';
import { Child } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { Stack, startDirect, startPublisher } from './lib/stack.mjs';
import { startWorker } from './lib/worker.mjs';
import { scenario } from './lib/workspace.mjs';

const STATES = new Set(['running', 'done', 'failed', 'lost']);

/** The progress events of a wrapped stream, by channel. */
function byChannel(stream) {
  const channels = new Map();
  for (const { data } of stream.published()) {
    const { channel, event, data: text } = JSON.parse(data);
    if (!channels.has(channel)) channels.set(channel, []);
    channels.get(channel).push({ event, ...JSON.parse(text) });
  }
  return channels;
}

scenario('the demo shows several tasks, each on a channel of its own', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse?channel=*&wrap=1');
  startWorker(stack, 'demo');
  const enough = () => {
    const channels = byChannel(stream);
    return (
      channels.size >= 2 && [...channels.values()].every((events) => events.length >= 5) && channels
    );
  };
  const channels = await stream.waitFor(enough, 'five events of each of several tasks');
  for (const [channel, events] of channels) {
    assert.match(channel, /^jobs\/[^/]+$/);
    for (const one of events) assertProgress(one);
    assert.equal(new Set(events.map(({ task }) => task)).size, 1, 'one task a channel');
  }
  const tasks = [...channels.values()].map(([{ task }]) => task);
  assert.equal(new Set(tasks).size, tasks.length, 'no task twice');
});

function assertProgress({ event, task, state, moved, total, percent }) {
  assert.equal(event, 'progress');
  assert.equal(typeof task, 'string');
  assert.ok(STATES.has(state), state);
  assert.ok(
    Number.isFinite(moved) && Number.isFinite(total) && moved >= 0 && moved <= total,
    `${moved} of ${total}`,
  );
  assert.match(percent, /^\d+\.\d\d$/);
  assert.ok(
    Math.abs(Number(percent) - (100 * moved) / total) < 0.011,
    `${percent} is ${moved} of ${total}`,
  );
}

scenario('a task of the demo moves on to 100 % and starts over', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse?channel=jobs/*&wrap=1');
  startWorker(stack, 'demo');
  const round = () => {
    for (const events of byChannel(stream).values()) {
      const done = events.findIndex(({ state }) => state === 'done');
      if (done >= 0 && events.length > done + 1) return { events, done };
    }
    return null;
  };
  const { events, done } = await stream.waitFor(
    round,
    'a task that is done and begins again',
    60_000,
  );
  assert.equal(events[done].percent, '100.00');
  for (let i = 1; i <= done; i++)
    assert.ok(events[i].moved >= events[i - 1].moved, 'a bar never goes back');
  assert.ok(Number(events[done + 1].percent) < 100, 'it starts over');
  assert.equal(events[done + 1].state, 'running');
});

scenario('the clock says what time it is, every two seconds', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/clock');
  startWorker(stack, 'clock');
  await stream.waitFor(() => stream.published().length >= 3, 'three times');
  const events = stream.published();
  assert.ok(
    events.every(({ data }) => data.startsWith('the time is ')),
    events[0].data,
  );
  assert.equal(new Set(events.map(({ data }) => data)).size, events.length, 'time passes');
  const between = Number(events[2].id.split('-')[0]) - Number(events[1].id.split('-')[0]);
  assert.ok(between > 1500 && between < 4000, `${between} ms between two`);
});

for (const [command, signal] of [
  ['demo', 'SIGTERM'],
  ['demo', 'SIGINT'],
  ['clock', 'SIGTERM'],
  ['clock', 'SIGINT'],
]) {
  scenario(`sse-progress ${command} stops at ${signal}`, async (ws) => {
    const stack = await startDirect(ws);
    const stream = await stack.server.stream('/sse/*');
    const worker = startWorker(stack, command);
    await stream.waitFor(() => stream.published().length > 0, 'it works');
    const end = await worker.stop(signal);
    assert.ok(end.code === 0 || end.signal === signal, JSON.stringify(end));
  });
}

for (const command of ['demo', 'clock']) {
  scenario(`sse-progress ${command} stops while Redis hangs`, async (ws) => {
    const stack = await startDirect(ws);
    const stream = await stack.server.stream('/sse/*');
    const worker = startWorker(stack, command);
    await stream.waitFor(() => stream.published().length > 0, 'it works');
    stack.redis.freeze();
    const waits = () => /said once/.test(worker.stderr());
    await eventually(waits, 'it finds that out');
    const end = await worker.stop('SIGTERM', 2000);
    assert.equal(end.code, 0);
    stack.redis.thaw();
  });
}

scenario('the demo goes on when Redis comes back', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/jobs/*');
  const worker = startWorker(stack, 'demo');
  await stream.waitFor(() => stream.published().length > 3, 'it works');
  await stack.redis.kill();
  await stack.redis.start();
  await stream.opened(2);
  const before = stream.published().length;
  await stream.waitFor(() => stream.published().length > before + 3, 'it works again');
  assert.ok(worker.alive);
});

scenario('sse-progress says what it needs', async (ws) => {
  for (const args of [[], ['nonsense'], ['demo', '--nonsense']]) {
    const end = await ws.run('sse-progress', args);
    assert.equal(end.code, 64, `${args.join(' ')}: ${end.stderr}`);
    assert.notEqual(end.stderr, '');
  }
});

scenario('--timeout of the demo goes with --once only, SSE_TIMEOUT with both', async (ws) => {
  const end = await ws.run('sse-progress', ['demo', '--timeout', '3']);
  assert.equal(end.code, 64);
  assert.match(end.stderr, /^sse-progress demo: --timeout goes with --once only\n/);
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/jobs/*');
  startWorker(stack, 'demo', { SSE_TIMEOUT: '3' });
  await stream.waitFor(() => stream.published().length > 0, 'it works');
});

scenario('the demo ends by itself with --once, every task done', async (ws) => {
  const stack = await startPublisher(ws);
  const args = ['demo', '--tasks', '7', '--step', '1', '--once'];
  const end = await ws.run('sse-progress', args, { env: stack.env });
  assert.equal(end.code, 0, end.stderr);
  const channels = Object.keys(await stack.redis.hash('sse:last')).sort();
  assert.equal(channels.length, 7, channels.join());
  for (const channel of channels) {
    const log = (await stack.redis.logOf(channel)).map(({ data }) => JSON.parse(data));
    assert.ok(log.length > 50, `${log.length} steps`);
    for (const { task } of log) assert.equal(`jobs/${task}`, channel);
    assert.deepEqual(
      log.map(({ state }, i) => state === (i < log.length - 1 ? 'running' : 'done')),
      log.map(() => true),
    );
    assert.equal(log.at(-1).percent, '100.00');
  }
});

const progressOf = async (stack, channel) =>
  (await stack.redis.logOf(channel)).map(({ data }) => JSON.parse(data));

scenario('after half a second each step of the demo says how fast it is and how long it takes yet', async (ws) => {
  const stack = await startPublisher(ws);
  const args = ['demo', '--tasks', '1', '--step', '10', '--once'];
  assert.equal((await ws.run('sse-progress', args, { env: stack.env })).code, 0);
  const log = await progressOf(stack, 'jobs/backup');
  const [first, last] = [log[0], log.at(-1)];
  assert.ok(!('rate' in first) && !('eta' in first), 'at the beginning that is not known');
  const known = log.slice(0, -1).filter(({ rate }) => rate !== undefined);
  assert.ok(known.length > log.length / 3 && known.length < log.length - 2, `${known.length} of ${log.length}`);
  assert.deepEqual(known, log.slice(-1 - known.length, -1), 'from then on');
  for (const { moved, total, rate, eta } of known) {
    assert.ok(rate > 0, `${rate}`);
    assert.ok(Math.abs(eta - (total - moved) / rate) <= 0.51, `${eta} s for ${total - moved} by ${rate}`);
  }
  assert.ok(!('eta' in last));
  assert.equal(last.exit, 0);
  assert.ok(Math.abs(last.rate - last.moved / last.duration) < 0.01 * last.rate, JSON.stringify(last));
});

scenario('now and then a task of the demo fails, says why, and begins again', async (ws) => {
  const stack = await startPublisher(ws);
  const args = ['demo', '--tasks', '4', '--step', '1'];
  ws.own(new Child('sse-progress demo', program('sse-progress'), args, { env: ws.environment(stack.env) }));
  const channel = 'jobs/search-index';
  const failed = await eventually(async () => {
    const log = await progressOf(stack, channel);
    const at = log.findIndex(({ state }) => state === 'failed');
    return at >= 0 && log[at + 1] && log.slice(at - 1, at + 2);
  }, 'a failure, and what comes behind it');
  const [before, at, next] = failed;
  assert.deepEqual([before.state, before.reason], ['running', undefined]);
  assert.deepEqual([at.reason, at.exit], ['the index is locked by another process', 1]);
  assert.ok(at.moved > before.moved && at.moved < at.total);
  assert.deepEqual([next.state, next.moved], ['running', 0]);
});

for (const [how, stop, back] of [
  ['killed', (redis) => redis.kill(), (redis) => redis.start()],
  ['frozen', (redis) => redis.freeze(), (redis) => redis.thaw()],
]) {
  scenario(`Redis ${how} meanwhile costs the demo no step of any task`, async (ws) => {
    const redis = await Redis.start(ws, { appendonly: true, config: ['--appendfsync', 'always'] });
    const stack = new Stack(ws, redis, null);
    const args = ['demo', '--tasks', '5', '--step', '2', '--once', '--timeout', '60'];
    const demo = ws.own(
      new Child('sse-progress demo', program('sse-progress'), args, { env: ws.environment(stack.env) }),
    );
    await eventually(async () => (await progressOf(stack, 'jobs/import')).length > 20, 'it is under way');
    await stop(redis);
    await eventually(() => demo.stderr().includes('; trying again for 60 s'), 'it says so');
    await back(redis);
    assert.equal((await demo.exited).code, 0, demo.stderr());
    for (const [task, steps] of [['backup', 160], ['import', 90], ['thumbnails', 240], ['search-index', 130], ['upload', 320]]) {
      const log = await progressOf(stack, `jobs/${task}`);
      const { total } = log[0];
      const wanted = Array.from({ length: steps + 1 }, (_, i) => Math.floor((total * i) / steps));
      assert.deepEqual(log.map(({ moved }) => moved), wanted, task);
      assert.equal(log.at(-1).state, 'done');
    }
  });
}

scenario('without Redis the demo gives up after --timeout, with --once', async (ws) => {
  const stack = await startPublisher(ws);
  await stack.redis.kill();
  const args = ['demo', '--step', '1', '--once', '--timeout', '0.3'];
  const end = await ws.run('sse-progress', args, { env: stack.env });
  assert.equal(end.code, 69, end.stderr);
  const away = 'sse-progress demo: Redis at [^:]+:.*: .* \\(SSE_REDIS or --redis says where it is\\)';
  assert.match(end.stderr, new RegExp(`^${away}; trying again for 0.3 s\\nsse-progress demo: given up after 0.3 s\\n$`));
  const once = await ws.run('sse-progress', ['demo', '--once', '--timeout', '0'], { env: stack.env });
  assert.equal(once.code, 69);
  assert.match(once.stderr, new RegExp(`^${away}\\n$`));
});
