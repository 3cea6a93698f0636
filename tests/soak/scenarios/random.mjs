// Whatever happens, in an order that a seed decides: publishers, clients that come and go with their cursors, through
// lighttpd and over FastCGI, and every process that may die, hang or be replaced. In the end the promise holds for each.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { sanitized, scaled } from '../../e2e/lib/build.mjs';
import { descriptors, residentKiB } from '../../e2e/lib/child.mjs';
import { eventually } from '../../e2e/lib/eventually.mjs';
import { Follower } from '../../e2e/lib/follower.mjs';
import { Ledger, assertPromise } from '../../e2e/lib/promise.mjs';
import { Publishers } from '../../e2e/lib/publishers.mjs';
import { Random } from '../../e2e/lib/random.mjs';
import { Redis } from '../../e2e/lib/redis.mjs';
import { RespClient } from '../../e2e/lib/resp.mjs';
import { Responder, canConnect } from '../../e2e/lib/responder.mjs';
import { startWeb } from '../../e2e/lib/stack.mjs';
import { Streams } from '../../e2e/lib/streams.mjs';

const CHANNELS = ['a', 'b', 'c/1', 'c/2', 'c/2/x', 'd/1', 'd/2', 'e'];
const TARGETS = [
  '/sse/a',
  '/sse/c/{3}',
  '/sse?channel=a,b',
  '/sse/c/*',
  '/sse?channel=c/2/*,c/*,c/1',
  '/sse?channel=d/{2+1},e&last=0',
  '/sse/*',
  '/sse?channel=b,d/*&wrap=1',
];
const STEPS_A_SECOND = 20;
const FOLLOWERS = 16;
const ENV = { SSE_HEARTBEAT: '1', SSE_QUEUE: '256k' };
// The sanitizers report a SIGSEGV as the fault that it looks like.
const SIGNALS = scaled(['SIGTERM', 'SIGKILL', 'SIGSEGV'], ['SIGTERM', 'SIGKILL']);
const GROWTH_KIB = 24 * 1024; // recent events are kept in memory

/** `flushes`: Redis is emptied, too; then, and only then, clients are told of a loss. */
export async function whatever(ws, { seed, seconds, clients, maxFds, flushes = false }) {
  ws.note(`SEED=${seed}`);
  const run = await begin(ws, { seed, clients, maxFds, flushes });
  const actions = happenings(run);
  const start = performance.now();
  for (let step = 0; step < seconds * STEPS_A_SECOND; step++) {
    await run.recover(step);
    run.step = step;
    await run.random.do(actions);
    await pause(Math.max(0, start + (step * 1000) / STEPS_A_SECOND - performance.now()));
  }
  await calmDown(run);
  await judge(run);
}

class Run {
  constructor(fields) {
    Object.assign(this, fields);
    this.recoveries = []; // {at, what}: what ends a fault, at which step
    this.counts = {};
    this.redisState = 'up'; // or down, frozen
  }

  /** Ends a fault after at most `steps` steps. */
  later(steps, what) {
    this.recoveries.push({ at: this.step + 1 + this.random.number(steps), what });
  }

  async recover(step) {
    const due = this.recoveries.filter(({ at }) => at <= step);
    this.recoveries = this.recoveries.filter(({ at }) => at > step);
    for (const { what } of due) await what();
  }

