// What the images are made of, without an engine: the configurations of their web servers, run as they stand but for
// places; and what is said where no engine works.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { program, root, www } from './lib/build.mjs';
import { Child, runProgram, watchProcess, processes } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { Server, openHttp } from './lib/open.mjs';
import { Redis } from './lib/redis.mjs';
import { Responder } from './lib/responder.mjs';
import { freePort, scenario } from './lib/workspace.mjs';

const folder = path.join(root, 'deploy/docker');

/** A file for the container, with places of the workspace. */
function placed(ws, name, port, places = {}) {
  const here = {
    '/usr/local/share/sse-fcgi/www': www,
    '/usr/local/share/sse-fcgi': path.join(root, 'deploy'),
    '/usr/local/lib/sse-fcgi/sse.fcgi': program('sse.fcgi'),
    '/tmp': ws.dir,
    8080: port,
    ...places,
  };
  let text = fs.readFileSync(path.join(folder, name), 'utf8');
  for (const [there, place] of Object.entries(here)) text = text.replaceAll(there, place);
  fs.writeFileSync(ws.path(name), text);
  return ws.path(name);
}

class Contained extends Server {
  static async start(ws, file, args, port, env) {
    const server = new Contained();
    const child = new Child(file, file, args, { env: ws.environment(env), cwd: ws.dir });
    const log = () => child.log();
    Object.assign(server, { ws, child, port, log, name: file, stop: () => child.stop('SIGTERM') });
    ws.own(server);
    const answers = async () => {
      if (child.end) throw new Error(`${file} has ended: ${child.log()}`);
      return (await server.request('/sse', { method: 'HEAD' })).status === 200;
    };
    await eventually(answers, `${file} answers`);
    const started = processes().filter(({ parent }) => parent === child.pid);
    started.forEach(({ pid }) => watchProcess(pid));
    return server;
  }

  open(target, options) {
    return openHttp(this.port, target, options);
  }

  /** Streams an event, and leads from / to the page. */
  async assertServes(env) {
    for (const mount of ['/sse', '/events']) {
      const stream = await this.stream(`${mount}/a?last=0`);
      await this.ws.run('sse-publish', ['--text', 'a', mount], { env });
      await stream.waitFor(() => stream.published().some(({ data }) => data === mount), mount);
      stream.abandon();
    }
    const origin = `http://127.0.0.1:${this.port}`;
    const page = await fetch(`${origin}/`);
    assert.equal(new URL(page.url).pathname, '/sse-status/');
    const script = /<script[^>]*src="([^"]+)"/.exec(await page.text())[1];
    const answer = await fetch(new URL(script, page.url));
    assert.match(answer.headers.get('content-type'), /javascript/);
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
  }
}

scenario("the lighttpd image's configuration streams and shows the page", async (ws) => {
  const redis = await Redis.start(ws);
  const port = await freePort();
  const env = { SSE_REDIS: redis.url };
  const args = ['-D', '-f', placed(ws, 'lighttpd.conf', port)];
  await (await Contained.start(ws, 'lighttpd', args, port, env)).assertServes(env);
});

scenario("the nginx image's configuration streams and shows the page", async (ws) => {
  const redis = await Redis.start(ws);
  const env = { SSE_REDIS: redis.url };
  const responder = await Responder.start(ws, { ...env, SSE_MOUNT: '/sse,/events' });
  fs.chmodSync(ws.dir, 0o777); // workers are nobody where the master is root
  fs.chmodSync(responder.address.path, 0o777);
  const port = await freePort();
  const upstream = fs.readFileSync(path.join(root, 'deploy/nginx/sse-fcgi-upstream.conf'), 'utf8');
  fs.writeFileSync(ws.path('upstream.conf'), upstream.replace('/run/sse-fcgi/sse.sock', responder.address.path));
  const snippet = fs.readFileSync(path.join(root, 'deploy/nginx/sse-fcgi.conf'), 'utf8');
  const copy = ws.path('www'); // the project's folder may be closed to others
  fs.cpSync(www, copy, { recursive: true });
  fs.writeFileSync(ws.path('snippet.conf'), snippet.replaceAll('/usr/local/share/sse-fcgi/www', copy));
  const file = placed(ws, 'nginx.conf', port, {
    'mime.types': '/etc/nginx/mime.types',
    'conf.d/*.conf': ws.path('upstream.conf'),
    'snippets/sse-fcgi.conf': ws.path('snippet.conf'),
  });
  const args = ['-e', 'stderr', '-g', 'daemon off;', '-c', file];
  await (await Contained.start(ws, 'nginx', args, port)).assertServes(env);
});

scenario('where no engine works, it is said', async (ws) => {
  const engine = ws.path('idle-engine');
  fs.writeFileSync(engine, '#!/bin/sh\necho "is the daemon running?" >&2\nexit 1\n', { mode: 0o755 });
  const env = ws.environment({ ENGINE: `${engine} no-such-engine` });
  for (const args of [['build'], ['compose', 'up']]) {
    const end = await runProgram(path.join(folder, 'engine.sh'), args, { env, cwd: ws.dir });
    assert.equal(end.code, 1);
    assert.match(end.stderr, /idle-engine is here, but does not work: is the daemon running\?/);
    assert.match(end.stderr, /No container engine works here: install docker or podman/);
  }
});
