// Publishers for loads: processes of `sse-publish --lines` that publish at a steady rate, and what was acknowledged.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from './eventually.mjs';

const TICK_MS = 5;
/** On a slow machine a client may be away for long: then it is to find all of it still there. */
const KEEP_ALL = ['--keep', '1000000'];

export class Publishers {
  /** `copies` processes a channel; `data(i)` is the data of event number i. */
  constructor(stack, channels, { copies = 1, args = [], data = (i) => JSON.stringify(`${i}`) } = {}) {
    stack.ws.owned.push(this);
    this.data = data;
    this.written = 0;
    this.acknowledged = 0;
    this.writers = Array.from({ length: copies }, () => channels)
      .flat()
      .map((channel) => this.startWriter(stack, channel, args));
  }

  startWriter(stack, channel, args) {
    const writer = { channel, ...stack.openLines(channel, ...KEEP_ALL, ...args) };
    writer.child.log = () => writer.child.stderr(); // ids by the thousand help nobody
    writer.child.process.stdout.on('data', (bytes) => {
      for (const byte of bytes) this.acknowledged += byte === 10;
    });
    return writer;
  }

  write() {
    this.writers[this.written % this.writers.length].write(this.data(this.written));
    this.written++;
  }

  /** Publishes `perSecond` events a second, to each channel in turn, until `pause`. */
  run(perSecond) {
    assert.ok(!this.running, 'it does not run yet');
    this.stopping = false;
    this.running = this.pace(perSecond);
  }

  async pace(perSecond) {
    const start = performance.now();
    for (let done = 0; !this.stopping; ) {
      const due = Math.floor(((performance.now() - start) * perSecond) / 1000);
      for (; done < due; done++) this.write();
      await pause(TICK_MS);
    }
  }

  async pause() {
    this.stopping = true;
    await this.running;
    this.running = null;
  }

  /** At the end of a test, however it went. */
  stop() {
    return this.pause();
  }

  /** Writes `count` events at once. */
  burst(count) {
    for (let i = 0; i < count; i++) this.write();
  }

  /** Resolves when `count` more events have been written than now. */
  async wrote(count) {
    const wanted = this.written + count;
    await eventually(() => this.written >= wanted, `${count} more events are written`);
  }

  /** Resolves when `count` more events have been acknowledged than now; by default all that are written. */
  async acknowledges(count = this.written - this.acknowledged) {
    const wanted = this.acknowledged + count;
    const isOver = () => this.acknowledged >= wanted || this.writers.some(({ child }) => child.end);
    const over = () => isOver() || Promise.reject(new Error(this.describe()));
    await eventually(over, `${count} more events are acknowledged`);
    assert.ok(this.acknowledged >= wanted, `a publisher has ended: ${this.describe()}`);
  }

  /** What is acknowledged up to now: [{channel, id}]. */
  published() {
    return this.writers.flatMap(({ channel, ids }) => ids().map((id) => ({ channel, id })));
  }

  /** Ends all of them, which must have published everything, and returns what they have. */
  async finish() {
    if (this.running) await this.pause();
    const ends = await Promise.all(this.writers.map((writer) => writer.finish()));
    for (const [i, end] of ends.entries())
      assert.equal(end.code, 0, `sse-publish exits 0: ${this.writers[i].child.stderr()}`);
    const published = this.published();
    assert.equal(published.length, this.written, 'every event that was written is published');
    return published;
  }

  describe() {
    const said = this.writers.map(({ child }) => child.stderr()).filter(Boolean);
    return `written ${this.written}, acknowledged ${this.acknowledged} ${said.slice(0, 3).join('')}`;
  }
}
