// Real commands below `sse-progress run`, as a user would run them: each one's bar moves. Prints a table.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after } from 'node:test';
import { eventually } from '../e2e/lib/eventually.mjs';
import { startPublisher } from '../e2e/lib/stack.mjs';
import { scenario } from '../e2e/lib/workspace.mjs';
import {
  assertBarMoved,
  makeTree,
  reports,
  runAtTerminal,
  runWithoutTerminal,
  startThrottled,
} from './scenarios/terminal.mjs';

const rows = [['command', 'events', 'values', 'first', 'last', 'duration']];

after(() => {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => String(row[i]).length)));
  for (const row of rows) console.log(row.map((cell, i) => String(cell).padEnd(widths[i])).join('  '));
});

/** Runs the command to its end, and adds its row. */
async function show(ws, name, command, options) {
  const stack = await startPublisher(ws);
  const child = (options?.start ?? runAtTerminal)(stack, 'jobs/it', command, options?.output);
  await eventually(() => child.end, `${name} ends`, { deadline: 120_000 });
  if (child.end.code !== 0 && options?.mayBeAway?.test(child.stdout())) {
    ws.t.skip(`no mirror answers: ${child.stdout().trim().split('\n').at(-1)}`);
    return;
  }
  assert.equal(child.end.code, 0, child.stdout());
  rows.push(assertBarMoved(name, await reports(stack, 'jobs/it'), options));
}

scenario('commands: rsync --info=progress2 of a large tree', async (ws) => {
  makeTree(ws.path('tree'), 768, 3000);
  await show(ws, 'rsync --info=progress2', ['rsync', '-a', '--info=progress2', 'tree/', 'copy'], {
    mayGoBack: true, // it still looks for more while it copies
  });
});

scenario('commands: curl -O', async (ws) => {
  const origin = await startThrottled(ws, 60, 10);
  await show(ws, 'curl -O', ['curl', '-O', `${origin}/large.iso`]);
  assert.equal(fs.statSync(ws.path('large.iso')).size, 60 << 20);
});

scenario('commands: wget', async (ws) => {
  const origin = await startThrottled(ws, 60, 10);
  await show(ws, 'wget', ['wget', `${origin}/large.iso`]);
  assert.equal(fs.statSync(ws.path('large.iso')).size, 60 << 20);
});

scenario('commands: dd status=progress', async (ws) => {
  await show(ws, 'dd status=progress', ['dd', 'if=/dev/urandom', 'of=/dev/null', 'bs=64k', 'count=28000', 'status=progress']);
});

scenario('commands: pv', async (ws) => {
  fs.writeFileSync(ws.path('in'), Buffer.alloc(60 << 20, 'x'));
  await show(ws, 'pv', ['pv', '-L', '10m', 'in'], { output: '>out' });
  assert.equal(fs.statSync(ws.path('out')).size, 60 << 20);
});

scenario('commands: pv without a terminal', async (ws) => {
  fs.writeFileSync(ws.path('in'), Buffer.alloc(60 << 20, 'x'));
  await show(ws, 'pv -f, without a terminal', ['sh', '-c', 'pv -f -L 10m in >out'], { start: runWithoutTerminal });
});

const notRoot = process.getuid() !== 0 && 'needs root';

scenario('commands: apt-get download', { skip: notRoot }, async (ws) => {
  const command = ['apt-get', 'download', '-o', 'Acquire::http::Dl-Limit=1500', 'vim-runtime'];
  const mayBeAway = /Could not (resolve|connect)|Unable to (connect|fetch|locate)|Temporary failure|Connection failed/;
  await show(ws, 'apt-get download', command, { mayBeAway });
});

/** Thirty C files that take a compiler some time. */
function writeSources(ws) {
  const body = '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <sys/socket.h>\n';
  for (let i = 0; i < 30; i++) {
    const functions = Array.from({ length: 60 }, (_, n) => `int f${i}_${n}(int a) { return a * ${n} + rand(); }\n`);
    fs.writeFileSync(ws.path(`s${i}.c`), body + functions.join(''));
  }
  fs.writeFileSync(ws.path('main.c'), 'int main(void) { return 0; }\n');
  return Array.from({ length: 30 }, (_, i) => `s${i}`).concat('main');
}

scenario('commands: ninja', async (ws) => {
  const names = writeSources(ws);
  const objects = names.map((name) => `build ${name}.o: cc ${name}.c\n`).join('');
  const rules = 'rule cc\n  command = cc -O2 -c -o $out $in\nrule link\n  command = cc -o $out $in\n';
  const link = `build program: link ${names.map((name) => `${name}.o`).join(' ')}\n`;
  fs.writeFileSync(ws.path('build.ninja'), rules + objects + link);
  await show(ws, 'ninja', ['ninja']);
});

scenario('commands: cmake and make', async (ws) => {
  const names = writeSources(ws);
  const list = `cmake_minimum_required(VERSION 3.18)\nproject(it C)\nadd_executable(program ${names.map((n) => `${n}.c`).join(' ')})\n`;
  fs.writeFileSync(ws.path('CMakeLists.txt'), list);
  await show(ws, 'cmake, make', ['sh', '-c', 'cmake -S . -B out && make -C out']);
});
