// What a stream looks like on the wire: header, first bytes, frames, heartbeats, large events, wrap=1.
import assert from 'node:assert/strict';
import { STDOUT } from './lib/fcgi.mjs';
import { assertDelivered } from './lib/sse.mjs';
import { LARGEST, startDirect, startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

scenario('a stream has the headers that browsers and proxies need', async (ws) => {
  const { server } = await startWeb(ws);
  const stream = await server.stream('/sse?channel=a');
  assert.equal(stream.status, 200);
  assert.equal(stream.headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.equal(stream.headers['cache-control'], 'no-cache, no-transform');
  assert.equal(stream.headers['x-accel-buffering'], 'no');
  assert.equal(stream.headers.incremental, '?1');
  assert.ok(
    !Object.keys(stream.headers).some((name) => name.startsWith('access-control')),
    'no CORS headers',
  );
});

scenario('/events is the same as /sse', async (ws) => {
  const stack = await startWeb(ws);
  const stream = await stack.server.stream('/events/a');
  await stack.publish('a', '"there"');
  await stream.gets('"there"');
});

scenario('the first bytes come at once and the stream-open has the horizon', async (ws) => {
  const { server, redis } = await startDirect(ws);
  const stream = await server.stream('/sse?channel=a&channel=b');
  const horizon = (await redis.hash('sse:clock')).last;
  const data = '{"channels":["a","b"],"resumed":false}';
  const expected = `retry: 2000\n:\nevent: stream-open\ndata: ${data}\nid: ${horizon}\n\n`;
  assert.equal(stream.raw().toString(), expected);
});

scenario('the horizon is the newest id of all channels', async (ws) => {
  const stack = await startDirect(ws);
  await stack.publish('elsewhere', '1');
  const id = await stack.publish('elsewhere', '2');
  const stream = await stack.server.stream('/sse?channel=a');
  assert.equal(stream.opens()[0].id, id);
  assert.deepEqual(stream.published(), [], 'nothing of other channels is shown');
});

scenario('SSE_RETRY is what the stream begins with', async (ws) => {
  const { server } = await startDirect(ws, { SSE_RETRY: '3500' });
  const stream = await server.stream('/sse');
  assert.match(stream.raw().toString(), /^retry: 3500\n:\nevent: stream-open\n/);
});

scenario('a frame is event, data, id, a blank line, and nothing else', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/jobs/42');
  const first = await stack.publish('jobs/42', '{"percent":  "45.00"}', '-e', 'progress');
  const second = await stack.publish('jobs/42', '[1, 2]');
  await stream.getsId(second);
  const frames =
    `event: progress\ndata: {"percent":  "45.00"}\nid: ${first}\n\n` +
    `data: [1, 2]\nid: ${second}\n\n`;
  assert.equal(stream.afterOpen(), frames);
  assertDelivered(stream, [first, second]);
});

scenario('data with CR, LF and CRLF becomes one data line a line', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  const id = await stack.publish('a', 'one\rtwo\nthree\r\nfour\n\nsix', '--text');
  await stream.getsId(id);
  const lines = ['one', 'two', 'three', 'four', '', 'six'].map((text) =>
    text ? `data: ${text}` : 'data:',
  );
  assert.equal(
    stream.afterOpen().replaceAll('data: \n', 'data:\n'),
    `${lines.join('\n')}\nid: ${id}\n\n`,
  );
});

scenario('an empty string is one empty data line', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  const id = await stack.publish('a', '', '--text');
  await stream.getsId(id);
  assert.match(stream.afterOpen(), new RegExp(`^data: ?\nid: ${id}\n\n$`));
});

scenario('UTF-8 arrives as it was', async (ws) => {
  const stack = await startWeb(ws);
  const stream = await stack.server.stream('/sse/a');
  const text = 'Grüße, 世界, 🚀, \u2028 and \u0085 end no line, nor does \ufeff begin one';
  await stack.publish('a', text, '--text');
  await stream.gets(text);
});

