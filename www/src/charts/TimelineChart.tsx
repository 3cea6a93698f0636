// Each job as a bar from its start to its end, by state; running ones grow.
import './timeline.css';
import { type PointerEvent, useEffect, useRef } from 'react';
import type { JobSpan } from '../model/timeline';
import { ChartBox } from './ChartBox';
import { DataTable } from './DataTable';
import { SIGNS, TimelineRow } from './TimelineRow';
import { axisLength, spanBars, timeTicks } from './timelineShape';
import { clockText, spanText } from './units';
import { useReading } from './useReading';
import { useWidth } from './useWidth';

const TITLE = 'Jobs in time';

interface TimelineChartProps {
  spans: readonly JobSpan[];
  /** In ms, by the clock of Redis, as the spans are. */
  now: number;
  /** To be added for this computer's clock. */
  skew: number;
}

export function TimelineChart({ spans, now, skew }: TimelineChartProps) {
  const [ref, width] = useWidth<HTMLDivElement>(300);
  const length = axisLength(spans, now);
  const bars = spanBars(spans, now, length, width);
  const reading = useReading(
    spans.map(({ key }) => key),
    0,
    rowUnder,
  );
  const rows = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (reading.at >= 0) rows.current?.children[reading.at]?.scrollIntoView({ block: 'nearest' });
  }, [reading.at]);
  const read = spans[reading.at];
  const when = (ms: number) => clockText(ms + skew);
  const lasted = (span: JobSpan) =>
    `${span.startSeen ? '' : 'more than '}${spanText((span.end ?? now) - span.start)}`;
  const words = (span: JobSpan) =>
    `${span.task}, ${span.state}, ${span.startSeen ? '' : 'before '}${when(span.start)} to ${span.end === null ? 'now' : when(span.end)}`;
  return (
    <ChartBox
      name="timeline"
      title={TITLE}
      warning={null}
      reading={
        read === undefined ? (
          (['running', 'failed', 'lost', 'done'] as const).map((state) => (
            <span key={state} className="legend" data-state={state}>
              <i className="span-key" /> <i className="span-sign">{SIGNS[state]}</i> {state}
            </span>
          ))
        ) : (
          <span className="legend-name">
            {words(read)}, {lasted(read)}
          </span>
        )
      }
      chart={
        spans.length === 0 ? (
          <p className="empty">No job has reported yet.</p>
        ) : (
          <div
            className="timeline-rows"
            ref={rows}
            role="slider"
            aria-orientation="vertical"
            aria-label={TITLE}
            aria-valuemin={1}
            aria-valuemax={spans.length}
            aria-valuenow={reading.at < 0 ? 1 : reading.at + 1}
            aria-valuetext={read === undefined ? `${String(spans.length)} jobs` : words(read)}
            {...reading.props}
          >
            {spans.map((span, i) => (
              <TimelineRow
                key={span.key}
                span={span}
                bar={bars[i]}
                isRead={i === reading.at}
                track={i === 0 ? ref : null}
              />
            ))}
            <div className="timeline-axis" aria-hidden="true">
              {timeTicks(length, width).map(({ label }) => (
                <span key={label}>{label}</span>
              ))}
            </div>
          </div>
        )
      }
      table={() => (
        <DataTable
          caption={`The latest ${String(spans.length)} jobs`}
          columns={['job', 'state', 'from', 'to', 'took']}
          rows={spans.map((span) => [
            span.key,
            [
              span.task,
              span.state,
              `${span.startSeen ? '' : 'before '}${when(span.start)}`,
              span.end === null ? '–' : when(span.end),
              lasted(span),
            ],
          ])}
        />
      )}
    />
  );
}

function rowUnder(event: PointerEvent): number {
  const row = event.target instanceof Element ? event.target.closest('.span-row') : null;
  return row === null ? 0 : [...event.currentTarget.children].indexOf(row);
}
