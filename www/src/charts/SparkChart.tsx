// A job's progress over time, with axes, and in words.
import './spark.css';
import type { Point } from '../model/jobTrace';
import { ChartBox } from './ChartBox';
import { DataTable } from './DataTable';
import { secondTicks, sparkShape } from './sparkShape';
import { useWidth } from './useWidth';

const HEIGHT = 200;
const MARGIN = { top: 10, right: 24, bottom: 22, left: 56 };
const TICK_WIDTH = 90;

interface SparkChartProps {
  points: readonly Point[];
  /** A value of the axis as text, by whether it is percent. */
  valueText: (value: number, inPercent: boolean) => string;
  /** A time in ms as text. */
  timeText: (at: number) => string;
}

export function SparkChart({ points, valueText, timeText }: SparkChartProps) {
  const [ref, width] = useWidth<HTMLDivElement>(480);
  const right = Math.max(MARGIN.left + 1, width - MARGIN.right);
  const bottom = HEIGHT - MARGIN.bottom;
  const { line, area, end, most, inPercent, x, y } = sparkShape(points, { ...MARGIN, right, bottom });
  const first = points[0]?.at ?? 0;
  const last = points.at(-1)?.at ?? 0;
  const reached = points.map(({ percent, moved }) => {
    const value = inPercent ? percent : moved;
    return value === null ? 'unknown' : valueText(value, inPercent);
  });
  const words = `From ${timeText(first)} to ${timeText(last)}: from ${reached[0]} to ${reached.at(-1)}.`;
  const chart = (
    <div className="spark-chart" ref={ref}>
      <svg width={width} height={HEIGHT} role="img" aria-label={words}>
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <g key={share} transform={`translate(0,${String(y(most * share))})`}>
            <line className="spark-grid" x1={MARGIN.left} x2={right} />
            <text className="spark-label" x={MARGIN.left - 8} dy="0.32em" textAnchor="end">
              {valueText(most * share, inPercent)}
            </text>
          </g>
        ))}
        {secondTicks((last - first) / 1000, Math.max(1, Math.floor(width / TICK_WIDTH))).map((second) => (
          <text key={second} className="spark-label" x={x(first + second * 1000)} y={bottom + 16} textAnchor="middle">
            {timeText(first + second * 1000)}
          </text>
        ))}
        <path className="spark-area" d={area} />
        <path className="spark-line" d={line} />
        {end !== null && <circle className="spark-end" cx={end[0]} cy={end[1]} r={3.5} />}
      </svg>
    </div>
  );
  return (
    <ChartBox
      name="job"
      title="Progress"
      reading={words}
      warning={null}
      chart={chart}
      table={() => (
        <DataTable
          caption={words}
          columns={['time', 'progress']}
          rows={points.map(({ at }, i) => [i, [timeText(at), reached[i] ?? '']])}
        />
      )}
    />
  );
}