scenario('a heartbeat is a comment without a blank line', async (ws) => {
  const stack = await startDirect(ws, { SSE_HEARTBEAT: '0.2' });
  const stream = await stack.server.stream('/sse/a');
  const before = stream.heartbeats;
  await stream.waitFor(() => stream.heartbeats >= before + 5, 'five heartbeats');
  assert.match(stream.afterOpen(), /^(:\n)+$/);
  await stack.publish('a', '1');
  await stream.gets('1');
  await stream.heartbeat();
});

scenario('with heartbeat=1 a heartbeat is an event without an id, the first one comes at once', async (ws) => {
  const stack = await startDirect(ws, { SSE_HEARTBEAT: '0.2' });
  const event = 'event: stream-heartbeat\ndata: {"seconds":0.2}\n\n';
  const stream = await stack.server.stream('/sse/a?heartbeat=1');
  const text = () => stream.raw().toString();
  assert.ok(text().slice(text().indexOf('\n:\n') + 3).startsWith(event), text());
  await stream.waitFor(() => text().split(event).length > 5, 'five heartbeats');
  assert.equal(text().split(/^:/m).length, 2, 'but for the first bytes there is no comment');
  const plain = await stack.server.stream('/sse/a');
  await plain.heartbeat();
  assert.doesNotMatch(plain.raw().toString(), /stream-heartbeat/);
});

scenario('heartbeats reach the browser through lighttpd', async (ws) => {
  const { server } = await startWeb(ws, { SSE_HEARTBEAT: '0.2' });
  const stream = await server.stream('/sse/a');
  await stream.heartbeat();
  await stream.heartbeat();
});

scenario('an event of 256 KiB arrives whole, in several records', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  const text = 'é'.repeat(LARGEST / 2);
  await stack.pipe('a', text, '--text');
  await stream.gets(text);
  const stdout = stream.connection.records.filter(({ type }) => type === STDOUT);
  assert.ok(stdout.length >= 5, `${stdout.length} records`);
});

scenario(
  'an event of 256 KiB of line ends arrives whole, and is followed by the next',
  async (ws) => {
    const stack = await startWeb(ws);
    const stream = await stack.server.stream('/sse/a');
    const text = `x${'\n'.repeat(LARGEST - 2)}y`;
    await stack.pipe('a', text, '--text');
    await stack.publish('a', '"next"');
    await stream.gets(text);
    await stream.gets('"next"');
  },
);

scenario('data around the size of a record arrives whole', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  const sizes = [0, 1, 65_535, 65_536, 65_537]
    .flatMap((size) => [size - 40, size])
    .filter((size) => size >= 0);
  const ids = [];
  for (const size of sizes) ids.push(await stack.pipe('a', 'z'.repeat(size), '--text'));
  await stream.getsId(ids.at(-1));
  assertDelivered(stream, ids);
  assert.deepEqual(
    stream.published().map(({ data }) => data.length),
    sizes,
  );
});

scenario('wrap=1 puts channel, id and event name into the data', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse?channel=jobs/*&wrap=1');
  const id = await stack.publish('jobs/a', '{"n":1}', '-e', 'progress');
  const second = await stack.publish('jobs/b', 'a "quoted"\nline \\ é', '--text');
  await stack.plain('jobs/c', 'plain');
  await stream.waitFor(() => stream.published().length === 3, 'three events');
  assert.ok(stream.published().every(({ event }) => event === 'message'));
  assert.deepEqual(
    stream.published().map(({ data }) => JSON.parse(data)),
    [
      { channel: 'jobs/a', id, event: 'progress', data: '{"n":1}' },
      { channel: 'jobs/b', id: second, event: 'message', data: 'a "quoted"\nline \\ é' },
      { channel: 'jobs/c', event: 'message', data: 'plain' },
    ],
  );
  assert.equal(stream.opens().length, 1, "the responder's own events stay as they are");
  assertDelivered({ ...stream, published: () => stream.published().slice(0, 2) }, [id, second]);
});

scenario('plain and wrapped streams follow the same channel side by side', async (ws) => {
  const stack = await startWeb(ws);
  const plain = await stack.server.stream('/sse/a');
  const wrapped = await stack.server.stream('/sse/a?wrap=1');
  const id = await stack.publish('a', '7', '-e', 'tick');
  assert.equal((await plain.getsId(id)).data, '7');
  assert.equal(JSON.parse((await wrapped.getsId(id)).data).event, 'tick');
});
