// Hundreds of jobs that report themselves all the time, by one `sse-publish --lines --channel-key`.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from './child.mjs';
import { program } from './build.mjs';
import { eventually } from './eventually.mjs';

const TICK_MS = 10;
const TOTAL = 4_000_000_000;
const STEP = 1_048_576;

export class JobsLoad {
  /** Jobs `jobs/render-1` to `-count`; each event is one of them, in turn, a bit further. */
  constructor(stack, count) {
    Object.assign(this, { count, written: 0, acknowledged: 0 });
    const args = ['--lines', '--channel-key', 'job', '-e', 'progress', '--keep', '100'];
    const env = stack.ws.environment(stack.env);
    this.child = new Child('sse-publish --channel-key', program('sse-publish'), args, { env });
    this.child.process.stdout.on('data', (bytes) => {
      for (const byte of bytes) this.acknowledged += byte === 10;
    });
    this.child.log = () => this.child.stderr();
    stack.ws.own(this);
  }

  name = 'load of jobs';

  task(n) {
    return `render-${(n % this.count) + 1}`;
  }

  /** Event number n as a line. */
  line(n) {
    const task = this.task(n);
    const moved = ((Math.floor(n / this.count) + 1) * STEP * ((n % 7) + 1)) % TOTAL;
    const percent = ((100 * moved) / TOTAL).toFixed(2);
    const [rate, eta] = [STEP * 10, Math.round((TOTAL - moved) / (STEP * 10))];
    const progress = { task, state: 'running', moved, total: TOTAL, percent, unit: 'bytes', rate, eta };
    return JSON.stringify({ job: `jobs/${task}`, ...progress });
  }

  write(count) {
    let text = '';
    for (let i = 0; i < count; i++) text += `${this.line(this.written++)}\n`;
    this.child.process.stdin.write(text);
  }

  /** Publishes `count` events at once, and waits until Redis has them. */
  async burst(count) {
    this.write(count);
    await this.settled();
  }

  /** Publishes `perSecond` events a second, until `pause`. */
  run(perSecond) {
    assert.ok(!this.running, 'it does not run yet');
    this.stopping = false;
    this.running = this.pace(perSecond);
  }

  async pace(perSecond) {
    const start = performance.now();
    for (let done = 0; !this.stopping; ) {
      const due = Math.floor(((performance.now() - start) * perSecond) / 1000);
      if (due > done) this.write(due - done);
      done = due;
      await pause(TICK_MS);
    }
  }

  async pause() {
    this.stopping = true;
    await this.running;
    this.running = null;
  }

  /** Resolves once all that was written is published. */
  settled() {
    return eventually(() => {
      if (this.child.end) throw new Error(`sse-publish has ended: ${this.child.stderr()}`);
      return this.acknowledged === this.written;
    }, 'all events are published');
  }

  /** The percentage that a task has reached, as it is published. */
  percentOf(task) {
    const number = Number(task.slice('render-'.length)) - 1;
    const rounds = Math.floor((this.written - 1 - number) / this.count);
    return JSON.parse(this.line(rounds * this.count + number)).percent;
  }

  async stop() {
    await this.pause();
    await this.child.stop();
  }

  log() {
    return this.child.stderr();
  }
}
