// The tools of these tests themselves: a checker that sees no faults proves nothing.
import assert from 'node:assert/strict';
import http from 'node:http';
import { eventually } from './lib/eventually.mjs';
import { SseParser, assertDelivered } from './lib/sse.mjs';
import { Streams } from './lib/streams.mjs';
import { freePort, scenario } from './lib/workspace.mjs';

const OPEN = 'retry: 20\n:\nevent: stream-open\ndata: {}\nid: 1-0\n\n';
const CLIENTS = 3;

/** Serves request number i with `answers[i](response)`, and all later ones with the last; keeps their cursors. */
async function serve(ws, ...answers) {
  const cursors = [];
  const server = http.createServer((request, response) => {
    cursors.push(request.headers['last-event-id']);
    (answers[cursors.length - 1] ?? answers.at(-1))(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  ws.owned.push({ stop: () => (server.closeAllConnections(), server.close()) });
  return { cursors, port: server.address().port };
}

/** An answer that stays open after its body, which comes in pieces of `size` bytes, each a chunk of its own. */
function open(body, size = 1 << 16) {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.flushHeaders();
    for (let at = 0; at < body.length; at += size) response.write(body.slice(at, at + size));
  };
}

function frames(numbers) {
  return numbers.map((n) => `data: ${n}\nid: 1-${n}\n\n`).join('');
}

const NUMBERS = [1, 2, 3, 4, 5];
const PUBLISHED = NUMBERS.map((n) => ({ channel: 'a', id: `1-${n}` }));

/** What the load client finds when each of its clients gets this body. */
async function found(ws, body, { size, published = PUBLISHED, clients = CLIENTS } = {}) {
  const { port } = await serve(ws, open(body, size));
  const streams = Streams.start(ws, port, clients, '/sse/a', { allowResets: true });
  await eventually(async () => (await streams.status()).events > 0, 'some events');
  const verdict = await streams.verify(published, { seconds: 1 }).catch(() => streams.answers('checked')[0]);
  await streams.stop();
  return verdict;
}

scenario('the load client accepts the right sequence in any split', async (ws) => {
  for (const size of [1, 2, 3, 7, 1000]) {
    const verdict = await found(ws, `${OPEN}:\n${frames(NUMBERS)}`, { size });
    assert.ok(verdict.ok, JSON.stringify(verdict));
    assert.equal(verdict.wanted, CLIENTS * NUMBERS.length);
  }
});

scenario('the load client sees what is missing, repeated, out of order or foreign', async (ws) => {
  const foreign = PUBLISHED.with(2, { channel: 'b', id: '1-3' });
  const cases = [
    [OPEN + frames([1, 2, 4, 5]), { missing: 1 }],
    [OPEN + frames([2, 3, 4, 5]), { missing: 1 }],
    [OPEN + frames([1, 2, 3, 4]), { missing: 1 }],
    [OPEN + frames([1, 2, 2, 3, 4, 5]), { repeated: 1 }],
    [OPEN + frames([1, 3, 2, 4, 5]), { disordered: 1, missing: 1 }],
    [OPEN + frames(NUMBERS), { foreign: 1 }, foreign],
    [frames([1, 2, 3]) + OPEN.replace('1-0', '1-4') + frames([5]), { missing: 1 }],
    [frames([3, 4, 5]) + OPEN, { backwards: 1 }],
    [frames([1]).replace(/id.*\n/, '') + OPEN + frames([1, 2, 3, 4]) + 'id: 1-5\ndata: half', { missing: 1 }],
  ];
  for (const [body, counts, published] of cases) {
    const verdict = await found(ws, body, { published });
    assert.equal(verdict.ok, false, body);
    for (const kind of ['missing', 'repeated', 'disordered', 'backwards', 'foreign'])
      assert.equal(verdict[kind], CLIENTS * (counts[kind] ?? 0), `${kind} in ${body}`);
  }
});

scenario('the load client takes an event that nobody acknowledged, but only once', async (ws) => {
  const once = await found(ws, OPEN + frames([1, 2, 3, 4, 5]), { published: PUBLISHED.toSpliced(2, 1) });
  assert.ok(once.ok);
  assert.equal(once.unacknowledged, CLIENTS);
  const twice = await found(ws, OPEN + frames([1, 2, 3, 3, 4, 5]), { published: PUBLISHED.toSpliced(2, 1) });
  assert.equal(twice.ok, false);
});

scenario('the load client excuses exactly what a stream-reset covers', async (ws) => {
  const reset = (channel) =>
    `event: stream-reset\ndata: {"requested":"1-1","oldest":"1-4","channels":["${channel}"]}\nid: 1-3\n\n`;
  const after = frames([4, 5]);
  const right = await found(ws, OPEN + frames([1]) + reset('a') + after);
  assert.ok(right.ok, JSON.stringify(right));
  assert.equal(right.excused, 2 * CLIENTS);
  assert.ok((await found(ws, OPEN + frames([1]) + reset('*') + after)).ok);
  assert.ok((await found(ws, OPEN + frames([1]) + reset('x","a') + after)).ok);
  assert.equal((await found(ws, OPEN + frames([1]) + reset('b') + after)).missing, 2 * CLIENTS);
  assert.equal((await found(ws, OPEN + reset('a') + after)).missing, CLIENTS, 'before what it covers');
  const unsaid = `event: stream-reset\ndata: {}\nid: 1-3\n\n`;
  assert.equal((await found(ws, OPEN + frames([1]) + unsaid + after)).bad_resets, CLIENTS);
});

scenario('the load client is not live without stream-open', async (ws) => {
  const { port } = await serve(ws, open(frames([1, 2, 3])));
  const streams = Streams.start(ws, port, CLIENTS, '/sse/a');
  const status = await eventually(async () => {
    const now = await streams.status();
    return now.events === 3 * CLIENTS && now;
  }, 'all events');
  assert.equal(status.live, 0);
  assert.deepEqual(streams.answers('live'), []);
});

scenario('the load client reconnects after every end, with the id of its last whole frame', async (ws) => {
  const begin = (response) => {
    response.writeHead(200);
    response.write(OPEN + frames([1, 2]) + 'id: 1-3\ndata: half of it\n');
  };
  const ends = {
    clean: (response) => (begin(response), response.end()),
    cut: (response) => (begin(response), setImmediate(() => response.socket.destroy())),
    unanswered: (response) => response.socket.destroy(),
    status: (response) => (response.writeHead(503), response.end('later')),
    empty: (response) => (response.writeHead(200), response.end()),
  };
  for (const [kind, end] of Object.entries(ends)) {
    const rest = open(OPEN.replace('1-0', '1-2') + frames([3, 4, 5]));
    const { port, cursors } = await serve(ws, kind === 'clean' ? end : ends.clean, end, rest);
    const streams = Streams.start(ws, port, 1, '/sse/a', { retryMax: 20 });
    const twice = kind === 'clean' || kind === 'cut'; // they say 1-1 and 1-2 again
    await eventually(() => cursors.length === 3, 'it has come three times');
    const verdict = await streams.verify(PUBLISHED).catch(() => streams.answers('checked')[0]);
    assert.deepEqual(cursors, [undefined, '1-2', '1-2'], kind);
    assert.equal(verdict.repeated, twice ? 2 : 0, kind);
    assert.equal(verdict.ok, !twice, kind);
    assert.equal(verdict.ends[kind], kind === 'clean' ? 2 : 1, JSON.stringify(verdict.ends));
    await streams.stop();
  }
});

scenario('the load client stays away after 204, and reconnects where nobody listens', async (ws) => {
  const { port, cursors } = await serve(
    ws,
    (response) => (response.writeHead(200), response.end(OPEN + frames([1, 2]))),
    (response) => (response.writeHead(204), response.end()),
  );
  const streams = Streams.start(ws, port, 1, '/sse/a', { retryMax: 20 });
  await eventually(async () => (await streams.status()).done === 1, 'it stays away');
  const verdict = await streams.finish(PUBLISHED);
  assert.equal(verdict.wanted, 2, 'what came after is not asked of it');
  assert.equal(cursors.length, 2);

  const nobody = Streams.start(ws, await freePort(), 2, '/sse/a', { retryMax: 20 });
  await eventually(async () => (await nobody.status()).ends.refused >= 6, 'refused, again and again');
});

scenario('the load client obeys cut, leave and come', async (ws) => {
  const { port, cursors } = await serve(ws, open(OPEN));
  const streams = Streams.start(ws, port, 10, '/sse/{3+1}');
  await streams.live();
  const before = streams.answers('live').length;
  streams.tell('cut 0-3');
  assert.equal((await streams.next('live', before)).streams, 10);
  assert.equal(cursors.length, 14);
  streams.tell('leave 2-8');
  await eventually(async () => (await streams.status()).away === 7, 'seven are away');
  streams.tell('come all');
  await streams.live();
  assert.equal((await streams.status()).live, 10);
  assert.equal(cursors.length, 21);
  assert.equal(cursors.filter((cursor) => cursor === '1-0').length, 11);
  streams.tell('cut 5-10');
  await streams.next('error', 0);
});

scenario('assertDelivered sees a hole, a repetition, a swap and an end too early', async () => {
  const client = (ids) => ({ published: () => ids.map((id) => ({ id })), target: 'x' });
  assertDelivered(client(['1', '2', '3']), ['1', '2', '3']);
  for (const got of [
    ['1', '3'],
    ['1', '1', '2', '3'],
    ['1', '3', '2'],
    ['1', '2'],
    ['1', '2', '3', '4'],
    [],
  ]) {
    assert.throws(() => assertDelivered(client(got), ['1', '2', '3']), got.join());
  }
});

scenario('the parser finds the same events in every split', async () => {
  const bytes = Buffer.from(
    '\ufeff: c\r\nid: 1\r\ndata: é\rdata\ndata:  x\n\nevent: e\ndata:1\r\n\r\nretry: 5\n\n',
  );
  const parse = (...parts) => {
    const events = [];
    const parser = new SseParser(({ event, data, id }) => events.push([event, data, id]));
    parts.forEach((part) => parser.feed(part));
    return events;
  };
  const expected = [
    ['message', 'é\n\n x', '1'],
    ['e', '1', undefined],
  ];
  assert.deepEqual(parse(bytes), expected);
  for (let i = 0; i <= bytes.length; i++)
    assert.deepEqual(parse(bytes.subarray(0, i), bytes.subarray(i)), expected);
  assert.deepEqual(parse(...Array.from(bytes, (byte) => Buffer.from([byte]))), expected);
});
