// Stopping with many streams open, and who takes over: nobody is cut off, nobody is refused.
import assert from 'node:assert/strict';
import net from 'node:net';
import { scaled } from './lib/build.mjs';
import { childrenOf, ended, watchProcess } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { Redis } from './lib/redis.mjs';
import { Responder } from './lib/responder.mjs';
import { startDirect, startWeb } from './lib/stack.mjs';
import { freePort, scenario } from './lib/workspace.mjs';

const STREAMS = scaled(1000, 200);
const AT_ONCE = 50;
const DRAIN_MS = 1000; // the default of SSE_DRAIN
const LATE_MS = 8000; // for a busy machine

/** Some at a time: a request must come whole within five seconds, and this process may be held up. */
async function openStreams(server, count) {
  const streams = [];
  while (streams.length < count) {
    const some = Math.min(AT_ONCE, count - streams.length);
    streams.push(...(await Promise.all(Array.from({ length: some }, () => server.stream('/sse/a')))));
  }
  return streams;
}

/** Every stream has ended cleanly, its last bytes a `retry:` of its own. */
async function assertSentAway(streams) {
  const retries = [];
  for (const stream of streams) {
    await stream.over();
    assert.ok(stream.clean, stream.describe());
    const last = /\nretry: (\d+)\n:\n$/.exec(stream.raw().toString());
    assert.ok(last, stream.describe());
    retries.push(Number(last[1]));
  }
  assert.ok(Math.min(...retries) >= 2000 && Math.max(...retries) <= 3000);
  const [different, early] = [new Set(retries).size, retries.filter((ms) => ms < 2500).length];
  assert.ok(different > streams.length / 3, `${different} different ones`);
  assert.ok(early > streams.length / 3 && early < (streams.length * 2) / 3, `${early} are early`);
}

scenario(`SIGTERM ends ${STREAMS} streams, each with a retry of its own`, async (ws) => {
  const { server } = await startDirect(ws);
  const streams = await openStreams(server, STREAMS);
  const start = performance.now();
  await server.stop();
  const took = performance.now() - start;
  ws.note(`it took ${took.toFixed(0)} ms`);
  assert.ok(took < DRAIN_MS + LATE_MS, `it took ${took} ms`);
  await assertSentAway(streams);
});

scenario(`SIGTERM under lighttpd ends ${STREAMS} streams; another one takes over`, async (ws) => {
  const stack = await startWeb(ws);
  const { server } = stack;
  const streams = await openStreams(server, STREAMS);
  const { pid } = server;
  process.kill(pid, 'SIGTERM');
  const start = performance.now();
  await ended(pid);
  assert.ok(performance.now() - start < DRAIN_MS + LATE_MS);
  await assertSentAway(streams);

  // lighttpd itself may refuse until it has noticed.
  const answers = async () => (await server.request('/sse', { method: 'HEAD' })).status === 200;
  await eventually(answers, 'lighttpd has started another one');
  const next = await openStreams(server, STREAMS);
  assert.ok(next.every(({ status }) => status === 200));
  server.pids = server.responders();
  server.pids.forEach(watchProcess);
  assert.notEqual(server.pid, pid);
  const id = await stack.publish('a', '1');
  await Promise.all(next.map((stream) => stream.getsId(id)));
});

scenario('a request that comes while it stops is told to come back', async (ws) => {
  const stack = await startDirect(ws, { SSE_DRAIN: '4' });
  const { server } = stack;
  const slow = await server.stream('/sse/a'); // holds up the end
  slow.connection.socket.pause();
  const other = await server.stream('/sse/a');
  for (let i = 0; i < 6; i++) await stack.pipe('a', 'x'.repeat(120_000), '--text');
  await other.waitFor(() => other.published().length === 6, 'six events');

  const stopped = server.stop();
  await other.over();
  const late = await server.request('/sse/a');
  assert.equal(late.status, 200);
  assert.ok(late.clean);
  assert.match(late.body, /^retry: [23]\d\d\d\n:\n$/);
  slow.connection.socket.resume(); // it has read: nothing holds up the end any more
  await stopped;
});

/** A shell that runs one responder, then another one, on a socket that it keeps: as service managers do. */
async function startTwice(ws) {
  const redis = await Redis.start(ws);
  const address = { host: '127.0.0.1', port: await freePort() };
  const socket = net.createServer();
  await new Promise((resolve) => socket.listen(address.port, address.host, resolve));
  const options = { args: [], address, stdio: [socket._handle.fd, 'pipe', 'pipe'], shell: '"$@";' };
  const server = Responder.launch(ws, { SSE_REDIS: redis.url }, options);
  socket.close(); // only the shell has it from here on
  return { redis, server };
}

/** The pid of the responder that runs now, which is not `old`. */
function runningResponder(server, old) {
  return eventually(() => {
    const pid = childrenOf(server.pid).find((child) => child !== old);
    if (pid) watchProcess(pid);
    return pid;
  }, 'the shell runs a responder');
}

/** A client that opens a stream again whenever it ends; `answers` are all that it got. */
function follow(server) {
  const client = { answers: [] };
  const again = () => {
    if (client.left) return;
    const stream = server.open('/sse/a');
    client.answers.push(stream);
    stream.over().then(again, () => {});
  };
  client.leave = () => {
    client.left = true;
    client.answers.at(-1).abandon();
  };
  again();
  return client;
}

scenario('one that is started on the same socket takes over, and nobody is refused', async (ws) => {
  const { server } = await startTwice(ws);
  const first = await runningResponder(server);
  const clients = Array.from({ length: 50 }, () => follow(server));
  const openOnes = () =>
    clients.filter(({ answers }) => !answers.at(-1).closed && answers.at(-1).opens().length > 0);
  await eventually(() => openOnes().length === clients.length, 'all streams are open');

  process.kill(first, 'SIGTERM');
  await ended(first);
  const second = await runningResponder(server, first);
  const isBack = ({ answers }) => answers.length >= 2 && answers.at(-1).opens().length > 0;
  await eventually(() => clients.every(isBack), 'all were ended, and are open again');
  for (const { answers } of clients) {
    assert.ok(answers.every(({ status, error }) => status === 200 && !error));
    assert.ok(answers.slice(0, -1).every(({ clean }) => clean));
  }

  clients.forEach((client) => client.leave());
  process.kill(second, 'SIGTERM');
  assert.equal((await server.child.exited).code, 0);
  server.stopped = true;
});
