// Events per second as bars, one a second; hatched where the page was not connected.
import './rate.css';
import { useId } from 'react';
import type { RateSecond } from '../model/rate';
import { describe, MARGIN, rateShape, summarize } from './rateShape';
import { useWidth } from './useWidth';

const HEIGHT = 160;
const ROOM_FOR_WORDS = 96;

export function RateChart({ seconds }: { seconds: readonly RateSecond[] }) {
  const [ref, width] = useWidth<HTMLDivElement>(480);
  const hatch = useId();
  const shape = rateShape(seconds, width, HEIGHT);
  const { left, right, bottom } = shape;
  return (
    <div className="rate-chart" ref={ref}>
      <svg width={width} height={HEIGHT} role="img" aria-label={describe(summarize(seconds))} data-testid="rate-chart">
        <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line className="rate-hatch" y2="6" />
        </pattern>
        <text className="rate-label" x={0} y={10}>
          events/s
        </text>
        {shape.yTicks.map((tick) => (
          <g key={tick.label} transform={`translate(0,${String(tick.at)})`}>
            <line className="rate-grid" x1={left} x2={right} />
            <text className="rate-label" x={left - 8} dy="0.32em" textAnchor="end">
              {tick.label}
            </text>
          </g>
        ))}
        {shape.gaps.map(({ x, width }) => (
          <g key={x}>
            <rect x={x} y={MARGIN.top} width={width} height={bottom - MARGIN.top} fill={`url(#${hatch})`} />
            {width >= ROOM_FOR_WORDS && (
              <text className="rate-label rate-gap" x={x + width / 2} y={(MARGIN.top + bottom) / 2} textAnchor="middle">
                not connected
              </text>
            )}
          </g>
        ))}
        <path className="rate-bars" d={shape.bars} />
        <line className="rate-axis" x1={left} x2={right} y1={bottom} y2={bottom} />
        {shape.xTicks.map((tick, i) => (
          <text
            key={tick.label}
            className="rate-label"
            x={tick.at}
            y={bottom + 15}
            textAnchor={i === 0 ? 'start' : i === shape.xTicks.length - 1 ? 'end' : 'middle'}
          >
            {i === 0 ? `${tick.label} ago` : tick.label}
          </text>
        ))}
      </svg>
    </div>
  );
}
