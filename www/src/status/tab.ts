// One connection for all tabs of a site, for each address of a responder.
//
// Among the tabs one leads: it holds a Web Lock, has the one lasting connection, follows what any tab wants, and says
// what comes to the others over a BroadcastChannel. Each message has the leader's term and a number, and ids are in
// one order over all channels. So a tab knows what it may trust:
// - The leader's word `leads` (channels, from): of these channels it tells all events above `from`, from here on.
// - A new leader goes on from its own position. A tab that is as far or further misses nothing and drops what it has;
//   one that is not, one that wants channels that are not covered, and one that finds a number missing catches up by a
//   short connection of its own (audience.ts), which begins after the leader's word.
// - Events without an id are live only: those that come while the leadership changes hands are lost.
import { createAudience, type Group, type Member, streamUrl } from './audience';
import { coverAll, union } from './channels';
import { isNewer, newest } from './ids';
import { CONNECTING, type Link } from './link';
import type { Bus, Platform } from './platform';
import { openSource, type Source } from './source';
import type { StatusEvent, StatusReset } from './sse-status';

/** What a leader says. The first of a term is `leads`. */
interface Word {
  term: number;
  number: number;
  leads?: { channels: readonly string[]; from: string };
  events?: readonly StatusEvent[];
  reset?: [StatusReset, string, boolean];
  link?: Link;
}

/** What any tab says: what it wants, nothing when it goes; `term` is the newest that it heard. */
interface Wish {
  tab: number;
  wants: readonly string[];
  term: number;
  retry?: boolean;
}

// A leader that says nothing for so long is asked, and if it then still says nothing it is replaced.
const PATIENCE_MS = 15_000;

export interface Tab {
  add(member: Member): void;
  remove(member: Member): void;
  /** Cuts short a pause between attempts. */
  retry(): void;
}

