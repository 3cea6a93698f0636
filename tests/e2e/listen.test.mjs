// How sse.fcgi starts and stops: its socket in every form, signals, FastCGI's fine print.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { eventually } from './lib/eventually.mjs';
import { END_REQUEST, STDOUT } from './lib/fcgi.mjs';
import { Redis } from './lib/redis.mjs';
import { Responder, canConnect } from './lib/responder.mjs';
import { startDirect } from './lib/stack.mjs';
import { freePort, scenario } from './lib/workspace.mjs';

/** A listening TCP socket to hand to a child. It is non-blocking, as Node has them. */
async function listeningSocket(ws) {
  const port = await freePort();
  const server = net.createServer();
  ws.owned.push({ stop: () => server.close() });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', 512, resolve));
  return { server, fd: server._handle.fd, address: { host: '127.0.0.1', port } };
}

/** Starts a responder that inherits a listening socket; `stdio` and `shell` say how. */
async function startInheriting(ws, { stdio, shell, env = {} }) {
  const redis = await Redis.start(ws);
  const { server, fd, address } = await listeningSocket(ws);
  const options = { args: [], address, stdio: stdio(fd), shell };
  const responder = Responder.launch(ws, { SSE_REDIS: redis.url, ...env }, options);
  server.close(); // only the child has it from here on
  await eventually(() => canConnect(address), 'the responder listens');
  return responder;
}

async function assertServes(responder) {
  const stream = await responder.stream('/sse/a');
  assert.equal(stream.status, 200);
  stream.abandon();
}

scenario('descriptor 0 can be the listening socket', async (ws) => {
  const stdio = (fd) => [fd, 'pipe', 'pipe'];
  const responder = await startInheriting(ws, { stdio });
  await assertServes(responder);
  await responder.logged(/started .* by=listening-descriptor\n/);
});

scenario('a non-blocking listening socket on descriptor 0 works', async (ws) => {
  const stdio = (fd) => ['ignore', 'pipe', 'pipe', fd];
  const responder = await startInheriting(ws, { stdio, shell: 'exec 0<&3 3<&-; exec' });
  for (let i = 0; i < 20; i++) await assertServes(responder);
});

// FastCGI 1.0, 2.2.
scenario('it needs neither standard output nor standard error', async (ws) => {
  const stdio = (fd) => [fd, 'pipe', 'pipe'];
  const responder = await startInheriting(ws, { stdio, shell: 'exec >&- 2>&-; exec' });
  const stream = await responder.stream('/sse/a');
  stream.abandon();
  await assertServes(responder);
  await responder.stop();
});

scenario('LISTEN_FDS hands the socket over, as systemd does', async (ws) => {
  const stdio = (fd) => ['ignore', 'pipe', 'pipe', fd];
  const shell = 'export LISTEN_PID=$$; exec';
  const responder = await startInheriting(ws, { stdio, shell, env: { LISTEN_FDS: '1' } });
  await assertServes(responder);
  await responder.logged(/started .* by=LISTEN_FDS\n/);
});

scenario('LISTEN_FDS for another process is ignored', async (ws) => {
  const stdio = (fd) => [fd, 'pipe', 'pipe'];
  await assertServes(
    await startInheriting(ws, { stdio, env: { LISTEN_FDS: '1', LISTEN_PID: '1' } }),
  );
});

// As mod_fcgid starts it, but for Apache: on a socket that is named by the pid of the process that made it.
scenario('under mod_fcgid streams end before they have been busy for too long', async (ws) => {
  const redis = await Redis.start(ws);
  for (const [age, warning] of [
    [undefined, false],
    ['900', true],
  ]) {
    const path = ws.path(`${process.pid}.${age ?? 0}`);
    const address = { path: ws.path(`age${age}.sock`) };
    const server = net.createServer();
    await new Promise((resolve) => server.listen(path, resolve));
    fs.renameSync(path, address.path); // Node.js removes the path that it has listened on
    const env = { SSE_REDIS: redis.url, ...(age && { SSE_MAX_AGE: age }) };
    const stdio = [server._handle.fd, 'pipe', 'pipe'];
    const responder = Responder.launch(ws, env, { args: [], address, stdio });
    server.close();
    await responder.logged(/started .* by=mod_fcgid\n/);
    await assertServes(responder);
    await responder.stop(); // all is logged
    const near = /limit-near server=mod_fcgid max_age_s=900 default_s=300 set="FcgidBusyTimeout"\n/;
    assert.equal(near.test(responder.log()), warning, responder.log());
  }
});

scenario('--listen HOST:PORT listens on TCP', async (ws) => {
  const address = { host: '127.0.0.1', port: await freePort() };
  const { server } = await startDirect(ws, {}, { address, listen: `127.0.0.1:${address.port}` });
  await assertServes(server);
  await server.logged(/started .* by=listen\n/);
});

scenario('SSE_LISTEN is the same as --listen', async (ws) => {
  const address = { path: ws.path('env.sock') };
  const { server } = await startDirect(ws, { SSE_LISTEN: address.path }, { address, args: [] });
  await assertServes(server);
});

