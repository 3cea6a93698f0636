// The board itself: where its panels are.
import type { Board } from '../model/board';
import type { JobState } from '../model/progress';
import { ChartsPanel } from '../panels/ChartsPanel';
import { FeedPanel } from '../panels/FeedPanel';
import { JobsPanel } from '../panels/JobsPanel';
import type { Connection } from '../stream/connection';
import type { ReadHistory } from '../stream/history';

interface RoomsProps {
  board: Board;
  connection: Connection;
  now: number;
  /** When the page was last live, if it is not; `then`: that, or now. */
  asOf: number | null;
  then: number;
  state: JobState | null;
  from: string | null;
  read: ReadHistory;
  onShowAll: (state: null) => void;
}

export function Rooms({ board, now, asOf, then, state, from, read, onShowAll }: RoomsProps) {
  return (
    <main className="rooms">
      <JobsPanel jobs={board.jobs} now={then} {...{ asOf, state, from, read, onShowAll }} />
      <FeedPanel feed={board.feed} />
      <ChartsPanel board={board} now={now} />
    </main>
  );
}
