// The promise of size: 1,000 streams through lighttpd, 1,000 events at 200 a second, each once and in order.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { program, sanitized, scaled } from './lib/build.mjs';
import { Child, residentKiB } from './lib/child.mjs';
import { eventually, paced } from './lib/eventually.mjs';
import { startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const STREAMS = scaled(1000, 100);
const EVENTS = scaled(1000, 300);
const PER_SECOND = scaled(200, 100);
const LIMIT_KIB = 10 * 1024;

/** Starts the load client and waits until all of its streams are open. */
async function openStreams(stack) {
  const args = [
    `127.0.0.1:${stack.server.port}`,
    '/sse?channel=load',
    STREAMS,
    EVENTS,
    '--timeout',
    90,
  ].map(String);
  const client = new Child('streams', program('bench/streams'), args, {
    env: stack.ws.environment(),
  });
  stack.ws.own(client);
  await eventually(
    () => client.end || client.stdout().startsWith('ready\n'),
    `${STREAMS} streams are open`,
  );
  assert.equal(client.end, undefined, `the load client runs: ${client.log()}`);
  return client;
}

scenario(
  `${STREAMS} streams get ${EVENTS} events at ${PER_SECOND} a second, in order, none missing, none twice`,
  async (ws) => {
    const stack = await startWeb(ws);
    const client = await openStreams(stack);
    const publisher = stack.openLines('load');
    const opened = residentKiB(stack.server.pid);
    const start = performance.now();
    await paced(EVENTS, PER_SECOND, (i) => publisher.write(i + 1));
    const end = await client.exited;
    const seconds = (performance.now() - start) / 1000;
    const resident = residentKiB(stack.server.pid);
    const peak = Number(
      /^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${stack.server.pid}/status`, 'latin1'))[1],
    );
    const result = JSON.parse(client.stdout().split('\n')[1]);
    ws.note(`${result.received} frames in ${seconds.toFixed(2)} s; ${JSON.stringify(result)}`);
    ws.note(`sse.fcgi resident: ${opened} KiB opened, ${resident} KiB after, ${peak} KiB at most`);
    assert.equal((await publisher.finish()).code, 0);
    assert.equal(end.code, 0, client.log());
    assert.equal(result.received, STREAMS * EVENTS);
    assert.ok(seconds < EVENTS / PER_SECOND + scaled(3, 20), `no backlog: ${seconds} s`);
    if (!sanitized) assert.ok(Math.max(opened, resident) <= LIMIT_KIB, `${resident} KiB resident`);
    await stack.follows([]);
  },
);
