// The page: wires the stream to what the address asks for.
import './base.css';
import './board.css';
import { Activity, useEffect, useMemo, useState } from 'react';
import type { Board as BoardState } from '../model/board';
import { countStates } from '../model/jobs';
import { isBusy } from '../model/rate';
import type { JobState } from '../model/progress';
import { Announcer } from '../panels/Announcer';
import { ConnectionMissed } from '../panels/ConnectionMissed';
import { JobPage } from '../panels/JobPage';
import { JobWall } from '../panels/JobWall';
import { announcement, windowTitle } from '../panels/words';
import { lastLive } from '../stream/connection';
import type { ReadHistory } from '../stream/history';
import type { Stream } from '../stream/stream';
import { Head } from './Head';
import { Rooms } from './Rooms';
import { useNow } from './useNow';
import { useRoute } from './useRoute';
import { useStream } from './useStream';

interface AppProps {
  stream: Stream<BoardState>;
  place: string;
  read: ReadHistory;
}

export function App({ stream, place, read }: AppProps) {
  const { connection, state: board } = useStream(stream);
  const now = useNow();
  const route = useRoute();
  const [state, setState] = useState<JobState | null>(null);
  const counts = useMemo(() => countStates(board.jobs), [board.jobs]);
  const channel = route.page === 'job' ? route.channel : null;
  // The page before this one, once there is one: coming back, the focus returns to where it left.
  const [way, setWay] = useState<{ at: string | null; from: string | null }>({ at: channel, from: null });
  if (way.at !== channel) setWay({ at: channel, from: channel === null ? way.at : null });
  const [seen, setSeen] = useState(false);
  if (route.page === 'board' && !seen) setSeen(true);

  const title = windowTitle(connection, counts);
  useEffect(() => {
    document.title = channel === null ? title : `${channel} · ${title}`;
  }, [channel, title]);
  useEffect(() => {
    document.documentElement.dataset['page'] = route.page;
  }, [route.page]);

  const asOf = lastLive(connection);
  // What is not live does not grow older: it is as of then.
  const then = asOf ?? now;
  return (
    <div className="board" data-live={connection.state === 'live'} data-busy={isBusy(board.rate, now)}>
      <Head
        {...{ place, connection, now, counts, state, page: route.page, lastEvent: board.feed.lastEvent }}
        onChoose={setState}
        onStop={stream.close}
        onResume={stream.resume}
      >
        <ConnectionMissed missed={board.missed} />
      </Head>
      {seen && (
        <Activity mode={route.page === 'board' ? 'visible' : 'hidden'}>
          <Rooms {...{ board, connection, now, asOf, then, state, read, from: way.from }} onShowAll={setState} />
        </Activity>
      )}
      {channel !== null && <JobPage key={channel} {...{ channel, jobs: board.jobs, asOf, now: then, read }} />}
      {route.page === 'wall' && (
        <main className="wall-room">
          <JobWall jobs={board.jobs} now={then} />
        </main>
      )}
      <Announcer text={announcement(connection, counts, board.missed.count)} />
    </div>
  );
}
