// sse-progress copy beside `cp -a`: the same tree in turns, Redis being told meanwhile.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { program } from '../../e2e/lib/build.mjs';
import { runProgram } from '../../e2e/lib/child.mjs';
import { startPublisher } from '../../e2e/lib/stack.mjs';

const MIB = 1 << 20;

/** Half of the bytes in four large files, most of the rest in files of 8 MiB, and thousands of small ones. */
function makeTree(dir, mib, small) {
  const bytes = randomBytes(8 * MIB);
  const write = (name, size) => {
    fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    const out = fs.openSync(path.join(dir, name), 'w');
    for (let left = size; left > 0; left -= bytes.length)
      fs.writeSync(out, bytes, 0, Math.min(left, bytes.length));
    fs.closeSync(out);
  };
  for (let i = 0; i < 4; i++) write(`large/${i}`, (mib / 8) * MIB);
  for (let i = 0; i < small; i++) write(`small/${i % 40}/${i}`, 1 + ((i * 7919) % 65_536));
  const rest = Math.floor((mib / 2 - (small * 32) / 1024) / 8);
  for (let i = 0; i < rest; i++) write(`middle/${i % 7}/${i}`, 8 * MIB);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

export async function copying(ws, { mib, small, rounds, ratioMax }) {
  const stack = await startPublisher(ws);
  const [source, target] = [ws.path('tree'), ws.path('copy')];
  const env = ws.environment(stack.env);
  makeTree(source, mib, small);
  const commands = [
    ['cp', ['-a', source, target]],
    [program('sse-progress'), ['copy', source, target]],
  ];
  const seconds = commands.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    // Now one and then the other is first; round 0 warms the page cache, and counts for neither.
    for (const which of round % 2 ? [0, 1] : [1, 0]) {
      execFileSync('sync');
      const start = performance.now();
      const end = await runProgram(...commands[which], { env, deadline: 300_000 });
      if (round > 0) seconds[which].push((performance.now() - start) / 1000);
      assert.equal(end.code, 0, end.stderr);
      if (round === 0) execFileSync('diff', ['-r', source, target]);
      fs.rmSync(target, { recursive: true });
    }
  }
  const [cp, ours] = seconds.map(median);
  const all = seconds.map((one) => one.map((s) => s.toFixed(2)).join(' '));
  ws.note(`cp -a: ${all[0]} s; sse-progress copy: ${all[1]} s`);
  ws.note(`${mib} MiB: ratio of the medians ${(ours / cp).toFixed(2)}`);
  assert.ok(ours <= ratioMax * cp, `${ours.toFixed(2)} s to ${cp.toFixed(2)} s`);
}
