// sse-progress run: real commands, passed through unchanged, and their ends. How far they are: progress-moves.test.mjs.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { program } from './lib/build.mjs';
import { Child, ended, isAlive, watchProcess } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { assertMoves, reports, startRun } from './lib/run_job.mjs';
import { startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

/** sse-progress run at a terminal, by script(1); what the terminal got is in stdout(). */
function startAtTerminal(stack, args, output = '') {
  const words = ['exec', program('sse-progress'), 'run', ...args];
  const line = `${words.map((a, i) => (i ? `'${a}'` : a)).join(' ')} ${output}`;
  const env = stack.ws.environment({ ...stack.env, TERM: 'xterm', SHELL: '/bin/sh' });
  const child = new Child('script', '/usr/bin/script', ['-qec', line, '/dev/null'], { cwd: stack.ws.dir, env });
  return stack.ws.own(child);
}

scenario('output, input and exit status are the command’s', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'cat; echo words >&2; exit 7';
  const child = startRun(stack, ['-c', 'a', '--', 'sh', '-c', script], { input: 'a\r\nb\u001b[1mc\0d' });
  assert.equal((await child.exited).code, 7);
  assert.equal(child.stdout(), 'a\r\nb\u001b[1mc\0d');
  assert.equal(child.stderr(), 'words\n');
  const events = await reports(stack, 'a');
  assert.deepEqual(
    events.map(({ event, task, exit }) => [event, task, exit]),
    [
      ['start', 'sh', undefined],
      ['failed', 'sh', 7],
    ],
  );
});

scenario('megabytes go through unchanged', async (ws) => {
  const stack = await startPublisher(ws);
  const bytes = randomBytes(9_000_000);
  fs.writeFileSync(ws.path('in'), bytes);
  const child = startRun(stack, ['--', 'cat', 'in']);
  assert.equal((await child.exited).code, 0);
  const digest = (data) => createHash('sha256').update(data).digest('hex');
  assert.equal(digest(Buffer.concat(child.output.stdout)), digest(bytes));
});

scenario('a command that is not there is 127, one that cannot run 126', async (ws) => {
  const stack = await startPublisher(ws);
  fs.writeFileSync(ws.path('text'), '');
  for (const [command, code] of [
    ['./nonesuch', 127],
    ['./text', 126],
  ]) {
    const child = startRun(stack, ['-c', `jobs/${code}`, '--', command]);
    assert.equal((await child.exited).code, code);
    assert.ok(child.stderr().startsWith(`sse-progress run: ${command}: `), child.stderr());
    const { event, exit, reason } = (await reports(stack, `jobs/${code}`)).at(-1);
    assert.deepEqual([event, exit, `sse-progress run: ${reason}\n`], ['failed', code, child.stderr()]);
  }
});

scenario('with a wrong environment nothing is run, and it is 64', async (ws) => {
  const stack = await startPublisher(ws);
  const child = startRun(stack, ['--', 'touch', 'made'], { env: { SSE_TIMEOUT: 'abc' } });
  assert.equal((await child.exited).code, 64);
  assert.match(child.stderr(), /^sse-progress run: SSE_TIMEOUT=abc in the environment: must be seconds/);
  assert.ok(!fs.existsSync(ws.path('made')));
});

scenario('signals go on to the command, and it ends by the one that ended it', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'trap "echo caught" USR1; echo $$; while :; do sleep 0.05; done';
  const child = startRun(stack, ['-c', 'jobs/s', '--', 'sh', '-c', script]);
  await eventually(() => child.stdout().includes('\n'), 'it runs');
  const pid = Number(child.stdout());
  watchProcess(pid);
  child.signal('SIGUSR1');
  await eventually(() => child.stdout().includes('caught'), 'it got the signal');
  child.signal('SIGTERM');
  assert.equal((await child.exited).signal, 'SIGTERM');
  await ended(pid);
  const last = (await reports(stack, 'jobs/s')).at(-1);
  assert.equal(last.event, 'failed');
  assert.equal(last.signal, 'SIGTERM');
  assert.equal(last.exit, 143);
  assert.ok(last.duration > 0);
});

