// What a tab that does not lead knows of the leader, and what it does with the leader's words; see tab.ts.
import type { Audience } from './audience';
import { coverAll } from './channels';
import { isNewer, newest } from './ids';
import type { Said } from './trunk';

/** What a leader says. The first of a term is `leads`. */
export interface Word extends Said {
  term: number;
  number: number;
}

/** `wanted` is what this tab wants, `wish` says it, `sync` is called when there may be more to do than before. */
export function createFollower(audience: Audience, wanted: () => string[], wish: () => void, sync: () => void) {
  let number = 0;
  /** Why it last said what it wants. */
  let asked = '';
  const follower = {
    term: 0,
    /** The channels of the leader's connection. */
    covered: [] as readonly string[],
    forget() {
      asked = '';
      follower.term = 0;
      follower.covered = [];
    },
    follow,
    listen,
  };

  /** Says what is wanted, once for each reason. */
  function ask(reason: string) {
    if (asked !== reason) wish();
    asked = reason;
  }

  function follow() {
    const wants = wanted();
    ask(`${follower.term} ${wants}`);
    if (follower.term && coverAll(follower.covered, wants)) audience.catchUpAll();
  }

  function listen(word: Word) {
    const { leads, events, reset, link } = word;
    const isNew = word.term > follower.term;
    if (word.term < follower.term || (isNew && !leads)) {
      // A leader whose first word we did not hear, or that does not know how far the terms are.
      ask(`${word.term}`);
      return;
    }
    const hasHole = isNew ? isNewer(leads?.from ?? '', audience.position) : word.number !== number + 1;
    follower.term = word.term;
    number = word.number;
    follower.covered = leads?.channels ?? follower.covered;
    const isCovered = coverAll(follower.covered, wanted());
    if (hasHole || !isCovered) audience.unsettle();
    if (!isCovered) asked = '';
    if (leads) audience.position = newest(leads.from, audience.position);
    if (events) audience.deliver(events);
    if (reset) audience.reset(...reset);
    if (link) audience.become(link);
    else if (!events) audience.heartbeat();
    if (leads || hasHole) sync();
  }

  return follower;
}
