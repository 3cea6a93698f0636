// What is special to Apache: the files that we ship for it, in Debian's configuration; what its reload does to open
// streams; what clients see of a crash. What all web servers have in common is tested elsewhere.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { ended } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { Follower } from './lib/follower.mjs';
import { Redis } from './lib/redis.mjs';
import { Stack } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';
import { ApacheCgid, ApacheFcgid, ApacheProxy } from './lib/web/apache.mjs';
import { asDebianHasIt, copyConfiguration, tryRun } from './lib/web/debian_apache.mjs';
import { startExternal } from './lib/web/external.mjs';
import { connectHttp2 } from './lib/web/http2.mjs';
import { shipped } from './lib/web/web_server.mjs';

const FILES = {
  'sse-fcgi-proxy': { needs: 'proxy_fcgi', mode: ApacheProxy },
  'sse-fcgi-fcgid': { needs: 'fcgid', mode: ApacheFcgid },
  'sse-fcgi-cgi': { needs: 'cgid', mode: ApacheCgid },
};

const EXAMPLE = /^# {5}\S/;
const DISABLED = /^#(\S| {4}\S)/;

async function start(ws, Mode, options) {
  const redis = await Redis.start(ws);
  const server = await Mode.start(ws, redis, options);
  return new Stack(ws, redis, server);
}

// --- the files, as a user gets them ---

/** A copy of Debian's configuration with the file in conf-available; returns a command for it. */
function available(ws, name, change = (text) => text) {
  const etc = copyConfiguration(ws);
  const text = fs.readFileSync(shipped(`apache/${name}.conf`), 'utf8');
  // Where the file was installed there is a program.
  const installed = text.replace('/usr/local/lib/sse-fcgi/sse.fcgi', '/bin/true');
  fs.writeFileSync(path.join(etc, `conf-available/${name}.conf`), change(installed));
  return { etc, run: (...args) => tryRun(ws, ...args), check: () => tryRun(ws, 'apache2', '-t', '-d', etc) };
}

/** What stands indented in a comment: examples for other files, and commands of the shell. */
function exampleLines(name, pattern) {
  const lines = fs.readFileSync(shipped(`apache/${name}.conf`), 'utf8').split('\n');
  const examples = lines.filter((line) => EXAMPLE.test(line)).map((line) => line.slice(1).trim());
  const found = examples.filter((line) => pattern.test(line));
  assert.ok(found.length > 0, `${name}.conf shows ${pattern}`);
  return found;
}

for (const [name, { needs }] of Object.entries(FILES)) {
  scenario(`${name}.conf says which module is missing`, async (ws) => {
    const { etc, run, check } = available(ws, name);
    const link = path.join(etc, `conf-enabled/${name}.conf`);
    fs.symlinkSync(`../conf-available/${name}.conf`, link);
    for (const needed of [needs, 'asis']) {
      const { code, text } = await check();
      assert.notEqual(code, 0);
      assert.match(text, new RegExp(`${name}\\.conf needs mod_${needed}: .*a2enmod ${needed}`));
      await run('a2enmod', needed);
    }
    fs.rmSync(link);
    assert.equal((await run('a2enconf', name)).code, 0);
    const enabled = await check();
    assert.equal(enabled.code, 0, enabled.text);
  });

  scenario(`${name}.conf: what stands there with a # before it is right`, async (ws) => {
    let count = 0;
    const enable = (line) => {
      if (EXAMPLE.test(line) || !DISABLED.test(line)) return line;
      count++;
      return line.slice(1);
    };
    const { run, check } = available(ws, name, (text) => text.split('\n').map(enable).join('\n'));
    assert.ok(count > 10, `${count} lines`);
    await run('a2enmod', needs, 'asis', 'http2');
    await run('a2enconf', name);
    const { code, text } = await check();
    assert.equal(code, 0, text);
  });
}

for (const name of ['sse-fcgi-proxy', 'sse-fcgi-fcgid']) {
  scenario(`a2enconf ${name} says which module is missing`, async (ws) => {
    const { run } = available(ws, name);
    const { code, text } = await run('a2enconf', name);
    assert.notEqual(code, 0);
    assert.match(text, new RegExp(`Module ${FILES[name].needs} is not enabled`));
  });
}

for (const [name, { mode }] of Object.entries(FILES)) {
  scenario(`${name}.conf works in Debian's configuration, and the page beside it`, async (ws) => {
    const Mode = asDebianHasIt(mode);
    fs.mkdirSync(ws.path('www'));
    fs.writeFileSync(ws.path('www/index.html'), 'the page');
    const stack = await start(ws, Mode, { directives: [`Define SSE_PAGE ${ws.path('www')}`] });
    const { server } = stack;
    const clients = [await server.stream('/sse/a'), await server.stream('/events?channel=a')];
    const id = await stack.publish('a', '1');
    for (const client of clients) await client.getsId(id);
    assert.equal((await server.request('/sse-status/')).body, 'the page');
    assert.equal((await server.request('/sse-other')).status, 404);
    clients.forEach((client) => client.abandon());
  });
}

