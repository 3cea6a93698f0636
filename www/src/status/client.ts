// One `connect`: what a page hears of its channels, and how it is told where it stands.
import type { Member } from './members';
import type { Link } from './link';
import type { Platform } from './platform';
import type { Connection, StatusConnection, StatusOptions } from './sse-status';
import { createTab, type Tab } from './tab';

export function createConnect(platform: Platform, home: () => string) {
  const tabs = new Map<string, Tab>();

  return function connect(options: StatusOptions): StatusConnection {
    const { url = '../sse', onEvent, onState, onReset, onHeartbeat, last = 1, keep = true } = options;
    const address = new URL(url, options.url === undefined ? home() : document.baseURI).href;
    const channels = [options.channels].flat();
    const key = `sse-status:${address} ${channels.join()}`;
    const tab = tabs.get(address) ?? createTab(platform, address);
    tabs.set(address, tab);
    let connection: Connection = { state: 'connecting', lastLive: null };

    function wasLive(): number | null {
      return connection.state === 'live' ? platform.now() : connection.lastLive;
    }

    function set(next: Connection) {
      connection = next;
      guard(onState, next);
    }

    function become(link: Link) {
      const { state } = link;
      if (state === 'stopped') stop('ended');
      else if (state === 'live') {
        if (connection.state !== state) set({ state, since: platform.now() });
      } else if (state === 'retrying') {
        const { retryAt } = link;
        if (connection.state !== state || connection.retryAt !== retryAt) set({ state, retryAt, lastLive: wasLive() });
      } else if (connection.state !== state) set({ state, lastLive: wasLive() });
    }

    function stop(reason: 'user' | 'ended') {
      if (connection.state === 'stopped') return;
      tab.remove(member);
      set({ state: 'stopped', reason, lastLive: wasLive() });
    }

    const member: Member = {
      channels,
      last,
      cursor: (keep && platform.storage?.getItem(key)) || '',
      told: new Map(),
      isReady: false,
      take(event) {
        if (connection.state !== 'stopped') guard(onEvent, event);
      },
      reset(reset) {
        guard(onReset, reset);
      },
      heartbeat() {
        guard(onHeartbeat, null);
      },
      become,
      save(cursor) {
        try {
          if (keep) platform.storage?.setItem(key, cursor);
        } catch {
          // It is full: a reload then starts further back.
        }
      },
    };
    tab.add(member);
    return {
      get connection() {
        return connection;
      },
      close() {
        stop('user');
      },
      resume() {
        if (connection.state === 'stopped') {
          set({ state: 'connecting', lastLive: connection.lastLive });
          tab.add(member);
        } else if (connection.state === 'retrying') tab.retry();
      },
    };
  };
}

/** What a page does wrong with one event is not the end of the others. */
function guard<T>(act: ((said: T) => void) | undefined, said: T) {
  try {
    act?.(said);
  } catch (error) {
    reportError(error);
  }
}
