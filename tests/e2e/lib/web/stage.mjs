// What a behaviour is shown on: a web server of one mode with a Redis of its own, publishers, and the ledger.
import { Ledger } from '../promise.mjs';
import { Redis } from '../redis.mjs';
import { Stack } from '../stack.mjs';
import { Page, overHttp2 } from './page.mjs';

export class Stage {
  static async start(ws, Server, options = {}) {
    const stage = new Stage();
    stage.ws = ws;
    stage.redis = await Redis.start(ws);
    stage.server = await Server.start(ws, stage.redis, options);
    stage.stack = new Stack(ws, stage.redis, stage.server);
    stage.ledger = new Ledger(stage.stack);
    return stage;
  }

  /** A page at `target`, live. */
  async page(target, options) {
    const page = new Page(this.ws, this.server, target, options);
    await page.opened();
    return page;
  }

  /** The same by HTTP/2, on a connection of its own. */
  async pageByHttp2(target, options) {
    const page = new Page(this.ws, overHttp2(this.server), target, options);
    await page.opened();
    return page;
  }

  /** How many responders follow a channel: what Redis knows is true in every mode, however many processes there are. */
  async followed(channel) {
    return (await this.redis.command('PUBSUB', 'NUMSUB', `sse:${channel}`))[1];
  }
}
