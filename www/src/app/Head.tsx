// The head of every page: what this is, how many jobs are how, whether it is live.
import type { ReactNode } from 'react';
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
  lastEvent: number | null;
  counts: Record<JobState, number>;
  /** The only state that is shown; null: all are. */
  state: JobState | null;
  page: Route['page'];
  onChoose: (state: JobState | null) => void;
  onStop: () => void;
  onResume: () => void;
  /** What nobody may overlook. */
  children: ReactNode;
}

export function Head({ place, connection, now, lastEvent, counts, state, page, children, ...does }: HeadProps) {
  const { onChoose, onStop, onResume } = does;
  const board = page === 'board';
  return (
    <header className="board-head">
      <h1>
        Status <span>{place}</span>
      </h1>
      <JobSummary counts={counts} {...(board ? { chosen: state, onChoose } : {})} />
      <ConnectionPanel {...{ connection, now, lastEvent, onStop, onResume }} />
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
      {children}
    </header>
  );
}
