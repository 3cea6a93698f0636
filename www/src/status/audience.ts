// Who listens in this tab, and how far each is.
//
// A member is ready once it has everything up to the shared stream; then each event above its cursor is for it. Until
// then a connection of its own tells it the state, or what it missed, up to its stream-open; what the shared stream
// brings meanwhile waits. Members that want the same start share that connection.
import { coverAll, overlap, union } from './channels';
import { isNewer, newest } from './ids';
import { CONNECTING, type Link } from './link';
import { type Group, give, leaveBehind, type Member, resetGroup, streamUrl } from './members';
import type { Platform } from './platform';
import { openSource } from './source';
import type { StatusEvent, StatusReset } from './sse-status';

/** More is not kept: the catching up begins anew, and reads it from the log. */
const WAITING_MAX = 10_000;

export function createAudience(platform: Platform, url: string) {
  const members = new Set<Member>();
  const groups = new Set<Group>();
  /** Up to here the shared stream was heard; '' is nothing yet. */
  let position = '';
  let link: Link = CONNECTING;

  function groupOf(member: Member): Group | undefined {
    return [...groups].find((group) => group.members.has(member));
  }

  /** Tells each member its state. */
  function update() {
    for (const member of [...members]) {
      if (member.isReady) member.become(link);
      else {
        const own = groupOf(member)?.link ?? link;
        member.become(own.state === 'retrying' ? own : CONNECTING);
      }
    }
  }

  /** The group is caught up to `id`; what waited and is newer is next. Who leaves meanwhile has what it was told. */
  function settle(group: Group, id: string) {
    for (const member of group.members) member.cursor = newest(id, member.cursor);
    for (const event of group.waiting) for (const member of group.members) offer(member, event);
    if (groups.delete(group)) {
      for (const member of group.members) {
        member.isReady = true;
        // Who was told the state is told it again, and who was told what it missed is not.
        if (member.told.size === 0) member.save(member.cursor);
        member.told.clear();
      }
    }
    update();
  }

  function offer(member: Member, event: StatusEvent) {
    if (!coverAll(member.channels, [event.channel])) return;
    if (event.id !== null) {
      if (!isNewer(event.id, member.cursor)) return;
      member.cursor = event.id;
    }
    member.take(event);
  }

  function end(group: Group) {
    groups.delete(group);
    for (const member of group.members) member.become({ state: 'stopped' });
  }

  /** Members that are not ready and that nobody sees to, those together that want the same start. */
  function unseen(): Member[][] {
    const byStart = new Map<string, Member[]>();
    for (const member of members) {
      if (member.isReady || groupOf(member)) continue;
      const start = member.cursor || String(member.last);
      byStart.set(start, [...(byStart.get(start) ?? []), member]);
    }
    return [...byStart.values()];
  }

  function gather(together: readonly Member[]): Group {
    const group: Group = { members: new Set(together), link: CONNECTING, waiting: [], source: null };
    groups.add(group);
    return group;
  }

  function catchUp(together: readonly Member[]) {
    const group = gather(together);
    const [first] = together;
    const channels = union(together.map((member) => member.channels));
    const source = openSource(platform, streamUrl(url, channels, first?.last ?? 1), first?.cursor ?? '', {
      onEvent(event, hasMoved) {
        give(group, event, hasMoved);
      },
      onReset(reset, id) {
        resetGroup(group, reset, id);
      },
      onHeartbeat() {},
      onOpen(id) {
        source.close();
        settle(group, id);
      },
      onLink(link) {
        group.link = link;
        // When it is back it reaches further than all that came until now, not than what comes before its response.
        if (link.state === 'retrying') group.waiting = [];
        if (link.state === 'stopped') end(group);
        else update();
      },
    });
    group.source = source;
  }

  function drop(group: Group) {
    groups.delete(group);
    group.source?.close();
  }

  return {
    members,
    get position() {
      return position;
    },
    set position(next: string) {
      position = next;
    },
    get link() {
      return link;
    },
    become(next: Link) {
      link = next;
      update();
    },
    unseen,
    gather,
    settle,
    end,
    /** Sees to those that nobody sees to. */
    catchUpAll() {
      for (const together of unseen()) catchUp(together);
    },

    /** What the shared stream brought, in order. */
    deliver(events: readonly StatusEvent[]) {
      for (const event of events) {
        if (members.size === 0) return; // the last one has left, on hearing the event before
        if (event.id !== null) {
          if (!isNewer(event.id, position)) continue;
          position = event.id;
        }
        for (const group of groups) group.waiting.push(event);
        for (const member of members) if (member.isReady) offer(member, event);
      }
      for (const group of [...groups]) {
        if (group.waiting.length <= WAITING_MAX) continue;
        drop(group);
        catchUp([...group.members]);
      }
      for (const member of members) if (member.isReady) member.save(newest(position, member.cursor));
    },

    /** The shared stream's reset; `isBack`: ids begin anew, below those that were. */
    reset(reset: StatusReset, id: string, isBack: boolean) {
      if (!isBack && isNewer(position, id)) return;
      position = id;
      for (const member of members) {
        if (!member.isReady) continue;
        if (isBack) member.cursor = id;
        if (overlap(member.channels, reset.channels)) member.reset(reset);
      }
    },

    heartbeat() {
      for (const member of members) member.heartbeat();
    },

    /** The shared stream has a hole behind the position: every member has to catch up. */
    unsettle() {
      for (const group of [...groups]) drop(group);
      for (const member of members) leaveBehind(member, position);
      update();
    },

    remove(member: Member) {
      members.delete(member);
      leaveBehind(member, position);
      const group = groupOf(member);
      group?.members.delete(member);
      if (group?.members.size === 0) drop(group);
    },

    retry() {
      for (const { source } of groups) source?.retry();
    },
  };
}

export type Audience = ReturnType<typeof createAudience>;
