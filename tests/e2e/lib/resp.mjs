// A small Redis client (RESP2): commands in order, answers as promises; subscribed messages by callback.
import net from 'node:net';

export class RespClient {
  constructor(address, { onMessage } = {}) {
    this.waiting = [];
    this.rest = Buffer.alloc(0);
    this.onMessage = onMessage;
    this.socket = net.connect(address);
    this.socket.on('data', (bytes) => this.read(bytes));
    this.socket.on('error', (error) => (this.error = error));
    this.socket.on('close', () => {
      for (const { reject } of this.waiting.splice(0))
        reject(this.error ?? new Error('Redis closed'));
    });
  }

  /** Sends one command; arguments are strings, numbers or Buffers. Answers that are errors reject. */
  command(...args) {
    const parts = [Buffer.from(`*${args.length}\r\n`)];
    for (const arg of args) {
      const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
      parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
    }
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(this.error ?? new Error('Redis closed'));
      this.waiting.push({ resolve, reject });
      this.socket.write(Buffer.concat(parts));
    });
  }

  read(bytes) {
    this.rest = this.rest.length > 0 ? Buffer.concat([this.rest, bytes]) : bytes;
    for (let parsed; (parsed = parse(this.rest, 0));) {
      this.rest = this.rest.subarray(parsed.end);
      const message = Array.isArray(parsed.value) && /^p?message$/.test(parsed.value[0]);
      if (message && this.onMessage) {
        this.onMessage(parsed.value.at(-2), parsed.value.at(-1));
        continue;
      }
      const { resolve, reject } = this.waiting.shift();
      if (parsed.value instanceof Error) reject(parsed.value);
      else resolve(parsed.value);
    }
  }

  close() {
    this.socket.destroy();
  }
}

/** One answer at `start`: {value, end}, or null while it is not there whole. */
export function parse(buffer, start) {
  const lineEnd = buffer.indexOf('\r\n', start);
  if (lineEnd < 0) return null;
  const line = buffer.toString('utf8', start + 1, lineEnd);
  const next = lineEnd + 2;
  switch (String.fromCharCode(buffer[start])) {
    case '+':
      return { value: line, end: next };
    case '-':
      return { value: new Error(line), end: next };
    case ':':
      return { value: Number(line), end: next };
    case '$':
      return parseString(buffer, next, Number(line));
    default:
      return parseArray(buffer, next, Number(line));
  }
}

function parseString(buffer, start, length) {
  if (length < 0) return { value: null, end: start };
  if (buffer.length < start + length + 2) return null;
  return { value: buffer.toString('utf8', start, start + length), end: start + length + 2 };
}

function parseArray(buffer, start, count) {
  if (count < 0) return { value: null, end: start };
  const value = [];
  let end = start;
  for (let i = 0; i < count; i++) {
    const item = parse(buffer, end);
    if (!item) return null;
    value.push(item.value);
    end = item.end;
  }
  return { value, end };
}

/** A flat list of names and values as an object. */
export function pairs(list) {
  const object = {};
  for (let i = 0; i < list.length; i += 2) object[list[i]] = list[i + 1];
  return object;
}
