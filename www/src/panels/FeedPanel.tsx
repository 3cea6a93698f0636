// The live feed: every event of every channel, newest first. It can be held: then it stands still, and what comes
// meanwhile is there afterwards, within the bounds of the feed; what goes beyond them is counted, and said.
import './feed.css';
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Feed, FeedEntry } from '../model/feed';
import { filterFeed, isFilter, noFilter } from '../model/feedFilter';
import { asJsonLines } from '../model/feedText';
import { FeedCopy } from './FeedCopy';
import { FeedDetail } from './FeedDetail';
import { FeedFilters } from './FeedFilters';
import { FeedList } from './FeedList';
import { Panel } from './Panel';
import { useCalm } from './useCalm';
import { feedWords } from './words';

interface Held {
  feed: Feed;
  /** By scrolling down: it ends with scrolling up again. */
  isByScrolling: boolean;
}

// However fast events come: a list that changes more often cannot be read, and costs what the bars need.
const RENEWED_MS = 400;

export const FeedPanel = memo(function FeedPanel({ feed: coming }: { feed: Feed }) {
  const feed = useCalm(coming, RENEWED_MS);
  const [held, setHeld] = useState<Held | null>(null);
  const [lost, setLost] = useState(0);
  const [filter, setFilter] = useState(noFilter);
  const [opened, setOpened] = useState<FeedEntry | null>(null);
  const latest = useRef(feed);
  useEffect(() => {
    latest.current = feed;
  }, [feed]);

  const shown = held?.feed ?? feed;
  const entries = useMemo(() => filterFeed(shown.entries, filter), [shown, filter]);
  const hold = useCallback((isByScrolling: boolean) => {
    setLost(0);
    setHeld((held) => held ?? { feed: latest.current, isByScrolling });
  }, []);
  const release = () => {
    if (held !== null) setLost(droppedSince(held.feed, feed));
    setHeld(null);
  };
  const onAway = useCallback(
    (isAway: boolean) => {
      if (isAway) hold(true);
      else setHeld((held) => (held?.isByScrolling === true ? null : held));
    },
    [hold],
  );
  const onFocus = useCallback(() => {
    hold(false);
  }, [hold]);
  const onOpen = useCallback((entry: FeedEntry) => {
    setOpened((opened) => (opened?.key === entry.key ? null : entry));
  }, []);

  const words = feedWords({
    matching: isFilter(filter) ? entries.length : null,
    kept: shown.entries.length,
    count: shown.count,
    fresh: held === null ? null : feed.count - held.feed.count,
    dropped: held === null ? lost : droppedSince(held.feed, feed),
  });
  return (
    <Panel
      name="feed"
      title="Feed"
      note={
        <>
          <span className="feed-count" data-testid="feed-count">
            {words}
          </span>
          <FeedCopy
            label="Copy"
            title="Copy what is shown as lines of JSON"
            disabled={entries.length === 0}
            text={() => asJsonLines(entries)}
          />
          <button
            type="button"
            className="small feed-pause"
            data-testid="feed-pause"
            aria-pressed={held !== null}
            onClick={() => {
              if (held === null) hold(false);
              else release();
            }}
          >
            {held === null ? 'Pause' : 'Go on'}
          </button>
        </>
      }
    >
      <FeedFilters filter={filter} onFilter={setFilter} entries={shown.entries} />
      {entries.length === 0 && (
        <p className="empty feed-empty">{isFilter(filter) ? 'Nothing matches.' : 'Nothing has arrived yet.'}</p>
      )}
      <FeedList entries={entries} opened={opened} onOpen={onOpen} onAway={onAway} onFocus={onFocus} />
      {opened !== null && (
        <FeedDetail
          entry={opened}
          onOnly={(channel) => {
            setFilter({ ...noFilter, channel });
          }}
          onClose={() => {
            setOpened(null);
          }}
        />
      )}
    </Panel>
  );
});

/** How many came after `held` and are not in `feed` any more. */
function droppedSince(held: Feed, feed: Feed): number {
  return Math.max(0, feed.count - feed.entries.length - held.count);
}
