// sse-publish's options: data out of files, channels out of lines, what it says, and a password in a file.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { program } from './lib/build.mjs';
import { Child } from './lib/child.mjs';
import { Redis } from './lib/redis.mjs';
import { LARGEST, startDirect, startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

function file(ws, name, content) {
  fs.writeFileSync(ws.path(name), content);
  return ws.path(name);
}

async function assertNothingStored(stack) {
  assert.deepEqual(await stack.redis.command('KEYS', '*log:*'), []);
}

scenario('dots nest objects, and key@file is the content of a file', async (ws) => {
  const stack = await startPublisher(ws);
  const note = file(ws, 'note', 'two\n"lines"\n');
  const args = ['disk.root.free:=7', 'host=a@b', 'disk.home=ok', `note@${note}`, 'in.put@-'];
  const end = await stack.run(['a', ...args], { stdin: 'from stdin\n' });
  assert.equal(end.code, 0, end.stderr);
  assert.deepEqual(JSON.parse((await stack.stored())[0]), {
    disk: { root: { free: 7 }, home: 'ok' },
    host: 'a@b',
    note: 'two\n"lines"',
    in: { put: 'from stdin' },
  });
});

scenario('a file that is no data is refused before anything is sent', async (ws) => {
  const stack = await startPublisher(ws);
  const cases = [
    [['a', 'x=1', 'n@/no/such'], 1, /the value of n: \/no\/such: No such file/],
    [['a', `n@${file(ws, 'bytes', Buffer.from([0x61, 0xff]))}`], 65, /value of n: byte 2.*not UTF-8/],
    [['a', `n@${file(ws, 'large', 'x'.repeat(LARGEST + 1))}`], 65, /262144/],
    [['a', 'n.a=1', 'n=2'], 65, /the key n is given a value, and is an object as well/],
    [['a', '--file', '/no/such'], 1, /\/no\/such: No such file/],
    [['a', '--text', '--file', ws.path('bytes')], 65, /byte 2.*not UTF-8/],
    [['a', '--text', '--file', ws.path('large')], 65, /262144/],
    [['a', '--lines', '--file', '/no/such'], 1, /\/no\/such: No such file/],
    [['a', '--file', ws.path('bytes'), 'x=1'], 64, /--file has the data/],
    [['a', '{}', '-e', 'two\nlines'], 64, /--event/],
    [['a', '{}', '--strict'], 64, /--strict goes with --lines only/],
    [['a', '{}', '--channel-key', 'k'], 64, /--channel-key goes with --lines only/],
    [['--lines', '--text', '--channel-key', 'k'], 64, /--text/],
    [['a', '{}', '--quiet', '--json'], 64, /--quiet/],
  ];
  for (const [args, code, words] of cases) {
    const end = await stack.run(args, { stdin: '' });
    assert.equal(end.code, code, `${args}: ${end.stderr}`);
    assert.match(end.stderr, words);
    assert.equal(end.stdout, '');
  }
  await assertNothingStored(stack);
});

scenario('--file is data, or with --lines an event a line', async (ws) => {
  const stack = await startPublisher(ws);
  const lines = file(ws, 'lines', '{"n":1}\n{"n":2}\n');
  stack.succeed(await stack.run(['a', '--text', '--file', lines]));
  assert.equal(stack.succeed(await stack.run(['--lines', 'a', '-f', lines])).length, 2);
  assert.deepEqual(await stack.stored(), ['{"n":1}\n{"n":2}', '{"n":1}', '{"n":2}']);
});

scenario('--lines --strict sends what is before the bad line, and nothing behind it', async (ws) => {
  const stack = await startPublisher(ws);
  const stdin = ['{"n":1}', '{"n":2}', 'not json', '{"n":4}', ''].join('\n');
  const end = await stack.run(['--lines', '--strict', 'a'], { stdin });
  assert.equal(end.code, 65);
  assert.match(end.stderr, /line 3: not JSON[^]*stopped at line 3/);
  assert.deepEqual(await stack.stored(), ['{"n":1}', '{"n":2}']);
  assert.equal(end.stdout.trim().split('\n').length, 2);
  const long = `"${'x'.repeat(LARGEST)}"\n1\n`;
  assert.equal((await stack.run(['--lines', '--strict', 'b'], { stdin: long })).code, 65);
  assert.deepEqual(await stack.stored('b'), []);
});

scenario("--channel-key takes each line's channel from its JSON", async (ws) => {
  const stack = await startPublisher(ws);
  const lines = [
    '{"job":{"name":"jobs/1"},"n":1}',
    '{"job":{"name":"jobs/2"},"n":2}',
    '{"job":{"name":"no channel"},"n":3}',
    '{"n":4}',
    '{"job":{"name":"jobs/1"},"n":5}',
  ];
  const args = ['--lines', '--channel-key', 'job.name'];
  const end = await stack.run(args, { stdin: lines.join('\n') });
  assert.equal(end.code, 65);
  assert.match(end.stderr, /line 3: job\.name: the channel "no channel"/);
  assert.match(end.stderr, /line 4: it has no string job\.name/);
  assert.deepEqual(await stack.stored('jobs/1'), [lines[0], lines[4]]);
  assert.deepEqual(await stack.stored('jobs/2'), [lines[1]]);
  stack.succeed(await stack.run([...args, 'others'], { stdin: lines[3] }));
  assert.deepEqual(await stack.stored('others'), [lines[3]]);
});

scenario('--json prints id, channel, size and how many receive it', async (ws) => {
  const stack = await startDirect(ws);
  const print = async (args, stdin = '') => {
    const end = await stack.run(['--json', ...args], { stdin });
    return stack.succeed(end).map((line) => JSON.parse(line));
  };
  const [alone] = await print(['jobs/42', '{"ü":1}']);
  const [{ id }] = await stack.redis.logOf('jobs/42');
  assert.deepEqual(alone, { id, channel: 'jobs/42', size: 8, receivers: 0 });
  const stream = await stack.server.stream('/sse/jobs/42');
  await stack.follows(['jobs/42']);
  assert.equal((await print(['jobs/42', '1']))[0].receivers, 1);
  await stream.waitFor(() => stream.published().length > 0, 'the event');
  const lines = await print(['--lines', '--channel-key', 'c'], '{"c":"jobs/42"}\n{"c":"x"}\n');
  assert.deepEqual(
    lines.map(({ channel, size, receivers }) => [channel, size, receivers]),
    [
      ['jobs/42', 15, 1],
      ['x', 9, 0],
    ],
  );
});

scenario('--quiet prints nothing, --verbose says more, and failures are said by both', async (ws) => {
  const stack = await startPublisher(ws);
  const quiet = await stack.run(['-q', 'a', 'n=1']);
  assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, '', '']);
  const verbose = await stack.run(['-v', 'a', '12']);
  assert.equal(verbose.code, 0);
  assert.equal(verbose.stderr, `sse-publish: ${verbose.stdout.trim()} on a, bytes: 2, receivers: 0\n`);
  const bad = await stack.run(['-q', 'a', '{']);
  assert.equal(bad.code, 65);
  assert.match(bad.stderr, /not JSON/);
  await stack.redis.kill();
  const away = await stack.run(['-q', '--timeout', '0.3', 'a', '1']);
  assert.equal(away.code, 69);
  assert.doesNotMatch(away.stderr, /trying again/);
  assert.match(away.stderr, /not published/);
});

