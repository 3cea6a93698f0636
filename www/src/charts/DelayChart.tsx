// From being published to being here, second by second: the median as a dark bar, up to the 99th percentile as a light one.
import type { Delays } from '../model/delay';
import type { RateSecond } from '../model/rate';
import { ChartBox } from './ChartBox';
import { DataTable } from './DataTable';
import { Plot, rowAt } from './Plot';
import { secondsShape } from './secondsShape';
import { clockText, countText, msText, spanText } from './units';
import { useReading } from './useReading';
import { useWidth } from './useWidth';

const HEIGHT = 132;
const LEAST_TOP_MS = 10;
// A bar that can be seen, for a delay of less than a millisecond.
const LEAST_MS = 0.25;
const TITLE = 'Delay, publish to page';

interface DelayChartProps {
  delays: Delays;
  /** The same seconds: where the page was not connected. */
  rates: readonly RateSecond[];
}

export function DelayChart({ delays: { seconds, skew }, rates }: DelayChartProps) {
  const [ref, width] = useWidth<HTMLDivElement>(440);
  const keys = seconds.map(({ second }) => second);
  const reading = useReading(keys, keys.length - 1, (event) => rowAt(event, keys.length));
  const rows = seconds.map(({ median, p99 }, i) => {
    if (median === null || p99 === null) return rates[i]?.counts === null ? null : [0, 0];
    return [Math.max(LEAST_MS, median), p99 - median];
  });
  const shape = secondsShape(rows, [width, HEIGHT], [LEAST_TOP_MS, (ms) => (ms < 10_000 ? countText(ms) : spanText(ms))]);

  // Where nothing is pointed at, the last second that had events: most seconds of a quiet stream have none.
  const latest = seconds.findLastIndex(({ median }) => median !== null);
  const shown = seconds[reading.at < 0 ? latest : reading.at];
  const when = shown === undefined ? 'now' : reading.at < 0 && latest === keys.length - 1 ? 'now' : clockText(shown.second * 1000);
  const median = msText(shown?.median ?? null);
  const p99 = msText(shown?.p99 ?? null);
  const count = shown?.count ?? 0;
  return (
    <ChartBox
      name="delay"
      title={TITLE}
      reading={
        <>
          <b>{when}</b>
          <span className="legend">
            <i className="key-median" /> median <span className="legend-number">{median}</span>
          </span>
          <span className="legend">
            <i className="key-p99" /> 99% within <span className="legend-number">{p99}</span>
          </span>
          <span>{count > 0 ? `of ${countText(count)}` : 'no events'}</span>
        </>
      }
      warning={skewWords(skew)}
      chart={
        <div ref={ref}>
          <Plot
            label={TITLE}
            unit="ms"
            shape={shape}
            seconds={keys}
            reading={reading}
            words={`${when}: ${count > 0 ? `median ${median}, 99th percentile ${p99}, of ${String(count)} events` : 'no events'}`}
          >
            <path className="chart-bars chart-median" d={shape.layers[0]} />
            <path className="chart-bars chart-p99" d={shape.layers[1]} />
          </Plot>
        </div>
      }
      table={() => (
        <DataTable
          caption="Delay from publishing to this page in each of the last 60 seconds; – without events"
          columns={['second', 'median', '99th percentile', 'events']}
          rows={seconds
            .slice(1)
            .reverse()
            .map(({ second, median, p99, count }) => [
              second,
              [clockText(second * 1000), msText(median), msText(p99), String(count)],
            ])}
        />
      )}
    />
  );
}

/** What is to be known of the clocks; null if nothing. */
export function skewWords(skew: number): string | null {
  if (skew === 0) return null;
  const by = msText(Math.abs(skew));
  return skew < 0
    ? `This computer’s clock is at least ${by} behind the server’s. Shown is the time beyond the fastest event.`
    : `Every event came ${by} late or more: this computer’s clock is likely ahead of the server’s. Shown is the time beyond the fastest event.`;
}
