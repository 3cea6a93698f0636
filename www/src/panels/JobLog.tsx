// The lines of a job's log. It stays at the newest line unless the reader has gone up.
import { memo, useLayoutEffect, useRef } from 'react';
import type { Story } from '../model/jobStory';
import { clock, numberText } from './format';

const AT_THE_END_PX = 24;

export const JobLog = memo(function JobLog({ story }: { story: Story }) {
  const ref = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const lines = story.entries.filter(({ line }) => line !== null);
  useLayoutEffect(() => {
    if (atEnd.current && ref.current !== null) ref.current.scrollTop = ref.current.scrollHeight;
  }, [story.entries]);
  return (
    <div
      className="job-lines"
      ref={ref}
      role="group"
      aria-label={`Log of ${story.job.task}`}
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        atEnd.current = scrollHeight - scrollTop - clientHeight < AT_THE_END_PX;
      }}
    >
      {story.missed > 0 && <p className="quiet">{numberText(story.missed)} earlier lines or changes are not kept here.</p>}
      {lines.length === 0 && <p className="quiet">It has no log lines.</p>}
      {lines.map(({ n, id, at, line }) => (
        <p key={`${String(n)} ${id ?? ''}`} className="log" data-testid="job-log">
          <time title={new Date(at).toString()}>{clock(at)}</time>
          <span>{line}</span>
        </p>
      ))}
    </div>
  );
});
