// One entry of the feed in full, below the list, where it stands still.
import './feed-detail.css';
import { DATA_MAX, type FeedEntry } from '../model/feed';
import { asJson, indented, isJson } from '../model/feedText';
import { FeedCopy } from './FeedCopy';
import { clockMs, numberText } from './format';
import { NOTICE_WORDS } from './words';

interface FeedDetailProps {
  entry: FeedEntry;
  onOnly: (channel: string) => void;
  onClose: () => void;
}

export function FeedDetail({ entry, onOnly, onClose }: FeedDetailProps) {
  const { data } = entry;
  const when = new Date(entry.time);
  return (
    <section className="feed-detail" aria-label="The open entry" data-testid="feed-detail">
      <header>
        {entry.kind === 'event' ? (
          <>
            <strong>{entry.channel}</strong>
            <span>{entry.name}</span>
            <button
              type="button"
              className="small"
              onClick={() => {
                onOnly(entry.channel);
              }}
            >
              Only this channel
            </button>
          </>
        ) : (
          <strong>{NOTICE_WORDS[entry.name]}</strong>
        )}
        <FeedCopy label="Copy" title="Copy this entry as JSON" text={() => asJson(entry)} />
        <button type="button" className="small" onClick={onClose}>
          Close
        </button>
      </header>
      <p>
        {entry.kind === 'event' ? entry.timeIs : 'noticed'} <time dateTime={when.toISOString()}>{when.toDateString()}, {clockMs(entry.time)}</time>
        {entry.kind === 'event' && entry.id !== null && <>, id {entry.id}</>}
        {data.length > DATA_MAX && <>, cut after {numberText(DATA_MAX)} characters</>}
      </p>
      <pre tabIndex={0}>{isJson(data) ? indented(data) : data}</pre>
    </section>
  );
}
