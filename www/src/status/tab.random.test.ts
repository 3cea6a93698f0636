// Tabs come, go, crash and freeze, clients close and resume, connections break, messages are late: whatever the
// order, each client has every event of its channels once and in order from its start on.
import { expect, test } from 'vitest';
import { coverAll } from './channels';
import { FakeBrowser, type FakeTab } from './fakeBrowser';
import { isNewer } from './ids';
import type { StatusConnection } from './sse-status';

const CHANNELS = ['jobs/1', 'jobs/2', 'news'];
const FOLLOWED = [['*'], ['jobs/*'], ['jobs/1'], ['jobs/2', 'news'], ['news']];
const STEPS = 600;
const RUNS = 100;
/** Of a hunt, whose bursts make long logs. */
const HUNT_STEPS = 300;

interface Client {
  channels: string[];
  /** How many events each channel had when the client was first live. */
  before: Map<string, number>;
  got: Map<string, string[]>;
  status: StatusConnection;
}

/** Numbers that look random and are the same in each run (mulberry32). */
function random(seed: number) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Run {
  readonly browser = new FakeBrowser();
  readonly faults: string[] = [];
  readonly clients = new Map<FakeTab, Client[]>();
  /** Pages whose lock is another's already, and which do not know yet that they are closed. */
  readonly doomed = new Set<FakeTab>();
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = this.browser.random = random(seed);
    if (this.below(2)) this.browser.chunk = () => 1 + this.below(this.below(2) ? 4 : 40);
  }

  below(n: number) {
    return Math.floor(this.#random() * n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  #sequence(channel: string) {
    return this.browser.server.log.filter((event) => event.channel === channel).map(({ id }) => id);
  }

  follow(tab: FakeTab, channels = this.pick(FOLLOWED)) {
    const got = new Map<string, string[]>(CHANNELS.map((name) => [name, []]));
    const before = new Map<string, number>();
    let wasLive = false;
    const status = tab.connect({
      channels,
      keep: false,
      onEvent: ({ channel, id }) => {
        const ids = got.get(channel) ?? [];
        if (!isNewer(id ?? '', ids.at(-1) ?? '')) this.faults.push(`${String(id)} after ${String(ids.at(-1))}`);
        // Until it is live it is told the state, and after a cut the state of then.
        if (wasLive) ids.push(id ?? '');
        else got.set(channel, [id ?? '']);
      },
      onState: ({ state }) => {
        if (wasLive || state !== 'live') return;
        wasLive = true;
        for (const name of CHANNELS) before.set(name, this.#sequence(name).length);
      },
    });
    const client = { channels, before, got, status };
    this.clients.set(tab, [...(this.clients.get(tab) ?? []), client]);
  }

  /** The leader is closed again and again, and events come in bursts. */
  hunt() {
    const { browser } = this;
    const leader = browser.candidates[0]?.tab;
    const chance = this.#random();
    if (chance < 0.8) {
      const ways = browser.next();
      if (ways.length > 0) this.pick(ways)();
    } else if (chance < 0.88) {
      const channel = this.pick(['news', 'jobs/1']);
      for (let left = this.below(this.below(4) ? 3 : 30); left >= 0; left--) browser.server.publish(channel);
    } else if (chance < 0.885) {
      if (browser.server.sources.size > 0) this.pick([...browser.server.sources]).breakOff();
    } else if (chance < 0.91) browser.pass(this.below(2_000));
    else if (chance < 0.94) {
      if (browser.tabs.size < 5) this.follow(browser.open(), this.below(4) ? ['news'] : this.pick(FOLLOWED));
    } else if (chance < 0.97) {
      if (!leader) return;
      leader.doom();
      this.doomed.add(leader);
    } else if (this.doomed.size > 0) this.bury(this.pick([...this.doomed]));
  }

  /** What a doomed page says last may be lost. */
  bury(tab: FakeTab) {
    this.doomed.delete(tab);
    if (this.below(3)) tab.close();
    else tab.crash((said) => this.below(said + 1));
  }

  step() {
    const { browser } = this;
    const tabs = [...browser.tabs];
    const chance = this.#random();
    if (chance < 0.62) {
      const ways = browser.next();
      if (ways.length > 0) this.pick(ways)();
    } else if (chance < 0.87) browser.server.publish(this.pick(CHANNELS));
    else if (chance < 0.9) {
      if (browser.server.sources.size === 0) return;
      const source = this.pick([...browser.server.sources]);
      if (this.below(2)) source.breakOff();
      else source.giveUp();
    } else if (chance < 0.94) browser.pass(this.below(2_000));
    else if (chance < 0.96 && tabs.length < 5) this.follow(browser.open());
    else if (tabs.length > 0) this.trouble(this.pick(tabs));
  }

  trouble(tab: FakeTab) {
    const chance = this.below(10);
    if (tab.isFrozen) tab.thaw();
    else if (chance < 2) tab.freeze();
    else if (chance < 4) this.follow(tab);
    else if (chance < 5) tab.close();
    else if (chance < 6) tab.crash((said) => this.below(said + 1));
    else {
      const { status } = this.pick(this.clients.get(tab) ?? []);
      if (status.connection.state === 'stopped') status.resume();
      else if (chance < 7) status.close();
    }
  }

  finish() {
    const { browser } = this;
    for (const tab of this.doomed) this.bury(tab);
    for (const tab of browser.tabs) {
      if (tab.isFrozen) tab.thaw();
      for (const { status } of this.clients.get(tab) ?? []) if (status.connection.state === 'stopped') status.resume();
    }
    for (let i = 0; i < 40; i++) {
      browser.settle();
      // Or the end finds one that was silent for too long and is about to be made anew.
      if (i > 30) for (const source of browser.server.sources) source.beat();
      browser.pass(5_000);
    }
    browser.settle();
  }

  check() {
    expect(this.faults).toEqual([]);
    for (const tab of this.browser.tabs) {
      for (const { channels, before, got, status } of this.clients.get(tab) ?? []) {
        expect(status.connection.state).toBe('live');
        for (const name of CHANNELS) {
          const ids = got.get(name) ?? [];
          const all = coverAll(channels, [name]) ? this.#sequence(name) : [];
          expect(ids).toEqual(ids.length > 0 ? all.slice(-ids.length) : []);
          expect(ids.length).toBeGreaterThanOrEqual(all.length - (before.get(name) ?? 0));
        }
      }
    }
    const lasting = [...this.browser.server.sources];
    expect(lasting.length, 'one connection for all tabs').toBe(this.browser.tabs.size > 0 ? 1 : 0);
  }
}

test(`${String(RUNS)} random schedules lose and repeat nothing`, () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const run = new Run(seed);
    run.follow(run.browser.open());
    try {
      if (seed % 2) for (let i = 0; i < STEPS; i++) run.step();
      else for (let i = 0; i < HUNT_STEPS; i++) run.hunt();
      run.finish();
      run.check();
    } catch (error) {
      throw new Error(`seed ${String(seed)}`, { cause: error });
    }
  }
}, 60_000);
