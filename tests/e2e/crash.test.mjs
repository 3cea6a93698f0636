// The responder crashes, is killed or ended: the next one serves soon, and clients resume.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { kills } from '../soak/scenarios/kills.mjs';
import { reloads } from '../soak/scenarios/reloads.mjs';
import { scaled } from './lib/build.mjs';
import { eventually } from './lib/eventually.mjs';
import { Publishers } from './lib/publishers.mjs';
import { Responder } from './lib/responder.mjs';
import { startDirect, startWeb } from './lib/stack.mjs';
import { Streams } from './lib/streams.mjs';
import { scenario } from './lib/workspace.mjs';

const BACK_MS = 8000; // a tenth of a second, on a machine that has nothing else to do

// The sanitizers report a SIGSEGV as the fault that it looks like.
for (const signal of scaled(['SIGKILL', 'SIGSEGV', 'SIGTERM'], ['SIGKILL', 'SIGTERM'])) {
  scenario(`${signal} for the responder: lighttpd serves again soon, nothing is lost`, async (ws) => {
    const stack = await startWeb(ws);
    const streams = Streams.start(ws, stack.server.port, 20, '/sse/a', { retryMax: 100 });
    await streams.live();
    const load = new Publishers(stack, ['a']);
    load.run(100);
    await load.acknowledges(20);
    const start = performance.now();
    await stack.server.replaceResponder(signal);
    const served = async () => (await stack.server.request('/sse', { method: 'HEAD' })).status === 200;
    await eventually(served, 'lighttpd answers');
    const took = performance.now() - start;
    ws.note(`served again after ${Math.round(took)} ms`);
    await streams.live();
    await load.acknowledges(20);
    await streams.finish(await load.finish());
    assert.ok(took < BACK_MS, `served again after ${took} ms`);
  });
}

scenario('a socket file that a killed responder left is in nobody’s way', async (ws) => {
  const stack = await startDirect(ws);
  const { address } = stack.server;
  await stack.server.stream('/sse/a');
  await stack.server.kill();
  assert.ok(fs.existsSync(address.path), 'its socket is still there');
  const start = performance.now();
  const next = await Responder.start(ws, { SSE_REDIS: stack.redis.url }, { address });
  await next.stream('/sse/a');
  assert.ok(performance.now() - start < BACK_MS);
});

scenario('Redis is killed under load: clients are not cut, and events flow soon again', (ws) =>
  kills(ws, {
    clients: 40,
    times: 2,
    perSecond: scaled(500, 100),
    outage: scaled(250, 50),
    seconds: scaled(2, 10),
  }),
);

scenario('lighttpd is reloaded under load: nothing is lost, sse.fcgi keeps no descriptor', (ws) =>
  reloads(ws, { clients: scaled(100, 20), times: 4, perSecond: 200 }),
);