  count(what) {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** A fault that needs a Redis that answers. */
  async redisCommand(what, ...args) {
    if (this.redisState !== 'up') return;
    this.count(what);
    await this.redis.command(...args).catch(() => {}); // it may have closed our own connection
    this.redis.client.close();
    this.redis.client = new RespClient({ path: this.redis.socket });
  }

  someClients() {
    const from = this.random.number(this.clients);
    const to = Math.min(this.clients - 1, from + this.random.number(this.clients / 4));
    return `${from}-${to}`;
  }
}

async function begin(ws, { seed, clients, maxFds, flushes }) {
  const config = ['--appendfsync', 'always', '--enable-debug-command', 'yes'];
  const redis = await Redis.start(ws, { appendonly: true, config });
  const stack = await startWeb(ws, ENV, { redis, maxFds });
  const address = { path: ws.path('direct.sock') };
  const direct = await Responder.start(ws, { SSE_REDIS: redis.url, ...ENV }, { address });
  const linked = async () => (await redis.command('PUBSUB', 'NUMSUB', 'sse:-/link'))[1] === 2;
  await eventually(linked, 'both responders have their connections to Redis');
  const idle = { descriptors: descriptors(direct.pid), resident: residentKiB(direct.pid) };
  const streams = Streams.start(ws, stack.server.port, clients, TARGETS, {
    seed,
    retryMax: 500,
    receiveBuffer: 65_536,
    allowResets: flushes || undefined,
  });
  await streams.live();
  const load = new Publishers(stack, CHANNELS, {
    args: ['--timeout', '120'],
    data: (i) => JSON.stringify(`${i} ${'x'.repeat((i * 7919) % 600)}`),
  });
  const random = new Random(seed);
  const fields = { ws, seed, clients, flushes, redis, stack, address, direct, idle, streams, load, random };
  const run = new Run(fields);
  const server = { open: (...args) => run.direct.open(...args) };
  run.followers = Array.from(
    { length: FOLLOWERS },
    (_, i) => new Follower(ws, server, TARGETS[i % TARGETS.length].replace(/\{.*?\}/, '1'), { retry: 50 }),
  );
  for (const follower of run.followers) await follower.opened();
  return run;
}

/** Everything that can happen, as [weight, action]. */
function happenings(run) {
  const { random, streams, load } = run;
  const client = () => random.number(run.clients);
  return [
    [60, () => load.burst(1 + random.number(25))],
    [8, () => streams.tell(`cut ${run.someClients()}`)],
    [3, () => leave(run)],
    [3, () => stall(run, 'stall', client())],
    [2, () => stall(run, 'drip', client())],
    [6, () => random.pick(run.followers).cut()],
    [3, () => pauseFollower(run)],
    [2, () => run.redisCommand('pubsub killed', 'CLIENT', 'KILL', 'TYPE', 'pubsub')],
    [2, () => run.redisCommand('clients killed', 'CLIENT', 'KILL', 'TYPE', 'normal')],
    [2, () => run.redisCommand('scripts flushed', 'SCRIPT', 'FLUSH')],
    [1, () => run.redisCommand('Redis asleep', 'DEBUG', 'SLEEP', '1')],
    [1, () => freezeRedis(run)],
    [2, () => killRedis(run)],
    [1, () => restartWeb(run)],
    [2, () => replaceUnderWeb(run)],
    [2, () => replaceDirect(run)],
    [run.flushes ? 1 : 0, () => flush(run)],
  ];
}

function leave(run) {
  const who = run.someClients();
  run.streams.tell(`leave ${who}`);
  run.later(60, () => run.streams.tell(`come ${who}`));
}

function stall(run, how, who) {
  run.count(how);
  run.streams.tell(`${how} ${who}`);
  run.later(100, () => run.streams.tell(`resume ${who}`));
}

function pauseFollower(run) {
  const follower = run.random.pick(run.followers);
  if (follower.state !== 'following') return;
  follower.pause();
  run.later(60, () => follower.resume());
}

function freezeRedis(run) {
  if (run.redisState !== 'up') return;
  run.count('Redis frozen');
  run.redisState = 'frozen';
  run.redis.freeze();
  run.later(100, () => {
    run.redis.thaw();
    run.redisState = 'up';
  });
}

async function killRedis(run) {
  if (run.redisState !== 'up') return;
  run.count('Redis killed');
  run.redisState = 'down';
  await run.redis.kill();
  run.later(60, async () => {
    await run.redis.start();
    run.redisState = 'up';
  });
}

async function restartWeb(run) {
  run.count('lighttpd restarted');
  await run.stack.server.restart();
}

async function replaceUnderWeb(run) {
  const signal = run.random.pick(SIGNALS);
  run.count(`responder ${signal}`);
  await run.stack.server.replaceResponder(signal);
}

/** Ended, killed (which leaves its socket behind), or replaced by the next one while it still ends its streams. */
async function replaceDirect(run) {
  const how = run.random.pick(['stop', 'kill', 'replace']);
  run.count(`direct ${how}`);
  const old = run.direct;
  const ended = how === 'kill' ? old.kill() : old.stop();
  if (how !== 'replace') await ended;
  await eventually(async () => !(await canConnect(run.address)), 'the old one does not listen');
  const env = { SSE_REDIS: run.redis.url, ...ENV };
  run.direct = await Responder.start(run.ws, env, { address: run.address });
  await ended;
}

/** With no publish on its way: what was published and not yet acknowledged would be published again. */
async function flush(run) {
  if (run.redisState !== 'up') return;
  await run.load.acknowledges();
  run.count('flushed');
  await run.redis.command('FLUSHALL');
}

async function calmDown(run) {
  await run.recover(Infinity);
  await run.streams.live();
  run.load.burst(CHANNELS.length);
  if (run.flushes) {
    await run.load.acknowledges();
    await flush(run);
    run.load.burst(CHANNELS.length);
  }
}

/** What a process has open, to be told when it is too much. */
function open(pid) {
  const names = fs.readdirSync(`/proc/${pid}/fd`);
  return names.map((name) => `${name} ${fs.readlinkSync(`/proc/${pid}/fd/${name}`)}`).join(', ');
}

async function judge(run) {
  const { ws, stack, streams, load, direct, idle, flushes } = run;
  const published = await load.finish();
  const ledger = new Ledger(stack);
  ledger.entries.push(...published);
  const verdict = await streams.finish(published, { seconds: 60 });
  for (const follower of run.followers) {
    const newest = ledger.newest(...JSON.parse(follower.opens()[0].data).channels);
    await follower.gets(newest);
    const resets = follower.resets().length;
    assert.equal(resets > 0, flushes, `${resets} stream-reset`);
    assertPromise(follower, ledger, { resets });
    follower.stop();
  }
  ws.note(`${published.length} events; ${JSON.stringify(run.counts)}; ${JSON.stringify(verdict)}`);
  if (flushes) assert.equal(verdict.unreset, 0, 'every client was told of its loss');
  await eventually(
    () => descriptors(direct.pid) <= idle.descriptors || Promise.reject(new Error(open(direct.pid))),
    `back to ${idle.descriptors} descriptors`,
  );
  const resident = residentKiB(direct.pid);
  ws.note(`resident: ${idle.resident} KiB idle, ${resident} KiB in the end`);
  if (!sanitized) assert.ok(resident < idle.resident + GROWTH_KIB, `${resident} KiB`);
}
