// A responder and a browser's EventSource, for tests: what a stream is sent waits until the test lets it arrive.
import { coverAll } from './channels';
import { isNewer } from './ids';

interface Published {
  id: string;
  channel: string;
  event: string;
  data: string;
}

export class FakeServer {
  readonly log: Published[] = [];
  /** Every EventSource that is not closed. */
  readonly sources = new Set<FakeSource>();
  /** Every address that was asked for. */
  readonly asked: string[] = [];
  /** The status of every other answer than a stream; 0: streams. */
  refuses = 0;
  heartbeat = 15;
  #last = 100;

  publish(channel: string, data = '', event = 'message') {
    this.#last += 1;
    const published = { id: `${String(this.#last)}-0`, channel, event, data };
    this.log.push(published);
    for (const source of this.sources) if (source.isStarted) source.offer(published);
    return published.id;
  }

  get horizon() {
    return `${String(this.#last)}-0`;
  }

  /** The status of the answer to a request. */
  status(url: string) {
    const query = new URL(url).searchParams;
    if (this.refuses) return this.refuses;
    return this.isOver(query.get('channel')?.split(',') ?? [], query.get('last_event_id') ?? '') ? 204 : 200;
  }

  /** Whether all of these channels have ended, and the cursor is behind that. */
  isOver(channels: readonly string[], cursor: string) {
    return (
      cursor !== '' &&
      channels.every((name) => {
        const newest = this.log.findLast(({ channel }) => channel === name);
        return newest?.event === 'end' && !isNewer(newest.id, cursor);
      })
    );
  }
}

export class FakeSource extends EventTarget {
  readyState = 0;
  isStarted = false;
  readonly server: FakeServer;
  readonly channels: string[];
  /** What the server has sent and the browser has not shown yet. */
  sent: (() => void)[] = [];
  /** Where the present request starts. */
  #cursor: string;
  /** The newest that was queued. */
  #position = '';
  #lastEventId = '';
  readonly #last: number;

  constructor(server: FakeServer, url: string) {
    super();
    const query = new URL(url, 'http://x/').searchParams;
    this.server = server;
    this.channels = query.get('channel')?.split(',') ?? [];
    this.#cursor = query.get('last_event_id') ?? '';
    this.#last = Number(query.get('last') ?? 1);
    server.sources.add(this);
    server.asked.push(url);
    this.#request();
  }

  #request() {
    this.isStarted = false;
    this.sent = [
      () => {
        this.#start();
      },
    ];
  }

  #start() {
    const { server } = this;
    if (server.refuses || server.isOver(this.channels, this.#cursor)) {
      this.giveUp();
      return;
    }
    this.isStarted = true;
    // The browser hears of the response after the server has its horizon.
    this.sent.push(() => {
      this.readyState = 1;
      this.dispatchEvent(new Event('open'));
    });
    this.beat();
    this.#position = this.#cursor;
    const mine = server.log.filter(({ channel }) => coverAll(this.channels, [channel]));
    if (this.#cursor) for (const event of mine) this.offer(event);
    else {
      const newest = mine.filter(({ channel, event }, i) => {
        const later = mine.slice(i + 1).filter((other) => other.channel === channel).length;
        return event !== 'end' && later < this.#last;
      });
      for (const event of newest) this.#send('message', JSON.stringify(event));
    }
    const data = JSON.stringify({ channels: this.channels, resumed: this.#cursor !== '' });
    this.#send('stream-open', data, server.horizon);
    this.#position = server.horizon;
  }

  beat() {
    if (this.server.heartbeat) this.#send('stream-heartbeat', JSON.stringify({ seconds: this.server.heartbeat }));
  }

  /** A published event, if it is for this stream. */
  offer(event: Published) {
    if (!coverAll(this.channels, [event.channel]) || !isNewer(event.id, this.#position)) return;
    this.#send('message', JSON.stringify(event), event.id);
  }

  /** Something that is no published event. */
  say(type: string, data: string, id = '') {
    this.#send(type, data, id);
  }

  #send(type: string, data: string, id = '') {
    this.sent.push(() => {
      this.#lastEventId = id || this.#lastEventId;
      this.dispatchEvent(new MessageEvent(type, { data, lastEventId: this.#lastEventId }));
    });
  }

  /** Lets the next thing arrive, or several in one task. */
  arrive(count = () => 1) {
    for (let left = count(); left > 0; left--) this.sent.shift()?.();
  }

  /** The connection breaks; the browser tries again by itself, with Last-Event-ID. */
  breakOff() {
    this.readyState = 0;
    this.#cursor = this.#lastEventId || this.#cursor;
    this.#request();
    this.dispatchEvent(new Event('error'));
  }

  /** Any answer but 200: the browser gives up for good. */
  giveUp() {
    this.close();
    this.dispatchEvent(new Event('error'));
  }

  close() {
    this.readyState = 2;
    this.isStarted = false;
    this.sent = [];
    this.server.sources.delete(this);
  }
}
