// A job's story: its channel's log is read once, and then the board is followed.
import { useEffect, useMemo, useState } from 'react';
import { type Job, type Jobs, noJobs, reduceJobs } from '../model/jobs';
import { followStory, startStory, STORY, type Story, withPast } from '../model/jobStory';
import type { ReadHistory } from '../stream/history';

export interface Past {
  /** What the log tells; null while it is read, and where that failed. */
  jobs: Jobs | null;
  horizon: string | null;
  failed: boolean;
}

const UNREAD: Past = { jobs: null, horizon: null, failed: false };

/** What the log of `channel` keeps, and what reads it again. */
export function usePast(channel: string, read: ReadHistory): [Past, () => void] {
  const [past, setPast] = useState(UNREAD);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let jobs = noJobs;
    return read(
      channel,
      (event) => {
        jobs = reduceJobs(jobs, [event], STORY);
      },
      (horizon) => {
        setPast(horizon === null ? { ...UNREAD, failed: true } : { jobs, horizon, failed: false });
      },
    );
  }, [channel, read, attempt]);
  return [
    past,
    () => {
      setPast(UNREAD);
      setAttempt(attempt + 1);
    },
  ];
}

/** The story of a job, told by `past` and by the board. */
export function useStory(known: Job, past: Past): Story {
  const job = useMemo(() => withPast(known, pastOf(known, past)), [known, past]);
  const [told, setTold] = useState(() => ({ past, story: tell(job, past) }));
  // Derived from what came before: React wants that set while rendering, not in an effect.
  if (told.past !== past) {
    const next = { past, story: tell(job, past) };
    setTold(next);
    return next.story;
  }
  const story = followStory(told.story, job);
  if (story !== told.story) setTold({ past, story });
  return story;
}

function tell(job: Job, past: Past): Story {
  return startStory(job, pastOf(job, past), past.horizon);
}

function pastOf(job: Job, { jobs }: Past): Job | null {
  return jobs?.byKey.get(job.key) ?? null;
}
