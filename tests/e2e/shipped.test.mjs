// The files for nginx, Caddy and h2o as they stand, with the places that they name by default.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { runProgram } from './lib/child.mjs';
import { temporaryPaths } from './lib/web/nginx.mjs';
import { shipped } from './lib/web/web_server.mjs';
import { freePort, scenario } from './lib/workspace.mjs';

/** Main files as an administrator writes them, and the command that checks one. */
const PLAIN = {
  nginx: (ws, file, port) => ({
    text: [
      `pid ${ws.path('nginx.pid')};`,
      'events { }',
      'http {',
      '  access_log off;',
      ...temporaryPaths(ws),
      `  include ${shipped('nginx/sse-fcgi-upstream.conf')};`,
      `  server { listen 127.0.0.1:${port}; include ${shipped('nginx/sse-fcgi.conf')}; }`,
      '}',
    ],
    command: ['nginx', '-e', 'stderr', '-t', '-c', file],
  }),
  caddy: (ws, file, port) => ({
    text: [
      `http://127.0.0.1:${port} {`,
      `\timport ${shipped('caddy/sse-fcgi.caddy')}`,
      `\thandle_errors {\n\timport ${shipped('caddy/sse-fcgi-away.caddy')}\n\t}`,
      '}',
    ],
    command: ['caddy', 'validate', '--adapter', 'caddyfile', '--config', file],
  }),
  h2o: (ws, file, port) => ({
    text: [
      `listen: { host: 127.0.0.1, port: ${port} }`,
      'hosts:',
      '  default:',
      '    paths:',
      `      "/sse":    !file ${shipped('h2o/sse-fcgi.yaml')}`,
      `      "/events": !file ${shipped('h2o/sse-fcgi.yaml')}`,
    ],
    command: ['h2o', '-m', 'test', '-c', file],
  }),
};

for (const [name, describe] of Object.entries(PLAIN)) {
  scenario(`${name} takes the shipped file as it stands`, async (ws) => {
    const file = ws.path('main.conf');
    const { text, command } = describe(ws, file, await freePort());
    fs.writeFileSync(file, `${text.join('\n')}\n`);
    const env = ws.environment({ HOME: ws.dir, XDG_DATA_HOME: ws.dir, XDG_CONFIG_HOME: ws.dir });
    const { code, stderr } = await runProgram(command[0], command.slice(1), { env });
    assert.equal(code, 0, stderr);
  });
}
