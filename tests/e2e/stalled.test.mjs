// Peers that stall, send half of something or rubbish, and clients that do not read: nobody else is delayed.
import assert from 'node:assert/strict';
import net from 'node:net';
import { sanitized } from './lib/build.mjs';
import { descriptors, residentKiB } from './lib/child.mjs';
import { eventually, paced } from './lib/eventually.mjs';
import { ABORT_REQUEST, BEGIN_REQUEST, PARAMS, STDIN } from './lib/fcgi.mjs';
import { beginRequest, cgiParams, encodeParams, record, records } from './lib/fcgi.mjs';
import { Random } from './lib/random.mjs';
import { assertDelivered } from './lib/sse.mjs';
import { startDirect } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const PEERS = 30;
const PROMPT_MS = 8000;
const CLOSED_IN_THE_END = { deadline: 60_000 };

const params = records(PARAMS, 1, encodeParams(cgiParams('/sse/a')));

/** What stalled peers send before they fall silent, by how far they get. */
const SILENCE = {
  'before its parameters': {
    'connect and say nothing': Buffer.alloc(0),
    'send half a record header': beginRequest(1).subarray(0, 5),
    'send half a BEGIN_REQUEST': beginRequest(1).subarray(0, 11),
  },
  'in the middle of a request': {
    'send half of their parameters': Buffer.concat([
      beginRequest(1),
      params.subarray(0, params.length / 2),
    ]),
    'never end their parameters': Buffer.concat([beginRequest(1), params]),
    'never finish stdin': Buffer.concat([beginRequest(1), params, record(PARAMS, 1)]),
    'send half of stdin': Buffer.concat([
      beginRequest(1),
      params,
      record(PARAMS, 1),
      record(STDIN, 1, Buffer.alloc(1000)).subarray(0, 500),
    ]),
  },
};

/** A connection that sends `bytes` and then nothing; it learns when the responder closes it. */
function stall(ws, address, bytes) {
  const socket = net.connect(address);
  const peer = { closed: false, stop: () => socket.destroy() };
  socket.on('error', () => {});
  socket.on('close', () => (peer.closed = true));
  socket.resume();
  if (bytes.length > 0) socket.write(bytes);
  ws.owned.push(peer);
  return peer;
}

/** An old stream gets an event, and a new request its answer, both promptly. */
async function assertPrompt(stack, oldStream, what) {
  const id = await stack.publish('a', `"${what}"`);
  await oldStream.getsId(id, PROMPT_MS);
  const fresh = stack.server.open('/sse/a');
  await fresh.waitFor(
    () => fresh.opens().length > 0,
    `a stream beside peers that ${what}`,
    PROMPT_MS,
  );
  fresh.abandon();
  const answer = stack.server.open('/sse', { method: 'HEAD' });
  await answer.over(PROMPT_MS);
  assert.equal(answer.status, 200);
}

for (const [when, kinds] of Object.entries(SILENCE)) {
  scenario(`peers that stall ${when} delay nobody, and are closed in the end`, async (ws) => {
    const stack = await startDirect(ws);
    const stream = await stack.server.stream('/sse/a');
    const before = descriptors(stack.server.pid);
    const peers = [];
    for (const [what, bytes] of Object.entries(kinds)) {
      for (let i = 0; i < PEERS; i++) peers.push(stall(ws, stack.server.address, bytes));
      await assertPrompt(stack, stream, what);
    }
    const allClosed = () => peers.every(({ closed }) => closed);
    await eventually(allClosed, 'all of them are closed', CLOSED_IN_THE_END);
    await eventually(() => descriptors(stack.server.pid) <= before, 'their descriptors are back');
    await assertPrompt(stack, stream, 'are gone');
  });
}

scenario('a request that never came whole is dropped, at whatever moment it stalls', async (ws) => {
  const stack = await startDirect(ws);
  await stack.redis.linked();
  const before = descriptors(stack.server.pid);
  const peers = [];
  const unfinished = SILENCE['in the middle of a request']['never finish stdin'];
  // Spread over a second, so that they reach their deadlines in every phase of who looks after them.
  await paced(30, 30, () => peers.push(stall(ws, stack.server.address, unfinished)));
  const left = () => peers.filter(({ closed }) => !closed).length;
  await eventually(() => left() === 0 || Promise.reject(`${left()} are open`), 'all are closed');
  await eventually(() => descriptors(stack.server.pid) <= before, 'their descriptors are back');
  assert.deepEqual(await stack.redis.followed(), [], 'none of them became a stream');
});

scenario('a peer that sends one byte at a time is served, and delays nobody', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  const whole = Buffer.concat([beginRequest(1), params, record(PARAMS, 1), record(STDIN, 1)]);
  const socket = net.connect(stack.server.address).setNoDelay();
  let answer = '';
  socket.on('data', (bytes) => (answer += bytes.toString('latin1')));
  socket.on('error', () => {});
  ws.owned.push({ stop: () => socket.destroy() });
  for (const byte of whole)
    await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
  await eventually(() => answer.includes('stream-open'), 'the slow writer gets its stream');
  await assertPrompt(stack, stream, 'send bytes one at a time');
});

