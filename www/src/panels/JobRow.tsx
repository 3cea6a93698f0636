// One job: state and age, name and amount, the way so far, bar with rate and time left, percent. Opened, its story.
import { memo, useId } from 'react';
import { Spark } from '../charts/Spark';
import type { Job } from '../model/jobs';
import type { ReadHistory } from '../stream/history';
import { listText } from './format';
import { Glyph } from './Glyph';
import { JobDetail } from './JobDetail';
import { jobFigures } from './jobFigures';
import { ProgressBar } from './ProgressBar';

interface JobRowProps {
  job: Job;
  /** Its place in the list, from 0, of so many; px from the top. */
  index: number;
  count: number;
  top: number;
  now: number;
  open: boolean;
  onToggle: (key: string) => void;
  read: ReadHistory;
}

export const JobRow = memo(function JobRow({ job, index, count, top, now, open, onToggle, read }: JobRowProps) {
  const { percent, amount, rate, eta, age, silence, end, words } = jobFigures(job, now);
  const detail = useId();
  return (
    <li
      className="job"
      data-key={job.key}
      data-testid="job"
      data-task={job.task}
      data-channel={job.channel}
      data-state={job.state}
      data-silent={silence !== ''}
      data-percent={job.percent === null ? '' : job.percent.toFixed(2)}
      aria-setsize={count}
      aria-posinset={index + 1}
      style={{ transform: `translateY(${String(top)}px)` }}
    >
      <div className="job-line" data-row="">
        <span className="job-state">
          <Glyph of={job.state} />
          {job.state}
        </span>
        <button
          type="button"
          className="job-name"
          data-testid="job-toggle"
          aria-expanded={open}
          aria-controls={open ? detail : undefined}
          title={listText(`${job.task} (${job.channel})`, end)}
          onClick={() => {
            onToggle(job.key);
          }}
        >
          <span>{job.task}</span>
        </button>
        <span className="job-age">{silence || age}</span>
        <span className="job-amount">{amount}</span>
        <Spark key={job.state} points={job.trace.points} now={{ ...job, at: job.heardAt }} />
        <ProgressBar label={job.task} percent={job.percent} text={words} />
        <span className="job-pace">
          <span>{end ? job.reason : rate}</span>
          <span>{eta || end.slice(job.reason.length)}</span>
        </span>
        <span className="job-percent">{percent}</span>
      </div>
      {open && <JobDetail id={detail} job={job} now={now} read={read} />}
    </li>
  );
});
