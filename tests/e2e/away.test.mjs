// While sse.fcgi is away, or nginx has no connection left to it, an EventSource is told to come back by what the shipped
// files say for that: at an answer like 502 a browser's gives up for good.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { sanitized } from './lib/build.mjs';
import { eventually } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { Stack } from './lib/stack.mjs';
import { ApacheProxy } from './lib/web/apache.mjs';
import { Caddy } from './lib/web/caddy.mjs';
import { startExternal } from './lib/web/external.mjs';
import { connectHttp2 } from './lib/web/http2.mjs';
import { Nginx } from './lib/web/nginx.mjs';
import { scenario } from './lib/workspace.mjs';

const skip = sanitized && 'the browser and the web server are the same ones in every build';
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** A page at `origin` that follows `url`; `seen()` is what it has had so far. */
async function follow(ws, origin, url) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  ws.own({ name: 'browser', stop: () => browser.close() });
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  await page.goto(`${origin}/`);
  await page.evaluate((address) => {
    const source = new EventSource(address);
    window.seen = { opened: 0, errors: 0, data: [] };
    source.onopen = () => window.seen.opened++;
    source.onerror = () => window.seen.errors++;
    source.onmessage = ({ data }) => window.seen.data.push(data);
    window.state = () => ({ ...window.seen, isClosed: source.readyState === EventSource.CLOSED });
  }, url);
  return { seen: () => page.evaluate(() => window.state()) };
}

/** Each server, and whose page it is. */
const CASES = [Nginx, Caddy, ApacheProxy].flatMap((Kind) => [
  { Kind, whose: 'of its own', from: ({ tlsPort }) => `https://127.0.0.1:${tlsPort}` },
  { Kind, whose: 'of another origin', from: ({ port }) => `http://127.0.0.1:${port}` },
]);

for (const { Kind, whose, from } of CASES) {
  const { name } = new Kind();
  scenario(`${name}: a page ${whose} comes back when sse.fcgi does`, { skip }, async (ws) => {
    const redis = await Redis.start(ws);
    const server = await Kind.start(ws, redis, { env: { SSE_RETRY: '100', SSE_CORS: '*' } });
    const stack = new Stack(ws, redis, server);
    const page = await follow(ws, from(server), `https://127.0.0.1:${server.tlsPort}/sse/a`);
    await stack.publish('a', 'one', '--text');
    await eventually(async () => (await page.seen()).data.includes('one'), 'the browser has the first event');

    await server.external.stop();
    // The end of the stream, and that of one answer at least that says when to come back.
    await eventually(async () => (await page.seen()).errors >= 2, 'the browser has asked while sse.fcgi was away');
    assert.equal((await page.seen()).isClosed, false);
    await stack.publish('a', 'two', '--text');
    server.external = await startExternal(server);
    await stack.publish('a', 'three', '--text');
    await eventually(async () => (await page.seen()).data.length >= 3, 'the browser has the other two');
    assert.deepEqual((await page.seen()).data, ['one', 'two', 'three']);
  });
}

const EVENT_SOURCE = { accept: 'text/event-stream' };

for (const Kind of [Nginx, Caddy]) {
  const { name } = new Kind();
  scenario(`${name}: while sse.fcgi is away an EventSource is told to come back, everybody else 502`, async (ws) => {
    const redis = await Redis.start(ws);
    const server = await Kind.start(ws, redis);
    const stack = new Stack(ws, redis, server);
    await server.external.stop();
    for (const open of [(...args) => server.open(...args), (...args) => server.openHttp2(...args)]) {
      const told = open('/sse/a', { headers: EVENT_SOURCE });
      await told.over();
      assert.equal(told.status, 200);
      assert.equal(told.headers['content-type'], 'text/event-stream');
      assert.equal(told.raw().toString(), 'retry: 3000\n:\n');
      assert.ok(told.clean);
      for (const [method, headers] of [['GET'], ['POST', EVENT_SOURCE], ['HEAD', EVENT_SOURCE]]) {
        const refused = open('/sse/a', { method, headers });
        await refused.over();
        assert.equal(refused.status, 502, method);
      }
    }

    await startExternal(server);
    const stream = await server.stream('/sse/a', { headers: EVENT_SOURCE });
    await stack.publish('a', '{"n":1}');
    await stream.gets('{"n":1}');
    stream.abandon();
  });
}

/** One that has fewer connections than streams are asked for. */
class SmallNginx extends Nginx {
  configuration() {
    const few = { 'worker_connections 768': 'worker_connections 64', 'worker_processes auto': 'worker_processes 1' };
    return Object.entries(few).reduce((text, change) => text.replace(...change), super.configuration());
  }
}

scenario('nginx: with no connection left an EventSource is told to come back', async (ws) => {
  const redis = await Redis.start(ws);
  const server = await SmallNginx.start(ws, redis);
  const connection = connectHttp2(server.tlsPort);
  ws.own({ stop: () => connection.destroy() });
  const clients = Array.from({ length: 80 }, () =>
    server.openHttp2('/sse/a', { connection, headers: EVENT_SOURCE }),
  );
  const isSettled = (client) => client.closed || client.opens().length > 0;
  await eventually(() => clients.every(isSettled), 'all have an answer');
  const turnedAway = clients.filter(({ closed }) => closed);
  ws.note(`${turnedAway.length} of ${clients.length} are turned away`);
  assert.ok(turnedAway.length > 0 && turnedAway.length < clients.length);
  for (const { status, clean } of turnedAway) assert.deepEqual([status, clean], [200, true]);
});
