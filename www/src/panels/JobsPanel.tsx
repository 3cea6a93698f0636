// The jobs: how many, which of them are shown, and their rows.
import './jobs.css';
import { memo, useMemo, useState } from 'react';
import { type Jobs, JOBS_MAX, listJobs } from '../model/jobs';
import type { JobState } from '../model/progress';
import type { ReadHistory } from '../stream/history';
import { clock, numberText } from './format';
import { JobList } from './JobList';
import { Panel } from './Panel';

interface JobsPanelProps {
  jobs: Jobs;
  /** When what is shown was last true, in ms; null while it is live or nothing is known. */
  asOf: number | null;
  now: number;
  /** The only state that is shown; null: all are. */
  state: JobState | null;
  onShowAll: (state: null) => void;
  /** The channel whose row gets the focus: the reader comes back from it. */
  from: string | null;
  read: ReadHistory;
}

export const JobsPanel = memo(function JobsPanel({ jobs, asOf, now, state, onShowAll, from, read }: JobsPanelProps) {
  const [text, setText] = useState('');
  const shown = useMemo(() => listJobs(jobs, text, state), [jobs, text, state]);
  return (
    <Panel
      name="jobs"
      title="Jobs"
      note={
        <>
          {asOf !== null && <span className="as-of">not live, as of {clock(asOf)}</span>}
          {shown.length < jobs.byKey.size && (
            <span>
              {numberText(shown.length)} of {numberText(jobs.byKey.size)}
            </span>
          )}
          <input
            type="search"
            data-testid="job-filter"
            aria-label="Filter jobs by name"
            placeholder="Filter by name"
            value={text}
            onChange={(change) => {
              setText(change.target.value);
            }}
          />
        </>
      }
    >
      <div className="scroll" role="group" aria-label="Jobs" tabIndex={-1}>
        {jobs.byKey.size === 0 && (
          <p className="empty">
            No job has reported yet. <code>sse-progress run -- COMMAND</code> makes one of a command,{' '}
            <code>sse-progress demo</code> made-up ones.
          </p>
        )}
        {shown.length === 0 && jobs.byKey.size > 0 && (
          <p className="empty">
            No job is like that.{' '}
            <button
              type="button"
              onClick={() => {
                setText('');
                onShowAll(null);
              }}
            >
              Show all
            </button>
          </p>
        )}
        <JobList shown={shown} now={now} from={from} read={read} />
        {jobs.dropped && <p className="empty">Of each state only the latest {JOBS_MAX} jobs are kept.</p>}
      </div>
    </Panel>
  );
});
