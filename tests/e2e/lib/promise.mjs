// The measure of these tests: what a client got, against what the publishers were told is published.
//
// On every channel that it follows a client gets exactly the published sequence from its start point on: none lost, none
// twice, none out of order; or a stream-reset where events were really gone.
import assert from 'node:assert/strict';
import { compareIds } from './sse.mjs';

/** Whether a channel is one of `names`, which are channels and patterns. */
export function isFollowed(names, channel) {
  return names.some((name) =>
    name.endsWith('*') ? channel.startsWith(name.slice(0, -1)) : name === channel,
  );
}

/**
 * What is wrong with the `events` that a client got, over all its streams, as a list of sentences.
 *   published  [{id, channel}] of all that it follows, in any order
 *   after      the cursor that it began with; without one it begins at its first stream-open
 *   resets     how many stream-reset it must have had; 'true': as many as are true, each for something that is gone;
 *              'any': whatever is gone may be gone without a trace in what was published
 *   ahead      its first cursor is from the future: the reset takes it back to what there is
 *   partial    it has not caught up: the end of the published may be missing
 */
export function breaches(events, published, { after, resets = 0, ahead, partial } = {}) {
  const walk = new Walk(published, after);
  for (const event of events) walk.take(event, ahead && walk.resets === 0);
  if (!partial) {
    walk.pass(walk.due.length);
    walk.miss('at the end');
  }
  if (walk.position === undefined) walk.say('it never got a stream-open');
  if (resets === 'true') walk.falseAlarms.forEach((id) => walk.say(`a false alarm at ${id}`));
  else if (resets !== 'any' && walk.resets !== resets)
    walk.say(`${walk.resets} stream-reset, where ${resets} are right`);
  return walk.wrong;
}

/** A walk along the published events, in the order of ids, as the client's events say how far it is. */
class Walk {
  constructor(published, after) {
    this.due = published.toSorted((a, b) => compareIds(a.id, b.id));
    this.numbers = new Map(this.due.map(({ id }, number) => [id, number]));
    this.next = 0;
    this.resets = 0;
    this.falseAlarms = []; // of resets that name nothing that is missing
    this.gone = []; // what did not come, while there is nothing wrong with that yet
    this.wrong = [];
    if (after !== undefined) this.moveTo(after);
  }

  say(what) {
    this.wrong.push(what);
  }

  /** Where the events above `id` begin. */
  above(id) {
    let [low, high] = [0, this.due.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareIds(this.due[middle].id, id) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  moveTo(id) {
    this.position = id;
    this.next = this.above(id);
  }

  /**
   * Everything still due up to number `end` did not come. That is a loss, unless a stream-reset for its channel follows
   * before anything else of the channel and before the stream-open: in id order it may be behind events of others.
   */
  pass(end) {
    this.gone.push(...this.due.slice(this.next, end));
    this.next = Math.max(this.next, end);
  }

  /** What did not come of `names` was not said to be gone either. */
  miss(where, names = ['*']) {
    const lost = this.gone.filter(({ channel }) => isFollowed(names, channel));
    this.gone = this.gone.filter(({ channel }) => !isFollowed(names, channel));
    if (lost.length > 0)
      this.say(`${lost.length} missing ${where}, from ${lost[0].id} of ${lost[0].channel} on`);
  }

  take(event, mayGoBack) {
    if (event.event === 'stream-open') this.takeOpen(event);
    else if (event.event === 'stream-reset') this.takeReset(event, mayGoBack);
    else if (event.id !== undefined) this.takePublished(event);
  }

  takeOpen({ id }) {
    if (this.position !== undefined) {
      this.pass(this.above(id));
      this.miss(`before the stream-open at ${id}`);
      if (compareIds(id, this.position) < 0)
        this.say(`stream-open at ${id} after ${this.position}`);
    }
    this.moveTo(id);
  }

  takeReset({ id, data }, mayGoBack) {
    this.resets++;
    const { channels } = JSON.parse(data);
    if (this.position === undefined) this.say('a stream-reset for a client that had no cursor');
    else if (compareIds(id, this.position) < 0 && !mayGoBack)
      this.say(`stream-reset at ${id} after ${this.position}`);
    this.pass(this.above(id));
    const left = this.gone.filter(({ channel }) => !isFollowed(channels, channel));
    if (left.length === this.gone.length) this.falseAlarms.push(id);
    this.gone = left;
    this.moveTo(id);
  }

  takePublished({ id, data }) {
    const at = this.numbers.get(id) ?? -1;
    if (this.position === undefined) this.say(`${id} came before there was a start`);
    else if (at < 0) this.say(`${id} was never published`);
    else if (at < this.next) this.say(`${id} came twice, or too late: it was at ${this.position}`);
    else {
      this.pass(at);
      this.miss(`before ${id}`, [this.due[at].channel]);
      if (this.due[at].data !== undefined && this.due[at].data !== data)
        this.say(`${id} has other data`);
      this.moveTo(id);
    }
  }
}

/** What was published, as its publishers know it. */
export class Ledger {
  constructor(stack) {
    this.stack = stack;
    this.entries = [];
  }

  add(channel, ids) {
    for (const id of ids) this.entries.push({ id, channel });
  }

  /** Publishes one event; returns its id. */
  async publish(channel, data = '1', ...args) {
    const id = await this.stack.publish(channel, data, ...args);
    this.add(channel, [id]);
    return id;
  }

  /** Publishes `count` events at once; returns their ids. */
  async fill(channel, count, size = 20) {
    const lines = Array.from({ length: count }, (_, i) => `"${channel} ${i} ${'x'.repeat(size)}"`);
    const ids = await this.stack.publishLines(channel, lines);
    this.add(channel, ids);
    return ids;
  }

  /** A publisher that stays: `write(line)`; its events are in the ledger after `finish()`. */
  writer(channel) {
    const lines = this.stack.openLines(channel);
    const finish = async () => {
      const end = await lines.finish();
      assert.equal(end.code, 0, `sse-publish --lines exits 0: ${lines.child.stderr()}`);
      this.add(channel, lines.ids());
      return lines.ids();
    };
    return { ...lines, finish };
  }

  /** What is published on `names`, channels and patterns; without names all. */
  of(...names) {
    const wanted = ({ channel }) => names.length === 0 || isFollowed(names, channel);
    return this.entries.filter(wanted).sort((a, b) => compareIds(a.id, b.id));
  }

  /** The newest id on `names`. */
  newest(...names) {
    return this.of(...names).at(-1)?.id;
  }
}

/**
 * Fails unless a Follower, or a single stream, got what the promise says; see `breaches` for `options`. The channels are
 * those that its stream-open names.
 */
export function assertPromise(client, ledger, options = {}) {
  const names = JSON.parse(client.opens().at(0)?.data ?? '{"channels":[]}').channels;
  const wrong = breaches(client.events, ledger.of(...names), { after: client.start, ...options });
  assert.deepEqual(wrong, [], `${client.target}: ${wrong.slice(0, 5).join('; ')}`);
}

/** Waits until each of the clients has the newest event that it follows, and then holds it to the promise. */
export async function settle(clients, ledger, options) {
  for (const client of clients) {
    await client.opened();
    const { channels } = JSON.parse(client.opens()[0].data);
    const newest = ledger.newest(...channels);
    const isThere = () => client.events.some(({ id }) => id && compareIds(id, newest) >= 0);
    if (newest) await client.until(isThere, `the newest event, ${newest}`);
  }
  for (const client of clients) assertPromise(client, ledger, options);
}