scenario('the password of Redis may lie in a file, for all programs', async (ws) => {
  const redis = await Redis.start(ws, { password: 'pass word%' });
  const right = file(ws, 'right', 'pass word%\n');
  const wrong = file(ws, 'wrong', 'other\n');
  const stack = await startDirect(ws, { SSE_REDIS_PASSWORD_FILE: right }, { redis });
  const stream = await stack.server.stream('/sse/a');
  const env = { SSE_REDIS_PASSWORD_FILE: right };
  stack.succeed(await stack.run(['a', '1'], { env }));
  await stream.waitFor(() => stream.published().length === 1, 'the event');

  const by = (file) => ({ env: { SSE_REDIS_PASSWORD_FILE: file } });
  stack.succeed(await stack.run(['a', '1', '--redis-password-file', right], by(wrong)));
  const inUrl = `redis://:pass%20word%25@127.0.0.1:${redis.port}`;
  stack.succeed(await stack.run(['a', '1', '--redis', inUrl], by(wrong))); // the URL's own wins
  const user = `redis://default@127.0.0.1:${redis.port}`;
  stack.succeed(await stack.run(['a', '1', '--redis', user], by(right)));

  const refused = await stack.run(['a', '1'], by(wrong));
  assert.equal(refused.code, 69);
  assert.match(refused.stderr, /WRONGPASS/);
  const missing = await stack.run(['a', '1'], by('/no/such'));
  assert.equal(missing.code, 64);
  const named = 'sse-publish: SSE_REDIS_PASSWORD_FILE=/no/such in the environment: No such file';
  assert.ok(missing.stderr.startsWith(named), missing.stderr);
  const option = await stack.run(['a', '1', '--redis-password-file', '/no/other'], by('/no/such'));
  assert.equal(option.code, 64);
  assert.match(option.stderr, /^sse-publish: --redis-password-file \/no\/other: No such file/);
  const nobody = await stack.run(['a', '1', '--redis', user]);
  assert.equal(nobody.code, 64);
  assert.match(nobody.stderr, /^sse-publish: --redis \.\.\.: names a user without a password/);
  const unnamed = await ws.run('sse-publish', ['a', '1'], { env: { SSE_REDIS: user } });
  assert.equal(unnamed.code, 64);
  assert.match(unnamed.stderr, /: SSE_REDIS=\.\.\. in the environment: names a user without/);
  assert.equal((await stack.stored()).length, 4);
  for (const said of [refused, missing, nobody, unnamed]) assert.doesNotMatch(said.stderr, /pass word|other/);
});

scenario('sse.fcgi and sse-progress do not start with a password file that is none', async (ws) => {
  const env = ws.environment({ SSE_REDIS_PASSWORD_FILE: file(ws, 'empty', '') });
  for (const [name, args] of [
    ['sse.fcgi', ['--listen', ws.path('s')]],
    ['sse-progress', ['clock']],
  ]) {
    const child = ws.own(new Child(name, program(name), args, { env }));
    assert.notEqual((await child.exited).code, 0);
    assert.match(child.stderr(), /empty.* holds no password/);
  }
});
