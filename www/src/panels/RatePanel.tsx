// Events per second: the chart, its three numbers, and all of its numbers as a table.
import './rate.css';
import { memo } from 'react';
import { RateChart } from '../charts/RateChart';
import { RateTable } from '../charts/RateTable';
import { summarize } from '../charts/rateShape';
import type { RateSecond } from '../model/rate';
import { numberText } from './format';
import { Panel } from './Panel';

export const RatePanel = memo(function RatePanel({ seconds }: { seconds: readonly RateSecond[] }) {
  const { latest, mean, peak } = summarize(seconds);
  return (
    <Panel
      name="rate"
      title="Events per second"
      note={
        <dl className="numbers">
          <div>
            <dt>now</dt>
            <dd>{numberText(latest)}</dd>
          </div>
          <div>
            <dt>mean</dt>
            <dd>{numberText(mean)}</dd>
          </div>
          <div>
            <dt>peak</dt>
            <dd>{numberText(peak)}</dd>
          </div>
        </dl>
      }
    >
      <RateChart seconds={seconds} />
      <details className="rate-numbers">
        <summary>The same numbers as a table</summary>
        <RateTable seconds={seconds} />
      </details>
    </Panel>
  );
});
