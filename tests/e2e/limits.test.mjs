// What a responder does at its limits: the age of a stream, their number, descriptors used up.
import assert from 'node:assert/strict';
import { scaled } from './lib/build.mjs';
import { startDirect, startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const open = (count, make) => Promise.all(Array.from({ length: count }, make));

scenario('streams end cleanly at SSE_MAX_AGE, not all at the same time', async (ws) => {
  const { server } = await startWeb(ws, { SSE_MAX_AGE: '2' });
  const opened = performance.now();
  const streams = await open(20, () => server.stream('/sse/a'));
  const ages = await Promise.all(
    streams.map(async (stream) => {
      await stream.over();
      assert.ok(stream.clean, stream.describe());
      return performance.now() - opened;
    }),
  );
  assert.ok(Math.min(...ages) >= 1400, `the first ended after ${Math.min(...ages)} ms`);
  assert.ok(Math.max(...ages) <= scaled(4000, 10_000), `the last after ${Math.max(...ages)} ms`);
  assert.ok(new Set(ages.map((ms) => Math.round(ms / 40))).size > 3, `spread: ${ages}`);
  await server.stream('/sse/a');
});

scenario('with SSE_MAX_AGE=0 streams stay', async (ws) => {
  const stack = await startDirect(ws, { SSE_MAX_AGE: '0', SSE_HEARTBEAT: '0.1' });
  const stream = await stack.server.stream('/sse/a');
  await stream.waitFor(() => stream.heartbeats >= 15, 'heartbeats for 1.5 s');
});
