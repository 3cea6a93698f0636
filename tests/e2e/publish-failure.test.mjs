// Publishing while Redis goes and comes: once, in order, or an exit code that says what is known.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { program, scaled } from './lib/build.mjs';
import { Child } from './lib/child.mjs';
import { Cut } from './lib/cut.mjs';
import { eventually, paced } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { assertRising } from './lib/sse.mjs';
import { Stack, startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

/** An sse-publish that runs: `says(pattern)` on stderr, `end()`. */
function begin(stack, args) {
  const env = stack.ws.environment(stack.env);
  const child = new Child('sse-publish', program('sse-publish'), args, { env });
  child.process.stdin.end();
  stack.ws.own(child);
  return Object.assign(child, { says: (pattern) => says(child, pattern) });
}

function says(child, pattern) {
  return eventually(() => pattern.test(child.stderr()), `it says ${pattern}`);
}

function assertEnded(child, end, code, said) {
  assert.equal(end.code, code, child.stderr());
  assert.match(child.stderr(), said);
}

/** Redis, and publishers that reach it through a connection that can be cut. */
async function startCut(ws, options) {
  const redis = await Redis.start(ws, options);
  const stack = new Stack(ws, redis, null);
  const cut = await Cut.start(ws, redis);
  const through = new Stack(ws, redis, null);
  through.env.SSE_REDIS = cut.url;
  return { redis, stack, cut, through };
}

/** Fails unless the log of a channel has exactly these lines, in order, under the ids that were printed. */
async function assertStored(stack, channel, ids, lines) {
  const log = await stack.redis.logOf(channel);
  assertRising(ids);
  assert.deepEqual(
    log.map(({ data }) => data),
    lines,
  );
  assert.deepEqual(
    log.map(({ id }) => id),
    ids,
  );
}

scenario('Redis comes up while it is waited for', async (ws) => {
  const stack = new Stack(ws, await Redis.prepare(ws), null);
  const one = begin(stack, ['a', '1']);
  await one.says(/Redis at unix:.*redis\.sock: No such file.*; trying again for 10 s\n/);
  await stack.redis.start();
  assertEnded(one, await one.exited, 0, /Redis is back\n$/);
  assert.equal(one.stderr().match(/trying again/g).length, 1, 'said once');
  await assertStored(stack, 'a', [one.stdout().trim()], ['1']);
});

scenario('away for longer than --timeout is exit 69, and nothing is published', async (ws) => {
  const stack = new Stack(ws, await Redis.prepare(ws), null);
  for (const options of [{ args: ['--timeout', '0.5'] }, { env: { SSE_TIMEOUT: '0.5' } }]) {
    const start = performance.now();
    const end = await stack.run([...(options.args ?? []), 'a', '1'], options);
    assert.equal(end.code, 69, end.stderr);
    assert.match(end.stderr, /not published: Redis at unix:.*No such file/);
    assert.ok(performance.now() - start > 480, 'not before');
  }
  const end = await stack.run(['--timeout', '0', 'a', '1']);
  assert.equal(end.code, 69);
  assert.doesNotMatch(end.stderr, /trying/);
});

scenario('with an answer lost the event is found by its nonce', async (ws) => {
  const { cut, stack, through } = await startCut(ws);
  const heard = await stack.redis.listen('sse:*');
  cut.swallow();
  const first = await through.publish('a', '1');
  cut.swallow({ times: 3 });
  const second = await through.publish('a', '2');
  assert.equal(cut.swallowed, 4);
  await assertStored(stack, 'a', [first, second], ['1', '2']);
  assert.equal(heard.length, 2, 'and it went out live once');
});

scenario('with an answer lost it is not known how many received it', async (ws) => {
  const { redis, cut, through } = await startCut(ws);
  cut.swallow();
  const end = await through.run(['a', '[1]', '--json', '--verbose']);
  const [{ id }] = await redis.logOf('a');
  assert.deepEqual(JSON.parse(through.succeed(end)[0]), { id, channel: 'a', size: 3, receivers: null });
  assert.match(end.stderr, /receivers: not known, an earlier try published it\n/);
});

scenario('with answers lost --lines goes on, each line once and in order', async (ws) => {
  const { cut, stack, through } = await startCut(ws);
  const keep = ['--keep', '10000'];
  const other = stack.openLines('a', '--text', '-e', 'other', ...keep); // in between, on the same channel
  const lines = through.openLines('a', '--text', ...keep);
  let count = 0;
  let answered = 0;
  while (cut.swallowed < 20) {
    assert.ok(lines.child.alive, lines.child.stderr());
    if (lines.ids().length > answered) cut.swallow({ times: 1 + (cut.swallowed % 2) });
    answered = lines.ids().length;
    await paced(20, 1000, () => {
      lines.write(count++);
      if (count % 10 === 0) other.write('other');
    });
  }
  cut.plan = [];
  assert.equal((await lines.finish()).code, 0, lines.child.stderr());
  assert.equal((await other.finish()).code, 0);
  const own = (await stack.redis.logOf('a')).filter(({ event }) => event !== 'other');
  assert.deepEqual(
    own.map(({ data }) => data),
    Array.from({ length: count }, (_, i) => String(i)),
  );
  assert.deepEqual(
    own.map(({ id }) => id),
    lines.ids(),
  );
  ws.note(`${count} lines, ${cut.swallowed} answers lost`);
});

scenario('what arrives after its own retry is not published again', async (ws) => {
  const { cut, stack, through } = await startCut(ws);
  const ids = [await stack.publish('a', '"before"')];
  cut.plan.push('hold', 'hold');
  ids.push(await through.publish('a', '1'));
  ids.push(await stack.publish('a', '2'));
  const lines = through.openLines('a');
  await pause(1); // it may connect before or after the line is there
  cut.plan.push('hold');
  lines.write('3');
  ids.push((await lines.printed(1))[0]);
  await lines.finish();
  const answers = await cut.release();
  assert.equal(answers.length, 3);
  assert.ok(answers[0].includes(ids[1]) && answers[2].includes(ids[3]), answers.join());
  await assertStored(stack, 'a', ids, ['"before"', '1', '2', '3']);
});

scenario('with the log trimmed meanwhile it is exit 75, and not published', async (ws) => {
  const { cut, stack, through } = await startCut(ws);
  await stack.publish('a', '"before"');
  cut.swallow({ close: true });
  const one = begin(through, ['a', '"mine"']);
  await cut.swallowedAnswers(1);
  await stack.publishLines('a', Array(300).fill('1'), '--keep', '10');
  cut.open();
  assertEnded(one, await one.exited, 75, /not known whether it is published: .*log/);
  assert.equal(one.stdout(), '');
  assert.ok((await stack.stored()).every((data) => data === '1'));
});

scenario('with the log trimmed --lines names the line, and goes on', async (ws) => {
  const { cut, stack, through } = await startCut(ws);
  const lines = through.openLines('a');
  lines.write('1');
  await lines.printed(1);
  // Trimmed before it is first sent is no reason to doubt.
  await stack.publishLines('a', Array(300).fill('0'), '--keep', '10');
  lines.write('2');
  await lines.printed(2);
  assert.equal((await stack.stored()).at(-1), '2');
  cut.swallow({ close: true });
  lines.write('3');
  await cut.swallowedAnswers(1);
  await stack.publishLines('a', Array(300).fill('0'), '--keep', '10');
  cut.open();
  await says(lines.child, /line 3: not known whether it is published: /);
  lines.write('4');
  await lines.printed(3);
  assert.equal((await lines.finish()).code, 75);
  assert.equal((await stack.stored()).filter((data) => data === '3').length, 0);
  assert.equal((await stack.stored()).at(-1), '4');
});

scenario('with Redis emptied meanwhile it is published', async (ws) => {
  const { cut, stack, through } = await startCut(ws);
  await stack.publish('a', '"before"');
  for (const others of [[], ['b', 'a']]) {
    cut.swallow({ close: true });
    const before = cut.swallowed;
    const one = begin(through, ['a', '"mine"']);
    await cut.swallowedAnswers(before + 1);
    await stack.redis.command('FLUSHALL');
    for (const channel of others) await stack.publish(channel, '1');
    cut.open();
    assertEnded(one, await one.exited, 0, /Redis is back/);
    const log = await stack.redis.logOf('a');
    assert.equal(log.filter(({ data }) => data === '"mine"').length, 1);
    assert.equal(log.at(-1).id, one.stdout().trim());
  }
});

scenario('killed with -9 under 1,000 lines a second: each is there once, in order', async (ws) => {
  const redis = await Redis.start(ws, { appendonly: true, config: ['--appendfsync', 'always'] });
  const stack = new Stack(ws, redis, null);
  const publishers = ['a', 'b'].map((channel) => ({
    channel,
    lines: stack.openLines(channel, '--text', '--keep', '100000', '--timeout', '60'),
  }));
  let written = 0;
  let done = false;
  const rounds = scaled(6, 3);
  const writing = (async () => {
    while (!done && publishers.every(({ lines }) => lines.child.alive)) {
      await paced(50, 500, () => {
        for (const { lines } of publishers) lines.write(written);
        written++;
      });
    }
  })();
  for (let round = 0; round < rounds; round++) {
    const enough = publishers[0].lines.ids().length + 200;
    await Promise.all(publishers.map(({ lines }) => lines.printed(enough)));
    await redis.kill();
    await redis.start();
  }
  done = true;
  await writing;
  const expected = Array.from({ length: written }, (_, i) => String(i));
  for (const { channel, lines } of publishers) {
    assert.equal((await lines.finish()).code, 0, lines.child.stderr());
    assert.match(lines.child.stderr(), /trying again for 60 s/);
    await assertStored(stack, channel, lines.ids(), expected);
  }
  ws.note(`${2 * written} events, ${rounds} kills`);
});

scenario('a Redis that hangs: what is known is said within --timeout', async (ws) => {
  const stack = await startPublisher(ws);
  const lines = stack.openLines('a', '--timeout', '1');
  lines.write('1');
  await lines.printed(1);
  stack.redis.freeze();
  const start = performance.now();
  const one = await stack.run(['--timeout', '1', 'b', '1']);
  assert.equal(one.code, 69, 'it was never sent');
  assert.match(one.stderr, /not published: .*no answer in time/);
  lines.write('2');
  lines.write('3');
  const end = await lines.finish();
  assert.ok(performance.now() - start < 5000);
  assert.equal(end.code, 75, lines.child.stderr());
  assert.match(lines.child.stderr(), /lines? 2.*: not known whether .* published: .*no answer in time/);
  stack.redis.thaw();
  assert.equal(await stack.redis.command('EXISTS', 'sse:log:b'), 0);
});

scenario('a Redis that hangs and goes on: published once', async (ws) => {
  const stack = await startPublisher(ws);
  const lines = stack.openLines('a', '--timeout', '60');
  lines.write('1');
  await lines.printed(1);
  stack.redis.freeze();
  const large = `"${'x'.repeat(200_000)}"`;
  for (let i = 0; i < 4; i++) lines.write(large); // more than Redis reads in one turn
  await says(lines.child, /no answer in time \(SSE_REDIS .*\); trying again/);
  stack.redis.thaw();
  await lines.printed(5);
  assert.equal((await lines.finish()).code, 0);
  await assertStored(stack, 'a', lines.ids(), ['1', large, large, large, large]);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  scenario(`${signal} ends the waiting, and what is known is said`, async (ws) => {
    const stack = new Stack(ws, await Redis.prepare(ws), null);
    const one = begin(stack, ['--timeout', '3600', 'a', '1']);
    await one.says(/trying again for 3600 s/);
    one.signal(signal);
    assertEnded(one, await one.exited, 69, /not published: Redis at /);
    await stack.redis.start();
    const lines = stack.openLines('a', '--timeout', '3600');
    lines.write('1');
    await lines.printed(1);
    stack.redis.freeze();
    lines.write('2');
    await says(lines.child, /trying again for 3600 s/);
    lines.child.signal(signal);
    assertEnded(
      lines.child,
      await lines.child.exited,
      75,
      /line 2: not known whether it is published: [^]*stopped at line 2\n$/,
    );
    stack.redis.thaw();
  });
}

scenario('a signal ends --lines as before while it waits for input', async (ws) => {
  const stack = await startPublisher(ws);
  const lines = stack.openLines('a');
  lines.write('1');
  await lines.printed(1);
  lines.child.signal('SIGTERM');
  assert.equal((await lines.child.exited).signal, 'SIGTERM');
  assert.equal(lines.child.stderr(), '');
});

scenario('a publisher killed at random leaves its event whole or not at all', async (ws) => {
  const stack = await startPublisher(ws);
  const heard = await stack.redis.listen('sse:*');
  const stdin = Array.from({ length: 40 }, (_, i) => `{"n":${i}}\n`).join('');
  const env = ws.environment(stack.env);
  env.ASAN_OPTIONS += ':detect_leaks=0'; // killed while it looks for leaks it would complain
  for (let round = 0; round < 60; round++) {
    const args = ['--keep', '10000', ...(round % 2 ? ['a', '{"whole":true}'] : ['--lines', 'a'])];
    const child = new Child('sse-publish', program('sse-publish'), args, { env });
    child.process.stdin.end(round % 2 ? '' : stdin);
    await pause(Math.random() * 20);
    await child.kill();
  }
  const last = await stack.publish('a', '"last"', '--keep', '10000');
  const log = await stack.redis.logOf('a');
  await eventually(() => heard.length >= log.length, 'all are live');
  assert.deepEqual(
    heard.map(({ message }) => JSON.parse(message).id),
    log.map(({ id }) => id),
  );
  for (const [i, { prev, data, nonce }] of log.entries()) {
    assert.equal(prev, i > 0 ? log[i - 1].id : '0-0');
    assert.match(data, /^(\{"whole":true\}|\{"n":\d+\}|"last")$/);
    assert.match(nonce, /^[0-9a-f]{16}$/);
  }
  assert.equal((await stack.redis.hash('sse:last')).a, last);
  ws.note(`${log.length} entries of 60 publishers`);
});
