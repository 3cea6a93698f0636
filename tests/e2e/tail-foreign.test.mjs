// sse-tail against a server of another make, for what ours never does: odd bytes, statuses, redirects, no retry.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { eventually } from './lib/eventually.mjs';
import { Tail, objects, tail } from './lib/tail.mjs';
import { scenario } from './lib/workspace.mjs';

const STREAM = { 'content-type': 'text/event-stream' };

/** A server that gives its answers one after the other, and 204 behind them: {url, requests}. */
async function serve(ws, ...answers) {
  const requests = [];
  const server = http.createServer((request, response) => {
    requests.push({ at: performance.now(), url: request.url, ...request.headers });
    const answer = answers[requests.length - 1];
    if (answer) answer(response);
    else response.writeHead(204).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  ws.owned.push({
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return { url: `http://127.0.0.1:${server.address().port}/x`, requests };
}

const stream = (text, headers = STREAM) => (response) => response.writeHead(200, headers).end(text);
const status = (code, headers = {}, text = '') => (response) =>
  response.writeHead(code, headers).end(text);

scenario('it comes back after retry:, with the id that it had last, until 204', async (ws) => {
  const { url, requests } = await serve(
    ws,
    stream('retry: 300\nid: one\ndata: 1\n\ndata: half'),
    stream('retry: 10\ndata: 2\n\nid\ndata: 3\n\n'),
    stream('id: \u00e9\ndata: 4\n\n'),
  );
  const { code, stdout } = await tail(ws, ['--json', url]);
  assert.equal(code, 0);
  assert.deepEqual(
    objects(stdout).map(({ id, data }) => [id, data]),
    [
      ['one', '1'],
      [null, '2'],
      [null, '3'],
      ['\u00e9', '4'],
    ],
  );
  const cursors = requests.map((request) => request['last-event-id']);
  assert.deepEqual(cursors.slice(0, 3), [undefined, 'one', undefined]);
  assert.equal(Buffer.from(cursors[3], 'latin1').toString(), '\u00e9');
  assert.ok(requests[1].at - requests[0].at >= 300, 'not sooner than retry: says');
  assert.equal(requests[0].accept, 'text/event-stream');
});

scenario('a BOM, every line end and bytes one by one', async (ws) => {
  const bytes = Buffer.from('\ufeffretry: 10\r\ndata: a\rdata: \u20ac\r\n\r\n:\n\ndata:b\n\n');
  const oneByOne = async (response) => {
    response.writeHead(200, { 'content-type': 'Text/Event-Stream; charset=UTF-8' });
    for (const byte of bytes)
      await new Promise((resolve) => response.write(Buffer.from([byte]), resolve));
    response.end();
  };
  const { url } = await serve(ws, oneByOne);
  const { code, stdout } = await tail(ws, [url]);
  assert.deepEqual([code, stdout], [0, 'a\n\u20ac\nb\n']);
});

scenario('what may pass is tried again, and told once', async (ws) => {
  const cut = (response) => response.socket.destroy();
  const again = [status(503), status(429), cut, stream('retry: 10\ndata: x\n\n')];
  const { url, requests } = await serve(ws, stream('retry: 10\n\n'), ...again);
  const { code, stdout, stderr } = await tail(ws, [url]);
  assert.deepEqual([code, stdout], [0, 'x\n']);
  assert.match(stderr, /^sse-tail: waiting: the server answers 503; .*\nsse-tail: open\n$/);
  assert.equal(requests.length, 6);
});

scenario('what will not pass ends it', async (ws) => {
  const plain = { 'content-type': 'text/plain' };
  for (const [answer, words] of [
    [status(404, plain, 'No such job.\nmore'), 'the server answers 404: No such job.'],
    [status(404, plain, '\u001b[31m'), 'the server answers 404'],
    [status(200, { 'content-type': 'text/event-streams' }), 'this is no event stream: its content type is text/event-streams'],
    [status(200), 'this is no event stream: its content type is not given'],
    [status(206, STREAM, 'data: x\n\n'), 'the server answers 206'],
    [status(304), 'the server answers 304'],
  ]) {
    const { url, requests } = await serve(ws, answer);
    const { code, stdout, stderr } = await tail(ws, [url]);
    assert.deepEqual([code, stdout, stderr], [1, '', `sse-tail: ${words}\n`]);
    assert.equal(requests.length, 1);
  }
});

scenario('a redirect is followed each time, and takes no secret to another host', async (ws) => {
  const there = await serve(ws, stream('retry: 10\nid: 1\ndata: x\n\n'));
  const to = { location: there.url.replace('127.0.0.1', 'localhost') };
  const here = await serve(ws, status(307, to), status(301, to));
  const { code, stdout } = await tail(ws, ['--token', 't', '-H', 'X-Mine: y', here.url]);
  assert.deepEqual([code, stdout], [0, 'x\n']);
  assert.deepEqual(
    here.requests.map(({ authorization }) => authorization),
    ['Bearer t', 'Bearer t'],
  );
  assert.deepEqual(
    there.requests.map((request) => [request.authorization, request['x-mine'], request['last-event-id']]),
    [
      [undefined, 'y', undefined],
      [undefined, 'y', '1'],
    ],
  );
});

scenario('messages show no password, and nothing in them steers the terminal', async (ws) => {
  const channel = JSON.stringify({ missed: 2, channels: ['\u001b[32m'] });
  const lost =
    'retry: 10\nevent: stream-reset\ndata: \u001b[31m\ndata: x\n\n' +
    `event: stream-reset\ndata: ${channel}\n\n`;
  const { url } = await serve(ws, stream(lost));
  const { code, stderr } = await tail(ws, ['-v', url.replace('//', '//me:p%40ss@')]);
  assert.equal(code, 0);
  assert.ok(stderr.includes(`connecting to ${url}\n`), stderr);
  assert.ok(stderr.includes('did not have: \\x1b[31m ...\n'), stderr);
  assert.ok(stderr.includes(`did not have: ${channel}\n`), stderr);
  assert.doesNotMatch(stderr, /[^\n -~]/);
  assert.ok(!/me:|ss@/.test(stderr), stderr);
});

scenario('a command that goes on does not keep the connection open', async (ws) => {
  let isClosed = false;
  const { url } = await serve(ws, (response) => {
    response.socket.on('close', () => (isClosed = true));
    response.writeHead(200, STREAM).write('data: x\n\n');
  });
  fs.writeFileSync(ws.path('stay'), '');
  const command = '{ while [ -e stay ]; do sleep 0.05; done; } >&- 2>&- &';
  assert.equal((await tail(ws, ['-n1', '--exec', command, url])).code, 0);
  await eventually(() => isClosed, 'the connection is closed');
  fs.rmSync(ws.path('stay'));
});

scenario('an event that is too large is left out and told, and those behind it come', async (ws) => {
  const large = `id: 7\ndata: ${'x'.repeat(17 << 20)}\n\n`;
  const { url } = await serve(ws, stream(`retry: 10\n${large}id: 8\ndata: y\n\n`));
  const { code, stdout, stderr } = await tail(ws, [url]);
  assert.deepEqual([code, stdout], [0, 'y\n']);
  assert.equal(stderr, 'sse-tail: an event of more than 16 MiB is left out: id 7\n');
});

scenario('an event is printed when its last line is there, not later', async (ws) => {
  let open;
  const { url } = await serve(ws, (response) => {
    open = response;
    response.writeHead(200, STREAM).write('data: x\r\r');
  });
  const follows = new Tail(ws, [url]);
  await eventually(() => follows.text() === 'x\n', 'the event is printed');
  open.end();
  assert.equal((await follows.child.exited).code, 0);
});