/**
 * Rubbish of many kinds. Lengths of parameters stay below 128: libfcgi itself aborts on two of about 1 GiB, which
 * is why the socket is for the web server only (README).
 */
function rubbish(random) {
  const bytes = (length, below = 256) =>
    Buffer.from(Array.from({ length }, () => random.number(below)));
  const kinds = [
    () => bytes(1 + random.number(400)),
    () => Buffer.concat([Buffer.from([1]), bytes(random.number(100))]),
    () => record(random.number(256), random.number(65_536), bytes(random.number(64))),
    () => record(BEGIN_REQUEST, 1, bytes(random.number(16))),
    () => beginRequest(1, { role: 1 + random.number(9) }),
    () => beginRequest(0),
    () => Buffer.concat([beginRequest(1), record(ABORT_REQUEST, 1)]),
    () =>
      Buffer.concat([
        beginRequest(1),
        record(PARAMS, 1, bytes(200, 128)),
        record(PARAMS, 1),
        record(STDIN, 1),
      ]),
    () => Buffer.concat([beginRequest(1), record(PARAMS, 9, bytes(50, 128)), record(STDIN, 1)]),
    () => Buffer.concat([beginRequest(1), beginRequest(2), params, record(PARAMS, 2), bytes(20)]),
    () =>
      Buffer.concat([beginRequest(1), params, record(PARAMS, 1), record(STDIN, 1), bytes(3000)]),
    () => Buffer.from('GET /sse HTTP/1.1\r\nHost: mistaken\r\n\r\n'),
  ];
  return random.pick(kinds)();
}

scenario('rubbish on the socket harms nobody', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  const before = descriptors(stack.server.pid);
  const random = new Random(20_201);
  for (let round = 0; round < 8; round++) {
    const peers = [];
    for (let i = 0; i < 25; i++) peers.push(stall(ws, stack.server.address, rubbish(random)));
    await assertPrompt(stack, stream, `send rubbish, round ${round}`);
    peers.forEach((peer) => peer.stop());
  }
  await eventually(
    () => descriptors(stack.server.pid) <= before,
    'their descriptors are back',
    CLOSED_IN_THE_END,
  );
});

scenario(
  'a client that does not read is cut; the others get everything, in bounded memory',
  async (ws) => {
    const stack = await startDirect(ws, { SSE_QUEUE: '262144', SSE_LOG: 'debug' });
    const streams = await Promise.all(
      Array.from({ length: 5 }, () => stack.server.stream('/sse/a')),
    );
    const ids = [];
    // In bursts below the limit, each awaited: those that read are never behind, however busy the machine is.
    const publishBursts = async (count) => {
      for (let burst = 0; burst < count; burst++) {
        const lines = Array.from({ length: 8 }, (_, i) => `"${burst}.${i} ${'x'.repeat(16_000)}"`);
        ids.push(...(await stack.publishLines('a', lines)));
        await Promise.all(streams.map((stream) => stream.getsId(ids.at(-1))));
      }
    };
    await publishBursts(25); // as much as is kept in memory for clients that come back
    const early = ids.length;
    const slow = await stack.server.stream('/sse/a?last=0');
    slow.connection.socket.pause();
    const before = residentKiB(stack.server.pid);
    await publishBursts(25);
    streams.forEach((stream) => assertDelivered(stream, ids));
    const after = residentKiB(stack.server.pid);
    ws.note(`resident before ${before} KiB, after ${after} KiB`);
    if (!sanitized) assert.ok(after - before < 4096, `grown from ${before} to ${after} KiB`);

    await stack.server.logged(/queue|too far behind/i);
    slow.connection.socket.resume();
    await slow.over();
    assert.equal(slow.connection.endRequest, null, 'no farewell through a blocked pipe');
    const got = slow.published().map(({ id }) => id);
    const due = ids.slice(early);
    assert.ok(got.length < due.length, `it got ${got.length} events`);
    assert.deepEqual(got, due.slice(0, got.length), 'what it got is the beginning, without a hole');
    await stack.publish('a', '"after"');
    await Promise.all(streams.map((stream) => stream.gets('"after"')));
  },
);

scenario('one event larger than the queue cuts nobody', async (ws) => {
  const stack = await startDirect(ws, { SSE_QUEUE: '65536' });
  const streams = await Promise.all(Array.from({ length: 3 }, () => stack.server.stream('/sse/a')));
  const text = `x${'\n'.repeat(250_000)}y`;
  await stack.pipe('a', text, '--text');
  for (const stream of streams) await stream.gets(text);
  await stack.publish('a', '"after"');
  for (const stream of streams) await stream.gets('"after"');
});