scenario('a reader that leaves ends the command as it would without us', async (ws) => {
  const stack = await startPublisher(ws);
  const child = startRun(stack, ['-c', 'jobs/yes', '--', 'yes']);
  await eventually(() => child.output.stdout.length > 0, 'it runs');
  child.process.stdout.destroy();
  assert.equal((await child.exited).signal, 'SIGPIPE');
  assert.equal((await reports(stack, 'jobs/yes')).at(-1).signal, 'SIGPIPE');
});

scenario('what a command leaves running does not hold it up', async (ws) => {
  const stack = await startPublisher(ws);
  const child = startRun(stack, ['--', 'sh', '-c', 'sleep 1000 & echo $!']);
  assert.equal((await child.exited).code, 0);
  const pid = Number(child.stdout());
  assert.ok(isAlive(pid));
  process.kill(pid);
  await ended(pid);
});

scenario('--log publishes each line of output', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'printf "\\033[32mone\\033[0m\\r\\n 50%%\\rtwo\\nthree"';
  const child = startRun(stack, ['-c', 'a', '--log', '--', 'sh', '-c', script]);
  assert.equal((await child.exited).code, 0);
  const lines = (await reports(stack, 'a')).filter(({ event }) => event === 'log');
  assert.deepEqual(
    lines.map(({ line }) => line),
    ['one', 'two', 'three'],
  );
});

scenario('at a terminal the command is at one, and a bar is drawn below what it says', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'test -t 1 && test -t 2 && echo both; echo 25%; sleep 0.3; echo 75%; sleep 0.3';
  const child = startAtTerminal(stack, ['-t', 'shell', '--', 'sh', '-c', script]);
  assert.equal((await child.exited).code, 0);
  const text = child.stdout();
  assert.match(text, /^both\r\n25%\r\n\rshell  25% \[=+> +\]/);
  assert.match(text, /75%\r\n\rshell  75% \[=+> +\]/);
  assert.match(text, /\r\u001b\[K$/, 'and it is taken away');
  assert.equal((await reports(stack, 'jobs/shell')).at(-1).event, 'done');
});

scenario('Ctrl-C at a terminal reaches the command once', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'n=0; trap "n=\\$((n+1))" INT; echo ready; i=0; while [ $n -eq 0 ]; do sleep 0.05; done; sleep 0.3; echo "n=$n"';
  const child = startAtTerminal(stack, ['-c', 'a', '--', 'sh', '-c', script]);
  await eventually(() => child.stdout().includes('ready'), 'it runs');
  child.process.stdin.write('\u0003');
  assert.equal((await child.exited).code, 0);
  assert.match(child.stdout(), /n=1\r\n/);
});

scenario('pv moves the bar at a terminal, and Ctrl-C ends it', async (ws) => {
  const stack = await startPublisher(ws);
  fs.writeFileSync(ws.path('in'), '');
  fs.truncateSync(ws.path('in'), 16 << 20);
  const done = startAtTerminal(stack, ['-c', 'a', '--', 'pv', '-i', '0.1', '-L', '8m', 'in'], '>out');
  assert.equal((await done.exited).code, 0, done.stdout());
  assertMoves(await reports(stack, 'a'), 4);
  const ended = startAtTerminal(stack, ['-c', 'b', '--', 'pv', '-i', '0.1', '-L', '10k', 'in'], '>out');
  await eventually(async () => (await reports(stack, 'b')).length > 2, 'it moves');
  ended.process.stdin.write('\u0003');
  await ended.exited;
  const last = (await reports(stack, 'b')).at(-1);
  assert.equal(last.event, 'failed', JSON.stringify(last)); // pv exits by itself on SIGINT
});

