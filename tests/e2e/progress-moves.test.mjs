// sse-progress run: how far real commands are, as they print it, and how fast.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { assertMoves, reports, startRun } from './lib/run_job.mjs';
import { startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

scenario('--pattern reads what the command says in its own words', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'for i in 1 2 3 4; do echo "99% sure: step $i of 4"; sleep 0.25; done';
  const args = ['-c', 'a', '--pattern', 'step ([0-9]+) of ([0-9]+)', '--', 'sh', '-c', script];
  assert.equal((await startRun(stack, args).exited).code, 0);
  const events = await reports(stack, 'a');
  assertMoves(events, 4);
  assert.equal(events.at(-1).moved, 4);
  assert.ok(events.some(({ rate, eta }) => rate > 0 && eta >= 0), 'with rate and eta');
  for (const bad of ['(', 'no group', '(step|part) ([0-9]+) of ([0-9]+)']) {
    const end = await startRun(stack, ['--pattern', bad, '--', 'true']).exited;
    assert.equal(end.code, 64);
  }
});

scenario('a job that was far when it began is as fast as it goes on', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'echo 10%; sleep 1; echo 11%; sleep 1; echo 12%';
  assert.equal((await startRun(stack, ['-c', 'a', '--', 'sh', '-c', script]).exited).code, 0);
  const [first, ...later] = (await reports(stack, 'a')).filter(({ event }) => event === 'progress');
  assert.deepEqual([first.percent, first.rate, first.eta], ['10.00', undefined, undefined]);
  assert.equal(later.at(-1).percent, '12.00');
  for (const { percent, rate, eta } of later) {
    assert.ok(rate > 0.1 && rate < 1.2, `${rate} % a second`);
    assert.ok(Math.abs(eta - (100 - percent) / rate) <= 1, `${eta} s`);
  }
});

scenario('ten progress events a second at most, and the last one', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo "[$i/2000]"; done';
  for (const [args, rate] of [
    [[], 10],
    [['--rate', '2'], 2],
  ]) {
    const start = performance.now();
    const child = startRun(stack, ['-c', `jobs/${rate}`, ...args, '--', 'sh', '-c', script]);
    assert.equal((await child.exited).code, 0);
    const seconds = (performance.now() - start) / 1000; // the output is read on behind the command's end
    const events = await reports(stack, `jobs/${rate}`);
    const count = events.filter(({ event }) => event === 'progress').length;
    assert.ok(count <= 2 + seconds * rate, `${count} in ${seconds} s`);
    assert.equal(events.at(-2).moved, 2000);
    assertMoves(events, 1);
  }
});

scenario('pv, rsync, dd and ninja move the bar', async (ws) => {
  const stack = await startPublisher(ws);
  fs.mkdirSync(ws.path('tree'));
  for (let i = 0; i < 10; i++) fs.writeFileSync(ws.path(`tree/${i}`), Buffer.alloc(1_000_000, i));
  fs.writeFileSync(ws.path('file'), Buffer.alloc(8_000_000, 'x'));
  const rule = 'rule s\n  command = sleep 0.05; touch $out\n';
  const builds = Array.from({ length: 12 }, (_, i) => `build o${i}: s\n`).join('');
  fs.writeFileSync(ws.path('build.ninja'), rule + builds);
  const run = async (channel, ...args) => {
    const child = startRun(stack, ['-c', channel, '--', ...args]);
    assert.equal((await child.exited).code, 0, child.stderr());
    return reports(stack, channel);
  };
  assertMoves(await run('pv', 'sh', '-c', 'pv -n -i 0.1 -L 8M file > copy'), 4);
  const rsync = await run('rsync', 'rsync', '-a', '--info=progress2', '--bwlimit=8m', 'tree/', 'there/');
  assertMoves(rsync, 2);
  assert.equal(rsync.at(-1).moved, 10_000_000);
  assertMoves(await run('ninja', 'ninja', '-j', '2'), 3);
  const slow = '(head -c 4000000 file; sleep 1.1; head -c 4000000 file) | dd of=copy status=progress';
  const dd = await run('dd', 'sh', '-c', slow);
  assert.equal(dd.at(-1).moved, 8_000_000);
  assert.equal(dd.at(-1).unit, 'bytes');
});

scenario('curl and wget move the bar', async (ws) => {
  const stack = await startPublisher(ws);
  const server = http.createServer(async (request, response) => {
    response.writeHead(200, { 'Content-Length': 4_000_000 });
    for (let i = 0; i < 20; i++) {
      response.write(Buffer.alloc(200_000));
      await pause(60); // what the commands draw is what is under test: it must take a while
    }
    response.end();
  });
  ws.own({ stop: () => server.close(), log: () => '' });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  for (const [channel, args, unit] of [
    ['curl', ['curl', '-o', 'out', url], 'bytes'],
    ['curl-bar', ['curl', '-#', '-o', 'out', url], '%'],
    ['wget', ['wget', '-O', 'out', url], '%'],
  ]) {
    const child = startRun(stack, ['-c', channel, '--', ...args]);
    assert.equal((await child.exited).code, 0, child.stderr());
    const events = await reports(stack, channel);
    assert.ok(events.filter(({ percent }) => percent > 0 && percent < 100).length > 0, channel);
    assert.equal(events.at(-1).percent, '100.00');
    assert.equal(events.at(-1).unit, unit);
  }
});
