// A network namespace of its own for one server, on a link that can be taken down: a partition without a FIN.
import { execFileSync } from 'node:child_process';
import { Child } from './child.mjs';
import { Redis } from './redis.mjs';

function ip(...args) {
  return execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}

/** Why there can be none here, or false. */
export function cannotHaveNamespaces() {
  if (process.getuid() !== 0) return 'network namespaces are made by root only';
  try {
    ip('netns', 'add', 'sse-probe');
    ip('netns', 'del', 'sse-probe');
    return false;
  } catch (error) {
    return `no network namespaces here: ${error.stderr ?? error.message}`;
  }
}

export class Namespace {
  static create(ws) {
    const namespace = new Namespace();
    const number = process.pid % 10_000; // names of links have 15 characters at most
    namespace.name = `sse-${number}`;
    namespace.link = `sse-h${number}`;
    const inside = `sse-n${number}`;
    const network = `10.${200 + (number % 50)}.${Math.floor(number / 50) % 250}`;
    namespace.host = `${network}.2`; // of who is inside
    ip('netns', 'add', namespace.name);
    ws.owned.push(namespace);
    ip('link', 'add', namespace.link, 'type', 'veth', 'peer', 'name', inside, 'netns', namespace.name);
    ip('addr', 'add', `${network}.1/24`, 'dev', namespace.link);
    ip('link', 'set', namespace.link, 'up');
    ip('-n', namespace.name, 'addr', 'add', `${namespace.host}/24`, 'dev', inside);
    ip('-n', namespace.name, 'link', 'set', inside, 'up');
    return namespace;
  }

  /** Nothing gets through any more, and nobody is told. */
  partition() {
    ip('link', 'set', this.link, 'down');
  }

  heal() {
    ip('link', 'set', this.link, 'up');
  }

  stop() {
    ip('netns', 'del', this.name);
  }
}

/** A Redis inside a namespace. Its Unix socket is reached from outside whatever happens to the link. */
export class DistantRedis extends Redis {
  static async start(ws, namespace, options) {
    const redis = await Redis.prepare(ws, options);
    Object.setPrototypeOf(redis, DistantRedis.prototype);
    redis.namespace = namespace;
    redis.args.push('--bind', '0.0.0.0', '--protected-mode', 'no');
    await redis.start();
    return redis;
  }

  launch() {
    const args = ['netns', 'exec', this.namespace.name, 'redis-server', ...this.args];
    return new Child(this.name, 'ip', args, { env: this.ws.environment(), cwd: this.ws.dir });
  }

  /** Through the link. */
  get distantUrl() {
    return `redis://${this.namespace.host}:${this.port}`;
  }
}