export function createTab(platform: Platform, url: string): Tab {
  const name = `sse-status:${url}`;
  const self = platform.random();
  const audience = createAudience(platform, url);
  const { members } = audience;
  /** What the other tabs want. */
  const others = new Map<number, readonly string[]>();
  let bus: Bus | null = null;
  let resign = () => {};
  let cancelPatience = () => {};
  let isHere = false;
  let isLeader = false;
  let isSyncing = false;
  /** Times that the patience ran out since the leader was heard. */
  let silences = 0;
  let term = 0;
  let number = 0;
  /** The last wish. */
  let asked = '';
  /** The channels of the shared stream. */
  let covered: readonly string[] = [];
  let main: Source | null = null;
  /** Those whose start is the main connection's own: this tab was the first. */
  let first: Group | null = null;
  let batch: StatusEvent[] = [];

  // --- coming and going ---

  function join() {
    if (isHere || members.size === 0) return;
    isHere = true;
    if (platform.bus) {
      bus = platform.bus(name, hear);
      stand(false);
      cancelPatience = platform.after(PATIENCE_MS, losePatience);
    } else lead();
    sync();
  }

  /** Also when the page is frozen or left: then the members stay, and come back with `join`. */
  function leave() {
    if (!isHere) return;
    isHere = false;
    flush();
    main?.close();
    main = first = null;
    isLeader = false;
    wish([]);
    cancelPatience();
    resign();
    bus?.close();
    bus = null;
    audience.unsettle();
    audience.position = asked = '';
    term = 0;
    covered = [];
    others.clear();
    audience.become(CONNECTING);
  }

  function stand(steal: boolean) {
    resign();
    resign = platform.elect(name, steal, lead, () => {
      // Another tab took us for dead; what was said meanwhile is not known.
      leave();
      join();
    });
  }

  function losePatience() {
    cancelPatience = platform.after(PATIENCE_MS, losePatience);
    silences += 1;
    if (isLeader) return;
    if (silences === 2) wish(wanted());
    if (silences > 2) stand(true);
  }

  /** Looks, once all that is being done is done, who wants what and has what. */
  function sync() {
    if (isSyncing) return;
    isSyncing = true;
    platform.soon(() => {
      isSyncing = false;
      if (!isHere || first) return;
      if (isLeader) serve();
      else follow();
    });
  }

  function wanted() {
    return union([...members].map(({ channels }) => channels));
  }

  function catchUp() {
    for (const together of audience.unseen()) audience.catchUp(together);
  }

  // --- leading ---

  function lead() {
    isLeader = true;
    term = Math.max(platform.now(), term + 1);
    number = silences = 0;
    others.set(0, covered); // what the leader before us knew of, until the tabs have said it again
    sync();
  }

  function serve() {
    const all = union([wanted(), ...others.values()]);
    if (!main || !coverAll(covered, all)) {
      others.delete(0);
      if (!audience.position) {
        const [together] = audience.unseen();
        if (together) openMain(union(together.map(({ channels }) => channels)), audience.gather(together));
        return;
      }
      openMain(all, null);
      announce();
    }
    catchUp();
  }

  function openMain(channels: readonly string[], group: Group | null) {
    const [member] = group?.members ?? [];
    flush();
    main?.close();
    covered = channels;
    first = group;
    if (audience.link.state === 'stopped') tell(CONNECTING);
    main = openSource(platform, streamUrl(url, channels, member?.last ?? 1), member?.cursor ?? audience.position, {
      onEvent(event, hasMoved) {
        if (first) audience.give(first, event, hasMoved);
        else if (batch.push(event) === 1) platform.soon(flush);
      },
      onReset,
      onOpen,
      onHeartbeat() {
        say({});
        audience.heartbeat();
      },
      onLink(link) {
        flush();
        if (link.state === 'stopped') onEnd();
        else tell(link);
      },
    });
  }

  function onReset(reset: StatusReset, id: string) {
    flush();
    if (first) {
      audience.resetGroup(first, reset, id);
      return;
    }
    const isBack = !isNewer(id, audience.position);
    say({ reset: [reset, id, isBack] });
    audience.reset(reset, id, isBack);
  }

  function onOpen(id: string) {
    flush();
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

  function flush() {
    if (batch.length === 0) return;
    const events = batch;
    batch = [];
    say({ events });
    audience.deliver(events);
  }

  function tell(link: Link) {
    say({ link });
    audience.become(link);
  }

  function announce(link = audience.link) {
    say({ leads: { channels: covered, from: audience.position }, link });
  }

  function say(word: Omit<Word, 'term' | 'number'>) {
    number += 1;
    bus?.post({ ...word, term, number });
  }

  function grant({ tab, wants, term: heard, retry }: Wish) {
    if (wants.length > 0) others.set(tab, wants);
    else others.delete(tab);
    if (!isLeader) return;
    if (retry) main?.retry();
    term = Math.max(term, heard); // the clock may have been set back since the leader before us
    if (first) say({});
    else if (main && coverAll(covered, wants)) announce();
    else sync();
  }

  // --- following ---

  function follow() {
    const wants = wanted();
    ask(`${term} ${wants}`);
    if (term && coverAll(covered, wants)) catchUp();
  }

  /** Says what is wanted, once for each reason. */
  function ask(reason: string) {
    if (asked !== reason) wish(wanted());
    asked = reason;
  }

  function wish(wants: readonly string[], retry = false) {
    bus?.post({ tab: self, wants, term, retry } satisfies Wish);
  }

  function hear(said: unknown) {
    const word = said as Word;
    if ('wants' in word) grant(said as Wish);
    else if (!isLeader) {
      silences = 0;
      listen(word);
    }
  }

  function listen(word: Word) {
    const { leads, events, reset, link } = word;
    const isNew = word.term > term;
    if (word.term < term || (isNew && !leads)) {
      // A leader whose first word we did not hear, or that does not know how far the terms are.
      ask(`${word.term}`);
      return;
    }
    const hasHole = isNew ? isNewer(leads?.from ?? '', audience.position) : word.number !== number + 1;
    term = word.term;
    number = word.number;
    covered = leads?.channels ?? covered;
    const isCovered = coverAll(covered, wanted());
    if (hasHole || !isCovered) audience.unsettle();
    if (!isCovered) asked = '';
    if (leads) audience.position = newest(leads.from, audience.position);
    if (events) audience.deliver(events);
    if (reset) audience.reset(...reset);
    if (link) audience.become(link);
    else audience.heartbeat();
    if (leads || hasHole) sync();
  }

  platform.onLeave(leave, join);
  return {
    add(member) {
      members.add(member);
      if (isHere) sync();
      else join();
    },
    remove(member) {
      audience.remove(member);
      if (members.size === 0) leave();
      else sync();
    },
    retry() {
      main?.retry();
      audience.retry();
      wish(wanted(), true);
    },
  };
}
