// The jobs for a wall screen: as many as fit, troubles first, nothing to press.
import './jobs.css';
import './wall.css';
import { useLayoutEffect, useRef, useState } from 'react';
import { type Job, type Jobs, listJobs } from '../model/jobs';
import { listText } from './format';
import { Glyph } from './Glyph';
import { jobFigures } from './jobFigures';
import { ProgressBar } from './ProgressBar';
import { wallPlan } from './wallPlan';

export function JobWall({ jobs, now }: { jobs: Jobs; now: number }) {
  const ref = useRef<HTMLUListElement>(null);
  const [{ width, height, em }, setSize] = useState({ width: 1_280, height: 640, em: 15 });
  useLayoutEffect(() => {
    const list = ref.current;
    if (list === null) return;
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = list;
      setSize({ width, height, em: parseFloat(getComputedStyle(document.documentElement).fontSize) });
    });
    observer.observe(list);
    return () => {
      observer.disconnect();
    };
  }, []);
  const all = troublesFirst(listJobs(jobs));
  const { scale, room } = wallPlan(width, height, em, all.length);
  const shown = all.length > room ? all.slice(0, room - 1) : all;
  return (
    <ul className="wall" ref={ref} aria-label="Jobs" style={{ fontSize: `${String(scale)}rem` }}>
      {shown.map((job) => (
        <Card key={job.key} job={job} now={now} />
      ))}
      {shown.length < all.length && <li className="wall-more">and {all.length - shown.length} more</li>}
      {all.length === 0 && <li className="wall-more">No job has reported yet.</li>}
    </ul>
  );
}

// Nobody scrolls a wall: what needs somebody must be in sight, however much runs.
function troublesFirst(jobs: Job[]): Job[] {
  const trouble = ({ state }: Job) => state === 'failed' || state === 'lost';
  return [...jobs.filter(trouble), ...jobs.filter((job) => !trouble(job))];
}

function Card({ job, now }: { job: Job; now: number }) {
  const { percent, eta, age, silence, end, words } = jobFigures(job, now);
  const reason = end && job.reason;
  return (
    <li className="card" data-testid="job" data-task={job.task} data-state={job.state} data-silent={silence !== ''}>
      <p>
        <Glyph of={job.state} />
        <strong>{job.task}</strong>
        <span className="job-percent">{job.state === 'running' || job.percent !== null ? percent : ''}</span>
      </p>
      <ProgressBar label={job.task} percent={job.percent} text={words} />
      <p className="card-words">
        <span>{silence || reason || listText(job.state, end)}</span>
        <span>{eta || `${reason && end.slice(reason.length + 2)}\n${age}`.trim()}</span>
      </p>
    </li>
  );
}