scenario('a Unix socket is 0660, or as --listen-mode says', async (ws) => {
  const mode = (path) => (fs.statSync(path).mode & 0o777).toString(8);
  const redis = await Redis.start(ws);
  const plain = await startDirect(ws, {}, { redis });
  assert.equal(mode(plain.server.address.path), '660');
  const address = { path: ws.path('private.sock') };
  const args = ['--listen', address.path, '--listen-mode', '0600'];
  await startDirect(ws, {}, { redis, address, args });
  assert.equal(mode(address.path), '600');
});

scenario('a stale socket file is replaced', async (ws) => {
  const first = await startDirect(ws);
  await first.server.kill();
  const { address } = first.server;
  assert.ok(fs.existsSync(address.path), 'the file is still there');
  const second = await startDirect(ws, {}, { redis: first.redis, address });
  await assertServes(second.server);
});

scenario(
  'a socket that somebody serves is not taken away, nor a file that is no socket',
  async (ws) => {
    const { server } = await startDirect(ws);
    const file = ws.path('notes.txt');
    fs.writeFileSync(file, 'precious');
    for (const path of [server.address.path, file]) {
      const end = await ws.run('sse.fcgi', ['--listen', path]);
      assert.notEqual(end.code, 0);
      assert.equal(end.signal, null);
      assert.ok(end.stderr.includes(path), end.stderr);
    }
    await assertServes(server);
    assert.equal(fs.readFileSync(file, 'utf8'), 'precious');
  },
);

scenario('a port in use is said', async (ws) => {
  const { address } = await listeningSocket(ws);
  const end = await ws.run('sse.fcgi', ['--listen', `127.0.0.1:${address.port}`]);
  assert.notEqual(end.code, 0);
  assert.match(end.stderr, new RegExp(`${address.port}.*in use`, 's'));
});

scenario('started by hand without a socket it says what to do', async (ws) => {
  const end = await ws.run('sse.fcgi', []);
  assert.equal(end.code, 64);
  assert.match(end.stderr, /--listen/);
});

for (const signal of ['SIGTERM', 'SIGUSR1', 'SIGINT']) {
  scenario(`${signal} ends every stream properly, each with a retry of its own`, async (ws) => {
    const { server } = await startDirect(ws, { SSE_RETRY: '2000', SSE_DRAIN: '3600' });
    const streams = await Promise.all(Array.from({ length: 20 }, () => server.stream('/sse/a')));
    await server.stop(signal);
    const retries = [];
    for (const stream of streams) {
      await stream.over();
      assert.deepEqual(stream.connection.endRequest, { appStatus: 0, protocolStatus: 0 });
      const last = /(?:^|\n)retry: (\d+)\n:\n$/.exec(stream.raw().toString());
      assert.ok(last, stream.describe());
      retries.push(Number(last[1]));
    }
    assert.ok(new Set(retries).size > 5, `jitter: ${retries}`);
    assert.ok(
      retries.every((ms) => ms > 0 && ms <= 60_000),
      `sensible: ${retries}`,
    );
  });
}

scenario('a client that does not read cannot hold up the stop', async (ws) => {
  const stack = await startDirect(ws, { SSE_DRAIN: '1' });
  const slow = await stack.server.stream('/sse/a');
  slow.connection.socket.pause();
  const other = await stack.server.stream('/sse/a');
  for (let i = 0; i < 6; i++) await stack.pipe('a', 'x'.repeat(120_000), '--text');
  await other.waitFor(() => other.published().length === 6, 'six events');
  await stack.server.stop();
});

scenario('any request id is answered under that id, and END_REQUEST closes it', async (ws) => {
  const { server } = await startDirect(ws);
  for (const id of [1, 7, 256, 65_535]) {
    const answer = await server.request('/sse?channel=b!d', { id });
    assert.equal(answer.status, 400);
    assert.ok(
      answer.connection.records.every((record) => record.id === id),
      `id ${id}`,
    );
    assert.deepEqual(answer.connection.records.at(-1).type, END_REQUEST);
    assert.ok(
      answer.connection.records.some(({ type, length }) => type === STDOUT && length === 0),
    );
    const stream = await server.stream('/sse/a', { id });
    assert.ok(
      stream.connection.records.every((record) => record.id === id),
      `id ${id}`,
    );
    stream.abandon();
  }
});

scenario(
  'the connection is closed after END_REQUEST even if the server would keep it',
  async (ws) => {
    const { server } = await startDirect(ws);
    for (const options of [
      { method: 'HEAD' },
      { method: 'PUT' },
      { method: 'GET', params: { REQUEST_URI: '/no' } },
    ]) {
      const answer = await server.request('/sse/a', { ...options, keep: true });
      assert.ok(answer.clean && answer.connection.endRequest !== null);
    }
    const stream = await server.stream('/sse/a', { keep: true });
    await server.stop();
    await stream.over();
    assert.ok(stream.clean);
  },
);
