// sse-tail against the real stack: what it prints, when it stops, what it hands to commands, its exit codes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { program, sanitized } from './lib/build.mjs';
import { runProgram } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { startWeb } from './lib/stack.mjs';
import { Tail, objects, tail } from './lib/tail.mjs';
import { freePort, scenario } from './lib/workspace.mjs';
import { certificate } from './lib/web/tls.mjs';

/** A stack with two events on channel a: {stack, url, all, ids}; `all` is the URL of both. */
async function scene(ws, env, options) {
  const stack = await startWeb(ws, { SSE_RETRY: '100', ...env }, options);
  const ids = [
    await stack.publish('a', '{"n":1}', '-e', 'progress'),
    await stack.publish('a', 'two\nlines', '--text'),
  ];
  const url = `${stack.server.origin}/sse/a`;
  return { stack, url, all: `${url}?since=all`, ids };
}

const CAUGHT_UP = ['--until', 'stream-open'];

scenario('in a pipe it prints the data, with --json all that is known', async (ws) => {
  const { all, ids } = await scene(ws);
  const raw = await tail(ws, [...CAUGHT_UP, all]);
  assert.deepEqual([raw.code, raw.stdout, raw.stderr], [0, '{"n":1}\ntwo\nlines\n', '']);
  const json = await tail(ws, ['--json', ...CAUGHT_UP, all]);
  assert.equal(json.code, 0);
  assert.deepEqual(objects(json.stdout), [
    { id: ids[0], event: 'progress', channel: 'a', data: '{"n":1}' },
    { id: ids[1], event: 'message', channel: 'a', data: 'two\nlines' },
  ]);
});

