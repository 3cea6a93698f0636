// One line of the feed: an event, or a notice about the stream itself.
import { memo } from 'react';
import type { FeedEntry } from '../model/feed';
import { folded } from '../model/feedText';
import { clockMs } from './format';
import { NOTICE_WORDS } from './words';

interface FeedRowProps {
  entry: FeedEntry;
  /** In pixels from the top of the list. */
  top: number;
  /** Its place from 1, and of how many. */
  place: number;
  size: number;
  isOpen: boolean;
  /** Whether the Tab key gets here; from there on the arrow keys do. */
  isFirst: boolean;
  onOpen: (entry: FeedEntry) => void;
}

// More than fits on a line.
const SHOWN_MAX = 400;

export const FeedRow = memo(function FeedRow({ entry, top, place, size, isOpen, isFirst, onOpen }: FeedRowProps) {
  const isNotice = entry.kind === 'notice';
  return (
    <li data-row aria-posinset={place} aria-setsize={size} style={{ transform: `translateY(${String(top)}px)` }}>
      <button
        type="button"
        className={isNotice ? 'feed-entry feed-notice' : 'feed-entry'}
        data-testid="feed-entry"
        data-channel={isNotice ? '' : entry.channel}
        data-notice={isNotice ? entry.name : undefined}
        aria-expanded={isOpen}
        tabIndex={isFirst ? 0 : -1}
        onClick={() => {
          onOpen(entry);
        }}
      >
        <time>{clockMs(entry.time)}</time>
        {entry.kind === 'notice' ? (
          <span className="feed-words">
            {NOTICE_WORDS[entry.name]}
            {entry.name === 'unreadable' && `: ${folded(entry.data, SHOWN_MAX)}`}
          </span>
        ) : (
          <>
            <span className="feed-channel">{entry.channel}</span>
            <span className="feed-name">{entry.name}</span>
            <span className="feed-data">{folded(entry.data, SHOWN_MAX)}</span>
          </>
        )}
      </button>
    </li>
  );
});
