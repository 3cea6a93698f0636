// A worker that dies is seen: its lease runs out, and one responder of all publishes `lost`.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { program } from './lib/build.mjs';
import { Child, watchProcess } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { DURABLE } from './lib/proxied.mjs';
import { Proxy } from './lib/proxy.mjs';
import { Redis } from './lib/redis.mjs';
import { Responder } from './lib/responder.mjs';
import { startDirect } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const LEASE_MS = 2000; // it is renewed after a quarter: a busy machine may stand still for a second

/** A Redis, and three responders on it. */
async function startThree(ws, options = {}) {
  const stack = await startDirect(ws, {}, options);
  const env = { SSE_REDIS: stack.redis.url };
  stack.servers = [stack.server, await Responder.start(ws, env), await Responder.start(ws, env)];
  return stack;
}

/** An sse-progress with so short a lease. */
function startJob(stack, [command, ...args], options = {}) {
  const all = [command, '--lease', String(LEASE_MS / 1000), ...args];
  const env = { ...stack.ws.environment(stack.env), ...options.env };
  return stack.ws.own(new Child(`sse-progress ${command}`, program('sse-progress'), all, { cwd: stack.ws.dir, env }));
}

/** One that runs until `stop` is there, with nothing to say after its first line. */
async function startSilent(stack, channel, { args = [], stop = 'stop', env } = {}) {
  const script = `echo "[1/2]" $$; while [ ! -e ${stop} ]; do sleep 0.05; done; echo "[2/2]"`;
  const job = startJob(stack, ['run', '-c', channel, ...args, '--', 'sh', '-c', script], { env });
  await eventually(() => job.stdout().includes('\n'), 'it runs');
  job.command = Number(job.stdout().split(/\s/)[1]);
  watchProcess(job.command);
  await reported(stack, channel, ({ moved }) => moved === 1);
  return job;
}

const reports = async (stack, channel) =>
  (await stack.redis.logOf(channel)).map(({ id, event, data }) => ({ id, event, ...JSON.parse(data) }));

/** The first event of the channel that is so. */
function reported(stack, channel, isSo) {
  return eventually(async () => (await reports(stack, channel)).find(isSo), `${isSo} on ${channel}`);
}

const isLost = ({ event }) => event === 'lost';

async function countOf(stack, channel, event) {
  return (await reports(stack, channel)).filter((one) => one.event === event).length;
}

async function assertNoLeases(stack) {
  const counts = [await stack.redis.command('ZCARD', 'sse:leases'), await stack.redis.command('HLEN', 'sse:wills')];
  assert.deepEqual(counts, [0, 0]);
}

