// The live feed: the latest events of every channel, newest first.
import './feed.css';
import { memo } from 'react';
import { FEED_MAX, type Feed } from '../model/feed';
import { numberText } from './format';
import { FeedRow } from './FeedRow';
import { Panel } from './Panel';

export const FeedPanel = memo(function FeedPanel({ feed }: { feed: Feed }) {
  const note =
    feed.count > FEED_MAX ? `latest ${numberText(FEED_MAX)} of ${numberText(feed.count)}` : numberText(feed.count);
  return (
    <Panel name="feed" title="Feed" note={<span className="feed-count">{note}</span>}>
      <div className="scroll" role="group" aria-label="Feed" tabIndex={0} data-testid="feed">
        {feed.entries.length === 0 ? (
          <p className="empty">Nothing has arrived yet.</p>
        ) : (
          <ol className="feed">
            {feed.entries.map((entry) => (
              <FeedRow key={entry.key} entry={entry} />
            ))}
          </ol>
        )}
      </div>
    </Panel>
  );
});
