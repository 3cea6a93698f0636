// Requests to the responder by both ways: over HTTP through a web server, or over FastCGI straight to its socket.
import http from 'node:http';
import zlib from 'node:zlib';
import { FcgiConnection, cgiParams } from './fcgi.mjs';
import { SseClient } from './sse.mjs';

/**
 * Opens a stream over HTTP; resolves at once, the answer fills the client. `abandon()` leaves by FIN as a browser
 * does, `reset()` by RST; `stall()` stops to read until `flow()`.
 */
export function openHttp(port, target, { method = 'GET', headers = {}, body } = {}) {
  const client = new SseClient(target);
  const request = http.request({
    host: '127.0.0.1',
    port,
    path: target,
    method,
    headers,
    agent: false,
  });
  request.on('response', (response) => {
    client.head(response.statusCode, response.headers);
    unpacked(response).on('data', (bytes) => client.feed(bytes));
    client.stall = () => response.pause();
    client.flow = () => response.resume();
    response.on('error', () => {}); // told by 'close'
    response.on('close', () => client.ended(response.complete));
  });
  request.on('error', (error) => {
    client.error = error;
    client.ended(false);
  });
  request.on('close', () => client.ended(false));
  request.end(body);
  client.abandon = () => request.destroy();
  client.reset = () => request.socket.resetAndDestroy();
  return client;
}

/** The body as it was before the server compressed it, if it did: each piece as soon as it can be known. */
function unpacked(response) {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  const plain = zlib.createGunzip({ flush: zlib.constants.Z_SYNC_FLUSH });
  plain.on('error', () => {}); // a stream may be cut anywhere
  return response.pipe(plain);
}

/**
 * The same over FastCGI; `address` is {path} or {host, port}. `params` are added, and those that are null left out.
 * `client.connection` shows the records.
 */
export function openFcgi(address, target, { method, headers, body, id, keep, params = {} } = {}) {
  const client = new SseClient(target);
  const answer = new AnswerReader(client);
  const onStdout = (bytes) => answer.feed(bytes);
  const onClose = () => client.ended(client.connection.endRequest !== null);
  client.connection = new FcgiConnection(address, { onStdout, onClose });
  const all = { ...cgiParams(target, { method, headers, body }), ...params };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  client.connection.send(given, { id, keep, body });
  client.abandon = () => client.connection.close();
  client.reset = () => client.connection.socket.resetAndDestroy(); // TCP only
  return client;
}

/** Feeds a client with an answer as CGI has it: a header block, then the body. */
export class AnswerReader {
  constructor(client) {
    this.client = client;
    this.head = Buffer.alloc(0);
  }

  feed(bytes) {
    const { client } = this;
    if (this.head === null) return client.feed(bytes);
    this.head = Buffer.concat([this.head, bytes]);
    const end = this.head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const rest = this.head.subarray(end + 4);
    client.head(...parseHead(this.head.toString('latin1', 0, end), client));
    this.head = null;
    if (rest.length > 0) client.feed(rest);
  }
}

/** A CGI header block as [status, headers]; the lines stay in `client.headLines`. */
function parseHead(text, client) {
  client.headLines = text.split('\r\n');
  const headers = {};
  for (const line of client.headLines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return [Number.parseInt(headers.status ?? '200', 10), headers];
}

/** What servers (lib/lighttpd.mjs, lib/responder.mjs) share: `open` is theirs, the rest follows from it. */
export class Server {
  /** An open stream that has had its stream-open. */
  async stream(target, options) {
    const client = this.open(target, options);
    await client.opened();
    return client;
  }

  /** A whole answer: {status, headers, body}. */
  async request(target, options) {
    const client = this.open(target, options);
    await client.over();
    if (client.error) throw client.error;
    return Object.assign(client, { body: client.raw().toString() });
  }
}
