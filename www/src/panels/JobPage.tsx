// The page of a single channel: its job (or jobs, where several tasks share it), large, with chart and log.
import './jobs.css';
import './job-page.css';
import './story.css';
import { useEffect, useRef } from 'react';
import { SparkChart } from '../charts/SparkChart';
import { type Job, type Jobs, noJobs } from '../model/jobs';
import type { ReadHistory } from '../stream/history';
import { amountText, clock, percentText } from './format';
import { Glyph } from './Glyph';
import { JobChanges } from './JobChanges';
import { jobFigures } from './jobFigures';
import { JobLog } from './JobLog';
import { ProgressBar } from './ProgressBar';
import { type Past, usePast, useStory } from './useStory';

interface JobPageProps {
  channel: string;
  jobs: Jobs;
  asOf: number | null;
  now: number;
  read: ReadHistory;
}

export function JobPage({ channel, jobs, asOf, now, read }: JobPageProps) {
  const [past, again] = usePast(channel, read);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, [channel]);
  // What the board has dropped may still be in the log.
  const known = new Map([...(past.jobs ?? noJobs).byKey, ...jobs.byKey]);
  const here = [...known.values()].filter((job) => job.channel === channel);
  return (
    <main className="job-page">
      <p className="job-way">
        <a href="#/">← All jobs</a>
        {asOf !== null && <span className="as-of">not live, as of {clock(asOf)}</span>}
      </p>
      <h2 ref={heading} tabIndex={-1}>
        {channel}
      </h2>
      {here.length === 0 && <p>{past.jobs === null && !past.failed ? 'Reading its history …' : 'No job has reported there yet.'}</p>}
      {here.map((job) => (
        <OneJob key={job.key} {...{ job, past, now, onAgain: again }} />
      ))}
    </main>
  );
}

interface OneJobProps {
  job: Job;
  past: Past;
  now: number;
  onAgain: () => void;
}

function OneJob({ job: known, past, now, onAgain }: OneJobProps) {
  const story = useStory(known, past);
  const { job } = story;
  const { percent, amount, rate, eta, age, silence, end, words } = jobFigures(job, now);
  return (
    <article
      className="one-job"
      aria-label={job.task}
      data-testid="job-page"
      data-task={job.task}
      data-state={job.state}
      data-silent={silence !== ''}
    >
      <p className="one-head">
        <span className="job-state">
          <Glyph of={job.state} />
          {job.state}
        </span>
        <strong>{job.task}</strong>
        <span className="job-percent">{percent}</span>
      </p>
      <ProgressBar label={job.task} percent={job.percent} text={words} />
      <p className="one-figures">
        {end && <strong>{end}</strong>}
        {[amount, rate, eta, age, silence].filter(Boolean).map((figure) => (
          <span key={figure}>{figure}</span>
        ))}
      </p>
      <SparkChart
        points={[...story.trace.points, { ...job, at: job.heardAt }]}
        valueText={(value, inPercent) => (inPercent ? percentText(value) : amountText(value, null, job.unit))}
        timeText={clock}
      />
      <div className="one-story">
        <JobChanges {...{ job, story, past, onAgain, now }} />
        <JobLog story={story} />
      </div>
    </article>
  );
}
