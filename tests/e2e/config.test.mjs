// The settings of sse.fcgi: environment and flags, and how a bad one is refused.
import assert from 'node:assert/strict';
import { startDirect } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

/** Values that are refused; the empty one only as a flag, since an empty variable counts as not set. */
const BAD_VALUES = {
  SSE_MOUNT: ['sse', '', '/sse,events'],
  SSE_REDIS: ['http://host', 'redis://host:99999', 'redis://host/x', 'unix:', ''],
  SSE_PREFIX: ['sse', ''],
  SSE_CHANNEL: ['a b', '-x', ''],
  SSE_HEARTBEAT: ['soon', '-1', '', '0', '1e99', '15s'],
  SSE_RETRY: ['0', 'x', '-5', '99999999999'],
  SSE_MAX_STREAMS: ['-1', 'x', '1.5'],
  SSE_MAX_AGE: ['-1', 'x', '0.5', '86401', '15m'],
  SSE_QUEUE: ['-1', 'x', '1k?'],
  SSE_MAX_EVENT: ['-1', 'x'],
  SSE_DRAIN: ['x', '-1'],
  SSE_LOG: ['loud', ''],
  SSE_LISTEN_MODE: ['999', 'rw', '01777777'],
  SSE_CORS: ['a.example', 'https://a.example/path'],
};

/** `end` is a refusal that names the setting, shows the value (a URL may hold a password) and says more. */
function assertRefused(end, said, value) {
  const told = `${said} ${JSON.stringify(value)}: ${end.stderr}`;
  assert.equal(end.code, 64, told);
  assert.ok(end.stderr.includes(said), told);
  if (!/redis/i.test(said)) assert.ok(end.stderr.includes(value), told);
  assert.ok(end.stderr.trim().length > said.length + value.length + 10, told);
  assert.equal(end.stdout, '');
}

for (const [name, values] of Object.entries(BAD_VALUES)) {
  scenario(`a bad ${name} stops the start and is named`, async (ws) => {
    const flag = `--${name.slice(4).toLowerCase().replaceAll('_', '-')}`;
    const listen = ['--listen', ws.path('x.sock')];
    for (const value of values) {
      assertRefused(await ws.run('sse.fcgi', [...listen, `${flag}=${value}`]), flag, value);
      if (value === '') continue;
      assertRefused(await ws.run('sse.fcgi', listen, { env: { [name]: value } }), name, value);
    }
  });
}

scenario('an empty variable counts as not set', async (ws) => {
  const names = Object.keys(BAD_VALUES).filter((name) => !/REDIS|PREFIX/.test(name));
  const { server } = await startDirect(ws, Object.fromEntries(names.map((name) => [name, ''])));
  const stream = await server.stream('/sse');
  assert.match(stream.raw().toString(), /^retry: 2000\n:\nevent: stream-open\ndata: .*"status"/);
});

scenario('a password in a bad URL is not shown', async (ws) => {
  for (const url of ['redis://user:s3cret@host:99999', 'redis://:s3cret@host/x']) {
    for (const name of ['sse.fcgi', 'sse-publish']) {
      const end = await ws.run(name, ['--redis', url, 'a', '1']);
      assert.equal(end.code, 64);
      assert.doesNotMatch(end.stderr, /s3cret/);
    }
  }
});

scenario('a flag that does not exist, or lacks its value, is a usage error', async (ws) => {
  for (const args of [['--no-such-thing'], ['--heartbeat'], ['stray']]) {
    const end = await ws.run('sse.fcgi', args);
    assert.equal(end.code, 64, args.join(' '));
    assert.ok(end.stderr.includes(args[0]), end.stderr);
  }
});

scenario('a flag overrides the environment', async (ws) => {
  const args = ['--listen', ws.path('f.sock'), '--retry=1234', '--channel', 'mine'];
  const env = { SSE_RETRY: '9999', SSE_CHANNEL: 'theirs' };
  const { server } = await startDirect(ws, env, { args, address: { path: ws.path('f.sock') } });
  const stream = await server.stream('/sse');
  assert.match(stream.raw().toString(), /^retry: 1234\n/);
  assert.match(stream.opens()[0].data, /"mine"/);
});

scenario('--help and --version go to stdout and exit 0', async (ws) => {
  for (const name of ['sse.fcgi', 'sse-publish', 'sse-progress']) {
    const help = await ws.run(name, ['--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /usage/i);
    assert.equal(help.stderr, '');
    const version = await ws.run(name, ['--version']);
    assert.equal(version.code, 0);
    assert.match(version.stdout, /\d+\.\d+/);
  }
});
