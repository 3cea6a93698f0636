// One EventSource that outlives its failures.
//
// It is the browser's own, and not fetch with a parser of ours: the browser reconnects by itself and sends
// Last-Event-ID, its tools show the events, and it is in every browser. What it does not show is asked for otherwise:
// - Comments, and so heartbeats: `heartbeat=1` has the responder send them as events, `stream-heartbeat`, whose data
//   says how often. Without any sign for 2.5 times that the connection is dead, and made anew.
// - The status. It gives up for good on any answer but 200, which is just what a web server says while the responder
//   restarts. One GET tells 204, which is the end, from the rest, which is tried again.
import { backoff } from './backoff';
import { parseEvent, parseObject, parseReset } from './frame';
import { CONNECTING, type Link } from './link';
import type { Platform } from './platform';
import type { StatusEvent, StatusReset } from './sse-status';

export interface SourceHandlers {
  /** `hasMoved`: the event moved the cursor; the state with which a stream starts does not. */
  onEvent(event: StatusEvent, hasMoved: boolean): void;
  onReset(reset: StatusReset, id: string): void;
  /** Caught up to `id`. */
  onOpen(id: string): void;
  onHeartbeat(): void;
  /** Every change but the one to live, which is onOpen. It begins as connecting. */
  onLink(link: Link): void;
}

export interface Source {
  /** Cuts short a pause between attempts. */
  retry(): void;
  /** Nothing is called any more. */
  close(): void;
}

// Until the responder has said how often it gives a sign.
const SILENCE_MS = 37_500;
const SILENT_HEARTBEATS = 2.5;
const CLOSED = 2;

/** Opens `url`, which has a query, at `cursor` ('': at its start). */
export function openSource(platform: Platform, url: string, cursor: string, on: SourceHandlers): Source {
  let source: EventSource | null = null;
  let attempt = 0;
  let isOpen = false;
  let isRetrying = false;
  let silence = SILENCE_MS;
  let heard = 0;
  let cancelWatch = () => {};
  let cancelRetry: (() => void) | null = null;

  function become(link: Link) {
    isRetrying = link.state === 'retrying';
    on.onLink(link);
  }

  function address() {
    return url + (cursor && `&last_event_id=${cursor}`);
  }

  function watch() {
    cancelWatch();
    const left = heard + silence - platform.now();
    if (left > 0) cancelWatch = platform.after(left, watch);
    else fail();
  }

  function shut() {
    cancelRetry?.();
    cancelRetry = null;
    cancelWatch();
    source?.close();
    source = null;
  }

  function open() {
    shut();
    isOpen = false;
    const opened = new platform.EventSource(address());
    source = opened;
    // What an EventSource that was closed still has to say is not for us.
    const listen = (type: string, act: (message: MessageEvent<string>) => void) => {
      opened.addEventListener(type, (message) => {
        if (source !== opened) return;
        heard = platform.now();
        cursor = (message as MessageEvent).lastEventId || cursor;
        act(message as MessageEvent<string>);
      });
    };
    listen('open', onResponse);
    listen('error', onError);
    listen('message', onMessage);
    listen('stream-reset', (message) => {
      on.onReset(parseReset(message.data), cursor);
    });
    listen('stream-heartbeat', onHeartbeat);
    listen('stream-open', onStreamOpen);
    heard = platform.now();
    silence = SILENCE_MS;
    watch();
    if (isRetrying) become(CONNECTING);
  }

  function onResponse() {
    // A responder that gives visible signs begins with one; of others nothing can be expected.
    silence = Infinity;
    cancelWatch();
    if (isRetrying) become(CONNECTING);
  }

  function onHeartbeat(message: MessageEvent<string>) {
    silence = SILENT_HEARTBEATS * 1_000 * Number(parseObject(message.data)?.['seconds']);
    watch();
    on.onHeartbeat();
  }

  function onMessage(message: MessageEvent<string>) {
    const event = parseEvent(message.data, isOpen);
    on.onEvent(event, event.id !== null && event.id === message.lastEventId);
  }

  function onStreamOpen() {
    attempt = 0;
    isOpen = true;
    isRetrying = false;
    on.onOpen(cursor);
  }

  function onError() {
    isOpen = false;
    if (source?.readyState === CLOSED) fail();
    else become({ state: 'retrying', retryAt: null });
  }

  function fail() {
    shut();
    const pause = backoff(attempt++, platform.random());
    const cancel = (cancelRetry = platform.after(pause, open));
    become({ state: 'retrying', retryAt: platform.now() + pause });
    void platform.probe(address()).then((status) => {
      if (status !== 204 || cancelRetry !== cancel) return;
      shut();
      become({ state: 'stopped' });
    });
  }

  open();
  return {
    retry() {
      if (cancelRetry) open();
    },
    close: shut,
  };
}
