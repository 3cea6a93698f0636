// sse.fcgi started by CGI, as web servers do it: one process for one request.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { program } from './build.mjs';
import { Child } from './child.mjs';
import { cgiParams } from './fcgi.mjs';
import { AnswerReader } from './open.mjs';
import { SseClient } from './sse.mjs';

let count = 0;

/** Two pipes, as lighttpd's mod_cgi has them. */
async function pipes(ws) {
  const path = ws.path(`fifo${++count}`);
  execFileSync('mkfifo', [path]);
  const reading = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const writing = fs.openSync(path, fs.constants.O_WRONLY);
  return {
    stdio: ['pipe', writing],
    started: () => fs.closeSync(writing),
    output: () => new net.Socket({ fd: reading, readable: true, writable: false }),
  };
}

/** One socket as standard input and output, as Apache's mod_cgid has it. */
async function oneSocket(ws) {
  const path = ws.path(`cgi${++count}.sock`);
  const server = net.createServer({ pauseOnConnect: true });
  await new Promise((resolve) => server.listen(path, resolve));
  const accepted = new Promise((resolve) => server.once('connection', resolve));
  const socket = net.connect({ path, allowHalfOpen: true });
  const connected = new Promise((resolve) => socket.once('connect', resolve));
  const [theirs] = await Promise.all([accepted, connected]);
  server.close();
  return {
    stdio: [theirs, theirs],
    started: () => theirs.destroy(),
    output: () => socket,
    input: socket,
  };
}

/** A socket for each, as this Node.js has them. */
async function twoSockets() {
  return { stdio: ['pipe', 'pipe'], started: () => {}, output: (child) => child.process.stdout };
}

/** What standard input and output may be. */
export const FORMS = { pipes, 'one socket': oneSocket, 'two sockets': twoSockets };

/**
 * One request; resolves when the process runs, the answer fills the client. `client.child` is the process;
 * `abandon()` leaves as a web server does, by closing its ends. `isInputOpen`: standard input stays open after the body.
 */
export async function openCgi(
  ws,
  form,
  target,
  { method, headers, body, env, params, args = [], isInputOpen = false } = {},
) {
  const client = new SseClient(target);
  const ends = await FORMS[form](ws);
  const child = new Child(`sse.fcgi by CGI ${++count}`, program('sse.fcgi'), args, {
    env: ws.environment({ ...env, ...cgiParams(target, { method, headers, body }), ...params }),
    cwd: ws.dir,
    stdio: [...ends.stdio, 'pipe'],
  });
  ws.own(child);
  ends.started();
  const output = ends.output(child);
  const input = ends.input ?? child.process.stdin;
  if (body) input.write(body);
  if (!isInputOpen) input.end();
  const answer = new AnswerReader(client);
  output.on('data', (bytes) => answer.feed(bytes));
  output.on('end', () => output.destroy()); // also when our own side is open
  output.on('error', (error) => (client.error = error));
  output.on('close', () => client.ended(!client.error));
  input.on('error', () => {});
  client.child = child;
  client.output = output;
  client.abandon = () => [input, output].forEach((end) => end.destroy());
  return client;
}

/** An open stream that has had its stream-open. */
export async function cgiStream(...request) {
  const client = await openCgi(...request);
  await client.opened();
  return client;
}

/** A whole answer, and the end of the process: {status, headers, body, end}. */
export async function cgiRequest(...request) {
  const client = await openCgi(...request);
  await client.over();
  if (client.error) throw client.error;
  const end = await client.child.exited;
  return Object.assign(client, { body: client.raw().toString(), end });
}
