// What a responder does at its limits: the age of a stream, their number, descriptors used up.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { scaled } from './lib/build.mjs';
import { descriptors, runProgram } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { startDirect, startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const open = (count, make) => Promise.all(Array.from({ length: count }, make));

scenario('streams end cleanly at SSE_MAX_AGE, not all at the same time', async (ws) => {
  const { server } = await startWeb(ws, { SSE_MAX_AGE: '2' });
  const opened = performance.now();
  const streams = await open(20, () => server.stream('/sse/a'));
  const ages = await Promise.all(
    streams.map(async (stream) => {
      await stream.over();
      assert.ok(stream.clean, stream.describe());
      return performance.now() - opened;
    }),
  );
  assert.ok(Math.min(...ages) >= 1400, `the first ended after ${Math.min(...ages)} ms`);
  assert.ok(Math.max(...ages) <= 10_000, `the last after ${Math.max(...ages)} ms`);
  assert.ok(new Set(ages.map((ms) => Math.round(ms / 40))).size > 3, `spread: ${ages}`);
  await server.stream('/sse/a');
});

scenario('with SSE_MAX_AGE=0 streams stay', async (ws) => {
  const stack = await startDirect(ws, { SSE_MAX_AGE: '0', SSE_HEARTBEAT: '0.1' });
  const stream = await stack.server.stream('/sse/a');
  await stream.waitFor(() => stream.heartbeats >= 15, 'heartbeats for 1.5 s');
});

/** Lines about the limit in the responder's log: [streams, turned away so far]. */
function limitLines(server) {
  return [...server.log().matchAll(/ limit streams=(\d+) turned_away=(\d+)$/gm)].map((found) =>
    found.slice(1).map(Number),
  );
}

/** Fails unless the answer is a stream that says when to come back, and ends. */
function assertTurnedAway(answer, retry = 2000) {
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.ok(answer.clean, 'it ends cleanly');
  const found = /^retry: (\d+)\n:\n$/.exec(answer.body);
  assert.ok(found, JSON.stringify(answer.body));
  const ms = Number(found[1]);
  assert.ok(ms >= retry && ms <= retry * 1.5, `retry: ${ms}`);
  return ms;
}

scenario('one stream more than SSE_MAX_STREAMS is told to come back', async (ws) => {
  const stack = await startDirect(ws, { SSE_MAX_STREAMS: '5' });
  const { server } = stack;
  const streams = await open(5, () => server.stream('/sse/a'));
  assertTurnedAway(await server.request('/sse/a'));
  await eventually(() => limitLines(server).length === 1, 'it is logged');
  assert.deepEqual(limitLines(server), [[5, 1]]);
  assert.equal((await server.request('/sse/a', { method: 'HEAD' })).status, 200);
  assert.equal((await server.request('/sse/a', { method: 'OPTIONS' })).status, 204);
  assert.equal((await server.request('/sse/a%20b')).status, 400);
  const id = await stack.publish('a', '1');
  await Promise.all(streams.map((stream) => stream.getsId(id)));

  streams[0].abandon();
  await eventually(() => server.stream('/sse/a'), 'a stream can be opened again');
  assertTurnedAway(await server.request('/sse/a'));
});

scenario('those that are turned away come back at different times, and are counted', async (ws) => {
  const { server } = await startDirect(ws, { SSE_MAX_STREAMS: '1', SSE_RETRY: '10000' });
  await server.stream('/sse/a');
  const began = performance.now();
  const answers = await open(200, () => server.request('/sse/a'));
  const retries = new Set(answers.map((answer) => assertTurnedAway(answer, 10_000)));
  assert.ok(retries.size > 100, `${retries.size} different ones`);
  await eventually(() => limitLines(server).at(-1)?.[1] === 200, 'all are counted');
  const seconds = (performance.now() - began) / 1000;
  assert.ok(limitLines(server).length <= seconds + 1, `${limitLines(server)} in ${seconds} s`);
});

scenario('through lighttpd the limit is a 200 that ends, too', async (ws) => {
  const { server } = await startWeb(ws, { SSE_MAX_STREAMS: '2' });
  const streams = await open(2, () => server.stream('/sse/a'));
  assertTurnedAway(await server.request('/sse/a'));
  streams[0].abandon();
  await eventually(() => server.stream('/sse/a'), 'a stream can be opened again');
});

scenario('without SSE_MAX_STREAMS the limit leaves some descriptors', async (ws) => {
  const { server } = await startDirect(ws, {}, { shell: 'ulimit -n 128; exec' });
  const streams = await open(100, () => server.open('/sse/a'));
  const settled = (stream) => stream.opens().length > 0 || stream.closed;
  await Promise.all(streams.map((stream) => stream.waitFor(() => settled(stream), 'an answer')));
  assert.equal(streams.filter((stream) => stream.opens().length > 0).length, 88);
  assert.ok(streams.every(({ status }) => status === 200), 'none was refused');
});

/** Seconds of processor time that a process has used. */
function processorTime(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Sets how many descriptors a running process may have; it keeps what it has. */
async function limitDescriptors(ws, pid, count) {
  const args = ['--pid', String(pid), `--nofile=${count}:`];
  const end = await runProgram('prlimit', args, { env: ws.environment() });
  assert.equal(end.code, 0, end.stderr);
}

/** The descriptors that a process with nothing to do has open. */
async function settledDescriptors(pid) {
  const look = () => fs.readdirSync(`/proc/${pid}/fd`).join();
  let last;
  await eventually(() => last === (last = look()), 'the descriptors stay', { every: 200 });
  return last.split(',').map(Number);
}

/** Lets a process have only `spare` more descriptors than it has. */
async function leaveDescriptors(ws, pid, spare) {
  const used = new Set(await settledDescriptors(pid));
  const free = Array.from({ length: used.size + spare + 1 }, (_, fd) => fd).filter(
    (fd) => !used.has(fd),
  );
  await limitDescriptors(ws, pid, free[spare]);
}

for (const spare of [0, 1]) {
  scenario(`with ${spare} descriptors left clients wait, and are served by themselves`, async (ws) => {
    const stack = await startDirect(ws, { SSE_HEARTBEAT: '0.2' });
    const { server } = stack;
    const old = await open(10, () => server.stream('/sse/a'));
    await leaveDescriptors(ws, server.pid, spare);
    const fresh = Array.from({ length: 10 }, () => server.open('/sse/a'));
    await server.logged(/cannot-accept/);

    const [began, used] = [performance.now(), processorTime(server.pid)];
    const beats = old[0].heartbeats;
    await old[0].waitFor(() => old[0].heartbeats >= beats + 8, 'heartbeats meanwhile');
    const id = await stack.publish('a', '1');
    await Promise.all(old.map((stream) => stream.getsId(id)));
    const seconds = (performance.now() - began) / 1000;
    const busy = processorTime(server.pid) - used;
    ws.note(`${busy.toFixed(2)} s of processor time in ${seconds.toFixed(1)} s`);
    assert.ok(busy < seconds / scaled(5, 2), `${busy} s of processor time in ${seconds} s`);
    const lines = server.log().match(/cannot-accept/g).length;
    assert.ok(lines <= seconds + 2, `${lines} lines in ${seconds} s`);
    assert.ok(fresh.every((stream) => !stream.closed && stream.status === null));

    await limitDescriptors(ws, server.pid, 1000);
    await Promise.all(fresh.map((stream) => stream.opened()));
  });
}

const STORM = 1500; // more than the 1,024 that web servers let wait by default

scenario(`${STORM} requests at once that find the responder busy are all served`, async (ws) => {
  const { server } = await startWeb(ws);
  process.kill(server.pid, 'SIGSTOP');
  const streams = Array.from({ length: STORM }, () => server.open('/sse/a'));
  const hasPassedOn = () => descriptors(server.child.pid) >= 2 * STORM;
  try {
    await eventually(() => streams.some(({ closed }) => closed) || hasPassedOn(), 'all wait');
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  await Promise.all(streams.map((stream) => stream.opened()));
  assert.ok(streams.every(({ status }) => status === 200));
});