for (const [name, { mode }] of Object.entries(FILES)) {
  scenario(`${name}.conf beside a site that hands on everything else`, async (ws) => {
    class Busy extends asDebianHasIt(mode) {
      modules = [...new mode().modules, 'proxy', 'proxy_http', 'rewrite'];
      site = [
        'RewriteEngine On',
        ...exampleLines(name, /^(ProxyPass|RewriteRule)/),
        'RewriteRule "^" "/" [L]',
        'ProxyPass "/" "http://127.0.0.1:1/"',
      ];
    }
    const { server } = await start(ws, Busy);
    for (const target of ['/sse/a', '/events/a']) (await server.stream(target)).abandon();
    assert.match((await server.request('/other')).headers['content-type'], /^text\/html/);
  });
}

scenario('sse-fcgi-cgi.conf works where mod_fcgid has taken .fcgi for itself', async (ws) => {
  class Both extends asDebianHasIt(ApacheCgid) {
    modules = ['cgid', 'fcgid'];
    settings() {
      return [...super.settings(), `FcgidIPCDir ${this.run}/fcgid`, `FcgidProcessTableFile ${this.run}/fcgid.shm`];
    }
  }
  const { server } = await start(ws, Both);
  const client = await server.stream('/sse/a');
  assert.match(server.said(), /started .*by=cgi/);
  client.abandon();
});

for (const [name, { mode: Mode }] of Object.entries(FILES)) {
  scenario(`${name}.conf: the sign-in counts for both mounts, and for encoded paths`, async (ws) => {
    const { server } = await start(ws, Mode, { signIn: true });
    const anonymous = { headers: { Authorization: 'none' } };
    for (const target of ['/sse', '/sse/a', '/events/a', '/s%73e/a', '//sse/a', '/x/../sse/a', '/sse/../sse/a']) {
      assert.equal((await server.request(target, anonymous)).status, 401, target);
    }
    (await server.stream('/events/a')).abandon();
  });
}

// --- reload, with streams open ---

scenario('mod_proxy_fcgi: reloads with open streams take places, until the streams have ended', async (ws) => {
  const directives = ['StartServers 1', 'ServerLimit 3', 'MaxRequestWorkers 50'];
  const stack = await start(ws, ApacheProxy, { directives, env: { SSE_MAX_AGE: '10' } });
  const { server } = stack;
  const streams = [];
  for (let places = 0; places < 3; places++) {
    streams.push(await server.stream('/sse/a'));
    await server.reload();
  }
  const next = server.open('/sse/a');
  await eventually(
    () => /AH03490: scoreboard is full/.test(server.log()),
    'Apache has no place for a new process',
  );
  await next.opened();
  assert.ok(streams.some(({ closed }) => closed), 'it had to wait for the end of one');
  assert.ok(streams.every(({ closed, clean }) => !closed || clean), 'no reload has cut one');
  const id = await stack.publish('a', '1');
  await next.getsId(id);
  next.abandon();
});

scenario('mod_cgid: open streams stay through a reload', async (ws) => {
  const stack = await start(ws, ApacheCgid);
  const { server } = stack;
  const clients = [await server.stream('/sse/a')];
  await server.reload();
  clients.push(await server.stream('/sse/a'));
  const id = await stack.publish('a', '1');
  for (const client of clients) await client.getsId(id);
  clients.forEach((client) => client.abandon());
});

scenario('mod_fcgid: a reload ends streams properly and soon, and clients come back', async (ws) => {
  const stack = await start(ws, ApacheFcgid);
  const { server } = stack;
  const followers = Array.from({ length: 5 }, () => new Follower(ws, server, '/sse/a'));
  for (const follower of followers) await follower.opened();
  const ids = [await stack.publish('a', '1')];
  const before = server.responders();
  await server.reload();
  for (const pid of before) await ended(pid);
  const stopped = server.said().match(/stopping signal=15/g).length;
  assert.equal(stopped, before.length, 'each was asked to stop, and none was killed');
  assert.equal(server.said().match(/stopped pid=/g).length, before.length);

  ids.push(await stack.publish('a', '2'));
  for (const follower of followers) {
    await follower.gets(ids[1]);
    assert.deepEqual(follower.ids(), ids);
    assert.ok(follower.streams[0].clean);
    assert.equal(follower.state, 'following');
  }
});

// --- streams have all threads, or the process of one is gone ---

