// The signs of the states: shapes that differ without their colour.
import type { JobState } from '../model/progress';
import type { ConnectionState } from '../stream/connection';

const PATHS: Record<JobState | ConnectionState, string> = {
  running: 'M5 3.5v9l7-4.5z',
  failed: 'M4 4l8 8M12 4l-8 8',
  lost: 'M5.5 6a2.5 2.5 0 1 1 3.4 2.3q-.9.4-.9 1.6M8 12.6v.3',
  done: 'M3.5 8.5l3 3 6-7',
  live: 'M8 4a4 4 0 1 1 0 8a4 4 0 1 1 0-8z',
  connecting: 'M8 3a5 5 0 1 1-4.6 3',
  retrying: 'M12.6 6A5 5 0 1 0 13 8.6M13 3v3.2h-3.2',
  stopped: 'M4.5 4.5h7v7h-7z',
};

export function Glyph({ of }: { of: JobState | ConnectionState }) {
  return (
    <svg className="glyph" data-glyph={of} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[of]} />
    </svg>
  );
}
