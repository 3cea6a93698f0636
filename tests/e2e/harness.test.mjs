// The tools of these tests themselves: a checker that sees no faults proves nothing.
import assert from 'node:assert/strict';
import http from 'node:http';
import { program } from './lib/build.mjs';
import { runProgram } from './lib/child.mjs';
import { SseParser, assertDelivered } from './lib/sse.mjs';
import { freePort, scenario } from './lib/workspace.mjs';

const OPEN = 'retry: 2000\n:\nevent: stream-open\ndata: {}\nid: 1-0\n\n';

/** Serves every request with the same body, in pieces of `size` bytes, each a chunk of its own. */
async function serve(ws, body, size) {
  const port = await freePort();
  const server = http.createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (let at = 0; at < body.length; at += size) response.write(body.slice(at, at + size));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  ws.owned.push({ stop: () => (server.closeAllConnections(), server.close()) });
  return `127.0.0.1:${port}`;
}

function frames(numbers) {
  return numbers.map((n) => `data: ${n}\nid: ${n}-0\n\n`).join('');
}

async function load(ws, body, { size = 1 << 16, streams = 3, events = 5 } = {}) {
  const address = await serve(ws, body, size);
  const args = [address, '/sse', streams, events, '--timeout', 1].map(String);
  const { code, stdout } = await runProgram(program('bench/streams'), args);
  return {
    code,
    ready: stdout.startsWith('ready\n'),
    ...JSON.parse(stdout.trim().split('\n').at(-1)),
  };
}

scenario('the load client accepts the right sequence in any split', async (ws) => {
  for (const size of [1, 2, 3, 7, 1000]) {
    const result = await load(ws, `${OPEN}:\n${frames([1, 2, 3, 4, 5])}`, { size });
    assert.equal(result.code, 0, JSON.stringify(result));
    assert.equal(result.received, 15);
    assert.ok(result.ready);
  }
});

scenario('the load client sees what is missing, repeated, out of order or foreign', async (ws) => {
  const cases = [
    [[1, 2, 4, 5], { missing: 3, repeated: 0, disordered: 0, foreign: 0 }],
    [[1, 2, 2, 3, 4, 5], { missing: 0, repeated: 3, disordered: 0, foreign: 0 }],
    [[1, 3, 2, 4, 5], { missing: 0, repeated: 0, disordered: 3, foreign: 0 }],
    [[1, 2, 'x', 3, 4, 5], { missing: 0, repeated: 0, disordered: 0, foreign: 3 }],
    [[2, 3, 4, 5], { missing: 3, repeated: 0, disordered: 0, foreign: 0 }],
  ];
  for (const [numbers, counts] of cases) {
    const result = await load(ws, OPEN + frames(numbers));
    assert.equal(result.code, 1, JSON.stringify(result));
    for (const [name, count] of Object.entries(counts)) assert.equal(result[name], count, name);
  }
});

scenario('the load client is not ready without stream-open', async (ws) => {
  const result = await load(ws, frames([1, 2, 3]));
  assert.equal(result.ready, false);
  assert.equal(result.code, 1);
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
