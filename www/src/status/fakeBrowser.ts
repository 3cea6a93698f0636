// A browser of several tabs on one site, for tests: locks, a bus, timers and tasks, of which nothing happens by itself.
import { createConnect } from './client';
import { FakeServer, FakeSource } from './fakeServer';
import type { Platform } from './platform';
import type { StatusOptions } from './sse-status';

interface Candidate {
  tab: FakeTab;
  lead: () => void;
  lose: () => void;
}

export class FakeBrowser {
  readonly server = new FakeServer();
  readonly tabs = new Set<FakeTab>();
  /** The first one leads. */
  candidates: Candidate[] = [];
  timers = new Set<{ at: number; callback: () => void; tab: FakeTab }>();
  time = 1_000_000;
  random = Math.random;

  open(isSecure = true) {
    const tab = new FakeTab(this, isSecure);
    this.tabs.add(tab);
    return tab;
  }

  elect(candidate: Candidate, steal: boolean) {
    const [leader] = this.candidates;
    if (steal && leader) {
      this.candidates.shift();
      leader.tab.tasks.push(leader.lose);
    }
    if (steal) this.candidates.unshift(candidate);
    else this.candidates.push(candidate);
    if (this.candidates[0] === candidate) candidate.tab.tasks.push(candidate.lead);
  }

  resign(candidate: Candidate) {
    const wasLeader = this.candidates[0] === candidate;
    this.candidates = this.candidates.filter((other) => other !== candidate);
    const [next] = this.candidates;
    if (wasLeader && next) next.tab.tasks.push(next.lead);
  }

  /** Lets `ms` pass; timers of frozen tabs wait. */
  pass(ms: number) {
    this.time += ms;
    for (const timer of [...this.timers]) {
      if (timer.at <= this.time && !timer.tab.isFrozen && this.timers.delete(timer)) timer.callback();
    }
  }

  /** What could happen next, each a function that has it happen. */
  next(): (() => void)[] {
    const ways: (() => void)[] = [];
    for (const source of this.server.sources) {
      if (source.sent.length > 0) {
        ways.push(() => {
          source.arrive();
        });
      }
    }
    for (const tab of this.tabs) {
      if (tab.isFrozen) continue;
      if (tab.tasks.length > 0) ways.push(() => tab.tasks.shift()?.());
      if (tab.inbox.length > 0) {
        ways.push(() => {
          tab.hear();
        });
      }
    }
    return ways;
  }

  /** Lets everything happen that can. */
  settle() {
    for (let i = 0; i < 100_000; i++) {
      const [way] = this.next();
      if (!way) return;
      way();
    }
    throw new Error('it does not come to rest');
  }
}

export class FakeTab {
  readonly browser: FakeBrowser;
  readonly sources = new Set<FakeSource>();
  readonly stored = new Map<string, string>();
  readonly connect: (options: Omit<StatusOptions, 'url'>) => ReturnType<ReturnType<typeof createConnect>>;
  tasks: (() => void)[] = [];
  inbox: { from: FakeTab; message: unknown }[] = [];
  isFrozen = false;
  #hears: ((message: unknown) => void) | null = null;
  #leave = () => {};
  #comeBack = () => {};

  constructor(browser: FakeBrowser, isSecure: boolean) {
    this.browser = browser;
    const connect = createConnect(this.#platform(isSecure), () => 'http://x/sse-status/sse-status.js');
    this.connect = (options) => connect(options);
  }

  #platform(isSecure: boolean): Platform {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const tab = this;
    const { browser } = this;
    return {
      EventSource: class extends FakeSource {
        constructor(url: string) {
          super(browser.server, url);
          tab.sources.add(this);
        }
      } as unknown as Platform['EventSource'],
      probe: (url) => Promise.resolve(browser.server.status(url)),
      now: () => browser.time,
      random: () => browser.random(),
      after(ms, callback) {
        const timer = { at: browser.time + ms, callback, tab };
        browser.timers.add(timer);
        return () => {
          browser.timers.delete(timer);
        };
      },
      soon: (callback) => tab.tasks.push(callback),
      bus: isSecure ? (_, hear) => tab.#openBus(hear) : null,
      elect(_, steal, lead, lose) {
        const candidate = { tab, lead: () => (isOver ? undefined : lead()), lose: () => (isOver ? undefined : lose()) };
        let isOver = false;
        browser.elect(candidate, steal);
        return () => {
          isOver = true;
          browser.resign(candidate);
        };
      },
      onLeave(leave, comeBack) {
        tab.#leave = leave;
        tab.#comeBack = comeBack;
      },
      storage: {
        getItem: (key) => tab.stored.get(key) ?? null,
        setItem: (key, value) => tab.stored.set(key, value),
      },
    };
  }

  #openBus(hear: (message: unknown) => void) {
    this.#hears = hear;
    return {
      postMessage: (message: unknown) => {
        const text = JSON.stringify(message);
        for (const other of this.browser.tabs) {
          if (other !== this && other.#hears) other.inbox.push({ from: this, message: JSON.parse(text) as unknown });
        }
      },
      close: () => {
        this.#hears = null;
        this.inbox = [];
      },
    };
  }

  hear() {
    const item = this.inbox.shift();
    if (item) this.#hears?.(item.message);
  }

  /** The page is left: it may say farewell. */
  close() {
    this.#leave();
    this.crash();
  }

  /** The page is gone; of what it said last each other tab may miss the end. */
  crash(lost: (said: number) => number = () => 0) {
    for (const other of this.browser.tabs) {
      const said = other.inbox.filter(({ from }) => from === this);
      const missed = new Set(said.slice(said.length - lost(said.length)));
      other.inbox = other.inbox.filter((item) => !missed.has(item));
    }
    for (const source of this.sources) source.close();
    this.browser.tabs.delete(this);
    for (const timer of this.browser.timers) if (timer.tab === this) this.browser.timers.delete(timer);
    for (const candidate of this.browser.candidates.filter(({ tab }) => tab === this)) this.browser.resign(candidate);
    this.tasks = [];
  }

  /** The page goes to the back-forward cache, and comes back. */
  freeze() {
    this.#leave();
    this.isFrozen = true;
  }

  thaw() {
    this.isFrozen = false;
    this.#comeBack();
  }
}
