// Plain CGI without a web server: one process a request, the answer on standard output.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { program } from './lib/build.mjs';
import { FORMS, cgiRequest, cgiStream, openCgi } from './lib/cgi.mjs';
import { Child } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { cgiParams } from './lib/fcgi.mjs';
import { Redis } from './lib/redis.mjs';
import { assertDelivered } from './lib/sse.mjs';
import { LARGEST, Stack, startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const forms = Object.keys(FORMS);

/** A scenario for each form of standard input and output. */
function everyForm(name, body) {
  for (const form of forms) {
    scenario(`${form}: ${name}`, async (ws) => {
      const stack = await startPublisher(ws);
      const env = { SSE_REDIS: stack.redis.url, SSE_LOG: 'debug' };
      await body(ws, form, stack, env);
    });
  }
}

async function assertEnds(client, why) {
  const end = await eventually(() => client.child.end, 'the process ends');
  assert.deepEqual(end, { code: 0, signal: null }, client.child.log());
  if (why) assert.match(client.child.stderr(), why);
}

everyForm('it streams, and a client comes back without loss', async (ws, form, stack, env) => {
  const first = await cgiStream(ws, form, '/sse/a', { env });
  assert.equal(first.status, 200);
  assert.equal(first.headers['content-type'], 'text/event-stream; charset=utf-8');
  const lines = Array.from({ length: 200 }, (_, i) => `{"n":${i}}`);
  const before = await stack.publishLines('a', lines.slice(0, 100));
  const cursor = before[49];
  await first.getsId(before.at(-1));
  assertDelivered(first, before);
  first.abandon();
  await assertEnds(first, /started .* by=cgi\n.*closed .*reason="client gone"/s);
  const after = await stack.publishLines('a', lines.slice(100));
  const again = await cgiStream(ws, form, '/sse/a', { env, headers: { 'Last-Event-ID': cursor } });
  assertDelivered(again, [...before.slice(50), ...after]);
  again.abandon();
  await assertEnds(again);
});

everyForm('the largest event comes byte for byte', async (ws, form, stack, env) => {
  const stream = await cgiStream(ws, form, '/sse/a', { env });
  const data = '\n'.repeat(LARGEST - 1);
  await stack.pipe('a', `${data}\n`, '--text');
  await stream.waitFor(() => stream.published().length === 1, 'the event');
  assert.equal(stream.published()[0].data, data);
  stream.abandon();
  await assertEnds(stream);
});

everyForm('a client that leaves a silent stream is noticed', async (ws, form, stack, env) => {
  const stream = await cgiStream(ws, form, '/sse/a', {
    env: { ...env, SSE_HEARTBEAT: '3600' },
  });
  stream.abandon();
  await assertEnds(stream, /reason="client gone"/);
});

everyForm('while nothing happens it uses no processor', async (ws, form, stack, env) => {
  const stream = await cgiStream(ws, form, '/sse/a', { env: { ...env, SSE_HEARTBEAT: '0.2' } });
  const ticks = () => {
    const stat = fs.readFileSync(`/proc/${stream.child.pid}/stat`, 'latin1');
    const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
    return Number(user) + Number(system);
  };
  const before = ticks();
  for (let i = 0; i < 5; i++) await stream.heartbeat(); // for one second
  assert.ok(ticks() - before < 20, `${ticks() - before} hundredths of a second`);
  stream.abandon();
  await assertEnds(stream);
});

everyForm('SIGTERM ends the stream with a retry', async (ws, form, stack, env) => {
  const stream = await cgiStream(ws, form, '/sse/a', { env: { ...env, SSE_DRAIN: '3600' } });
  stream.child.signal('SIGTERM');
  await stream.over();
  assert.match(stream.raw().toString(), /\nretry: \d+\n:\n$/);
  await assertEnds(stream, /reason="stopping"/);
});

// Apache's mod_cgid closes its end and sends SIGTERM at once: here both are there in one turn of the loop.
everyForm('SIGTERM holds up nothing when the client has left', async (ws, form, stack, env) => {
  const stream = await cgiStream(ws, form, '/sse/a', { env: { ...env, SSE_DRAIN: '3600' } });
  stream.child.signal('SIGSTOP');
  stream.abandon();
  await stream.over();
  stream.child.signal('SIGTERM');
  stream.child.signal('SIGCONT');
  await assertEnds(stream);
});

everyForm('a stream that ends ends the process', async (ws, form, stack, env) => {
  const ended = await cgiStream(ws, form, '/sse/a', { env });
  const id = await stack.publish('a', '{}', '--end');
  await ended.over();
  assert.equal(ended.events.at(-1).event, 'end');
  await assertEnds(ended, /reason="all channels ended"/);
  const over = await cgiRequest(ws, form, '/sse/a', { env, headers: { 'Last-Event-ID': id } });
  assert.deepEqual([over.status, over.body], [204, '']);
  await assertEnds(over);
  const old = await cgiStream(ws, form, '/sse/b', { env: { ...env, SSE_MAX_AGE: '1' } });
  await old.over();
  await assertEnds(old, /reason="old enough"/);
});

everyForm('a client that does not read is cut off', async (ws, form, stack, env) => {
  const slow = await cgiStream(ws, form, '/sse/a', { env: { ...env, SSE_QUEUE: '1k' } });
  slow.output.pause();
  const data = 'x'.repeat(200_000);
  await eventually(async () => {
    if (!slow.child.alive) return true;
    await stack.pipe('a', data, '--text');
    return false;
  }, 'it is cut off');
  await eventually(() => slow.child.stderr().includes('too far behind'), 'the log says so');
  slow.abandon();
  await assertEnds(slow, /too far behind/);
});

everyForm('HEAD, OPTIONS and refusals are answered', async (ws, form, stack, env) => {
  const cases = [
    [200, '/sse/a', { method: 'HEAD' }],
    [204, '/sse/a', { method: 'OPTIONS' }],
    [400, '/sse/b!d', {}],
    [404, '/elsewhere', {}],
    [405, '/sse/a', { method: 'DELETE' }],
    [405, '/sse/a', { method: 'POST', body: 'data' }],
    [405, '/sse/a', { method: 'POST', body: '' }],
    [405, '/sse/a', { method: 'POST', body: 'x'.repeat(3_000_000) }],
    [405, '/sse/a', { method: 'POST', body: 'data', isInputOpen: true }],
    [405, '/sse/a', { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } }],
  ];
  for (const [status, target, options] of cases) {
    const answer = await cgiRequest(ws, form, target, { env, ...options });
    assert.equal(answer.status, status, `${options.method} ${target}`);
    assert.equal(answer.body === '', status < 300, answer.body);
    assert.match(answer.headLines[0], /^Status: \d+ [A-Z]/);
    await assertEnds(answer);
  }
});

