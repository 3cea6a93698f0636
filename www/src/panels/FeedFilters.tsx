// What of the feed is looked for: three short fields.
import { useId, useState } from 'react';
import type { FeedEntry } from '../model/feed';
import type { FeedFilter } from '../model/feedFilter';

interface FeedFiltersProps {
  filter: FeedFilter;
  onFilter: (filter: FeedFilter) => void;
  /** Where the suggestions come from. */
  entries: readonly FeedEntry[];
}

const SUGGESTED_MAX = 50;
const FIELDS = [
  ['channel', 'Channel', 'feed-filter-channel'],
  ['name', 'Event', 'feed-filter-name'],
  ['text', 'Text', 'feed-filter'],
] as const;

export function FeedFilters({ filter, onFilter, entries }: FeedFiltersProps) {
  const id = useId();
  // Collected when a field is entered and not with each event.
  const [suggested, setSuggested] = useState<readonly string[]>([]);
  const suggest = (field: 'channel' | 'name') => {
    const values = entries.flatMap((entry) => (entry.kind === 'event' ? [entry[field]] : []));
    setSuggested([...new Set(values)].sort().slice(0, SUGGESTED_MAX));
  };
  return (
    <search className="feed-filters">
      {FIELDS.map(([field, label, testid]) => (
        <input
          key={field}
          type="search"
          aria-label={`${label} in the feed`}
          placeholder={field === 'channel' ? `${label}, jobs/*` : label}
          value={filter[field]}
          data-testid={testid}
          spellCheck={false}
          autoComplete="off"
          list={field === 'text' ? undefined : id}
          onFocus={() => {
            if (field !== 'text') suggest(field);
          }}
          onChange={(event) => {
            onFilter({ ...filter, [field]: event.target.value });
          }}
        />
      ))}
      <datalist id={id}>
        {suggested.map((value) => (
          <option key={value} value={value} />
        ))}
      </datalist>
    </search>
  );
}
