// What is asked arrives: methods, bodies, headers, paths; and what is answered comes back.
import assert from 'node:assert/strict';

export const options = {
  id: 'options',
  words: 'OPTIONS reaches sse.fcgi (CORS)',
  async run({ server }) {
    const headers = { Origin: 'https://a.example', 'Access-Control-Request-Method': 'GET' };
    const answer = await server.request('/sse/options', { method: 'OPTIONS', headers });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers['access-control-allow-origin'], 'https://a.example');
    assert.equal(answer.body, '');
  },
};

export const head = {
  id: 'head',
  words: 'HEAD ends, and leaves no stream behind',
  async run(stage) {
    const { server } = stage;
    const answer = await server.request('/sse/head', { method: 'HEAD' });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(answer.body, '');
    await server.logged(/request \S*stream=\d+ method=HEAD uri="?\/sse\/head/);
    // A stream that began with it would have been there before this one.
    const later = await server.stream('/sse/head/later');
    await server.logged(/opened stream=\d+ channels=\S*head\/later/);
    assert.equal(await stage.followed('head'), 0);
    assert.doesNotMatch(server.said(), /opened stream=\d+ channels=\S*head\b(?!\/)/);
    later.abandon();
  },
};

export const post = {
  id: 'post',
  words: 'POST passes with its body',
  async run({ server }) {
    const body = 'x'.repeat(100_000);
    const headers = { 'Content-Type': 'text/plain', 'Content-Length': body.length };
    const answer = await server.request('/sse/post', { method: 'POST', headers, body });
    assert.equal(answer.status, 405);
    assert.match(answer.headers.allow, /GET/);
    assert.match(answer.body, /The method POST is not for event streams/);
  },
};

export const headers = {
  id: 'headers',
  words: '`Authorization` and `Cookie` arrive',
  async run({ server }) {
    const both = { Authorization: 'Bearer t0ken', Cookie: 'session=s3cret' };
    const client = await server.stream('/sse/headers', { headers: both });
    await server.logged(/ uri="?\/sse\/headers"? .*authorization=yes cookie=yes/);
    client.abandon();
    const bare = await server.stream('/sse/headers/bare');
    await server.logged(/ uri="?\/sse\/headers\/bare"? .*authorization=no cookie=no/);
    bare.abandon();
    assert.doesNotMatch(server.said(), /t0ken|s3cret/);
  },
};

export const signIn = {
  id: 'sign-in',
  words: 'sign-in by the server, `REMOTE_USER` arrives',
  async run({ server }) {
    const wrong = { Authorization: `Basic ${Buffer.from('alice:wrong').toString('base64')}` };
    for (const mount of ['/sse', '/events']) {
      const refused = await server.request(`${mount}/sign-in/refused`, { headers: wrong });
      assert.equal(refused.status, 401, mount);
    }
    const client = await server.stream('/sse/sign-in');
    await server.logged(/ uri="?\/sse\/sign-in"? .*user=alice/);
    assert.doesNotMatch(server.said(), /request stream=.*sign-in\/refused/);
    client.abandon();
  },
};

/** Paths and queries, and what they open: a list of channels; or a status; or null, which is not ours to answer. */
const ROUTES = {
  '/sse/routing/a': ['routing/a'],
  '/events/routing/a': ['routing/a'],
  '/sse': ['status'],
  '/events/': ['status'],
  '/sse/routing/%61': ['routing/a'],
  '/sse?channel=%72outing/a': ['routing/a'],
  '/sse?channel=routing%2Fa%2Crouting%2Fb': ['routing/a', 'routing/b'],
  '/events?x=%20+%26&channel=routing/a&topic=routing/b': ['routing/a', 'routing/b'],
  '/sse?channel=routing%252Fa': 400, // decoded once: routing%2Fa
  '/sse?channel=routing/a+b': 400,
  '/sse/routing/a%zz': 400,
  '/sse?channel=a%zz': 400,
  '/ssex/routing': null,
};

async function opens({ server }, target) {
  const client = server.open(target);
  await client.waitFor(() => client.opens().length > 0 || client.closed, 'an answer');
  client.abandon();
  if (client.opens().length === 0) return client.status === 400 ? 400 : null;
  return JSON.parse(client.opens()[0].data).channels;
}

async function assertRoutes(stage, routes) {
  const targets = Object.keys(routes);
  const found = await Promise.all(targets.map(async (target) => [target, await opens(stage, target)]));
  assert.deepEqual(Object.fromEntries(found), routes);
}

export const routing = {
  id: 'routing',
  words: 'paths and queries mean the same',
  run: (stage) => assertRoutes(stage, ROUTES),
};

export const slashes = {
  id: 'slashes',
  words: '`%2F` in a path is a `/`, `%252F` is not',
  run: (stage) =>
    assertRoutes(stage, { '/sse/slashes%2Fa': ['slashes/a'], '/sse/slashes%252Fa': 400 }),
};

