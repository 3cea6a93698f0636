// Where a request goes: by REQUEST_URI, decoded once, whatever else a web server sends; and what the log says of it.
import assert from 'node:assert/strict';
import { startDirect } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

/** The channels that a stream says it follows. */
async function channelsOf(server, target, params) {
  const stream = await server.stream(target, { params });
  stream.abandon();
  return JSON.parse(stream.opens()[0].data).channels;
}

scenario('what web servers disagree about makes no difference', async (ws) => {
  const { server } = await startDirect(ws);
  const disagreed = {
    PATH_INFO: [null, '', '/b', '/sse/b'],
    SCRIPT_NAME: [null, '', '/sse', '/sse/b'],
    QUERY_STRING: [null, '', 'channel=b', 'x=1&topic=b'],
    CONTENT_LENGTH: [null, '', '0', '-1'],
    REMOTE_USER: [null, ''],
    SCRIPT_FILENAME: ['proxy:fcgi://sse/b'],
  };
  for (const [name, values] of Object.entries(disagreed)) {
    for (const value of values) {
      const params = { [name]: value };
      for (const target of ['/sse/a', '/sse?channel=a', '/sse/a?x=%7e'])
        assert.deepEqual(await channelsOf(server, target, params), ['a'], `${name}=${value}`);
    }
  }
});

scenario('percent-decoding is done once, and checked', async (ws) => {
  const { server } = await startDirect(ws);
  const good = {
    '/sse/%41': 'A',
    '/sse?channel=%41': 'A',
    '/sse/jobs%2F42': 'jobs/42',
    '/sse%2fjobs%2f42': 'jobs/42',
    '/%73se/a': 'a',
    'http://example.org/sse/a': 'a',
  };
  for (const [target, channel] of Object.entries(good))
    assert.deepEqual(await channelsOf(server, target), [channel], target);
  const bad = {
    '/sse/%2541': '%41',
    '/sse?channel=%2541': '%41',
    '/sse/jobs%252F42': 'jobs%2F42',
    '/sse/%': '%25',
    '/sse/%4': '%25',
    '/sse/%zz': '%25',
    '/sse/%00': '%00',
    '/sse?channel=%4': '%25',
    '/sse/a%3Fchannel=b': 'a?channel=b',
  };
  for (const [target, part] of Object.entries(bad)) {
    const answer = await server.request(target);
    assert.equal(answer.status, 400, target);
    assert.ok(answer.body.includes(part), `${target}: ${answer.body}`);
  }
  assert.equal((await server.request('/%2573se/a')).status, 404);
});

scenario('at debug the log tells what the web server passed on, but no secret', async (ws) => {
  const { server } = await startDirect(ws, { SSE_LOG: 'debug' });
  const signedIn = await server.stream('/sse/a?x=1', {
    headers: {
      Authorization: 'Basic c2VjcmV0',
      Cookie: 'session=secret',
      'Last-Event-ID': '1-0',
    },
    params: { REMOTE_USER: 'alice', SERVER_SOFTWARE: 'nginx/1.22.1' },
  });
  signedIn.abandon();
  await server.logged(
    /sse\.fcgi: request stream=1 method=GET uri="\/sse\/a\?x=1" server="nginx\/1\.22\.1" protocol=HTTP\/1\.1 user=alice authorization=yes cookie=yes cursor="1-0"\n/,
  );
  await server.request('/sse/b!d', { method: 'HEAD', params: { SERVER_SOFTWARE: null } });
  await server.logged(
    /request stream=2 method=HEAD uri="\/sse\/b!d" protocol=HTTP\/1\.1 authorization=no cookie=no\n/,
  );
  assert.doesNotMatch(server.log(), /secret|c2VjcmV0/);
});

scenario('a limit of the web server that is near is told once', async (ws) => {
  const { server } = await startDirect(ws, { SSE_HEARTBEAT: '60' });
  const params = { SERVER_SOFTWARE: 'nginx/1.22.1' };
  const streams = [];
  for (let i = 0; i < 310; i++) streams.push(await server.stream('/sse/a', { params }));
  await server.logged(/limit-near server=nginx streams=304 default=380 set="worker_connections"\n/);
  const told = server.log().match(/limit-near .*/g);
  assert.deepEqual(told, [
    'limit-near server=nginx heartbeat_s=60 default_s=60 set="fastcgi_read_timeout"',
    'limit-near server=nginx streams=304 default=380 set="worker_connections"',
  ]);
  streams.forEach((stream) => stream.abandon());
});