scenario('Ctrl-Z stops pv as well, and fg lets it go on', async (ws) => {
  const stack = await startPublisher(ws);
  fs.writeFileSync(ws.path('in'), '');
  fs.truncateSync(ws.path('in'), 16 << 20);
  const run = `${program('sse-progress')} run -c a -- pv -P pid -i 0.1 -L 200k in >out`;
  fs.writeFileSync(ws.path('job'), `stty rows 24 cols 80 # without a size pv draws nothing after fg\nset -m\n${run}\nuntil [ -e go ]; do sleep 0.02; done\nfg\n`);
  const env = ws.environment({ ...stack.env, TERM: 'xterm', SHELL: '/bin/sh' });
  const child = new Child('script', '/usr/bin/script', ['-qec', 'bash job', '/dev/null'], { cwd: ws.dir, env });
  ws.own(child);
  await eventually(async () => (await reports(stack, 'a')).length > 2, 'it moves');
  const pid = Number(fs.readFileSync(ws.path('pid'), 'latin1'));
  const isStopped = () => fs.readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') T ');
  child.process.stdin.write('\u001a');
  await eventually(isStopped, 'pv is stopped');
  fs.writeFileSync(ws.path('go'), '');
  await eventually(() => !isStopped(), 'pv goes on');
  const before = (await reports(stack, 'a')).length;
  await eventually(async () => (await reports(stack, 'a')).length > before, 'and the bar with it');
  child.process.stdin.write('\u0003');
  await child.exited;
  await ended(pid);
  assert.equal((await reports(stack, 'a')).at(-1).event, 'failed');
});

scenario('a terminal that changes its size does so for the command', async (ws) => {
  const stack = await startPublisher(ws);
  const script =
    'stty rows 11 cols 77 </dev/tty; until [ "$(stty size <&2)" = "11 77" ]; do sleep 0.02; done; echo resized';
  const child = startAtTerminal(stack, ['-c', 'a', '--', 'sh', '-c', script]);
  assert.equal((await child.exited).code, 0);
  assert.equal(child.stdout(), 'resized\r\n');
});

scenario('closed standard descriptors do no harm', async (ws) => {
  const stack = await startPublisher(ws);
  const line = `exec ${program('sse-progress')} run -c a -- sh -c 'echo out; echo err >&2; exit 4' >&- 2>&- <&-`;
  const child = new Child('sh', '/bin/sh', ['-c', line], { env: ws.environment(stack.env) });
  ws.own(child);
  assert.equal((await child.exited).code, 4);
  assert.equal((await reports(stack, 'a')).at(-1).exit, 4);
});

scenario('what is closed is closed for the command, and the rest is read', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'cat; echo cat $? >&2; /bin/echo out; echo echo $? 45% >&2';
  const line = `exec ${program('sse-progress')} run -c a -- sh -c '${script}' >&- <&-`;
  const child = new Child('sh', '/bin/sh', ['-c', line], { env: ws.environment(stack.env) });
  ws.own(child);
  assert.equal((await child.exited).code, 0);
  assert.match(child.stderr(), /^cat: .*Bad file descriptor\ncat 1\n.*: Bad file descriptor\necho 1 45%\n$/s);
  assert.equal((await reports(stack, 'a')).at(-1).percent, '45.00');
});

scenario('Redis stops in the middle: the job goes on, and its end is published once', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'for i in 1 2 3 4 5 6; do echo "[$i/6]"; while [ ! -e $i ]; do sleep 0.02; done; done; exit 5';
  const child = startRun(stack, ['-c', 'a', '--log', '--timeout', '60', '--', 'sh', '-c', script]);
  const step = async (i) => {
    await eventually(() => child.stdout().includes(`[${i}/6]`), `step ${i}`);
    fs.writeFileSync(ws.path(String(i)), '');
  };
  await step(1);
  stack.redis.freeze();
  await step(2);
  await step(3);
  await stack.redis.kill();
  await eventually(() => child.stderr().includes('; the job goes on'), 'it says so');
  await step(4);
  await step(5);
  await step(6);
  await eventually(() => child.stdout().includes('[6/6]'), 'the job is over');
  await stack.redis.start();
  assert.equal((await child.exited).code, 5, 'the exit status is the job’s');
  const events = await reports(stack, 'a');
  assert.equal(events.at(-1).event, 'failed');
  assert.equal(events.at(-1).moved, 6);
  assert.equal(events.filter(({ event }) => event === 'failed').length, 1);
  const lines = events.filter(({ event }) => event === 'log').map(({ line }) => line);
  assert.deepEqual(lines.slice(-3), ['[4/6]', '[5/6]', '[6/6]']);
  assert.equal(new Set(lines).size, lines.length, 'no line twice');
});

