// The rows of the jobs. Only those in sight are drawn; a row opens to its story.
import './jobs.css';
import { type FocusEvent, type KeyboardEvent, useCallback, useLayoutEffect, useState } from 'react';
import type { Job } from '../model/jobs';
import type { ReadHistory } from '../stream/history';
import { JobRow } from './JobRow';
import { useWindow } from './useWindow';

interface JobListProps {
  shown: readonly Job[];
  now: number;
  /** The channel whose row gets the focus: the reader comes back from it. */
  from: string | null;
  read: ReadHistory;
}

export function JobList({ shown, now, from, read }: JobListProps) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState<string | null>(null);
  // The row with the focus stays, wherever its job goes.
  const kept = shown.findIndex(({ key, channel }) => (focused === null ? channel === from : key === focused));
  const isOpen = (index: number) => opened.has(shown[index]?.key ?? '');
  const { ref, rows, height } = useWindow<HTMLUListElement>(shown.length, isOpen, kept);
  const toggle = useCallback((key: string) => {
    setOpened((before) => {
      const after = new Set(before);
      if (!after.delete(key)) after.add(key);
      return after;
    });
  }, []);
  useLayoutEffect(() => {
    if (from !== null) ref.current?.querySelector<HTMLElement>(`[data-channel="${CSS.escape(from)}"] button`)?.focus();
  }, [from, ref]);
  return (
    <ul
      className="jobs"
      ref={ref}
      style={{ height }}
      onKeyDown={walk}
      onFocus={(event: FocusEvent<HTMLElement>) => {
        setFocused(event.target.closest<HTMLElement>('[data-key]')?.dataset['key'] ?? null);
      }}
      onBlur={() => {
        setFocused(null);
      }}
    >
      {rows.map(({ index, top }) => {
        const job = shown[index];
        if (job === undefined) return null;
        return (
          <JobRow
            key={job.key}
            {...{ job, index, top, now, read }}
            count={shown.length}
            open={opened.has(job.key)}
            onToggle={toggle}
          />
        );
      })}
    </ul>
  );
}

/** Arrow keys go from row to row. */
function walk(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' } as const;
  const target = event.target as HTMLElement;
  const way = step[event.key as keyof typeof step] as (typeof step)['ArrowUp' | 'ArrowDown'] | undefined;
  if (way === undefined || !target.matches('.job-name')) return;
  const next = target.closest('li')?.[way]?.querySelector<HTMLElement>('.job-name');
  if (!next) return;
  event.preventDefault();
  next.focus();
}
