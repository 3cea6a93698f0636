// The charts, drawn anew once a second however often the board changes.
import './charts.css';
import { memo } from 'react';
import { DelayChart } from '../charts/DelayChart';
import { RateChart } from '../charts/RateChart';
import { Patterns } from '../charts/Swatch';
import { TimelineChart } from '../charts/TimelineChart';
import type { Board } from '../model/board';
import { lastDelays } from '../model/delay';
import { lastMinute } from '../model/rate';
import { latestSpans } from '../model/timeline';

interface ChartsPanelProps {
  board: Pick<Board, 'rate' | 'delay' | 'jobs'>;
  /** In ms, renewed at the start of each second. */
  now: number;
}

// What arrived at the end of a second is not in the board yet when the next one begins.
const SETTLED_MS = 500;
const SHOWN_MAX = 30;

export const ChartsPanel = memo(
  function ChartsPanel({ board, now }: ChartsPanelProps) {
    const rates = lastMinute(board.rate, now - SETTLED_MS);
    const delays = lastDelays(board.delay, now - SETTLED_MS);
    return (
      <section className="panel panel-charts" aria-label="Charts">
        <Patterns />
        <div className="charts">
          <RateChart seconds={rates} />
          <DelayChart delays={delays} rates={rates} />
          <TimelineChart
            spans={latestSpans(board.jobs, SHOWN_MAX)}
            now={now - delays.skew}
            skew={delays.skew}
          />
        </div>
      </section>
    );
  },
  (before, after) => before.now === after.now,
);
