// Events a second by channel: stacked bars, one a second; hatched where the page was not connected.
import { useState } from 'react';
import type { RateSecond } from '../model/rate';
import { assignSlots, groupRate, OTHER } from '../model/rateGroups';
import { ChartBox } from './ChartBox';
import { DataTable } from './DataTable';
import { Plot, rowAt } from './Plot';
import { secondsShape } from './secondsShape';
import { look, Swatch } from './Swatch';
import { clockText, countText } from './units';
import { useReading } from './useReading';
import { useWidth } from './useWidth';

const HEIGHT = 132;
// One lonely event must not look like a storm.
const LEAST_TOP = 4;
const TITLE = 'Events a second';

const sum = (row: readonly number[]) => row.reduce((a, b) => a + b, 0);
const nameText = (name: string) => (name === OTHER ? 'other' : name);

export function RateChart({ seconds }: { seconds: readonly RateSecond[] }) {
  const [ref, width] = useWidth<HTMLDivElement>(440);
  const { names, rows } = groupRate(seconds);
  const [slots, setSlots] = useState<readonly string[]>([]);
  const next = assignSlots(slots, names);
  if (next !== slots) setSlots(next);
  const keys = seconds.map(({ second }) => second);
  const reading = useReading(keys, keys.length - 1, (event) => rowAt(event, keys.length));
  const shape = secondsShape(rows, [width, HEIGHT], [LEAST_TOP, countText]);

  const at = reading.at < 0 ? keys.length - 1 : reading.at;
  const row = rows[at] ?? null;
  const when = reading.at < 0 ? 'now' : clockText((keys[at] ?? 0) * 1000);
  const groups = names.map((name, i) => ({ name: nameText(name), slot: next.indexOf(name), count: row?.[i] ?? 0 }));
  const words =
    row === null
      ? `${when}: not connected`
      : `${when}: ${String(sum(row))} events${groups.filter(({ count }) => count > 0).map(({ name, count }) => `, ${name} ${String(count)}`).join('')}`;
  return (
    <ChartBox
      name="rate"
      title={TITLE}
      warning={null}
      reading={
        <>
          <b>{when}</b> <span className="legend-number">{row === null ? 'not connected' : `${countText(sum(row))}/s`}</span>
          {groups.map(({ name, slot, count }) => (
            <span key={name} className="legend">
              <Swatch slot={slot} /> <span className="legend-name">{name}</span>{' '}
              <span className="legend-number">{row === null ? '–' : countText(count)}</span>
            </span>
          ))}
        </>
      }
      chart={
        <div ref={ref}>
          <Plot label={TITLE} unit="events/s" shape={shape} seconds={keys} reading={reading} words={words}>
            {shape.layers.map((d, i) => (
              <path key={names[i]} className="chart-bars" d={d} fill={look(next.indexOf(names[i] ?? ''))} />
            ))}
          </Plot>
        </div>
      }
      table={() => (
        <DataTable
          caption="Events in each of the last 60 seconds; – where the page was not connected"
          columns={['second', 'all', ...names.map(nameText)]}
          rows={seconds
            .map(({ second }, i) => {
              const row = rows[i] ?? null;
              const cells = row === null ? ['–', ...names.map(() => '–')] : [sum(row), ...row].map(String);
              return [second, [clockText(second * 1000), ...cells]] as const;
            })
            .slice(1)
            .reverse()}
        />
      )}
    />
  );
}
