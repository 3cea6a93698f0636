// A page that does what README asks of it: when its EventSource has given up, it makes a new one with its cursor.
import { Follower } from '../follower.mjs';

const PAUSE_MS = 100;

export class Page extends Follower {
  constructor(ws, server, target, options) {
    super(ws, server, target, { retry: PAUSE_MS, ...options });
  }

  onEnd(stream) {
    super.onEnd(stream);
    if (this.state !== 'failed') return;
    this.state = 'following';
    this.timer = setTimeout(() => this.connect(), PAUSE_MS);
  }
}

/** Something to follow a server by HTTP/2 with, where a Follower wants a server. */
export function overHttp2(server) {
  return { open: (target, options) => server.openHttp2(target, options) };
}
