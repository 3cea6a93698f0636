// The head of every page: what this is, how many jobs are how, whether it is live.
import { ConnectionPanel } from '../panels/ConnectionPanel';
import { JobSummary } from '../panels/JobSummary';
import type { JobState } from '../model/progress';
import type { Connection } from '../stream/connection';
import { ThemeButton } from './ThemeButton';
import type { Route } from './useRoute';

interface HeadProps {
  place: string;
  connection: Connection;
  now: number;
  counts: Record<JobState, number>;
  /** The only state that is shown; null: all are. */
  state: JobState | null;
  page: Route['page'];
  onChoose: (state: JobState | null) => void;
  onStop: () => void;
  onResume: () => void;
}

export function Head({ place, connection, now, counts, state, page, onChoose, onStop, onResume }: HeadProps) {
  const board = page === 'board';
  return (
    <header className="board-head">
      <h1>
        Status <span>{place}</span>
      </h1>
      <JobSummary counts={counts} {...(board ? { chosen: state, onChoose } : {})} />
      <ConnectionPanel connection={connection} now={now} onStop={onStop} onResume={onResume} />
      <nav className="board-ways" aria-label="Views">
        {page === 'wall' ? (
          <a href="#/">Board</a>
        ) : (
          <a href="#/wall" title="For a wall screen: large, nothing to press">
            Wall
          </a>
        )}
        <ThemeButton />
      </nav>
    </header>
  );
}
