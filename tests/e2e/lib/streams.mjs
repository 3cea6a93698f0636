// The load client: thousands of EventSource-like clients in one process (tests/bench), and what to ask it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { program } from './build.mjs';
import { Child } from './child.mjs';
import { DEADLINE_MS, eventually } from './eventually.mjs';

let count = 0;

export class Streams {
  /**
   * Starts `clients` clients of the server at `port`; client i asks for the target at i modulo their number, in
   * which {20} stands for i modulo 20. `options` are those of the program, e.g. {retryMax: 500, allowResets: true}.
   */
  static start(ws, port, clients, targets, options = {}) {
    const streams = new Streams();
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const flags = given.flatMap(([name, value]) => {
      const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      return value === true ? [flag] : [flag, String(value)];
    });
    const args = [...flags, `127.0.0.1:${port}`, String(clients), ...[targets].flat()];
    streams.ws = ws;
    streams.clients = clients;
    streams.name = `streams ${++count}`;
    streams.child = new Child(streams.name, program('bench/streams'), args, {
      env: ws.environment(),
    });
    return ws.own(streams);
  }

  get pid() {
    return this.child.pid;
  }

  /** Everything that it has said, parsed. */
  said() {
    const whole = this.child.stdout();
    return whole
      .slice(0, whole.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  answers(event) {
    return this.said().filter((one) => one.event === event);
  }

  tell(command) {
    this.child.process.stdin.write(`${command}\n`);
  }

  /** The next line of this kind after those there were `before`. */
  async next(event, before = this.answers(event).length, deadline = DEADLINE_MS) {
    const look = () => {
      const found = this.answers(event);
      if (found.length > before) return { found: found[before] };
      if (this.child.end) return { ended: this.log() };
      throw new Error(JSON.stringify(this.answers('error')));
    };
    const { found, ended } = await eventually(look, `${this.name} says "${event}"`, { deadline });
    assert.ok(found, `${this.name} has ended: ${ended}`);
    return found;
  }

  async ask(command, event = command.split(' ')[0], deadline) {
    const before = this.answers(event).length;
    this.tell(command);
    return this.next(event, before, deadline);
  }

  status() {
    return this.ask('status');
  }

  /** Percentiles in microseconds from publishing to arrival, since this was asked for the last time. */
  latency() {
    return this.ask('latency');
  }

  /** Resolves once every client that should be is live; with what it said of it when it last became so. */
  async live(deadline = DEADLINE_MS) {
    await eventually(
      async () => {
        const status = await this.status();
        if (status.live === status.expected) return true;
        throw new Error(JSON.stringify(status));
      },
      `${this.name}: all are live`,
      { deadline, every: 50 },
    );
    return this.answers('live').at(-1);
  }

  /**
   * Holds every client to what was acknowledged, [{channel, id}], once all have the newest of it; returns the verdict,
   * which must be good.
   */
  async verify(published, { seconds = 30, finish = false } = {}) {
    const file = this.ws.path(`${this.name.replace(' ', '.')}.acknowledged`);
    fs.writeFileSync(file, published.map(({ channel, id }) => `${channel} ${id}\n`).join(''));
    const deadline = (seconds + 30) * 1000;
    const command = finish ? 'finish' : 'check';
    const before = this.answers('checked').length;
    this.tell(`${command} ${file} ${seconds}`);
    const verdict = await this.next('checked', before, deadline);
    const faults = this.answers('fault').slice(-5);
    const told = [verdict, ...faults].map((one) => JSON.stringify(one)).join('\n');
    assert.ok(verdict.ok, told);
    assert.equal(verdict.acknowledged, published.length);
    return verdict;
  }

  /** The same, and the clients leave for good. */
  async finish(published, options) {
    const verdict = await this.verify(published, { ...options, finish: true });
    assert.equal((await this.child.exited).code, 0);
    return verdict;
  }

  /** At the end of a test it still runs, or has found nothing wrong. */
  check() {
    assert.ok(!this.child.end || this.child.end.code === 0, this.log());
  }

  /** What it said, without the answers that tests wait with. */
  log() {
    const told = this.said().filter(({ event }) => event !== 'status');
    return `${this.child.stderr()}${told.slice(-10).map((one) => JSON.stringify(one)).join('\n')}`;
  }

  async stop() {
    if (this.child.end) return;
    this.child.process.stdin.end();
    await this.child.exited;
  }
}