/** How often responders have looked at the leases since this Redis was started. */
async function looks(stack) {
  const stats = await stack.redis.command('INFO', 'commandstats');
  return Number(/^cmdstat_eval:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
}

/** Resolves once the responders have looked at the leases `times` more times, all of them together. */
async function looked(stack, times) {
  const before = await looks(stack);
  await eventually(async () => (await looks(stack)) >= before + times, `${times} looks`);
}

/** Resolves once nothing but waiting can have let every lease of now run out. */
async function leasesRanOut(lease = LEASE_MS) {
  const end = Date.now() + lease + 100;
  await eventually(() => Date.now() > end, 'the leases have run out');
}

const jobs = {
  run: async (stack) => startSilent(stack, 'jobs/x', { args: ['-t', 'the job'] }),
  pipe: async (stack) => {
    const job = startJob(stack, ['pipe', '-c', 'jobs/x', '-t', 'the job']);
    job.process.stdin.write('bytes');
    await reported(stack, 'jobs/x', ({ moved }) => moved > 0);
    return job;
  },
  copy: async (stack) => {
    fs.writeFileSync(stack.ws.path('big'), Buffer.alloc(700 << 20, 'x'));
    const job = startJob(stack, ['copy', '-c', 'jobs/x', '-t', 'the job', 'big', 'copied']);
    await reported(stack, 'jobs/x', ({ moved }) => moved > 0);
    assert.ok(!fs.existsSync(stack.ws.path('copied')), 'it is in the middle');
    return job;
  },
};

for (const [name, start] of Object.entries(jobs)) {
  scenario(`kill -9 of sse-progress ${name} is one lost, with three responders watching`, async (ws) => {
    const stack = await startThree(ws);
    const streams = await Promise.all(stack.servers.map((server) => server.stream('/sse/jobs/x')));
    const job = await start(stack);
    await job.kill();
    const lost = await reported(stack, 'jobs/x', isLost);
    for (const stream of streams) await stream.getsId(lost.id);
    await looked(stack, 6);
    const events = await reports(stack, 'jobs/x');
    assert.deepEqual(events.filter(isLost), [events.at(-1)]);
    const { rate, eta, moved, percent, ...same } = events.at(-2);
    const newer = { moved: lost.moved, ...(percent && { percent: lost.percent }) }; // a step ahead
    assert.deepEqual(lost, { ...same, ...newer, id: lost.id, event: 'lost', state: 'lost' });
    assert.ok(lost.moved >= moved);
    for (const stream of streams) assert.equal(stream.published().filter(isLost).length, 1);
    const logs = stack.servers.map((server) => server.log()).join('');
    assert.equal(logs.split(`lost channel=jobs/x id=${lost.id}`).length, 2, 'one says so');
    await assertNoLeases(stack);
  });
}

scenario('what is over has no lease, however it ended', async (ws) => {
  const stack = await startThree(ws);
  for (const [script, event] of [
    ['exit 0', 'done'],
    ['exit 1', 'failed'],
    ['kill -9 $$', 'failed'],
  ]) {
    const job = startJob(stack, ['run', '-c', 'a', '--', 'sh', '-c', script]);
    await job.exited;
    await assertNoLeases(stack);
    assert.equal((await reports(stack, 'a')).at(-1).event, event);
  }
  await leasesRanOut();
  await looked(stack, 6);
  assert.equal(await countOf(stack, 'a', 'lost'), 0);
});

scenario('a job that is silent for longer than its lease is not lost', async (ws) => {
  const stack = await startThree(ws);
  const job = await startSilent(stack, 'a');
  for (let i = 0; i < 4; i++) await leasesRanOut();
  await looked(stack, 3);
  assert.equal(await stack.redis.command('ZCARD', 'sse:leases'), 1);
  fs.writeFileSync(ws.path('stop'), '');
  assert.equal((await job.exited).code, 0);
  assert.deepEqual(
    (await reports(stack, 'a')).map(({ event }) => event),
    ['start', 'progress', 'progress', 'done'],
    'and what is silent publishes nothing',
  );
  await assertNoLeases(stack);
});

scenario('Redis was away: what lives is not lost, what died is', async (ws) => {
  const stack = await startThree(ws, { redis: await Redis.start(ws, DURABLE) });
  const living = await startSilent(stack, 'living', { args: ['--lease', '6'] });
  const dead = await startSilent(stack, 'dead', { stop: 'never' });
  await stack.redis.kill();
  await dead.kill();
  living.signal('SIGSTOP'); // so that it is slower to come back than all who look
  await leasesRanOut(6000);
  await stack.redis.start();
  await eventually(async () => (await looks(stack)) > 0, 'somebody has looked');
  living.signal('SIGCONT');
  await reported(stack, 'dead', isLost);
  await looked(stack, 6);
  fs.writeFileSync(ws.path('stop'), '');
  assert.equal((await living.exited).code, 0);
  assert.deepEqual([await countOf(stack, 'living', 'lost'), await countOf(stack, 'dead', 'lost')], [0, 1]);
  await assertNoLeases(stack);
});

scenario('Redis stood still: what lives is not lost', async (ws) => {
  const stack = await startThree(ws);
  const job = await startSilent(stack, 'a');
  stack.redis.freeze();
  for (let i = 0; i < 3; i++) await leasesRanOut();
  stack.redis.thaw();
  await looked(stack, 6);
  fs.writeFileSync(ws.path('stop'), '');
  assert.equal((await job.exited).code, 0);
  assert.equal(await countOf(stack, 'a', 'lost'), 0);
  await assertNoLeases(stack);
});

scenario('Redis was emptied: the lease is there again', async (ws) => {
  const stack = await startThree(ws);
  const job = await startSilent(stack, 'a');
  await stack.redis.command('FLUSHALL');
  await eventually(() => stack.redis.command('ZCARD', 'sse:leases'), 'it is renewed');
  await job.kill();
  assert.equal((await reported(stack, 'a', isLost)).moved, 1);
});

scenario('a job that dies while no sse.fcgi runs is lost when one does', async (ws) => {
  const stack = await startDirect(ws);
  const job = await startSilent(stack, 'a');
  await stack.server.stop();
  await job.kill();
  await leasesRanOut();
  const next = await Responder.start(ws, { SSE_REDIS: stack.redis.url });
  const { id } = await reported(stack, 'a', isLost);
  await next.logged(new RegExp(`lost channel=a id=${id}`));
  await assertNoLeases(stack);
});

scenario('one that stood still is lost, and goes on when it does', async (ws) => {
  const stack = await startThree(ws);
  const job = await startSilent(stack, 'a');
  job.signal('SIGSTOP');
  await reported(stack, 'a', isLost);
  await assertNoLeases(stack);
  job.signal('SIGCONT');
  await eventually(() => stack.redis.command('ZCARD', 'sse:leases'), 'it has a lease again');
  fs.writeFileSync(ws.path('stop'), '');
  assert.equal((await job.exited).code, 0);
  const events = (await reports(stack, 'a')).map(({ event }) => event);
  assert.deepEqual(events, ['start', 'progress', 'lost', 'progress', 'done']);
  await assertNoLeases(stack);
});

scenario('a job whose end is not published is lost', async (ws) => {
  const stack = await startThree(ws, { redis: await Redis.start(ws, DURABLE) });
  const job = await startSilent(stack, 'a', { args: ['--timeout', '0.2'] });
  await stack.redis.kill();
  fs.writeFileSync(ws.path('stop'), '');
  assert.equal((await job.exited).code, 0);
  assert.match(job.stderr(), /the end of a is not published/);
  await leasesRanOut();
  await stack.redis.start();
  await reported(stack, 'a', isLost);
  await looked(stack, 6);
  assert.deepEqual([await countOf(stack, 'a', 'lost'), await countOf(stack, 'a', 'done')], [1, 0]);
  await assertNoLeases(stack);
});

scenario('an end that many lines go before, far from Redis, is not lost meanwhile', async (ws) => {
  const stack = await startThree(ws);
  const proxy = await Proxy.start(ws, stack.redis);
  proxy.reader.answers.push = ({ forward }) => setTimeout(forward, 20);
  const env = { SSE_REDIS: proxy.url };
  const job = startJob(stack, ['run', '-l', '-c', 'a', '--timeout', '60', '--', 'seq', '300'], { env });
  assert.equal((await job.exited).code, 0, job.stderr());
  await looked(stack, 6);
  assert.deepEqual([await countOf(stack, 'a', 'lost'), await countOf(stack, 'a', 'done')], [0, 1]);
  await assertNoLeases(stack);
});

scenario('Redis took no writes: what lives is not lost', async (ws) => {
  const stack = await startThree(ws);
  const job = await startSilent(stack, 'a');
  await stack.redis.command('CONFIG', 'SET', 'maxmemory', '1');
  for (let i = 0; i < 3; i++) await leasesRanOut();
  await looked(stack, 3);
  await stack.redis.command('CONFIG', 'SET', 'maxmemory', '0');
  await looked(stack, 6);
  fs.writeFileSync(ws.path('stop'), '');
  assert.equal((await job.exited).code, 0);
  assert.equal(await countOf(stack, 'a', 'lost'), 0);
  await assertNoLeases(stack);
});

scenario('where Redis refuses leases it is said once, and all else goes on', async (ws) => {
  const stack = await startDirect(ws);
  await stack.redis.command('ACL', 'SETUSER', 'u', 'on', '>pw', '~sse:clock', '~sse:last', '~sse:log:*', '&*', '+@all');
  const env = { SSE_REDIS: `redis://u:pw@127.0.0.1:${stack.redis.port}` };
  const job = await startSilent(stack, 'a', { env });
  await leasesRanOut();
  fs.writeFileSync(ws.path('stop'), '');
  assert.equal((await job.exited).code, 0);
  assert.equal(job.stderr().match(/nobody will be told if the job dies \(said once\): /g).length, 1);
  assert.equal((await reports(stack, 'a')).at(-1).event, 'done');
  const other = await Responder.start(ws, env);
  await other.logged(/leases-refused reason="NOPERM/);
  const stream = await other.stream('/sse/a');
  await stream.getsId(await stack.publish('a', '1'));
});

scenario('a lease that is none of ours is removed, and said', async (ws) => {
  const stack = await startDirect(ws);
  const wills = { short: '', no: 'nonsense', bad: '1000 1 1 a/* {}', event: '1000 1000 100 a {"state":' };
  for (const [name, will] of Object.entries(wills)) {
    await stack.redis.command('ZADD', 'sse:leases', 1, name);
    await stack.redis.command('HSET', 'sse:wills', name, will);
  }
  await stack.redis.command('ZADD', 'sse:leases', 1, 'without');
  for (const name of [...Object.keys(wills), 'without']) {
    await stack.server.logged(new RegExp(`bad-lease name="${name}"`));
  }
  await eventually(async () => (await stack.redis.command('ZCARD', 'sse:leases')) === 0, 'they are gone');
  await assertNoLeases(stack);
});

scenario('a thousand jobs that died are lost, each once', async (ws) => {
  const stack = await startThree(ws);
  const all = [];
  for (let i = 0; i < 1000; i++) {
    await stack.redis.command('HSET', 'sse:wills', `l${i}`, `1000 1000 100 jobs/${i % 50} {"state":"lost","n":${i}}`);
    await stack.redis.command('ZADD', 'sse:leases', i + 1, `l${i}`);
    all.push(i);
  }
  await eventually(async () => (await stack.redis.command('ZCARD', 'sse:leases')) === 0, 'none is left');
  const found = [];
  for (let i = 0; i < 50; i++) found.push(...(await reports(stack, `jobs/${i}`)).map(({ n }) => n));
  assert.deepEqual(found.sort((a, b) => a - b), all);
  await assertNoLeases(stack);
});
