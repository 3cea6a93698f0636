// Every task as a row: running first, then failed and lost, then done.
import './jobs.css';
import { memo, useMemo } from 'react';
import { countStates, inOrder, type Jobs, JOBS_MAX } from '../model/jobs';
import { JOB_STATES } from '../model/progress';
import { clock } from './format';
import { JobRow } from './JobRow';
import { Panel } from './Panel';

interface JobsPanelProps {
  jobs: Jobs;
  /** When what is shown was last true, in ms; null while it is live or nothing is known. */
  asOf: number | null;
}

export const JobsPanel = memo(function JobsPanel({ jobs, asOf }: JobsPanelProps) {
  const rows = useMemo(() => inOrder(jobs), [jobs]);
  const counts = useMemo(() => countStates(jobs), [jobs]);
  return (
    <Panel
      name="jobs"
      title="Tasks"
      note={
        <>
          {asOf !== null && <span className="as-of">not live, as of {clock(asOf)}</span>}
          <ul className="counts">
            {JOB_STATES.filter((state) => counts[state] > 0).map((state) => (
              <li key={state} data-state={state}>
                <b>{counts[state]}</b> {state}
              </li>
            ))}
          </ul>
        </>
      }
    >
      <div className="scroll" role="group" aria-label="Tasks" tabIndex={0}>
        {rows.length === 0 ? (
          <p className="empty">
            No task has reported yet. <code>sse-progress demo</code> starts one.
          </p>
        ) : (
          <ul className="jobs">
            {rows.map((job) => (
              <JobRow key={job.key} job={job} />
            ))}
          </ul>
        )}
        {jobs.dropped && <p className="empty">Only {JOBS_MAX} tasks are kept: done ones went first, then the longest silent.</p>}
      </div>
    </Panel>
  );
});
