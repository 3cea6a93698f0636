// Tabs of one Chromium on pages of the library, as lighttpd serves them, and what each of them gets.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { www } from './build.mjs';
import { eventually } from './eventually.mjs';
import { startWeb } from './stack.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
// As strict as the board's own: what the library needs more would show.
const POLICY = `<meta http-equiv="Content-Security-Policy" content="default-src 'self'">`;

// What a page here does with the library: `follow(name, options)` remembers all that comes.
const FOLLOW = `
import { connect } from './sse-status.js';
window.followed = {};
window.follow = (name, options) => {
  const one = { events: [], states: [], resets: [], heartbeats: 0 };
  window.followed[name] = one;
  one.status = connect({
    ...options,
    onEvent: (event) => one.events.push(event),
    onState: (connection) => one.states.push(connection),
    onReset: (reset) => one.resets.push(reset),
    onHeartbeat: () => { one.heartbeats += 1; },
  });
};
window.ready = true;
`;

/**
 * Redis, a responder and lighttpd, which serves a copy of the built page and what is put beside it (`more` are lines of
 * its configuration); a Chromium, of whose requests to /sse `streams` has those that are open.
 */
export async function startSite(ws, env = {}, files = {}, more = []) {
  const folder = ws.path('site');
  fs.cpSync(www, folder, { recursive: true });
  const all = {
    'follow.html': `<!doctype html><html lang=en><head>${POLICY}<title>follow</title><link rel=icon href=favicon.svg></head><body><script type=module src=follow.js></script></body></html>`,
    'follow.js': FOLLOW,
    ...files,
  };
  for (const [name, text] of Object.entries(all)) fs.writeFileSync(path.join(folder, name), text);
  const settings = [`server.document-root := "${folder}"`, ...more];
  const stack = await startWeb(ws, { SSE_LOG: 'debug', ...env }, { settings });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const [asked, complaints] = [[], []]; // a failed test shows them beside the logs
  ws.own({ name: 'browser', stop: () => browser.close(), log: () => [...asked, ...complaints].join('\n') });
  const context = await browser.newContext();
  const streams = new Set();
  const isStream = (request) => new URL(request.url()).pathname === '/sse';
  context.on('request', (request) => {
    if (!isStream(request)) return;
    streams.add(request);
    asked.push(`${Date.now()} ${request.url()}`);
  });
  context.on('requestfinished', (request) => streams.delete(request));
  context.on('requestfailed', (request) => streams.delete(request));
  const { origin } = stack.server;
  return Object.assign(stack, { browser, context, origin, streams, complaints });
}

/** A tab at `file`; what it complains of goes to `site.complaints`. */
export async function openPage(site, file, context = site.context) {
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && site.complaints.push(message.text()));
  page.on('pageerror', (error) => site.complaints.push(error.stack));
  // A page that is gone says nothing of its requests.
  const forget = () => {
    for (const request of site.streams) if (request.frame().page() === page) site.streams.delete(request);
  };
  page.on('close', forget);
  page.on('crash', forget);
  await page.goto(`${site.origin}/${file}`);
  return page;
}

/** A tab that follows channels. */
export class Tab {
  static async open(site, options) {
    const tab = new Tab();
    tab.site = site;
    tab.page = await openPage(site, 'follow.html');
    await tab.follow(options);
    return tab;
  }

  async follow(options) {
    await this.page.waitForFunction('window.ready');
    await this.page.evaluate((given) => window.follow('a', given), options);
    return this;
  }

  /** Its present state. */
  state() {
    return this.page.evaluate(() => window.followed.a.status.connection);
  }

  async becomes(state) {
    await eventually(async () => {
      const now = await this.state();
      if (now.state === state) return true;
      throw new Error(JSON.stringify(now));
    }, `the tab is ${state}`);
    return this;
  }

  events() {
    return this.page.evaluate(() => window.followed.a.events);
  }

  /** The data of all events so far. */
  async got() {
    return (await this.events()).map(({ data }) => data);
  }

  async gets(data) {
    await eventually(async () => (await this.got()).includes(data), `the tab gets ${data}`);
    return this;
  }

  close() {
    return this.page.close();
  }
}

/** The one of `tabs` that has the connection, once only one has. */
export function leader(site, tabs) {
  return eventually(() => {
    const open = [...site.streams];
    if (open.length !== 1) throw new Error(`${open.length} streams`);
    return tabs.find(({ page }) => page === open[0].frame().page());
  }, 'one tab has the one connection');
}
