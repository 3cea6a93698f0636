// A plot of the last minute: axes that stand still, and bars behind a window, which move by a second's width each second.
import './plot.css';
import { type CSSProperties, type PointerEvent, type ReactNode } from 'react';
import { agoTicks, MARGIN, type SecondsShape } from './secondsShape';
import type { Reading } from './useReading';

interface PlotProps {
  label: string;
  /** Of the vertical axis. */
  unit: string;
  shape: SecondsShape;
  /** The seconds of the rows. */
  seconds: readonly number[];
  reading: Reading;
  /** What is read out, in words. */
  words: string;
  children: ReactNode;
}

/** The row at the pointer. */
export function rowAt(event: PointerEvent, rows: number): number {
  const box = event.currentTarget.getBoundingClientRect();
  const width = box.width - MARGIN.left - MARGIN.right;
  return 1 + Math.floor(((event.clientX - box.left - MARGIN.left) / Math.max(1, width)) * (rows - 1));
}

const ROOM_FOR_WORDS = 90;

export function Plot({ label, unit, shape, seconds, reading, words, children }: PlotProps) {
  const { width, height, step, gaps } = shape;
  const latest = seconds.at(-1) ?? 0;
  const across = width + MARGIN.left + MARGIN.right;
  return (
    <div
      className="plot"
      role="slider"
      aria-label={label}
      aria-valuemin={seconds[1] ?? 0}
      aria-valuemax={latest}
      aria-valuenow={seconds[reading.at] ?? latest}
      aria-valuetext={words}
      style={{ height: height + MARGIN.top + MARGIN.bottom }}
      {...reading.props}
    >
      <svg width={across} height={height + MARGIN.top + MARGIN.bottom} aria-hidden="true">
        <text className="chart-label" y={9}>
          {unit}
        </text>
        <g transform={`translate(${String(MARGIN.left)},${String(MARGIN.top)})`}>
          {shape.yTicks.map((tick) => (
            <g key={tick.label} transform={`translate(0,${String(tick.at)})`}>
              <line className="chart-grid" x2={width} />
              <text className="chart-label" x={-6} dy="0.32em" textAnchor="end">
                {tick.label}
              </text>
            </g>
          ))}
          <line className="chart-axis" x2={width} y1={height} y2={height} />
          {agoTicks(width).map(({ at, label }, i) => (
            <text key={label} className="chart-label" x={at} y={height + 14} textAnchor={ANCHORS[i] ?? 'middle'}>
              {label}
            </text>
          ))}
        </g>
      </svg>
      <div className="plot-window" style={{ left: MARGIN.left, top: MARGIN.top, width, height }}>
        {/* An element of its own that is moved as a whole: nothing is drawn anew between two seconds. Two names of one
            animation take turns, so that it starts again. */}
        <svg
          className={`plot-moving move-${String(latest % 2)}`}
          width={width}
          height={height}
          style={{ '--step': `${String(step)}px` } as CSSProperties}
          aria-hidden="true"
        >
          {gaps.map(({ x, width }) => (
            <g key={x}>
              <rect x={x} width={width} height={height} fill="url(#look-gap)" />
              {width >= ROOM_FOR_WORDS && (
                <text className="chart-label chart-over" x={x + width / 2} y={height / 2} textAnchor="middle">
                  not connected
                </text>
              )}
            </g>
          ))}
          {reading.at >= 0 && <rect className="chart-cursor" x={(reading.at - 1) * step} width={step} height={height} />}
          {children}
        </svg>
      </div>
    </div>
  );
}

const ANCHORS = ['start', 'middle', 'middle', 'middle', 'end'] as const;
