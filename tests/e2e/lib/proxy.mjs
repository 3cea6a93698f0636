// A proxy between the responder and Redis that sees every command and every answer, and that a test steers: it holds
// one direction of one of the two connections, drops single messages, cuts, refuses, and counts. Interleavings that
// Redis may always produce, and in practice seldom does, so happen when a test wants them.
import net from 'node:net';
import { eventually } from './eventually.mjs';
import { parse } from './resp.mjs';

/**
 * One direction of one role, over all connections that have the role. What passes is an item: {link, bytes, value}, and
 * {name, args} of a command, or {command} of an answer (the command that it answers; none on the subscribed connection).
 */
class Gate {
  constructor(role, direction) {
    this.what = `${direction} of the ${role}`;
    this.held = [];
    this.isOpen = true;
    this.from = null; // the first item to be held
    this.until = null; // the last one not to be held
  }

  set(isOpen, { from = null, until = null } = {}) {
    Object.assign(this, { isOpen, from, until });
    while (this.isOpen && this.held.length > 0) this.push(this.held.shift());
  }

  push(item) {
    if (this.from?.(item)) this.set(false);
    if (!this.isOpen) return void this.held.push(item);
    if (this.until?.(item)) this.set(false);
    item.forward();
  }

  /** Holds everything from now on. */
  hold() {
    this.set(false);
  }

  /** Holds everything from the next item on that `first` accepts. */
  holdFrom(first) {
    this.set(true, { from: first });
  }

  /** Lets everything pass up to and with the first item that `last` accepts, be it held or still to come. */
  passThrough(last) {
    this.set(true, { until: last });
  }

  release() {
    this.set(true);
  }

  /** Resolves with the first held item that `wanted` accepts. */
  holds(wanted = () => true, what = String(wanted)) {
    return eventually(() => this.held.find(wanted), `the ${this.what} held have ${what}`);
  }

  /** What is held of a connection that is gone will never be sent. */
  forget(link) {
    this.held = this.held.filter((item) => item.link !== link);
  }
}

/** One of the responder's two connections, whichever it is at present. */
class Role {
  constructor(proxy, name) {
    this.proxy = proxy;
    this.name = name;
    this.commands = new Gate(name, 'commands');
    this.answers = new Gate(name, 'answers');
  }

  /** The newest connection with this role. */
  get link() {
    return this.proxy.links.findLast((link) => link.role === this && !link.isOver);
  }

  /** Ends the connection, at both ends. */
  cut() {
    this.link.cut();
  }

  /** Stops to read from Redis, so that what it has to say piles up there. */
  stall() {
    this.link.redis.pause();
  }
}

/** One connection of the responder, and the one to Redis that stands for it. */
class Link {
  constructor(proxy, client, address) {
    this.proxy = proxy;
    this.role = proxy.reader; // until it subscribes
    this.isOver = false;
    this.waiting = []; // commands without an answer yet
    this.client = client;
    this.redis = net.connect(address);
    this.relay(client, this.redis, (value) => this.onCommand(value));
    this.relay(this.redis, client, (value) => this.onAnswer(value));
  }

  /** Cuts what comes `from` one side into whole values, and hands each to the gate it has to pass. */
  relay(from, to, route) {
    let rest = Buffer.alloc(0);
    from.on('data', (bytes) => {
      rest = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes;
      for (let parsed; (parsed = parse(rest, 0));) {
        const item = { link: this, bytes: rest.subarray(0, parsed.end), value: parsed.value };
        item.forward = () => !to.destroyed && to.write(item.bytes);
        rest = rest.subarray(parsed.end);
        const gate = route(item);
        gate?.push(item);
      }
    });
    from.on('error', () => {});
    from.on('close', () => {
      this.over();
      to.end();
    });
  }

  onCommand(item) {
    [item.name, ...item.args] = item.value;
    item.name = item.name.toUpperCase();
    if (/^P?SUBSCRIBE$/.test(item.name)) this.role = this.proxy.subscriber;
    else if (this.role === this.proxy.reader) this.waiting.push(item);
    this.proxy.log.push({ role: this.role.name, name: item.name, args: item.args });
    return this.role.commands;
  }

