// One line of the feed: an event, or a notice about the stream itself.
import { memo } from 'react';
import type { FeedEntry } from '../model/feed';
import { clockMs } from './format';
import { NOTICE_WORDS } from './words';

export const FeedRow = memo(function FeedRow({ entry }: { entry: FeedEntry }) {
  const at = new Date(entry.time);
  const timeIs = entry.kind === 'event' ? entry.timeIs : 'arrived';
  const time = (
    <time dateTime={at.toISOString()} title={`${timeIs} ${at.toString()}`}>
      {clockMs(entry.time)}
    </time>
  );
  if (entry.kind === 'notice') {
    return (
      <li className="feed-entry feed-notice" data-testid="feed-entry" data-channel="" data-notice={entry.name}>
        {time}
        <span className="feed-words" title={entry.data}>
          {NOTICE_WORDS[entry.name]}
          {entry.name === 'unreadable' && `: ${entry.data}`}
        </span>
      </li>
    );
  }
  return (
    <li className="feed-entry" data-testid="feed-entry" data-channel={entry.channel}>
      {time}
      <span className="feed-channel" title={entry.channel}>
        {entry.channel}
      </span>
      <span className="feed-name" title={entry.name}>
        {entry.name}
      </span>
      <span className="feed-data" title={entry.data}>
        {entry.data}
      </span>
    </li>
  );
});
