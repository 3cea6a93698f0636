// A responder that no web server starts: on a socket of its own, as systemd or spawn-fcgi run it.
import { execFileSync } from 'node:child_process';
import { Responder } from '../responder.mjs';
import { USER } from './web_server.mjs';

/** The numbers of the unprivileged user; nothing if we are not root. */
export function userIds() {
  if (!USER) return {};
  const number = (flag) => Number(execFileSync('id', [flag, USER]).toString());
  return { uid: number('-u'), gid: number('-g') };
}

/** Starts one for a WebServer, its `external`, on its `socket`, as that server's user. */
export async function startExternal(server) {
  server.socket ??= server.ws.path('external.sock');
  const address = { path: server.socket };
  const env = { SSE_MOUNT: '/sse,/events', ...server.env };
  const options = { file: server.program, address, ...userIds() };
  server.external = await Responder.start(server.ws, env, options);
  (server.externals ??= []).push(server.external);
  return server.external;
}
