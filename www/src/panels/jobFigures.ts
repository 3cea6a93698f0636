// What a row says of its job in numbers: each is known or left out.
import type { Job } from '../model/jobs';
import { growth } from '../model/jobTrace';
import type { Progress } from '../model/progress';
import { amountText, durationText, listText, percentText, rateText } from './format';

/** A running job that has said nothing for so long looks like it. */
export const SILENT_MS = 30_000;

export interface JobFigures {
  percent: string;
  amount: string;
  /** Units a second. */
  rate: string;
  /** What is left. */
  eta: string;
  /** How long it runs, or since when it does no more. */
  age: string;
  /** For how long nothing was heard of it, where that is long. */
  silence: string;
  /** How it ended, where that was not well. */
  end: string;
  /** What its bar says to ears. */
  words: string;
}

/** The figures of `job` at `now`. */
export function jobFigures(job: Job, now: number): JobFigures {
  const running = job.state === 'running';
  const silent = now - job.heardAt;
  const silence = running && silent >= SILENT_MS ? `silent ${durationText(silent)}` : '';
  const rate = running && silence === '' ? rateOf(job) : null;
  const eta = running && silence === '' ? secondsLeft(job) : null;
  const age = now - (running ? job.startedAt : job.changedAt);
  const percent = percentText(job.percent);
  const amount = amountOf(job);
  const end = endText(job);
  return {
    percent,
    amount,
    rate: rate === null ? '' : rateText(rate, job.unit),
    eta: eta === null ? '' : `${durationText(eta * 1000 - Math.max(0, silent))} left`,
    age: running ? (job.startSeen ? '' : 'over ') + durationText(age) : `${durationText(age)} ago`,
    silence,
    end,
    words: listText(job.state, end, job.percent === null ? 'percentage unknown' : percent, amount, silence),
  };
}

/** `the disk is full, exit 2`, `SIGKILL`; nothing where it went well or nobody knows. */
export function endText({ state, reason, exit, signal }: Progress): string {
  if (state === 'running' || state === 'done') return '';
  return listText(reason, signal || (exit === null ? '' : `exit ${String(exit)}`));
}

// A count of nothing out of nothing says nothing, and of percent there is one already.
function amountOf({ moved, total, unit }: Job): string {
  if (unit === '%' || (moved === 0 && !total)) return '';
  return amountText(moved, total === 0 ? null : total, unit);
}

function here(job: Job) {
  return { at: job.heardAt, percent: job.percent, moved: job.moved };
}

function rateOf(job: Job): number | null {
  return job.rate ?? growth(job.trace, here(job), 'moved');
}

function secondsLeft(job: Job): number | null {
  if (job.eta !== null) return job.eta;
  const speed = growth(job.trace, here(job), 'percent');
  return speed === null || speed === 0 || job.percent === null ? null : (100 - job.percent) / speed;
}
