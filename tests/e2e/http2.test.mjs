// HTTP/2 under each web server: how many streams fit into one connection, and what becomes of the next one; and that
// compression, where somebody has switched it on, holds no frame back there.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import { eventually } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { Stack } from './lib/stack.mjs';
import { ApacheFcgid, ApacheProxy } from './lib/web/apache.mjs';
import { Caddy } from './lib/web/caddy.mjs';
import { H2o } from './lib/web/h2o.mjs';
import { connectHttp2 } from './lib/web/http2.mjs';
import { LighttpdSpawned } from './lib/web/lighttpd.mjs';
import { Nginx } from './lib/web/nginx.mjs';
import { shipped } from './lib/web/web_server.mjs';
import { scenario } from './lib/workspace.mjs';

// What the shipped file says of the streams that a connection may have, number first, and what coding comes when gzip
// is switched on.
const SERVERS = [
  { Kind: ApacheProxy, file: 'apache/sse-fcgi-proxy.conf', words: '6 run at', coding: 'gzip' },
  { Kind: ApacheFcgid, file: 'apache/sse-fcgi-fcgid.conf', words: '6 run at', coding: 'gzip' },
  { Kind: LighttpdSpawned, file: 'lighttpd/sse-fcgi.conf', words: '8 requests a connection' },
  { Kind: Nginx, file: 'nginx/sse-fcgi.conf', words: '128 streams a connection', coding: 'gzip' },
  { Kind: Caddy, file: 'caddy/sse-fcgi.caddy', words: '250 streams a connection' },
  { Kind: H2o, file: 'h2o/sse-fcgi.yaml', words: '100 streams a connection', coding: 'gzip' },
];

const MORE = 3; // requests beyond the limit
const FRAMES = 20;

/** The number that the shipped file says. */
function streamsAConnection(file, words) {
  const text = fs.readFileSync(shipped(file), 'utf8');
  assert.match(text, new RegExp(`HTTP/2[^\\d][^]*?\\b${words}\\b`));
  return Number.parseInt(words, 10);
}

/** A connection that the server has told its settings. */
async function connect(ws, server) {
  const connection = connectHttp2(server.tlsPort);
  ws.own({ stop: () => connection.destroy() });
  await once(connection, 'remoteSettings');
  return connection;
}

/** Resolves once the server has answered: it has then read what was sent before. */
function ping(connection) {
  return new Promise((resolve, reject) => {
    connection.ping((error) => (error ? reject(error) : resolve()));
  });
}

for (const { Kind, file, words, coding } of SERVERS) {
  const { name } = new Kind();
  scenario(`${name}: as many streams fit into one connection as its file says`, async (ws) => {
    const limit = streamsAConnection(file, words);
    const redis = await Redis.start(ws);
    const server = await Kind.start(ws, redis, { env: { SSE_HEARTBEAT: '1' } });
    const stack = new Stack(ws, redis, server);
    const connection = await connect(ws, server);
    ws.note(`${limit} streams; its SETTINGS say ${connection.remoteSettings.maxConcurrentStreams}`);

    const clients = Array.from({ length: limit + MORE }, (_, i) =>
      server.openHttp2(`/sse/c${i}`, { connection }),
    );
    const served = () => clients.filter((client) => client.opens().length > 0);
    await eventually(() => served().length >= limit, `${limit} are served`);

    // Only when all that are served have had a heartbeat, and the server has read all requests, it is looked at who
    // is not.
    await ping(connection);
    await Promise.all(served().map((client) => client.heartbeat()));
    assert.equal(served().length, limit, 'so many are served');
    assert.ok(
      clients.slice(limit).every(({ status }) => status === null),
      'those that came last have no answer',
    );

    // The end of one is the beginning of another.
    for (let i = 0; i < MORE; i++) {
      await stack.publish(`c${i}`, '{}', '--end');
      await clients[i].over();
      await eventually(() => served().length > limit + i, `${limit + i + 1} have been served`);
    }
  });

  scenario(`${name}: compression switched on holds no frame back over HTTP/2`, async (ws) => {
    const redis = await Redis.start(ws);
    // No heartbeat may push out what was held back.
    const options = { compression: true, env: { SSE_HEARTBEAT: '60' } };
    const server = await Kind.start(ws, redis, options);
    const stack = new Stack(ws, redis, server);
    const publisher = stack.openLines('a');
    const client = server.openHttp2('/sse/a', { headers: { 'accept-encoding': 'gzip' } });
    await client.opened();
    assert.equal(client.headers['content-encoding'], coding);
    for (let i = 0; i < FRAMES; i++) {
      publisher.write(i);
      await client.gets(String(i));
    }
    assert.equal((await publisher.finish()).code, 0);
    client.abandon();
  });
}
