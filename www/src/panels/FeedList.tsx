// The lines of the feed that can be seen; all others are but the height of the list.
import { type KeyboardEvent, memo } from 'react';
import type { FeedEntry } from '../model/feed';
import { FeedRow } from './FeedRow';
import { useWindow } from './useWindow';

interface FeedListProps {
  entries: readonly FeedEntry[];
  opened: FeedEntry | null;
  onOpen: (entry: FeedEntry) => void;
  /** Whether the reader has left the newest entries. */
  onAway: (isAway: boolean) => void;
  onFocus: () => void;
}

const AWAY_PX = 10;
// More than the tallest screen shows, for print would have all of them.
const DRAWN_MAX = 150;
const never = () => false;

export const FeedList = memo(function FeedList({ entries, opened, onOpen, onAway, onFocus }: FeedListProps) {
  const { ref, rows, height } = useWindow<HTMLOListElement>(entries.length, never, -1);
  return (
    <div
      className="scroll feed-scroll"
      role="group"
      aria-label="Feed"
      data-testid="feed"
      onScroll={(event) => {
        onAway(event.currentTarget.scrollTop > AWAY_PX);
      }}
      onKeyDown={byArrows}
    >
      <ol className="feed" ref={ref} style={{ height }} onFocus={onFocus}>
        {rows.slice(0, DRAWN_MAX).map(({ index, top }, i) => {
          const entry = entries[index];
          if (entry === undefined) return null;
          return (
            <FeedRow
              key={entry.key}
              entry={entry}
              top={top}
              place={index + 1}
              size={entries.length}
              isOpen={opened?.key === entry.key}
              isFirst={i === 0}
              onOpen={onOpen}
            />
          );
        })}
      </ol>
    </div>
  );
});

function byArrows(event: KeyboardEvent) {
  if ((event.key !== 'ArrowDown' && event.key !== 'ArrowUp') || !(event.target instanceof Element)) return;
  const row = event.target.closest('li');
  const next = event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
  event.preventDefault();
  next?.querySelector('button')?.focus();
}
