// One real redis-server, private to a test: a Unix socket and a TCP port of its own.
import fs from 'node:fs';
import { Child } from './child.mjs';
import { eventually } from './eventually.mjs';
import { RespClient, pairs } from './resp.mjs';
import { freePort } from './workspace.mjs';

export class Redis {
  name = 'redis-server';

  static async start(ws, options = {}) {
    const redis = await Redis.prepare(ws, options);
    await redis.start();
    return redis;
  }

  /** A server with its addresses known that does not run yet. */
  static async prepare(ws, { folder = 'redis', appendonly = false, config = [], password, env } = {}) {
    const redis = new Redis();
    redis.dir = ws.path(folder);
    fs.mkdirSync(redis.dir);
    redis.ws = ws;
    redis.socket = ws.path(`${folder}.sock`);
    redis.port = await freePort();
    redis.password = password;
    redis.env = env;
    redis.args = [
      '--port',
      redis.port,
      '--bind',
      '127.0.0.1',
      '--unixsocket',
      redis.socket,
      '--dir',
      redis.dir,
    ];
    redis.args.push(
      '--save',
      '',
      '--appendonly',
      appendonly ? 'yes' : 'no',
      '--tcp-backlog',
      511,
      ...config,
    );
    if (password) redis.args.push('--requirepass', password);
    redis.args = redis.args.map(String);
    redis.earlier = '';
    return ws.own(redis);
  }

  get url() {
    return `unix:${this.socket}`;
  }

  async start() {
    this.child = this.launch();
    this.client?.close();
    await eventually(async () => {
      this.client = new RespClient({ path: this.socket });
      if (this.password) await this.client.command('AUTH', this.password);
      return (await this.client.command('PING')) === 'PONG';
    }, 'redis-server answers');
  }

  launch() {
    const options = { env: this.ws.environment(this.env), cwd: this.ws.dir };
    return new Child(this.name, 'redis-server', this.args, options);
  }

  command(...args) {
    return this.client.command(...args);
  }

  /** A hash as an object. */
  async hash(key) {
    return pairs(await this.command('HGETALL', key));
  }

  /** The entries of a channel's log: [{id, event, data, prev, …}]. */
  async logOf(channel, prefix = 'sse:') {
    const entries = await this.command('XRANGE', `${prefix}log:${channel}`, '-', '+');
    return entries.map(([id, fields]) => ({ id, ...pairs(fields) }));
  }

  /** The pub/sub channels somebody is subscribed to, without the responder's own link. */
  async followed() {
    const names = await this.command('PUBSUB', 'CHANNELS', '*');
    return names.filter((name) => !name.endsWith(':-/link')).sort();
  }

  /** Resolves once `count` responders (their control subscriptions) are connected. */
  async linked(prefix = 'sse:') {
    const isLinked = async () => (await this.command('PUBSUB', 'NUMSUB', `${prefix}-/link`))[1] > 0;
    await eventually(isLinked, 'the responder is subscribed in Redis');
  }

  /** A connection that hears pub/sub messages: `heard` grows by {channel, message}. */
  async listen(pattern) {
    const heard = [];
    const onMessage = (channel, message) => heard.push({ channel, message });
    const client = new RespClient({ path: this.socket }, { onMessage });
    this.ws.owned.push({ stop: () => client.close() });
    await client.command('PSUBSCRIBE', pattern);
    return heard;
  }

  /** kill -9, as a crash or the out-of-memory killer would. */
  async kill() {
    await this.child.kill();
    this.forget();
  }

  freeze() {
    this.child.signal('SIGSTOP');
  }

  thaw() {
    this.child.signal('SIGCONT');
  }

  /** At the end of a test there is nothing to save, and a clean end takes 0.1 s. */
  async stop() {
    if (this.child) await this.kill();
  }

  forget() {
    this.client?.close();
    this.earlier += this.child.log();
    this.child = null;
  }

  log() {
    return this.earlier + (this.child?.log() ?? '');
  }
}
