// One client stops reading: the others do not notice, it is cut, memory stays bounded, and it resumes with nothing lost.
import assert from 'node:assert/strict';
import { sanitized } from '../../e2e/lib/build.mjs';
import { peakKiB } from '../../e2e/lib/child.mjs';
import { eventually } from '../../e2e/lib/eventually.mjs';
import { Publishers } from '../../e2e/lib/publishers.mjs';
import { startWeb } from '../../e2e/lib/stack.mjs';
import { Streams } from '../../e2e/lib/streams.mjs';

const EVENT_BYTES = 4096;
const PEAK_KIB = 32 * 1024;
// Megabytes go into the kernel's buffers first, and it may take its time to ask again whether they are read.
const CUT = { every: 100, deadline: 120_000 };
const NOISE_US = 20_000; // what a busy machine adds to one window or another

/** Windows of `window` events without and with a stalled client, alternately. */
export async function stall(ws, { clients, perSecond, window, rounds, maxFds }) {
  const stack = await startWeb(ws, {}, { maxFds });
  // With buffers of the kernel's own size it would take megabytes until anybody notices that a client does not read.
  const streams = Streams.start(ws, stack.server.port, clients, '/sse/load', {
    retryMax: 200,
    receiveBuffer: 65_536,
  });
  await streams.live();
  const load = new Publishers(stack, ['load'], {
    data: (i) => JSON.stringify(`${i} ${'x'.repeat(EVENT_BYTES - 10)}`),
  });
  load.run(perSecond);
  await load.acknowledges(perSecond);

  const measure = async () => {
    await streams.latency();
    await load.acknowledges(window);
    return (await streams.latency()).p99_us;
  };
  const cuts = () => stack.server.log().match(/too far behind/g)?.length ?? 0;
  const without = [];
  const stalled = [];
  for (let round = 0; round < rounds; round++) {
    without.push(await measure());
    const before = cuts();
    streams.tell(`stall ${round}`);
    stalled.push(await measure());
    await eventually(() => cuts() > before, 'the stalled client is cut', CUT);
    streams.tell(`resume ${round}`);
    await eventually(
      async () => (await streams.status()).reconnects > round,
      'it has noticed, and reconnects',
      CUT,
    );
    await streams.live();
  }
  const verdict = await streams.finish(await load.finish());
  const peak = peakKiB(stack.server.pid);
  const ratio = median(stalled) / median(without);
  ws.note(`p99 without ${without} µs, with a stalled client ${stalled} µs; ratio of medians ${ratio.toFixed(2)}`);
  ws.note(`sse.fcgi: at most ${peak} KiB; ${JSON.stringify(verdict)}`);
  assert.equal(verdict.connections, clients + rounds, 'nobody else was cut');
  assert.ok(median(stalled) < 3 * median(without) + NOISE_US, `ratio ${ratio}`);
  if (!sanitized) assert.ok(peak < PEAK_KIB, `${peak} KiB`);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
