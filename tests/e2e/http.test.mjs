// Everything that is not a stream: HEAD, OPTIONS, CORS, and errors that say what would be right.
import assert from 'node:assert/strict';
import net from 'node:net';
import { startDirect, startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const CORS = Object.freeze({ origin: 'https://a.example' });

function corsHeaders(headers) {
  return Object.keys(headers).filter((name) => name.startsWith('access-control'));
}

function preflight(origin) {
  return {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'last-event-id',
    },
  };
}

/** The words of a list header, in lower case. */
function words(value) {
  return (value ?? '')
    .toLowerCase()
    .split(/\s*,\s*/)
    .sort();
}

for (const [way, start] of [
  ['lighttpd', startWeb],
  ['FastCGI', startDirect],
]) {
  scenario(`HEAD has the headers of a stream and ends (${way})`, async (ws) => {
    const { server } = await start(ws);
    const answer = await server.request('/sse?channel=a', { method: 'HEAD' });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(answer.body, '');
    assert.ok(answer.clean);
  });

  scenario(`a bad channel is 400 and the body helps (${way})`, async (ws) => {
    const { server } = await start(ws);
    const cases = {
      '/sse?channel=a%20b': 'a b',
      '/sse?channel=/a': '/a',
      '/sse?channel=a/': 'a/',
      '/sse?channel=a//b': 'a//b',
      '/sse?channel=-a': '-a',
      '/sse/-/link': '-/link',
      '/sse?channel=a:b': 'a:b',
      '/sse?channel=jo*': 'jo*',
      '/sse?channel=jobs/*/x': 'jobs/*/x',
      '/sse?channel=good,b!d': 'b!d',
      [`/sse?channel=${'x'.repeat(201)}`]: 'xxxx',
      '/sse?channel=%C3%BC': '',
    };
    for (const [target, quoted] of Object.entries(cases)) {
      const answer = await server.request(target);
      assert.equal(answer.status, 400, target);
      assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
      assert.match(answer.body, /channel/i, target);
      assert.ok(answer.body.includes(quoted), `${target}: the body names it: ${answer.body}`);
      assert.ok(answer.body.trim().length > 30, `${target}: the body explains: ${answer.body}`);
    }
    assert.equal(
      (await server.stream(`/sse?channel=${'x'.repeat(200)}`)).status,
      200,
      '200 bytes are allowed',
    );
  });

  scenario(`a bad parameter is 400 and the body names it (${way})`, async (ws) => {
    const { server } = await start(ws);
    const answer = await server.request('/sse?channel=a&wrap=maybe');
    assert.equal(answer.status, 400);
    assert.match(answer.body, /wrap/);
    assert.match(answer.body, /maybe/);
  });

  scenario(`other methods are 405 with Allow (${way})`, async (ws) => {
    const { server } = await start(ws);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await server.request('/sse/a', {
        method,
        body: Buffer.from('x'),
        headers: {},
      });
      assert.equal(answer.status, 405, method);
      assert.deepEqual(words(answer.headers.allow), ['get', 'head', 'options']);
      assert.match(answer.headers['content-type'], /^text\/plain/);
    }
  });

  scenario(`the body of a POST is read to its end (${way})`, async (ws) => {
    const { server } = await start(ws);
    const body = Buffer.alloc(1024 * 1024, 'x');
    for (let i = 0; i < 5; i++) {
      const answer = await server.request('/sse/a', { method: 'POST', body });
      assert.equal(answer.status, 405);
      assert.ok(answer.clean, 'the answer comes whole');
    }
  });

  scenario(`OPTIONS is 204 and says nothing of CORS unless configured (${way})`, async (ws) => {
    const { server } = await start(ws);
    const answer = await server.request('/sse', preflight('https://a.example'));
    assert.equal(answer.status, 204);
    assert.equal(answer.body, '');
    assert.deepEqual(corsHeaders(answer.headers), []);
    const stream = await server.stream('/sse', { headers: CORS });
    assert.deepEqual(corsHeaders(stream.headers), []);
  });
}

