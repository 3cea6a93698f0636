// How many jobs are in each state: what a newcomer reads first. On the board each count is a switch that shows only
// those jobs.
import './summary.css';
import { type JobState, JOB_STATES } from '../model/progress';
import { numberText } from './format';
import { Glyph } from './Glyph';

interface JobSummaryProps {
  counts: Record<JobState, number>;
  /** The only state that is shown; null: all are. */
  chosen?: JobState | null;
  /** Left out where there is nothing to choose. */
  onChoose?: (state: JobState | null) => void;
}

export function JobSummary({ counts, chosen = null, onChoose }: JobSummaryProps) {
  return (
    <ul className="summary" aria-label="Jobs by state">
      {JOB_STATES.map((state) => {
        const said = (
          <>
            <Glyph of={state} />
            <b>{numberText(counts[state])}</b> {state}
          </>
        );
        return (
          <li key={state} className="count" data-state={state} data-some={counts[state] > 0}>
            {onChoose === undefined ? (
              <span>{said}</span>
            ) : (
              <button
                type="button"
                data-testid="job-state-filter"
                data-state={state}
                aria-pressed={chosen === state}
                title={chosen === state ? 'Show all jobs' : `Show only ${state} jobs`}
                onClick={() => {
                  onChoose(chosen === state ? null : state);
                }}
              >
                {said}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