scenario('on a terminal it prints time, channel, event and data, and nothing steers it', async (ws) => {
  const { stack, all, ids } = await scene(ws);
  await stack.publish('a', 'a\u001b[31mb\u009bc\td', '--text', '-e', 'evil');
  const run = async (env) => {
    const command = `${program('sse-tail')} --until stream-open '${all}'`;
    const setting = { env: ws.environment({ TZ: 'UTC', TERM: 'xterm', ...env }), cwd: ws.dir };
    const end = await runProgram('script', ['-qec', command, '/dev/null'], setting);
    assert.equal(end.code, 0, end.stdout);
    return end.stdout.replaceAll('\r\n', '\n').split('\n');
  };
  const plain = await run({ NO_COLOR: '1' });
  const clock = (id) => new Date(Number(id.split('-')[0])).toISOString().slice(11, 19);
  assert.deepEqual(plain.slice(0, 3), [
    `${clock(ids[0])}  a  progress  {"n":1}`,
    `${clock(ids[1])}  a  message  two`,
    '    lines',
  ]);
  assert.match(plain[3], / {2}evil {2}a\\x1b\[31mb\\x9bc\td$/);
  assert.match((await run({}))[0], /\u001b\[1mprogress\u001b\[0m {2}\{"n":1\}$/);
});

scenario('with wrap=1 each event has the channel that it came on', async (ws) => {
  const { stack } = await scene(ws);
  await stack.publish('b/c', 'x', '--text', '-e', 'note');
  const url = `${stack.server.origin}/sse?channel=*&wrap=1&since=all`;
  const { stdout } = await tail(ws, ['--json', ...CAUGHT_UP, url]);
  assert.deepEqual(
    objects(stdout).map(({ channel, event, data }) => [channel, event, data]),
    [
      ['a', 'progress', '{"n":1}'],
      ['a', 'message', 'two\nlines'],
      ['b/c', 'note', 'x'],
    ],
  );
});

scenario('--count and --until stop it behind the event that was waited for', async (ws) => {
  const { all, stack } = await scene(ws);
  assert.equal((await tail(ws, ['--count', '1', all])).stdout, '{"n":1}\n');
  assert.equal((await tail(ws, ['--until', 'progress', all])).stdout, '{"n":1}\n');
  const by = await tail(ws, ['--until', 'message=two', '--until', 'message=two\nlines', all]);
  assert.deepEqual([by.code, by.stdout], [0, '{"n":1}\ntwo\nlines\n']);
  const live = new Tail(ws, ['-v', '--until', 'state=done', all]);
  await live.said('open');
  await stack.publish('a', 'running', '--text', '-e', 'state');
  await stack.publish('a', 'done', '--text', '-e', 'state');
  assert.equal((await live.child.exited).code, 0);
  assert.equal(live.text(), '{"n":1}\ntwo\nlines\nrunning\ndone\n');
});

scenario('--timeout: 75 with a stream, 69 without one', async (ws) => {
  const { url } = await scene(ws);
  const late = await tail(ws, ['--until', 'never', '--timeout', '3', url]);
  assert.equal(late.code, 75, late.stderr);
  assert.equal(late.stderr, 'sse-tail: what was waited for has not come in 3 s\n');
  const read = await tail(ws, ['--timeout', '3', url]);
  assert.deepEqual([read.code, read.stderr], [75, 'sse-tail: the time is up: 3 s\n']);
  const none = await tail(ws, ['--timeout', '1.234', `http://127.0.0.1:${await freePort()}/`]);
  assert.equal(none.code, 69);
  assert.match(none.stderr, /waiting: .*; next try in .*\n.*no stream in 1.234 s\n$/);
});

scenario('a socket where nobody listens is named', async (ws) => {
  const file = ws.path('file');
  fs.writeFileSync(file, '');
  for (const [socket, words] of [
    [ws.path('none'), 'No such file or directory'],
    [file, 'Connection refused'],
  ]) {
    const { code, stderr } = await tail(ws, ['--timeout', '0.3', `unix:${socket}:/sse/a`]);
    assert.equal(code, 69);
    assert.ok(stderr.startsWith(`sse-tail: waiting: ${socket}: ${words}; next try in `), stderr);
  }
});

scenario('the end of a channel is the end of it, but not what was waited for', async (ws) => {
  const { all, stack } = await scene(ws);
  const follows = new Tail(ws, ['-v', all]);
  await follows.said('open');
  const waits = new Tail(ws, ['--until', 'never', all], { file: 'other' });
  await stack.run(['--end', 'a']);
  assert.equal((await follows.child.exited).code, 0);
  assert.equal(follows.text(), '{"n":1}\ntwo\nlines\n{}\n');
  assert.equal((await waits.child.exited).code, 1);
  assert.match(waits.child.stderr(), /the stream is over, and what was waited for has not come/);
});

scenario('what the server refuses is told with its words, and ends it', async (ws) => {
  const { stack } = await scene(ws);
  const bad = await tail(ws, [`${stack.server.origin}/sse/-x`]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /the server answers 400: The channel "-x" starts with -/);
  const page = await tail(ws, [`${stack.server.origin}/sse.fcgi.none`]);
  assert.deepEqual([page.code, page.stderr], [1, 'sse-tail: the server answers 404\n']);
});

scenario('wrong usage is 64, and says what would be right', async (ws) => {
  for (const [args, words] of [
    [[], 'the URL is missing'],
    [['http://a/', 'http://b/'], 'one URL only'],
    [['ftp://a/'], 'must begin with http:'],
    [['unix:/nowhere'], 'must be unix:SOCKET:/PATH'],
    [['--count', '0', 'http://a/'], 'must be a number, from 1'],
    [['-H', 'none', 'http://a/'], 'must be "Name: value"'],
    [['--cacert', '/nowhere', 'http://a/'], 'there is no such file'],
  ]) {
    const { code, stderr } = await tail(ws, args);
    assert.equal(code, 64, stderr);
    assert.ok(stderr.includes(words), stderr);
  }
  fs.writeFileSync(ws.path('cursor'), 'two\nlines\n');
  const cursor = await tail(ws, ['--cursor', ws.path('cursor'), 'http://a/']);
  assert.equal(cursor.code, 1);
  assert.match(cursor.stderr, /holds no cursor/);
});

scenario('--exec has the event in its environment and the data on its input', async (ws) => {
  const { stack, all, ids } = await scene(ws);
  const command = 'echo "$SSE_ID|$SSE_EVENT|$SSE_CHANNEL|$SSE_DATA"; cat';
  const ran = await tail(ws, ['--exec', command, ...CAUGHT_UP, all]);
  assert.deepEqual(ran.stdout.split('\n'), [
    `${ids[0]}|progress|a|{"n":1}`,
    '{"n":1}',
    `${ids[1]}|message|a|two`,
    ...['lines', 'two', 'lines', ''],
  ]);
  assert.equal(ran.code, 0);
  const failed = await tail(ws, ['--exec', 'test "$SSE_EVENT" = progress', ...CAUGHT_UP, all]);
  assert.equal(failed.code, 1);
  assert.equal(failed.stderr, `sse-tail: the command for event ${ids[1]} exits 1\n`);
  // More than the environment holds, and a command that does not read its input.
  const large = 'x'.repeat(200_000);
  await stack.pipe('a', large, '--text');
  const counted = await tail(ws, ['-x', 'echo ${#SSE_DATA}; wc -c', '-n1', `${all.split('?')[0]}`]);
  assert.deepEqual(counted.stdout.trim().split(/\s+/), ['0', '200001']);
  assert.equal((await tail(ws, ['--exec', 'true', ...CAUGHT_UP, all])).code, 0);
});

scenario('a signal waits for the command, and the cursor is kept behind it', async (ws) => {
  const { all, ids } = await scene(ws);
  const command = 'echo started >&2; until [ -e go ]; do sleep 0.05; done; echo "$SSE_ID"';
  const args = ['--cursor', ws.path('cursor'), '--exec', command, all];
  const first = new Tail(ws, args);
  await first.said('started');
  first.child.signal('SIGTERM');
  fs.writeFileSync(ws.path('go'), '');
  assert.equal((await first.child.exited).signal, 'SIGTERM');
  assert.equal(fs.readFileSync(ws.path('cursor'), 'utf8'), `${ids[0]}\n`);
  const second = await tail(ws, [...CAUGHT_UP, ...args]);
  assert.equal(second.stdout, `${ids[1]}\n`);
});

scenario('a cursor that cannot be kept ends it before anything has run', async (ws) => {
  const { all } = await scene(ws);
  fs.mkdirSync(ws.path('shut'));
  fs.writeFileSync(ws.path('shut/cursor'), '1-1\n'); // and this file may be written
  fs.chmodSync(ws.path('shut'), 0o555);
  const command = process.getuid() === 0 ? ['setpriv', '--bounding-set=-dac_override'] : [];
  for (const [name, reason] of [
    ['none/cursor', 'No such file or directory'],
    ['shut/cursor', 'Permission denied'],
  ]) {
    const path = ws.path(name);
    const [first, ...args] = [...command, program('sse-tail'), '-v', '-c', path, '-x', 'echo RAN', '-n1', all];
    const { code, stdout, stderr } = await runProgram(first, args, { env: ws.environment() });
    const words = `${path}.new cannot be made (its folder must be there, and writable): ${reason}`;
    assert.deepEqual(
      [code, stdout, stderr],
      [1, '', `sse-tail: --cursor ${path}: it cannot be replaced: ${words}\n`],
    );
  }
});

scenario('the event whose command a signal ends as well comes again', async (ws) => {
  const { all, ids } = await scene(ws);
  const args = ['--cursor', ws.path('cursor'), '--exec'];
  // As Ctrl-C, or a service manager that ends a whole group.
  for (const end of ['kill -TERM $PPID $$', 'kill -TERM $PPID; exit 143']) {
    const cut = await tail(ws, [...args, end, all]);
    assert.deepEqual([cut.signal, fs.existsSync(ws.path('cursor'))], ['SIGTERM', false], end);
  }
  // One that ends by itself is done with.
  const done = await tail(ws, [...args, 'kill -TERM $PPID; exit 3', all]);
  assert.equal(done.signal, 'SIGTERM');
  assert.equal(fs.readFileSync(ws.path('cursor'), 'utf8'), `${ids[0]}\n`);
});

scenario('whose output is gone ends as other filters do', async (ws) => {
  const { all } = await scene(ws);
  const command = `${program('sse-tail')} '${all}' | head -1; echo \${PIPESTATUS[0]}`;
  const { stdout } = await runProgram('bash', ['-c', command], {
    env: ws.environment(),
    cwd: ws.dir,
  });
  assert.equal(stdout, '{"n":1}\n141\n');
});

scenario('over https it trusts what it is told to, and no more', async (ws) => {
  const { cert, pem } = certificate(ws);
  const port = await freePort();
  const settings = [
    'server.modules += ( "mod_openssl" )',
    `$SERVER["socket"] == "127.0.0.1:${port}" { ssl.engine = "enable" ssl.pemfile = "${pem}" }`,
  ];
  await scene(ws, {}, { settings });
  const all = `https://127.0.0.1:${port}/sse/a?since=all`;
  const untrusted = await tail(ws, [...CAUGHT_UP, all]);
  assert.equal(untrusted.code, 1);
  assert.match(untrusted.stderr, /certificate/);
  for (const trust of [['--cacert', cert], ['--insecure']]) {
    const { code, stdout, stderr } = await tail(ws, [...trust, ...CAUGHT_UP, all]);
    assert.deepEqual([code, stdout, stderr], [0, '{"n":1}\ntwo\nlines\n', '']);
  }
});

scenario('a standard output that is closed ends it, and no cursor is kept', async (ws) => {
  const { all } = await scene(ws);
  const command = `${program('sse-tail')} -t20 --cursor cursor '${all}' >&-`;
  const { code, stderr } = await runProgram('bash', ['-c', command], {
    env: ws.environment(),
    cwd: ws.dir,
  });
  assert.deepEqual([code, stderr], [1, 'sse-tail: standard output: Bad file descriptor\n']);
  assert.ok(!fs.existsSync(ws.path('cursor')));
});

scenario('a socket, a redirect, a password and a token', async (ws) => {
  const socket = ws.path('web.sock');
  const users = ws.path('users');
  fs.writeFileSync(users, 'me:secret\n');
  const { stack } = await scene(ws, {}, {
    settings: [
      'server.modules += ( "mod_redirect", "mod_auth", "mod_authn_file", "mod_access" )',
      'url.redirect = ( "^/old/(.*)" => "/sse/$1" )',
      `auth.backend = "plain"`,
      `auth.backend.plain.userfile = "${users}"`,
      '$HTTP["url"] =~ "^/sse/private" { auth.require = ( "" => ( "method" => "basic", "realm" => "x", "require" => "valid-user" ) ) }',
      '$HTTP["url"] =~ "^/sse/tokens" { $REQUEST_HEADER["Authorization"] != "Bearer t0ken" { url.access-deny = ( "" ) } }',
      `$SERVER["socket"] == "${socket}" { }`,
    ],
  });
  const { origin } = stack.server;
  const prints = async (data, args, env) => {
    const end = await tail(ws, ['-n1', ...args], { env });
    assert.deepEqual([end.code, end.stdout, end.stderr], [0, `${data}\n`, ''], args.join(' '));
  };
  await stack.publish('tokens', 'of tokens', '--text');
  await stack.publish('private', 'of private', '--text');
  await prints('{"n":1}', [`unix:${socket}:/sse/a?since=all`]);
  await prints('{"n":1}', [`${origin}/old/a?since=all`]);
  const refused = await tail(ws, [`${origin}/sse/private`]);
  assert.deepEqual([refused.code, refused.stderr], [1, 'sse-tail: the server answers 401\n']);
  await prints('of private', ['--user', 'me:secret', `${origin}/sse/private`]);
  fs.writeFileSync(ws.path('.netrc'), 'machine 127.0.0.1 login me password secret\n');
  await prints('of private', ['--user', 'me', `${origin}/sse/private`], { HOME: ws.dir });
  assert.equal((await tail(ws, [`${origin}/sse/tokens`])).code, 1);
  await prints('of tokens', ['--token', 't0ken', `${origin}/sse/tokens`]);
  await prints('of tokens', [`${origin}/sse/tokens`], { SSE_TOKEN: 't0ken' });
  await prints('of tokens', ['-H', 'Authorization: Bearer t0ken', `${origin}/sse/tokens`]);
});

scenario('a secret of the command line is not left for ps to show', async (ws) => {
  const { url } = await scene(ws);
  const secrets = ['--token', 't0ken', '--user', 'me:secret', '-H', 'X-Api-Key: k3y', '-HX-Too:k3y'];
  const args = ['-v', ...secrets, url.replace('//', '//you:p4ss@')];
  const follows = new Tail(ws, args);
  await follows.said('connecting');
  const line = fs.readFileSync(`/proc/${follows.child.pid}/cmdline`, 'utf8');
  for (const secret of ['t0ken', 'secret', 'k3y', 'p4ss', 'you']) assert.ok(!line.includes(secret), line);
  for (const known of ['X-Api-Key:', url.replace('http://', '')]) assert.ok(line.includes(known), line);
});

scenario('a stream that is silent for 2.5 heartbeats is left, and asked for again', async (ws) => {
  const { stack, url } = await scene(ws);
  const follows = new Tail(ws, ['-v', '--heartbeat', '0.2', '--json', url]);
  await follows.said('open');
  process.kill(stack.server.pid, 'SIGSTOP');
  await follows.said('waiting: nothing came for 0.5 s');
  process.kill(stack.server.pid, 'SIGCONT');
  await follows.said('open', 2);
  const id = await stack.publish('a', '3');
  await eventually(() => follows.ids().at(-1) === id, 'the event has come');
});

scenario('events that are gone are told', async (ws) => {
  const { stack, url } = await scene(ws);
  fs.writeFileSync(ws.path('cursor'), '1000-0\n');
  await stack.redis.command('FLUSHALL');
  await stack.publish('a', '3');
  const args = ['--cursor', ws.path('cursor'), '--json', ...CAUGHT_UP, url];
  const { code, stdout, stderr } = await tail(ws, args);
  assert.equal(code, 0);
  assert.equal(stderr, 'sse-tail: events are gone that this reader did not have, on a\n');
  assert.deepEqual(
    objects(stdout).map(({ event }) => event),
    ['stream-reset', 'message'],
  );
  assert.equal(JSON.parse(objects(stdout)[0].data).requested, '1000-0');
});

scenario('how many events are gone is told, and on which channels', async (ws) => {
  const { stack, url, ids } = await scene(ws);
  for (let n = 3; n < 6; n++) await stack.publish('a', `${n}`);
  fs.writeFileSync(ws.path('cursor'), `${ids[0]}\n`);
  await stack.redis.command('XTRIM', 'sse:log:a', 'MAXLEN', '1');
  const all = url.replace('/sse/a', '/sse/*');
  const { code, stdout, stderr } = await tail(ws, ['-c', ws.path('cursor'), ...CAUGHT_UP, all]);
  const words = 'sse-tail: 3 events are gone that this reader did not have, on a\n';
  assert.deepEqual([code, stdout, stderr], [0, '5\n', words]);
});

const skip = sanitized && 'LeakSanitizer does not work below strace';

scenario('the cursor is written to the disk at first, at the end, and not for each event', { skip }, async (ws) => {
  const { stack } = await scene(ws);
  const ids = await stack.publishLines('busy', Array.from({ length: 300 }, (_, n) => `${n}`));
  const url = `${stack.server.origin}/sse/busy?since=all`;
  const args = ['--cursor', ws.path('cursor'), '--count', '300', url];
  const trace = ['-o', ws.path('trace'), '-e', 'trace=pwrite64,fdatasync,rename', program('sse-tail')];
  const end = await runProgram('strace', [...trace, ...args], { env: ws.environment(), cwd: ws.dir });
  assert.equal(end.code, 0, end.stderr);
  const calls = fs.readFileSync(ws.path('trace'), 'utf8').split('\n');
  const names = calls.map((call) => /^\w+/.exec(call)?.[0]).filter(Boolean);
  const count = (name) => names.filter((one) => one === name).length;
  assert.deepEqual(names.slice(0, 3), ['pwrite64', 'fdatasync', 'rename'], 'no name before what it names');
  assert.deepEqual([count('pwrite64') >= 300, names.at(-1)], [true, 'fdatasync']);
  assert.ok(count('fdatasync') < 100, `${count('fdatasync')}`);
  assert.equal(fs.readFileSync(ws.path('cursor'), 'utf8'), `${ids.at(-1)}\n`);
});
