// Messages that others put on our Redis channels: any client may publish, nobody can forge or break a stream.
import assert from 'node:assert/strict';
import { startDirect } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

scenario('broken UTF-8 in a plain PUBLISH is repaired', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  await stack.plain('a', Buffer.from([0x61, 0xff, 0x62]));
  await stack.plain('a', Buffer.from([0xe4, 0xb8]));
  await stack.plain('a', Buffer.from('{"data":"x\xe9y"}', 'latin1'));
  await stream.gets('a\ufffdb'); // the client's own decoder refuses anything that is not UTF-8
  await stream.waitFor(() => stream.published().length === 3, 'three events');
  assert.match(stream.published()[1].data, /^\ufffd+$/);
  assert.equal(stream.published()[2].data, 'x\ufffdy');
});

scenario('what redis-cli publishes arrives as it is, without an id', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  const messages = [
    'hello',
    '42',
    '[1,2]',
    '"text"',
    'null',
    '{"percent": 1}',
    '{"broken',
    'two\nlines',
  ];
  for (const message of messages) await stack.plain('a', message);
  await stream.waitFor(() => stream.published().length >= messages.length, 'all of them');
  assert.deepEqual(
    stream.published().map(({ data }) => data),
    messages,
  );
  assert.ok(stream.published().every(({ event, id }) => event === 'message' && id === undefined));
  assert.match(stream.afterOpen(), /^data: hello\n\n/);
});

scenario('messages in the form of flask-sse are understood, and their id left out', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  await stack.plain(
    'a',
    '{"data": {"message": "Hello!"}, "type": "greeting", "id": "their-7", "retry": 5000}',
  );
  await stack.plain('a', '{"data": "as it is", "event": "named"}');
  await stream.gets('as it is');
  const [greeting, named] = stream.published();
  assert.equal(greeting.event, 'greeting');
  assert.equal(greeting.data, '{"message":"Hello!"}');
  assert.equal(greeting.id, undefined);
  assert.ok(greeting.lines.includes('retry: 5000'), 'the retry is handed on');
  assert.equal(named.event, 'named');
});

scenario("nobody can send the responder's own events", async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  for (const name of ['end', 'stream-open', 'stream-reset', 'stream-x']) {
    await stack.plain('a', JSON.stringify({ data: 'forged', event: name }));
    await stack.plain('a', JSON.stringify({ data: 'forged', type: name }));
  }
  await stack.plain('a', JSON.stringify({ data: 'forged', event: 'x\nevent: end' }));
  await stack.plain('a', 'done');
  await stream.gets('done');
  const names = stream.events.map(({ event }) => event);
  assert.deepEqual(
    names.filter((name) => name !== 'message'),
    ['stream-open'],
  );
  assert.doesNotMatch(stream.raw().toString(), /^event: (end|stream-[^o]|x)/m);
});

scenario(
  'a message beyond SSE_MAX_EVENT is left out and said, and the stream goes on',
  async (ws) => {
    const stack = await startDirect(ws, { SSE_MAX_EVENT: '2048' });
    const stream = await stack.server.stream('/sse/a');
    await stack.plain('a', 'x'.repeat(2048));
    await stack.plain('a', 'y'.repeat(2049));
    await stack.plain('a', JSON.stringify({ data: 'z'.repeat(5000) }));
    await stack.plain('a', 'w'.repeat(20_000_000));
    await stack.plain('a', 'after');
    await stream.gets('after');
    assert.deepEqual(
      stream.published().map(({ data }) => data[0]),
      ['x', 'a'],
    );
    await stack.server.logged(/SSE_MAX_EVENT/);
  },
);
