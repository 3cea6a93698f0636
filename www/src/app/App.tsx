// The board: wires the stream to the panels.
import './base.css';
import './board.css';
import { useEffect, useMemo } from 'react';
import type { Board } from '../model/board';
import { countStates } from '../model/jobs';
import { Announcer } from '../panels/Announcer';
import { ChartsPanel } from '../panels/ChartsPanel';
import { ConnectionMissed } from '../panels/ConnectionMissed';
import { ConnectionPanel } from '../panels/ConnectionPanel';
import { FeedPanel } from '../panels/FeedPanel';
import { JobsPanel } from '../panels/JobsPanel';
import { announcement, windowTitle } from '../panels/words';
import { lastLive } from '../stream/connection';
import type { Stream } from '../stream/stream';
import { useNow } from './useNow';
import { useStream } from './useStream';

export function App({ stream, place }: { stream: Stream<Board>; place: string }) {
  const { connection, state: board } = useStream(stream);
  const now = useNow();
  const counts = useMemo(() => countStates(board.jobs), [board.jobs]);
  const title = windowTitle(connection, counts);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <div className="board" data-live={connection.state === 'live'}>
      <header className="board-head">
        <h1>
          Status <span>{place}</span>
        </h1>
        <ConnectionPanel
          connection={connection}
          now={now}
          lastEvent={board.feed.lastEvent}
          onStop={stream.close}
          onResume={stream.resume}
        />
        <ConnectionMissed missed={board.missed} />
      </header>
      <main className="rooms">
        <JobsPanel jobs={board.jobs} asOf={lastLive(connection)} />
        <FeedPanel feed={board.feed} />
        <ChartsPanel board={board} now={now} />
      </main>
      <Announcer text={announcement(connection, counts, board.missed.count)} />
    </div>
  );
}
