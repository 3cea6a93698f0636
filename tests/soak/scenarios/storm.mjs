// All clients come back at once: all are live again soon, and Redis hardly notices.
import assert from 'node:assert/strict';
import { Publishers } from '../../e2e/lib/publishers.mjs';
import { startWeb } from '../../e2e/lib/stack.mjs';
import { Streams } from '../../e2e/lib/streams.mjs';

const MISSED = 10; // events on each channel that clients come back for
const READS_A_CHANNEL = 3;

/** How often Redis ran each command since it was started, also inside scripts. */
export async function calls(redis) {
  const info = await redis.command('INFO', 'commandstats');
  const found = [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  return Object.fromEntries(found.map(([, name, count]) => [name, Number(count)]));
}

function reads(before, after) {
  const names = ['xrange', 'xrevrange', 'xread'];
  return names.reduce((sum, name) => sum + (after[name] ?? 0) - (before[name] ?? 0), 0);
}

/** The web server, and with it the responder, is restarted under `clients` clients. */
export async function storm(ws, { clients, channels, maxFds, seconds }) {
  const stack = await startWeb(ws, {}, { maxFds });
  const names = Array.from({ length: channels }, (_, i) => `c/${i}`);
  const streams = Streams.start(ws, stack.server.port, clients, `/sse/c/{${channels}}`, {
    burst: clients,
    retryMax: 200,
  });
  const load = new Publishers(stack, names);
  ws.note(`opened: ${JSON.stringify(await streams.live())}`);
  load.burst(channels);
  await load.acknowledges();
  await streams.verify(load.published());

  await stack.server.stop();
  load.burst(channels * MISSED);
  await load.acknowledges();
  const before = await calls(stack.redis);
  await stack.server.start();
  const back = Date.now();
  const took = (await streams.live()).at - back;
  const after = await calls(stack.redis);
  const verdict = await streams.finish(await load.finish());
  const read = reads(before, after);
  const evals = (after.evalsha ?? 0) + (after.eval ?? 0) - (before.evalsha ?? 0) - (before.eval ?? 0);
  ws.note(`${clients} live again after ${took} ms; ${read} reads and ${evals} scripts for ${channels} channels`);
  ws.note(JSON.stringify(verdict));
  assert.equal(verdict.wanted, (clients / channels) * channels * (MISSED + 1));
  assert.ok(took < seconds * 1000, `live again after ${took} ms`);
  assert.ok(read <= channels * READS_A_CHANNEL, `${read} reads for ${channels} channels`);
}
