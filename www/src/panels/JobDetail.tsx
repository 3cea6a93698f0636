// An opened row: what happened to the job, and its log.
import './story.css';
import { memo } from 'react';
import type { Job } from '../model/jobs';
import type { ReadHistory } from '../stream/history';
import { JobChanges } from './JobChanges';
import { JobLog } from './JobLog';
import { usePast, useStory } from './useStory';

interface JobDetailProps {
  id: string;
  job: Job;
  now: number;
  read: ReadHistory;
}

export const JobDetail = memo(function JobDetail({ id, job, now, read }: JobDetailProps) {
  const [past, again] = usePast(job.channel, read);
  const story = useStory(job, past);
  return (
    <div className="job-detail" id={id} data-more="" data-testid="job-detail" data-task={job.task}>
      <div className="job-facts">
        <JobChanges job={job} story={story} past={past} now={now} onAgain={again} />
        <a href={`#/${job.channel}`} aria-label={`${job.task}: page of its own`}>
          Page of its own
        </a>
      </div>
      <JobLog story={story} />
    </div>
  );
});
