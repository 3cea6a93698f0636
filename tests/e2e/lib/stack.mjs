// What most tests start from: a Redis, a responder (alone or under lighttpd), and the publisher's commands.
import assert from 'node:assert/strict';
import { program } from './build.mjs';
import { Child } from './child.mjs';
import { eventually } from './eventually.mjs';
import { Lighttpd } from './lighttpd.mjs';
import { Redis } from './redis.mjs';
import { Responder } from './responder.mjs';

/** The most bytes of data that an event may have. */
export const LARGEST = 262_144;

/** Redis and a responder spoken to over FastCGI: {redis, server, publish…}. */
export async function startDirect(ws, env = {}, options = {}) {
  const redis = options.redis ?? (await Redis.start(ws));
  const server = await Responder.start(ws, { SSE_REDIS: redis.url, ...env }, options);
  return new Stack(ws, redis, server, env.SSE_PREFIX);
}

/** Redis and a responder under lighttpd, spoken to over HTTP; `options` are also those of Lighttpd.start. */
export async function startWeb(ws, env = {}, options = {}) {
  const redis = options.redis ?? (await Redis.start(ws));
  const server = await Lighttpd.start(ws, { SSE_REDIS: redis.url, ...env }, options);
  return new Stack(ws, redis, server, env.SSE_PREFIX);
}

/** Redis and the publisher's commands, without a responder. */
export async function startPublisher(ws) {
  return new Stack(ws, await Redis.start(ws), null);
}

export class Stack {
  constructor(ws, redis, server, prefix = 'sse:') {
    Object.assign(this, { ws, redis, server, prefix });
    this.env = { SSE_REDIS: redis.url, SSE_PREFIX: prefix };
  }

  /** Runs `sse-publish` and returns {code, stdout, stderr}. */
  run(args, options = {}) {
    return this.ws.run('sse-publish', args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Publishes one event by `sse-publish`, which must succeed; returns its id. */
  async publish(channel, data, ...args) {
    return this.succeed(await this.run([...args, '--', channel, data]))[0];
  }

  /** The same with the data on standard input. */
  async pipe(channel, data, ...args) {
    return this.succeed(await this.run([...args, channel, '-'], { stdin: data }))[0];
  }

  /** Publishes every line by one `sse-publish --lines`; returns the ids. */
  async publishLines(channel, lines, ...args) {
    return this.succeed(
      await this.run(['--lines', ...args, channel], { stdin: lines.map((l) => `${l}\n`).join('') }),
    );
  }

  succeed({ code, stdout, stderr }) {
    assert.equal(code, 0, `sse-publish exits 0: ${stderr}`);
    return stdout.trim().split('\n').filter(Boolean);
  }

  /** The data of the events that a channel's log holds. */
  async stored(channel = 'a') {
    return (await this.redis.logOf(channel, this.prefix)).map(({ data }) => data);
  }

  /** A plain `redis-cli PUBLISH` of a string or of bytes. */
  plain(channel, message) {
    return this.redis.command('PUBLISH', `${this.prefix}${channel}`, message);
  }

  /** An `sse-publish --lines` that stays: `write(line)`, `ids()`, `finish()`. */
  openLines(channel, ...args) {
    const env = this.ws.environment(this.env);
    const child = new Child(
      'sse-publish --lines',
      program('sse-publish'),
      ['--lines', ...args, channel],
      { env },
    );
    this.ws.own(child);
    const ids = () => child.stdout().split('\n').filter(Boolean);
    return {
      child,
      ids,
      write: (line) => child.process.stdin.write(`${line}\n`),
      printed: (n) =>
        eventually(() => ids().length >= n && ids(), `sse-publish has printed ${n} ids`),
      finish: () => {
        child.process.stdin.end();
        return child.exited;
      },
    };
  }

  /** Resolves once exactly these channels are subscribed in Redis, and this many patterns. */
  async follows(channels, patterns = 0) {
    const wanted = JSON.stringify(channels.map((name) => this.prefix + name).sort());
    await eventually(async () => {
      const followed = JSON.stringify(await this.redis.followed());
      const count = await this.redis.command('PUBSUB', 'NUMPAT');
      if (followed === wanted && count === patterns) return true;
      throw new Error(`${followed} and ${count} patterns`);
    }, `Redis has subscriptions to ${wanted} and ${patterns} patterns`);
  }
}
