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
  /** How much of what was sent arrives in one task. */
  chunk = () => 1;

  open(isSecure = true) {
    const tab = new FakeTab(this, isSecure);
    this.tabs.add(tab);
    return tab;
  }

  elect(candidate: Candidate, steal: boolean) {
    const [leader] = this.candidates;
    if (steal && leader) {
      this.candidates.shift();
      leader.tab.grants.push(leader.lose);
    }
    if (steal) this.candidates.unshift(candidate);
    else this.candidates.push(candidate);
    if (this.candidates[0] === candidate) candidate.tab.grants.push(candidate.lead);
  }

  resign(candidate: Candidate) {
    const wasLeader = this.candidates[0] === candidate;
    this.candidates = this.candidates.filter((other) => other !== candidate);
    const [next] = this.candidates;
    if (wasLeader && next) next.tab.grants.push(next.lead);
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
    const sources = [...this.server.sources].filter(({ sent }) => sent.length > 0);
    for (const source of sources) ways.push(source.arrive.bind(source, this.chunk));
    for (const tab of this.tabs) {
      if (tab.isFrozen) continue;
      for (const list of [tab.tasks, tab.grants]) if (list.length > 0) ways.push(() => list.shift()?.());
      for (const from of new Set(tab.inbox.map((item) => item.from))) ways.push(tab.hear.bind(tab, from));
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
  /** What the locks have to say, which waits for no other task. */
  grants: (() => void)[] = [];
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

  /** The next word of a tab: what several say comes in any order. */
  hear(from = this.inbox[0]?.from) {
    const at = this.inbox.findIndex((item) => item.from === from);
    for (const item of this.inbox.splice(at, 1)) this.#hears?.(item.message);
  }

  /** The browser takes the page for gone and gives its lock to the next one; the page does not know yet. */
  doom() {
    for (const candidate of this.browser.candidates.filter(({ tab }) => tab === this)) this.browser.resign(candidate);
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
    this.doom();
    this.tasks = this.grants = [];
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
