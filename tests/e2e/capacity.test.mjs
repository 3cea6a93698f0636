// The promise of capacity: so many streams under each web server, raised by just the lines that the shipped files
// name, get every event once. What that costs is printed: README has the numbers.
import assert from 'node:assert/strict';
import { sanitized, scaled } from './lib/build.mjs';
import { paced } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { Stack } from './lib/stack.mjs';
import { Streams } from './lib/streams.mjs';
import { Usage } from './lib/usage.mjs';
import { ApacheFcgid, ApacheProxy } from './lib/web/apache.mjs';
import { Caddy } from './lib/web/caddy.mjs';
import { H2o } from './lib/web/h2o.mjs';
import { LighttpdSpawned } from './lib/web/lighttpd.mjs';
import { Nginx } from './lib/web/nginx.mjs';
import { scenario } from './lib/workspace.mjs';

const EVENTS = 200;

// How many streams, and how many events a second they get: not more than this machine can do, so that a delivery
// costs what it costs when there is no backlog that makes one of several. `share`: the most CPU that sse.fcgi may take,
// of the web server's own; under mod_fcgid it is a process a stream, each with its own connections to Redis.
const LOADS = [
  { Kind: ApacheProxy, count: scaled(1000, 100), perSecond: 20, share: 0.5 },
  { Kind: ApacheFcgid, count: scaled(100, 20), perSecond: 40, share: Infinity },
  { Kind: LighttpdSpawned, count: scaled(4000, 400), perSecond: 10, share: 0.5 },
  { Kind: Nginx, count: scaled(4000, 400), perSecond: 10, share: 0.5 },
  { Kind: Caddy, count: scaled(1000, 100), perSecond: 20, share: 0.5 },
  { Kind: H2o, count: scaled(1000, 100), perSecond: 20, share: 0.5 },
];

for (const { Kind, count, perSecond, share } of LOADS) {
  const { name } = new Kind();
  scenario(`${name} holds ${count} streams, each of which gets ${EVENTS} events once`, async (ws) => {
    const redis = await Redis.start(ws);
    const server = await Kind.start(ws, redis, { streams: count });
    const stack = new Stack(ws, redis, server);
    const empty = Usage.now(server);

    const begun = performance.now();
    const streams = Streams.start(ws, server.port, count, '/sse?channel=load');
    await streams.live();
    const opening = performance.now() - begun;
    const opened = Usage.now(server);

    const publisher = stack.openLines('load');
    await paced(EVENTS, perSecond * scaled(1, 4), (i) => publisher.write(i + 1));
    assert.equal((await publisher.finish()).code, 0);
    const published = publisher.ids().map((id) => ({ channel: 'load', id }));
    assert.equal(published.length, EVENTS);
    const verdict = await streams.verify(published);
    const after = Usage.now(server);
    assert.equal(verdict.wanted, count * EVENTS);
    assert.equal(verdict.connections, count, 'nobody had to reconnect');

    const run = after.since(opened);
    const memory = after.since(empty);
    ws.note(
      [
        `${name}: ${count} streams, all live after ${(opening / 1000).toFixed(1)} s`,
        `${verdict.events} deliveries`,
        `CPU ${run.web.seconds.toFixed(2)} s of the web server, ${run.responder.seconds.toFixed(2)} s of sse.fcgi` +
          ` (${((100 * run.responder.seconds) / run.web.seconds).toFixed(0)} %)`,
        `memory a stream ${(memory.web.pssKiB / count).toFixed(1)} KiB of the web server,` +
          ` ${(memory.responder.pssKiB / count).toFixed(2)} KiB of sse.fcgi`,
      ].join('; '),
    );
    if (!sanitized) assert.ok(run.responder.seconds < share * run.web.seconds, 'a fraction of its CPU');
    await streams.finish(published);
  });
}
