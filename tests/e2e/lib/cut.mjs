// A connection to Redis that can be cut at an exact place: between a publish and its answer, or before it.
import net from 'node:net';
import { eventually } from './eventually.mjs';

export class Cut {
  name = 'cut';

  /** Forwards from a socket of its own, `cut.url`, to Redis. */
  static async start(ws, redis) {
    const cut = new Cut();
    cut.path = ws.path('cut.sock');
    cut.redis = redis;
    cut.plan = []; // what to do with the next calls of a script: swallow, hold; otherwise they pass
    cut.isClosed = false; // new connections are cut at once
    cut.swallowed = 0;
    cut.held = [];
    cut.sockets = new Set();
    cut.server = net.createServer((client) => cut.join(client));
    await new Promise((resolve) => cut.server.listen(cut.path, resolve));
    return ws.own(cut);
  }

  get url() {
    return `unix:${this.path}`;
  }

  join(client) {
    if (this.isClosed) return client.destroy();
    const upstream = net.connect({ path: this.redis.socket });
    const link = { client, upstream, isHeld: false, isSwallowed: false };
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('data', (bytes) => this.onCommand(link, bytes));
    client.on('close', () => link.isHeld || upstream.destroy());
    upstream.on('data', (bytes) => this.onAnswer(link, bytes));
    upstream.on('close', () => client.destroy());
  }

  onCommand(link, bytes) {
    const step = bytes.includes('EVAL') ? this.plan.shift() : undefined;
    if (step === 'swallow') link.isSwallowed = true;
    if (step !== 'hold') return link.upstream.write(bytes);
    // What a slow network has, or a Redis that hangs: sent, not carried out, and nobody waits for the answer.
    link.isHeld = true;
    this.held.push({ link, bytes });
    link.client.destroy();
  }

  onAnswer(link, bytes) {
    if (link.isHeld) return void (link.answer = bytes.toString());
    if (!link.isSwallowed) return link.client.write(bytes);
    this.isClosed = this.closesNext;
    this.swallowed++;
    link.client.destroy();
  }

  /** The next answer to a publish is swallowed, and the connection cut. With `close` it stays away then. */
  swallow({ times = 1, close = false } = {}) {
    for (let i = 0; i < times; i++) this.plan.push('swallow');
    this.closesNext = close;
  }

  /** Resolves once that has happened. */
  swallowedAnswers(count) {
    return eventually(() => this.swallowed >= count, `${count} answers are swallowed`);
  }

  open() {
    this.isClosed = false;
  }

  /** What was held back arrives after all; resolves with Redis' answers. */
  async release() {
    const answers = [];
    for (const { link, bytes } of this.held.splice(0)) {
      link.upstream.write(bytes);
      answers.push(await eventually(() => link.answer, 'Redis answers what was held back'));
    }
    return answers;
  }

  stop() {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
