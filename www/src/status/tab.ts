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
import { createAudience } from './audience';
import { coverAll, union } from './channels';
import { createFollower, type Word } from './follower';
import { CONNECTING } from './link';
import type { Member } from './members';
import type { Bus, Platform } from './platform';
import { createTrunk, type Said } from './trunk';

/** What any tab says: what it wants, nothing when it goes; `term` is the newest that it heard. */
interface Wish {
  tab: number;
  wants: readonly string[];
  term: number;
  retry?: true | undefined;
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
  let number = 0;
  const trunk = createTrunk(platform, url, audience, say, sync);
  const follower = createFollower(audience, wanted, () => wish(wanted()), sync);

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
    trunk.close();
    isLeader = false;
    wish([]);
    cancelPatience();
    resign();
    bus?.close();
    bus = null;
    audience.unsettle();
    audience.position = '';
    follower.forget();
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
      if (!isHere || trunk.isStarting) return;
      if (isLeader) serve();
      else follower.follow();
    });
  }

  function wanted() {
    return union([...members].map(({ channels }) => channels));
  }

  // --- leading ---

  function lead() {
    isLeader = true;
    // Two may lead within one millisecond, and not have heard of each other.
    follower.term = platform.random() + Math.max(platform.now(), follower.term + 1);
    number = silences = 0;
    others.set(0, follower.covered); // what the leader before us knew of, until the tabs have said it again
    sync();
  }

  function serve() {
    const all = union([wanted(), ...others.values()]);
    if (!coverAll(trunk.channels, all)) {
      others.delete(0);
      if (!audience.position) {
        const [together] = audience.unseen();
        if (together) trunk.open(union(together.map(({ channels }) => channels)), audience.gather(together));
        return;
      }
      trunk.open(all, null);
    }
    // What was still to be told may have closed all.
    if (trunk.channels[0]) audience.catchUpAll();
  }

  function say(said: Said) {
    number += 1;
    // A tab that is not known yet hears `leads`, asks, and takes what it missed for the hole that it is.
    if (said.leads ?? others.size) bus?.postMessage({ ...said, term: follower.term, number } satisfies Word);
  }

  function grant({ tab, wants, term: heard, retry }: Wish) {
    if (wants[0]) others.set(tab, wants);
    else others.delete(tab);
    if (!isLeader) return;
    if (retry) trunk.retry();
    // The clock may have been set back since the leader before us.
    if (follower.term < heard) follower.term = heard + 1;
    if (trunk.isStarting) say({});
    else if (wants[0] && coverAll(trunk.channels, wants)) trunk.announce();
    else sync();
  }

  function wish(wants: readonly string[], retry?: true) {
    bus?.postMessage({ tab: self, wants, term: follower.term, retry } satisfies Wish);
  }

  function hear(said: unknown) {
    if ('wants' in (said as Wish)) grant(said as Wish);
    else if (!isLeader) {
      silences = 0;
      follower.listen(said as Word);
    }
  }

  platform.onLeave(leave, join);
  return {
    add(member) {
      members.add(member);
      join();
      sync();
    },
    remove(member) {
      audience.remove(member);
      if (members.size === 0) leave();
      else sync();
    },
    retry() {
      trunk.retry();
      audience.retry();
      wish(wanted(), true);
    },
  };
}
