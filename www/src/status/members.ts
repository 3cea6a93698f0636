// The listeners of a tab, and those of them that start together.
import { coverAll, overlap } from './channels';
import { isNewer, newest } from './ids';
import type { Link } from './link';
import type { Source } from './source';
import type { StatusEvent, StatusReset } from './sse-status';

export interface Member {
  readonly channels: readonly string[];
  /** How many of the newest events it starts with if it has no cursor. */
  readonly last: number;
  /** Up to here it has everything, or did when it was last not ready; '' is nothing yet. */
  cursor: string;
  /** The newest state of each channel that it was told while it had no cursor. */
  readonly told: Map<string, string>;
  isReady: boolean;
  take(event: StatusEvent): void;
  reset(reset: StatusReset): void;
  heartbeat(): void;
  become(link: Link): void;
  save(cursor: string): void;
}

/** Members on a connection up to its stream-open. */
export interface Group {
  members: Set<Member>;
  link: Link;
  /** What the shared stream brought meanwhile. */
  waiting: StatusEvent[];
  source: Source | null;
}

/** The address of a stream of `channels`. */
export function streamUrl(url: string, channels: readonly string[], last: number): string {
  const query = `channel=${channels.join()}&wrap=1&heartbeat=1&last=${last}`;
  return url + (url.includes('?') ? '&' : '?') + query;
}

/** What came on the group's own connection; `hasMoved`: it moved the cursor, and is no state. */
export function give(group: Group, event: StatusEvent, hasMoved: boolean) {
  for (const member of group.members) {
    if (!coverAll(member.channels, [event.channel])) continue;
    const { id, channel } = event;
    if (hasMoved && id !== null) member.cursor = id;
    else if (id !== null) {
      // A start that was cut begins again with the state.
      if (!isNewer(id, member.told.get(channel) ?? '')) continue;
      member.told.set(channel, id);
    }
    member.take(event);
  }
}

export function resetGroup(group: Group, reset: StatusReset, id: string) {
  for (const member of group.members) {
    member.cursor = id;
    if (overlap(member.channels, reset.channels)) member.reset(reset);
  }
}

/** What comes on the shared stream is not for the member any more, which had it up to `position`. */
export function leaveBehind(member: Member, position: string) {
  if (!member.isReady) return;
  member.isReady = false;
  member.cursor = newest(position, member.cursor);
}
