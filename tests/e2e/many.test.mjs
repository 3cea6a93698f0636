// The promise of size: 1,000 streams through lighttpd, 1,000 events at 200 a second, each once and in order.
import assert from 'node:assert/strict';
import { sanitized, scaled } from './lib/build.mjs';
import { peakKiB, residentKiB } from './lib/child.mjs';
import { paced } from './lib/eventually.mjs';
import { startWeb } from './lib/stack.mjs';
import { Streams } from './lib/streams.mjs';
import { scenario } from './lib/workspace.mjs';

const STREAMS = scaled(1000, 100);
const EVENTS = scaled(1000, 300);
const PER_SECOND = scaled(200, 100);
const LIMIT_KIB = 10 * 1024;

scenario(
  `${STREAMS} streams get ${EVENTS} events at ${PER_SECOND} a second, in order, none missing, none twice`,
  async (ws) => {
    const stack = await startWeb(ws);
    const streams = Streams.start(ws, stack.server.port, STREAMS, '/sse?channel=load');
    await streams.live();
    const publisher = stack.openLines('load');
    const opened = residentKiB(stack.server.pid);
    const start = performance.now();
    await paced(EVENTS, PER_SECOND, (i) => publisher.write(i + 1));
    assert.equal((await publisher.finish()).code, 0);
    const published = publisher.ids().map((id) => ({ channel: 'load', id }));
    assert.equal(published.length, EVENTS);
    const result = await streams.finish(published);
    const seconds = (performance.now() - start) / 1000;
    const resident = residentKiB(stack.server.pid);
    const peak = peakKiB(stack.server.pid);
    ws.note(`${result.events} frames in ${seconds.toFixed(2)} s; ${JSON.stringify(result)}`);
    ws.note(`sse.fcgi resident: ${opened} KiB opened, ${resident} KiB after, ${peak} KiB at most`);
    assert.equal(result.wanted, STREAMS * EVENTS);
    assert.equal(result.connections, STREAMS, 'nobody had to reconnect');
    assert.ok(seconds < EVENTS / PER_SECOND + 20, `no backlog: ${seconds} s`);
    if (!sanitized) assert.ok(Math.max(opened, resident) <= LIMIT_KIB, `${resident} KiB resident`);
    await stack.follows([]);
  },
);
