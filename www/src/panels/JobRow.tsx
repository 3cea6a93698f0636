// One task: state, name, bar, percent, moved of total.
import { memo } from 'react';
import type { Job } from '../model/jobs';
import { amountText, percentText } from './format';
import { Glyph } from './Glyph';
import { ProgressBar } from './ProgressBar';

export const JobRow = memo(function JobRow({ job }: { job: Job }) {
  const percent = percentText(job.percent);
  const amount = amountText(job.moved, job.total, job.unit);
  return (
    <li
      className="job"
      data-testid="job"
      data-task={job.task}
      data-state={job.state}
      data-percent={job.percent === null ? '' : job.percent.toFixed(2)}
    >
      <span className="job-state">
        <Glyph of={job.state} />
        {job.state}
      </span>
      <span className="job-name" title={`${job.task} (${job.channel})`}>
        {job.task}
      </span>
      <ProgressBar
        label={job.task}
        percent={job.percent}
        text={[job.state, job.percent === null ? 'percentage unknown' : percent, amount].filter(Boolean).join(', ')}
      />
      <span className="job-percent">{percent}</span>
      <span className="job-amount" title={amount}>
        {amount}
      </span>
    </li>
  );
});