everyForm('a body that does not come is not waited for long', async (ws, form, stack, env) => {
  const options = { env, method: 'POST', body: 'da', params: { CONTENT_LENGTH: '4' } };
  const answer = await cgiRequest(ws, form, '/sse/a', { ...options, isInputOpen: true });
  assert.equal(answer.status, 405);
  await assertEnds(answer);
});

everyForm('it ends while a body is still to come', async (ws, form, stack, env) => {
  const options = { env, method: 'POST', params: { CONTENT_LENGTH: '4' }, isInputOpen: true };
  const client = await openCgi(ws, form, '/sse/a', options);
  await eventually(() => client.child.stderr().includes('started'), 'it has started');
  client.child.signal('SIGTERM');
  await assertEnds(client);
});

scenario('Redis may come later', async (ws) => {
  const redis = await Redis.prepare(ws);
  const stream = await openCgi(ws, 'one socket', '/sse/a', { env: { SSE_REDIS: redis.url } });
  await stream.waitFor(() => stream.heartbeats > 0, 'the first bytes');
  assert.equal(stream.opens().length, 0);
  await redis.start();
  await stream.opened();
  const id = await new Stack(ws, redis, null).publish('a', '{}');
  await stream.getsId(id);
  stream.abandon();
  await assertEnds(stream);
});

// RFC 3875, 4.4: a query without `=` becomes arguments.
scenario('what is asked for is never taken for options', async (ws) => {
  const { redis } = await startPublisher(ws);
  const path = ws.path('evil.sock');
  const queries = [['--listen', path], ['--redis', `unix:${path}`], ['--mount', '/x'], ['--help'], ['-x']];
  for (const args of queries) {
    const options = { env: { SSE_REDIS: redis.url }, args };
    const stream = await cgiStream(ws, 'pipes', `/sse/a?${args.join('+')}`, options);
    assert.equal(stream.status, 200);
    stream.abandon();
    await assertEnds(stream);
  }
  assert.ok(!fs.existsSync(path));
});

scenario('at the default level a request leaves nothing in the log', async (ws) => {
  const { redis } = await startPublisher(ws);
  const stream = await cgiStream(ws, 'pipes', '/sse/a', { env: { SSE_REDIS: redis.url } });
  stream.abandon();
  await assertEnds(stream, /^(?!.*(started|closed|stopped|redis-connected))/s);
});

scenario('a standard output that cannot be waited on is told', async (ws) => {
  const env = ws.environment(cgiParams('/sse/a'));
  const file = fs.openSync(ws.path('out.txt'), 'w');
  for (const stdio of [
    ['ignore', file, 'pipe'],
    ['ignore', 'ignore', 'pipe'],
  ]) {
    const child = new Child('sse.fcgi', program('sse.fcgi'), [], { env, stdio });
    assert.equal((await child.exited).code, 64);
    assert.match(child.stderr(), /standard output.*\n.*must be a pipe or a socket/);
  }
  const command = ['-c', '"$0" >&-', program('sse.fcgi')];
  const closed = new Child('sse.fcgi', 'sh', command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  assert.equal((await closed.exited).code, 64);
  assert.match(closed.stderr(), /standard output/);
  fs.closeSync(file);
  assert.equal(fs.readFileSync(ws.path('out.txt'), 'utf8'), '');
});