scenario('SSE_CORS=* allows every origin, without credentials', async (ws) => {
  const { server } = await startWeb(ws, { SSE_CORS: '*' });
  const stream = await server.stream('/sse', { headers: CORS });
  assert.equal(stream.headers['access-control-allow-origin'], '*');
  assert.equal(stream.headers['access-control-allow-credentials'], undefined);
  const answer = await server.request('/sse', preflight('https://anything.example'));
  assert.equal(answer.status, 204);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assertPreflightLists(answer.headers);
});

scenario('a list in SSE_CORS allows its origins, with credentials', async (ws) => {
  const { server } = await startWeb(ws, { SSE_CORS: 'https://a.example,https://b.example' });
  for (const origin of ['https://a.example', 'https://b.example']) {
    for (const answer of [
      await server.stream('/sse', { headers: { origin } }),
      await server.request('/sse', preflight(origin)),
    ]) {
      assert.equal(answer.headers['access-control-allow-origin'], origin);
      assert.equal(answer.headers['access-control-allow-credentials'], 'true');
      assert.ok(words(answer.headers.vary).includes('origin'));
    }
  }
  assertPreflightLists((await server.request('/sse', preflight('https://b.example'))).headers);
  for (const origin of [
    'https://c.example',
    'https://a.example.evil',
    'http://a.example',
    'null',
  ]) {
    const stream = await server.stream('/sse', { headers: { origin } });
    assert.equal(stream.headers['access-control-allow-origin'], undefined, origin);
    assert.ok(words(stream.headers.vary).includes('origin'), 'a cache must not mix up the answers');
  }
});

scenario('errors can be read by the origins that are allowed', async (ws) => {
  const { server } = await startWeb(ws, { SSE_CORS: '*' });
  const answer = await server.request('/sse?channel=b!d', { headers: CORS });
  assert.equal(answer.status, 400);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
});

function assertPreflightLists(headers) {
  const methods = words(headers['access-control-allow-methods']);
  for (const method of ['get', 'head', 'options']) assert.ok(methods.includes(method), method);
  const allowed = words(headers['access-control-allow-headers']);
  for (const name of ['last-event-id', 'authorization', 'content-type', 'cache-control']) {
    assert.ok(allowed.includes(name), name);
  }
}

scenario('a path outside the mount is 404', async (ws) => {
  const { server } = await startDirect(ws, { SSE_MOUNT: '/sse,/deep/events' });
  for (const target of ['/', '/other', '/ssefoo', '/ss', '/deep', '/deep/eventsx', '/sse%20']) {
    const answer = await server.request(target);
    assert.equal(answer.status, 404, target);
    assert.match(answer.headers['content-type'], /^text\/plain/);
    assert.ok(answer.body.includes('/sse'), `the body says where the mount is: ${answer.body}`);
  }
  for (const target of ['/sse', '/sse/', '/sse/a', '/deep/events/a', '/deep/events?channel=a']) {
    assert.equal((await server.stream(target)).status, 200, target);
  }
});

scenario('a request line with a whole URI is understood', async (ws) => {
  const { server } = await startDirect(ws);
  const stream = await server.stream('http://host.example:8080/sse/a?channel=b');
  assert.deepEqual(JSON.parse(stream.opens()[0].data).channels.sort(), ['a', 'b']);
  const query = await server.stream('https://host.example/sse?channel=c');
  assert.deepEqual(JSON.parse(query.opens()[0].data).channels, ['c']);
});

scenario('a whole URI is understood through lighttpd too', async (ws) => {
  const { server } = await startWeb(ws);
  const socket = net.connect(server.port, '127.0.0.1');
  const answer = await new Promise((resolve, reject) => {
    let text = '';
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      text += bytes;
      if (text.includes('stream-open') && text.includes('"a"')) resolve(text);
    });
    socket.on('end', () => reject(new Error(text)));
    socket.write(`GET ${server.origin}/sse/a HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`);
  });
  socket.destroy();
  assert.match(answer, /^HTTP\/1\.1 200 /);
});

scenario('an error answer has its status line in words and ends properly', async (ws) => {
  const { server } = await startDirect(ws);
  const answer = await server.request('/sse?channel=b!d');
  assert.ok(answer.headLines.includes('Status: 400 Bad Request'), answer.headLines.join(' | '));
  assert.deepEqual(answer.connection.endRequest, { appStatus: 0, protocolStatus: 0 });
});