  onAnswer(item) {
    if (this.role === this.proxy.reader) item.command = this.waiting.shift();
    else if (isMessage(item) && !this.proxy.takes(item)) return null;
    return this.role.answers;
  }

  over() {
    if (this.isOver) return;
    this.isOver = true;
    for (const { commands, answers } of [this.proxy.reader, this.proxy.subscriber]) {
      commands.forget(this);
      answers.forget(this);
    }
  }

  cut() {
    this.over();
    this.client.destroy();
    this.redis.destroy();
  }
}

export class Proxy {
  name = 'proxy';

  /** `redis` may still be down. With `tcp` the responder comes by TCP, else by a Unix socket. */
  static async start(ws, redis, { port } = {}) {
    const proxy = new Proxy();
    proxy.links = [];
    proxy.log = [];
    proxy.messages = []; // [channel, text] of every message that Redis sent live
    proxy.dropped = [];
    proxy.accepts = true;
    proxy.refused = 0;
    proxy.address = () => ({ path: redis.socket }); // where connection number n goes
    proxy.reader = new Role(proxy, 'reader');
    proxy.subscriber = new Role(proxy, 'subscriber');
    proxy.server = net.createServer((client) => proxy.connect(client));
    proxy.server.listen(port ?? ws.path('proxy.sock'));
    proxy.url = port ? `redis://127.0.0.1:${port}` : `unix:${ws.path('proxy.sock')}`;
    await new Promise((resolve) => proxy.server.once('listening', resolve));
    ws.owned.push(proxy);
    return proxy;
  }

  connect(client) {
    client.on('error', () => {});
    if (!this.accepts) {
      this.refused++;
      return void client.destroy();
    }
    this.links.push(new Link(this, client, this.address(this.links.length)));
  }

  /** Whether a message is handed on. */
  takes(item) {
    const [channel, text] = item.value.slice(-2);
    this.messages.push([channel, text]);
    if (!this.unwanted?.(channel, text)) return true;
    this.dropped.push([channel, text]);
    return false;
  }

  /** From now on loses the live messages that `unwanted(channel, text)` accepts; the log has them. */
  drop(unwanted) {
    this.unwanted = unwanted;
  }

  /** Cuts both connections, and lets none be made until `readmit`. */
  shut() {
    this.accepts = false;
    for (const link of this.links) if (!link.isOver) link.cut();
  }

  readmit() {
    this.accepts = true;
  }

  /** Forgets what was counted so far. */
  recount() {
    this.log = [];
    this.messages = [];
  }

  /** How often `name` was sent since the last recount, with `arg` among its arguments if that is given. */
  count(name, arg) {
    const wanted = (command) =>
      command.name === name && (arg === undefined || command.args.includes(arg));
    return this.log.filter(wanted).length;
  }

  /** How many commands had a channel's log among their keys. */
  reads(channel, prefix = 'sse:') {
    return this.log.filter(readsLog(channel, prefix)).length;
  }

  /** Resolves once Redis has sent the message of event `id` live (which a gate may be holding, or drop). */
  heard(id) {
    const has = ([, text]) => text.includes(`"id":"${id}"`);
    return eventually(() => this.messages.some(has), `Redis has sent event ${id} live`);
  }

  stop() {
    this.server.close();
    this.links.forEach((link) => link.cut());
  }
}

// --- what tests ask of an item ---

function isMessage({ value }) {
  return Array.isArray(value) && /^p?message$/.test(value[0]);
}

/** The start script, or that of a publish: both have the clock among their keys, a look at the leases has not. */
export function isScript({ name, args }) {
  return (name === 'EVAL' || name === 'EVALSHA') && args.some((arg) => arg.endsWith(':clock'));
}

/** The command that reads the log of `channel`, or of any. */
export function readsLog(channel, prefix = 'sse:') {
  const key = `${prefix}log:${channel ?? ''}`;
  return ({ name, args }) =>
    /^X(REV)?RANGE$/.test(name) && (channel ? args[0] === key : args[0].startsWith(key));
}

/** The answer to a script, when it is none that says that the script is not known. */
export function answersScript({ command, value }) {
  return command !== undefined && isScript(command) && !(value instanceof Error);
}

/** The answer to a command that `wanted` accepts. */
export function answers(wanted) {
  return ({ command }) => command !== undefined && wanted(command);
}
