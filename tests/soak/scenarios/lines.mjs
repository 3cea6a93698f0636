// sse-publish --lines as fast as it goes, from one process to a Redis on the same machine.
import assert from 'node:assert/strict';
import { assertRising } from '../../e2e/lib/sse.mjs';
import { startPublisher } from '../../e2e/lib/stack.mjs';

export async function lines(ws, { count, rounds, secondsMax }) {
  const stack = await startPublisher(ws);
  const stdin = Array.from({ length: count }, (_, i) => `{"n":${i}}\n`).join('');
  const seconds = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const end = await stack.run(['--lines', 'a'], { stdin });
    seconds.push((performance.now() - start) / 1000);
    const ids = stack.succeed(end);
    assert.equal(ids.length, count);
    assertRising(ids);
  }
  ws.note(`${count} lines: ${seconds.map((s) => s.toFixed(2)).join(' ')} s`);
  // What else the machine does may slow some of them down.
  assert.ok(Math.min(...seconds) < secondsMax, 'none of them was fast enough');
}
