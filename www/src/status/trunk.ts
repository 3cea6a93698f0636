// The one lasting connection, which the leading tab has: what comes on it is said to all tabs, this one among them.
import type { Audience } from './audience';
import { isNewer, newest } from './ids';
import { CONNECTING, type Link } from './link';
import { type Group, give, resetGroup, streamUrl } from './members';
import type { Platform } from './platform';
import { openSource, type Source } from './source';
import type { StatusEvent, StatusReset } from './sse-status';

/** What is said of it; see tab.ts. */
export interface Said {
  leads?: { channels: readonly string[]; from: string };
  events?: readonly StatusEvent[];
  reset?: [StatusReset, string, boolean];
  link?: Link;
}

/** `sync` is called when there may be more to do than before. */
export function createTrunk(
  platform: Platform,
  url: string,
  audience: Audience,
  say: (said: Said) => void,
  sync: () => void,
) {
  let main: Source | null = null;
  let covered: readonly string[] = [];
  /** Those whose start is the connection's own: this tab is the first. Nobody else is told before they are ready. */
  let first: Group | null = null;
  let batch: StatusEvent[] = [];

  function open(channels: readonly string[], group: Group | null) {
    const [member] = group?.members ?? [];
    if (!flush()) return;
    main?.close();
    covered = channels;
    first = group;
    if (audience.link.state === 'stopped') tell(CONNECTING);
    main = openSource(platform, streamUrl(url, channels, member?.last ?? 1), member?.cursor ?? audience.position, {
      onEvent(event, hasMoved) {
        if (first) give(first, event, hasMoved);
        else if (batch.push(event) === 1) platform.soon(flush);
      },
      onReset,
      onOpen,
      onHeartbeat() {
        say({});
        audience.heartbeat();
      },
      onLink(link) {
        if (!flush()) return;
        if (link.state === 'stopped') onEnd();
        else tell(link);
      },
    });
    if (!group) announce();
  }

  function onReset(reset: StatusReset, id: string) {
    if (!flush()) return;
    if (first) {
      resetGroup(first, reset, id);
      return;
    }
    const isBack = isNewer(audience.position, id);
    say({ reset: [reset, id, isBack] });
    audience.reset(reset, id, isBack);
  }

  function onOpen(id: string) {
    if (!flush()) return;
    audience.position = newest(id, audience.position);
    announce({ state: 'live' });
    const group = first;
    first = null;
    audience.become({ state: 'live' });
    if (group) audience.settle(group, id);
    sync();
  }

  function onEnd() {
    const group = first;
    main = first = null;
    if (group) audience.end(group);
    else tell({ state: 'stopped' });
    sync();
  }

  /** Whether the connection is still there: on hearing the events this tab may have left. */
  function flush() {
    const source = main;
    const events = batch;
    batch = [];
    if (events[0]) {
      say({ events });
      audience.deliver(events);
    }
    return main === source;
  }

  function tell(link: Link) {
    say({ link });
    audience.become(link);
  }

  function announce(link = audience.link) {
    say({ leads: { channels: covered, from: audience.position }, link });
  }

  return {
    open,
    announce,
    /** The channels of the connection; none if there is none. */
    get channels() {
      return main ? covered : [];
    },
    get isStarting() {
      return first !== null;
    },
    retry() {
      main?.retry();
    },
    close() {
      flush();
      main?.close();
      main = first = null;
    },
  };
}
