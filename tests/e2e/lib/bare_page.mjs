// A page with nothing on it but the line of README: `new EventSource('/sse?channel=…')`, the browser's own.
import fs from 'node:fs';
import { eventually } from './eventually.mjs';
import { Follower } from './follower.mjs';

const EMPTY = '<!doctype html><html lang="en"><title>Bare</title><link rel="icon" href="data:,">';

/** Options for startWeb: an empty page at /bare/, beside /sse. */
export function withBarePage(ws) {
  fs.mkdirSync(ws.path('bare'));
  fs.writeFileSync(ws.path('bare/index.html'), EMPTY);
  const alias = `alias.url = ( "/bare/" => "${ws.dir}/bare/" )`;
  return { settings: ['server.modules += ( "mod_alias" )', alias] };
}

/** A Follower that leaves all of it to the browser. */
export class BarePage extends Follower {
  static async open(ws, browser, target) {
    const bare = new BarePage(ws, null, target);
    bare.page = await browser.open('/bare/');
    await bare.page.evaluate(follow, target);
    await bare.opened();
    return bare;
  }

  /** 0 connecting, 1 open, 2 given up for good. */
  readyState() {
    return this.page.evaluate(() => window.source.readyState);
  }

  async until(check, what) {
    return eventually(async () => {
      this.events.push(...(await this.page.evaluate(() => window.events.splice(0))));
      this.state = `readyState ${await this.readyState()}`;
      return (await check(this)) || Promise.reject(new Error(this.describe()));
    }, `${this.target}: ${what}`);
  }

  connect() {} // the page does

  stop() {} // the browser ends it
}

/** In the page. An event before the first id has none; later ones show the newest. */
function follow(target) {
  window.events = [];
  window.source = new EventSource(target);
  const take = ({ type, data, lastEventId }) =>
    window.events.push({ event: type, data, id: lastEventId || undefined });
  for (const name of ['message', 'stream-open', 'stream-reset', 'end']) {
    window.source.addEventListener(name, take);
  }
}