scenario('without Redis the exit status is the job’s as well', async (ws) => {
  const stack = await startPublisher(ws);
  await stack.redis.kill();
  const child = startRun(stack, ['--timeout', '0.2', '--', 'sh', '-c', 'echo out; exit 9']);
  assert.equal((await child.exited).code, 9);
  assert.equal(child.stdout(), 'out\n');
  assert.match(child.stderr(), /the end of jobs\/sh is not published/);
});

scenario('a signal ends the waiting for Redis', async (ws) => {
  const stack = await startPublisher(ws);
  await stack.redis.kill();
  const child = startRun(stack, ['--timeout', '3600', '--', 'sh', '-c', 'echo $$; exit 9']);
  await eventually(() => child.stdout().includes('\n'), 'it runs');
  await eventually(() => !isAlive(Number(child.stdout())), 'the command has ended');
  await eventually(() => child.stderr().includes('; the job goes on'), 'Redis is waited for');
  await eventually(() => {
    child.signal('SIGTERM'); // one that comes as the command ends is still for that
    return child.end;
  }, 'it ends');
  assert.equal(child.end.code, 9);
});

scenario('what a command leaves behind may write for ever', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'for i in 1 2 3 4; do yes & echo $! >>pids; done; sleep 0.2; exit 3';
  const slow = '(sleep 0.3; cat >/dev/null)'; // so that the pipe is full whenever it is looked at
  const line = `${program('sse-progress')} run -c a -- sh -c '${script}' | ${slow}`;
  for (let i = 0; i < 4; i++) {
    const child = new Child('sh', '/bin/sh', ['-c', line], { env: ws.environment(stack.env), cwd: ws.dir });
    ws.own(child);
    try {
      await child.exited;
    } finally {
      const pids = fs.readFileSync(ws.path('pids'), 'utf8').trim().split('\n').map(Number);
      for (const pid of pids.filter(isAlive)) process.kill(pid);
      fs.rmSync(ws.path('pids'));
    }
    assert.equal((await reports(stack, 'a')).at(-1).exit, 3);
  }
});

const root = process.getuid?.() === 0;

scenario('where no thread can be had the job goes on without reports', { skip: !root && 'needs root' }, async (ws) => {
  const stack = await startPublisher(ws);
  fs.chmodSync(ws.dir, 0o755);
  fs.copyFileSync(program('sse-progress'), ws.path('sse-progress'));
  const run = [ws.path('sse-progress'), 'run', '--', 'sh', '-c', 'exec head -c 300000 /dev/zero'];
  const args = ['--reuid=54321', '--clear-groups', 'prlimit', '--nproc=2', ...run];
  const child = new Child('setpriv', 'setpriv', args, { env: ws.environment(stack.env), cwd: '/' });
  ws.own(child);
  assert.equal((await child.exited).code, 0);
  assert.equal(child.stdout().length, 300_000);
  assert.match(child.stderr(), /Resource temporarily unavailable/);
});

scenario('a signal ends the waiting for who does not read what the command left', async (ws) => {
  const stack = await startPublisher(ws);
  const script = 'echo $$ >&2; head -c 300000 /dev/zero & sleep 0.1; exit 9';
  const line = `mkfifo full; exec 3<>full; exec ${program('sse-progress')} run -c a -- sh -c '${script}' >full`;
  const child = new Child('sh', '/bin/sh', ['-c', line], { env: ws.environment(stack.env), cwd: ws.dir });
  ws.own(child);
  await eventually(() => child.stderr().includes('\n'), 'it runs');
  await eventually(() => !isAlive(Number(child.stderr())), 'the command has ended');
  const ticks = () => {
    const fields = fs.readFileSync(`/proc/${child.process.pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };
  child.signal('SIGWINCH');
  const before = ticks();
  await pause(300); // nothing happens, and that is to cost nothing
  assert.ok(ticks() - before < 10, `${ticks() - before} ticks`);
  await eventually(() => {
    child.signal('SIGTERM'); // one that comes as the command ends is still for that
    return child.end;
  }, 'it ends');
  assert.equal(child.end.code, 9);
});
