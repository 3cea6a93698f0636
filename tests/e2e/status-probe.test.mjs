// The library's question for a status, put to a server that says nothing.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import test from 'node:test';
import { probe } from '../../www/src/status/probe.ts';

test('a server that accepts and says nothing does not keep the connection', { timeout: 10_000 }, async (t) => {
  const server = http.createServer().listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const status = probe(`http://127.0.0.1:${server.address().port}/sse`);
  const [request] = await once(server, 'request');
  const closed = once(request.socket, 'close');
  t.mock.timers.tick(10_000);
  assert.equal(await status, 0);
  await closed;
});
