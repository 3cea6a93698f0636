// A minimal FastCGI 1.0 client: one request on one connection, every record visible to the test.
import net from 'node:net';

export const BEGIN_REQUEST = 1;
export const ABORT_REQUEST = 2;
export const END_REQUEST = 3;
export const PARAMS = 4;
export const STDIN = 5;
export const STDOUT = 6;
export const RESPONDER = 1;
const KEEP_CONN = 1;

/** One record: 8 bytes of header, the content, padding to a multiple of eight. */
export function record(type, id, content = Buffer.alloc(0)) {
  const padding = (8 - (content.length % 8)) % 8;
  const bytes = Buffer.alloc(8 + content.length + padding);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(type, 1);
  bytes.writeUInt16BE(id, 2);
  bytes.writeUInt16BE(content.length, 4);
  bytes.writeUInt8(padding, 6);
  content.copy(bytes, 8);
  return bytes;
}

export function beginRequest(id, { role = RESPONDER, keep = false } = {}) {
  return record(BEGIN_REQUEST, id, Buffer.from([0, role, keep ? KEEP_CONN : 0, 0, 0, 0, 0, 0]));
}

function lengthOf(bytes) {
  if (bytes.length < 128) return Buffer.from([bytes.length]);
  const four = Buffer.alloc(4);
  four.writeUInt32BE((bytes.length | 0x80000000) >>> 0);
  return four;
}

/** Name-value pairs as the content of PARAMS records. */
export function encodeParams(params) {
  const parts = [];
  for (const [name, value] of Object.entries(params)) {
    const [n, v] = [Buffer.from(name), Buffer.from(String(value), 'latin1')];
    parts.push(lengthOf(n), lengthOf(v), n, v);
  }
  return Buffer.concat(parts);
}

/** A stream of bytes as records of one type, without the empty one that ends it. */
export function records(type, id, bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += 65_528)
    parts.push(record(type, id, bytes.subarray(at, at + 65_528)));
  return Buffer.concat(parts);
}

/** The parameters that a web server sends for a request to `target` (path and query, as on the request line). */
export function cgiParams(target, { method = 'GET', headers = {}, body } = {}) {
  const params = {
    GATEWAY_INTERFACE: 'CGI/1.1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    SERVER_SOFTWARE: 'tests',
    REQUEST_METHOD: method,
    REQUEST_URI: target,
    QUERY_STRING: target.includes('?') ? target.slice(target.indexOf('?') + 1) : '',
    SCRIPT_NAME: '/sse',
    REMOTE_ADDR: '127.0.0.1',
  };
  if (body !== undefined) params.CONTENT_LENGTH = body.length;
  for (const [name, value] of Object.entries(headers)) {
    params[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`] = value;
  }
  return params;
}

/** A connection to a FastCGI responder; `onStdout(bytes)` gets the content of STDOUT records as they come. */
export class FcgiConnection {
  constructor(address, { onStdout = () => {}, onClose = () => {} } = {}) {
    this.records = []; // type, id and length of every record received
    this.rest = Buffer.alloc(0);
    this.onStdout = onStdout;
    this.endRequest = null;
    this.closed = false;
    this.socket = net.connect({ ...address, allowHalfOpen: false });
    this.socket.on('data', (bytes) => this.read(bytes));
    this.socket.on('error', (error) => (this.error = error));
    this.socket.on('close', () => {
      this.closed = true;
      onClose();
    });
  }

  write(...parts) {
    this.socket.write(Buffer.concat(parts));
  }

  /** A whole request in one write, as web servers send it. */
  send(params, { id = 1, role, keep, body = Buffer.alloc(0) } = {}) {
    this.write(
      beginRequest(id, { role, keep }),
      records(PARAMS, id, encodeParams(params)),
      record(PARAMS, id),
      records(STDIN, id, body),
      record(STDIN, id),
    );
  }

  read(bytes) {
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
    while (this.rest.length >= 8) {
      const length = this.rest.readUInt16BE(4);
      const total = 8 + length + this.rest.readUInt8(6);
      if (this.rest.length < total) return;
      this.take(
        this.rest.readUInt8(1),
        this.rest.readUInt16BE(2),
        this.rest.subarray(8, 8 + length),
      );
      this.rest = this.rest.subarray(total);
    }
  }

  take(type, id, content) {
    this.records.push({ type, id, length: content.length });
    if (type === STDOUT) this.onStdout(content);
    if (type === END_REQUEST) {
      this.endRequest = {
        appStatus: content.readUInt32BE(0),
        protocolStatus: content.readUInt8(4),
      };
    }
  }

  /** Leaves as a web server does: closes the socket. */
  close() {
    this.socket.destroy();
  }
}
