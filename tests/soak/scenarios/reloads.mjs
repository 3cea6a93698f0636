// The web server is reloaded again and again under load: nothing is lost, and the responder keeps no descriptor.
import assert from 'node:assert/strict';
import { descriptors } from '../../e2e/lib/child.mjs';
import { Publishers } from '../../e2e/lib/publishers.mjs';
import { startWeb } from '../../e2e/lib/stack.mjs';
import { Streams } from '../../e2e/lib/streams.mjs';

const CHANNELS = ['a', 'b'];
const SLACK = 5; // connections that are just being opened or closed
const SETTINGS = ['server.feature-flags += ( "server.graceful-shutdown-timeout" => 1 )'];

export async function reloads(ws, { clients, times, perSecond, maxFds }) {
  const stack = await startWeb(ws, {}, { maxFds, settings: SETTINGS });
  const { server } = stack;
  const targets = CHANNELS.map((name) => `/sse/${name}`);
  const streams = Streams.start(ws, server.port, clients, targets, { retryMax: 200 });
  await streams.live();
  const load = new Publishers(stack, CHANNELS);
  load.run(perSecond);
  const counts = [];
  for (let time = 0; time < times; time++) {
    await server.reload();
    await load.acknowledges(perSecond / 10);
    await streams.live();
    counts.push({ lighttpd: descriptors(server.child.pid), responder: descriptors(server.pid) });
  }
  const verdict = await streams.finish(await load.finish());
  ws.note(`descriptors ${JSON.stringify([counts[0], counts.at(-1)])}; ${JSON.stringify(verdict)}`);
  const [first, last] = [counts[0], counts.at(-1)];
  assert.ok(last.responder <= first.responder + SLACK, JSON.stringify(counts));
  // Of lighttpd's own it is only told: 1.4.69 now and then forgets its sockets to a responder that it has ended.
}
