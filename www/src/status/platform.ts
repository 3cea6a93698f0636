// What the library needs from the browser, in one place, so that tests can hand in their own.
import { probe } from './probe';

export interface Bus {
  postMessage(message: unknown): void;
  close(): void;
}

export interface Platform {
  EventSource: new (url: string) => EventSource;
  /** The status of the answer to a GET of `url`, of which no more is read; 0 if there is none. */
  probe(url: string): Promise<number>;
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Calls back once, after `ms`; returns what takes it back. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back in a task of its own, soon also in a hidden page, whose timers may be a minute late. */
  soon(callback: () => void): void;
  /** What the other tabs say on `name`; null where tabs cannot be joined (no secure context: no Web Locks). */
  bus: ((name: string, hear: (message: unknown) => void) => Bus) | null;
  /**
   * Stands for the leadership of `name`, of which there is one among all tabs; `steal` takes it at once. `lead` is called
   * when it is ours, `lose` when another tab has taken it. Returns what gives it up.
   */
  elect(name: string, steal: boolean, lead: () => void, lose: () => void): () => void;
  /** Called when the page is left or frozen, and when it is back from that. */
  onLeave(leave: () => void, comeBack: () => void): void;
  /** What outlives a reload of the page, and belongs to this tab; undefined where it is forbidden. */
  storage: Pick<Storage, 'getItem' | 'setItem'> | undefined;
}

function storage() {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

function elect(name: string, steal: boolean, lead: () => void, lose: () => void) {
  const abort = new AbortController();
  let isOver = false;
  let isLeader = false;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  // A page of no origin (a sandboxed frame) is refused: it leads itself.
  navigator.locks
    .request(name, steal ? { steal } : { signal: abort.signal }, () => {
      if (isOver) return;
      isLeader = true;
      lead();
      return held;
    })
    .catch(() => {
      if (isOver) return;
      if (isLeader) lose();
      else lead();
    });
  return () => {
    isOver = true;
    abort.abort();
    release();
  };
}

function openBus(name: string, hear: (message: unknown) => void): Bus {
  const channel = new BroadcastChannel(name);
  channel.onmessage = (message) => {
    hear(message.data);
  };
  return channel;
}

export const browser: Platform = {
  EventSource: globalThis.EventSource,
  probe,
  now: Date.now,
  random: Math.random,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  },
  soon(callback) {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      callback();
    };
    port2.postMessage(0);
  },
  bus: globalThis.navigator?.locks ? openBus : null,
  elect,
  onLeave(leave, comeBack) {
    // Two of them are the document's.
    for (const type of ['pagehide', 'freeze']) addEventListener(type, leave, true);
    for (const type of ['pageshow', 'resume']) addEventListener(type, comeBack, true);
  },
  storage: storage(),
};
