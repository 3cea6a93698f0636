// What happened to a job: its starts and ends, the latest first, and what it is at.
import type { Job, Told } from '../model/jobs';
import type { Story } from '../model/jobStory';
import { clock, durationText, listText } from './format';
import { Glyph } from './Glyph';
import { endText } from './jobFigures';
import type { Past } from './useStory';

interface JobChangesProps {
  job: Job;
  story: Story;
  past: Past;
  now: number;
  onAgain: () => void;
}

export function JobChanges({ job, story, past, now, onAgain }: JobChangesProps) {
  const changes = story.entries.filter(({ progress }) => progress !== null).reverse();
  const heard = durationText(now - job.heardAt);
  return (
    <div className="job-changes">
      <p>
        <code>{job.channel}</code>
        {job.file !== '' && (
          <>
            , at <code>{job.file}</code>
          </>
        )}
        {job.state === 'running' && `, last word ${heard} ago`}
      </p>
      {past.jobs === null && !past.failed && <p>Reading its history …</p>}
      {past.failed && (
        <p className="job-unread">
          Its history could not be read.{' '}
          <button type="button" onClick={onAgain}>
            Try again
          </button>
        </p>
      )}
      <ol>
        {changes.map((entry) => (
          <Change key={`${String(entry.n)} ${entry.id ?? ''}`} entry={entry} />
        ))}
      </ol>
      {past.jobs !== null && !job.startSeen && changes.length === 0 && <p>Its start is no longer in the log.</p>}
    </div>
  );
}

function Change({ entry: { at, progress } }: { entry: Told }) {
  if (progress === null) return null;
  const { state, duration } = progress;
  const after = duration === null ? '' : `after ${durationText(duration * 1000)}`;
  return (
    <li className="change" data-state={state}>
      <Glyph of={state} />
      <time dateTime={new Date(at).toISOString()} title={new Date(at).toString()}>
        {clock(at)}
      </time>
      <span>
        <strong>{state === 'running' ? 'started' : state}</strong>{' '}
        {listText(endText(progress), after)}
      </span>
    </li>
  );
}
