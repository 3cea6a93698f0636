// One job of the timeline.
import type { Ref } from 'react';
import type { JobSpan } from '../model/timeline';
import type { SpanBar } from './timelineShape';

export const SIGNS = { running: '▸', done: '✓', failed: '✕', lost: '?' };

interface TimelineRowProps {
  span: JobSpan;
  bar: SpanBar | undefined;
  isRead: boolean;
  /** For the element whose width is that of the axis. */
  track: Ref<HTMLDivElement>;
}

export function TimelineRow({ span, bar = { x: 0, width: 0, isOpen: false }, isRead, track }: TimelineRowProps) {
  return (
    <div className="span-row" data-state={span.state} data-read={isRead}>
      <span className="span-name">
        <i className="span-sign">{SIGNS[span.state]}</i> {span.task}
      </span>
      <div className="span-track" ref={track}>
        <div
          className="span-bar"
          data-open={bar.isOpen}
          style={{ transform: `translateX(${bar.x.toFixed(1)}px)`, width: bar.width }}
        />
      </div>
    </div>
  );
}
