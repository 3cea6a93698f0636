// Real Chromium. Whatever a page complains of, or asks of another host, fails the test that opened it.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { sanitized } from './build.mjs';

/** What every scenario with a browser is skipped by: of one page there need not be two builds. */
export const skip = sanitized && 'the page is the same one in every build';

/** How long Playwright waits for what must come. */
export const PATIENCE = { timeout: 30_000 };

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

export class Browser {
  name = 'browser';

  /** A browser for pages of `origin`, which is the only host that they may ask anything of. */
  static async start(ws, origin, args = []) {
    const browser = new Browser();
    Object.assign(browser, { origin, complaints: [], requests: [], outage: false });
    browser.chromium = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', ...args],
    });
    return ws.own(browser);
  }

  /** A profile: its tabs share storage, and the six connections that HTTP/1.1 allows to a host. */
  async profile(options) {
    const profile = await this.chromium.newContext(options);
    profile.on('console', (message) => this.hear(message));
    profile.on('weberror', (error) => this.complaints.push(`error: ${error.error().stack}`));
    profile.on('request', (request) => this.requests.push(request));
    profile.setDefaultTimeout(PATIENCE.timeout);
    return profile;
  }

  /** A page in a profile of its own; `options` are a profile's: viewport, colorScheme, reducedMotion… */
  async open(target = '/', options = {}) {
    return this.tab(await this.profile(options), target);
  }

  /** One more tab of a profile. */
  async tab(profile, target = '/') {
    const page = await profile.newPage();
    await page.goto(new URL(target, this.origin).href, PATIENCE);
    return page;
  }

  hear(message) {
    if (message.type() !== 'error') return;
    const { url } = message.location();
    const text = `console: ${message.text()} (${url})`;
    // Chromium itself puts each failed request there. While a server is away there must be some.
    const isLoss = message.text().startsWith('Failed to load resource') && url.includes('/sse');
    if (!(this.outage && isLoss)) this.complaints.push(text);
  }

  /** From here on streams may fail, since the test has their servers fail. */
  expectOutage() {
    this.outage = true;
  }

  /** The addresses that were asked for, up to now. */
  asked() {
    return this.requests.map((request) => request.url());
  }

  check() {
    assert.deepEqual(this.complaints, [], 'no page complained');
    const isForeign = (url) => !url.startsWith(`${this.origin}/`) && !/^(data|blob|about):/.test(url);
    assert.deepEqual(this.asked().filter(isForeign), [], 'no request to another host');
  }

  async stop() {
    await this.chromium.close();
  }

  log() {
    return this.complaints.join('\n');
  }
}