scenario('mod_proxy_fcgi: with SSE_MAX_STREAMS below the threads Apache goes on to answer', async (ws) => {
  const { server } = await start(ws, ApacheProxy, { env: { SSE_MAX_STREAMS: '120' } });
  const streams = await Promise.all(Array.from({ length: 120 }, () => server.stream('/sse/a')));
  const refused = await Promise.all(Array.from({ length: 60 }, () => server.request('/sse/a')));
  for (const { status, body, clean } of refused) {
    assert.equal(status, 200);
    assert.ok(clean);
    assert.match(body, /^retry: \d+\n:\n$/);
  }
  assert.equal((await server.request('/other')).status, 403);
  streams.forEach((stream) => stream.abandon());
});

/** The responder is gone, and no other one can be started; returns what brings it back. */
async function takeAway(server) {
  if (server.external) {
    await server.external.stop();
    return async () => (server.external = await startExternal(server));
  }
  const kept = `${server.program}.kept`;
  fs.renameSync(server.program, kept);
  fs.writeFileSync(server.program, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  return async () => fs.renameSync(kept, server.program);
}

for (const [name, { mode }] of Object.entries(FILES)) {
  scenario(`${name}.conf: while sse.fcgi is away an EventSource is told to come back`, async (ws) => {
    const stack = await start(ws, mode, { signIn: true });
    const { server } = stack;
    const bringBack = await takeAway(server);
    for (const pid of server.responders()) process.kill(pid, 'SIGKILL');
    const accept = { Accept: 'text/event-stream' };
    for (const open of [(...args) => server.open(...args), (...args) => server.openHttp2(...args)]) {
      const told = open('/events/a', { headers: accept });
      await told.over();
      assert.equal(told.status, 200);
      assert.equal(told.headers['content-type'], 'text/event-stream');
      assert.equal(told.raw().toString(), 'retry: 3000\n:\n');
      assert.ok(told.clean);
      for (const [method, headers] of [['GET'], ['HEAD', accept], ['POST', accept]]) {
        const refused = open('/sse/a', { method, headers });
        await refused.over();
        assert.match(String(refused.status), /^50[03]$/, method);
      }
    }
    assert.equal((await server.request('/sse/a', { headers: { ...accept, Authorization: 'none' } })).status, 401);

    await bringBack();
    const stream = await server.stream('/sse/a', { headers: accept });
    const id = await stack.publish('a', '1');
    await stream.getsId(id);
    stream.abandon();
  });
}

scenario('mod_fcgid: a crash ends the stream, without a page of HTML in it, and nothing is lost', async (ws) => {
  const stack = await start(ws, ApacheFcgid);
  const { server } = stack;
  const follower = new Follower(ws, server, '/sse/a');
  await follower.opened();
  const overTls = server.openHttp2('/sse/a');
  const eventSource = server.open('/sse/a', { headers: { Accept: 'text/event-stream' } });
  for (const stream of [overTls, eventSource]) await stream.opened();
  const ids = [await stack.publish('a', '1')];
  await follower.gets(ids[0]);
  for (const pid of server.responders()) process.kill(pid, 'SIGKILL');
  ids.push(await stack.publish('a', '2'));
  await follower.gets(ids[1]);
  await overTls.over();
  assert.deepEqual(follower.ids(), ids);
  for (const stream of [follower.streams[0], overTls]) {
    assert.ok(stream.raw().toString().endsWith('\n\n: sse.fcgi has ended'), stream.describe());
  }
  await eventSource.over();
  assert.ok(eventSource.raw().toString().endsWith('\n\nretry: 3000\n:\n'), eventSource.describe());
});

// What becomes of HTTP/2 streams when sse.fcgi is killed: a cell of the matrix (crash-http2).
scenario('mod_proxy_fcgi: streams end when sse.fcgi stops, and new ones open after it was killed', async (ws) => {
  const { server } = await start(ws, ApacheProxy);
  const stopped = server.openHttp2('/sse/a');
  await stopped.opened();
  await server.external.stop();
  await stopped.over();
  assert.ok(stopped.clean);

  server.external = await startExternal(server);
  const plain = await server.stream('/sse/a');
  await server.external.kill();
  await plain.over();
  assert.ok(!plain.clean);
  server.external = await startExternal(server);
  const next = server.openHttp2('/sse/a');
  await next.opened();
  next.abandon();
});

scenario('an HTTP/2 connection has six streams at first, and each connection its own', async (ws) => {
  const { server } = await start(ws, ApacheProxy, { env: { SSE_HEARTBEAT: '1' } });
  const connection = connectHttp2(server.tlsPort);
  const six = Array.from({ length: 6 }, () => server.openHttp2('/sse/a', { connection }));
  for (const stream of six) await stream.opened();
  const seventh = server.openHttp2('/sse/a', { connection });
  const other = server.openHttp2('/sse/a');
  await other.opened();
  await other.heartbeat();
  assert.equal(seventh.status, null);
  connection.destroy();
  other.abandon();
});
