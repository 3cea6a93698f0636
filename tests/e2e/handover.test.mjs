// An upgrade: one process after the other on a socket that somebody else keeps, while requests come in. None is refused.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { scaled } from './lib/build.mjs';
import { Follower } from './lib/follower.mjs';
import { eventually } from './lib/eventually.mjs';
import { breaches } from './lib/promise.mjs';
import { Publishers } from './lib/publishers.mjs';
import { SocketManager } from './lib/socket_manager.mjs';
import { startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const FOLLOWERS = 10;

/**
 * A steady flow of requests by `clients`, each with one at a time; `answers` counts those that were answered, `faults`
 * tells of all others.
 */
class Flow {
  constructor(ws, server, clients) {
    ws.owned.push(this);
    Object.assign(this, { server, answers: 0, faults: [], runs: true });
    this.clients = Array.from({ length: clients }, (_, i) => this.run(i % 2 === 0));
  }

  async run(isWhole) {
    while (this.runs) {
      await (isWhole ? this.ask('/sse/a', 'HEAD') : this.look());
      await turn();
    }
  }

  /** A whole answer. */
  async ask(target, method) {
    const client = this.server.open(target, { method });
    await client.over();
    this.note(client, client.status === 200 && client.clean);
  }

  /** A stream, until its first bytes, or its end if it is sent away. */
  async look() {
    const client = this.server.open('/sse/a');
    await client.waitFor(() => client.heartbeats > 0 || client.closed, 'the first bytes');
    this.note(client, client.status === 200 && client.heartbeats > 0);
    client.abandon();
  }

  note(client, isAnswered) {
    if (isAnswered) this.answers++;
    else this.faults.push(client.connection.error?.message ?? client.describe());
  }

  /** Resolves when that many more have been answered. */
  async answered(count) {
    const wanted = this.answers + count;
    await eventually(
      () => this.answers >= wanted || this.faults.length > 0,
      `${count} more requests are answered`,
    );
    assert.deepEqual(this.faults, []);
  }

  async stop() {
    this.runs = false;
    await Promise.all(this.clients);
  }
}

/** Stops the old one, then starts the new one, as `systemctl restart` does. */
async function restart(manager, old) {
  await manager.endService(old);
  return manager.startService();
}

/** Starts the new one first. */
async function overlap(manager, old) {
  const pid = await manager.startService();
  await manager.endService(old);
  return pid;
}

/** A client that takes nothing, so that the process which serves it can only end at its deadline (SSE_DRAIN). */
async function stall(stack, manager) {
  const slow = await manager.stream('/sse/large');
  slow.connection.socket.pause();
  const other = await manager.stream('/sse/large');
  for (let i = 0; i < 6; i++) await stack.pipe('large', 'x'.repeat(120_000), '--text');
  await other.waitFor(() => other.published().length >= 6, 'six large events');
  other.abandon();
}

// A request that has come in is answered until SSE_DRAIN is over: that is long here, for a busy machine has to do it.
const FEW = { clients: 8, answers: 50, handOvers: 6 };
const MANY = { clients: scaled(300, 100), answers: scaled(1000, 200), handOvers: 3 };

for (const [by, handOver, how, { clients, answers, handOvers }, isStalled] of [
  ['descriptor 0', restart, 'one after the other', FEW],
  ['descriptor 0', restart, 'one after the other', MANY],
  ['descriptor 0', overlap, 'the new one first', FEW],
  ['descriptor 0', restart, 'one after the other, slowly', MANY, true],
  ['LISTEN_FDS', restart, 'one after the other', FEW],
]) {
  scenario(`${by}, ${how}, ${clients} clients: no request is refused, no stream loses anything`, async (ws) => {
    const stack = await startPublisher(ws);
    const manager = await SocketManager.start(
      ws,
      { SSE_REDIS: stack.redis.url, SSE_RETRY: '100', SSE_DRAIN: isStalled ? '3' : '30' },
      by,
    );
    let pid = await manager.startService();
    assert.match(manager.log(), by === 'LISTEN_FDS' ? /by=LISTEN_FDS/ : /by=listening-descriptor/);
    const followers = Array.from({ length: FOLLOWERS }, () => new Follower(ws, manager, '/sse/a'));
    await Promise.all(followers.map((follower) => follower.opened()));
    const publishers = new Publishers(stack, ['a']);
    publishers.run(200);
    const flow = new Flow(ws, manager, clients);
    for (let i = 0; i < handOvers; i++) {
      if (isStalled) await stall(stack, manager);
      await flow.answered(answers);
      pid = await handOver(manager, pid);
    }
    await flow.answered(answers);
    await flow.stop();
    assert.deepEqual(flow.faults, []);
    const published = await publishers.finish();
    for (const follower of followers) {
      await follower.gets(published.at(-1).id);
      assert.deepEqual(breaches(follower.events, published), []);
      const bad = follower.streams.slice(0, -1).filter(({ status, clean }) => status !== 200 || !clean);
      assert.deepEqual(bad.map((stream) => stream.describe()), []);
      assert.ok(follower.streams.length > handOvers, `${follower.streams.length} streams`);
    }
    ws.note(`${flow.answers} requests, ${published.length} events, ${handOvers} hand-overs`);
  });
}
