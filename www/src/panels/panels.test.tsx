// What the panels put on the page, as markup: attributes that others rely on, and text that stays text.
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, test, vi } from 'vitest';
import { event, notice, progress } from '../model/arrivals';
import { emptyFeed, reduceFeed } from '../model/feed';
import { type Jobs, noJobs, reduceJobs } from '../model/jobs';
import { emptyBoard, reduceBoard } from '../model/board';
import { nothingMissed, reduceMissed } from '../model/feedMissed';
import type { Connection } from '../stream/connection';
import { ChartsPanel } from './ChartsPanel';
import { ConnectionMissed } from './ConnectionMissed';
import { ConnectionPanel } from './ConnectionPanel';
import { FeedPanel } from './FeedPanel';
import { JobsPanel } from './JobsPanel';

const HOSTILE = '<img src=x onerror="alert(1)">';

function jobsMarkup(...fields: Record<string, unknown>[]) {
  const jobs = reduceJobs(noJobs, fields.map((f) => progress('backup', f)));
  return jobsPanel(jobs, null);
}

function jobsPanel(jobs: Jobs, asOf: number | null) {
  const now = 1_000_000_000;
  return renderToStaticMarkup(
    <JobsPanel {...{ jobs, asOf, now }} state={null} from={null} onShowAll={vi.fn()} read={() => vi.fn()} />,
  );
}

describe('a task', () => {
  test('is a row with its name, state and percent, and a bar that says the same', () => {
    const html = jobsMarkup({ state: 'running', moved: 45, total: 100, percent: '45.00', unit: 'files' });
    expect(html).toMatch(/data-testid="job" data-task="backup" [^>]*data-state="running" [^>]*data-percent="45.00"/);
    expect(html).toContain('role="progressbar" aria-label="backup" aria-valuemin="0" aria-valuemax="100" aria-valuenow="45"');
    expect(html).toContain('45 of 100 files');
  });

  test('of unknown percent claims no value', () => {
    const html = jobsMarkup({ moved: 5, total: 0 });
    expect(html).toContain('data-percent=""');
    expect(html).not.toContain('aria-valuenow');
  });

  test('with markup in its name is text', () => {
    const html = jobsMarkup({ task: HOSTILE });
    expect(html).toContain('&lt;img src=x');
    expect(html).not.toContain('<img');
  });

  test('that is not live says since when', () => {
    const html = jobsPanel(noJobs, 0);
    expect(html).toMatch(/not live, as of \d\d:\d\d:\d\d/);
  });
});

describe('the feed', () => {
  test('shows channel, name and data as text', () => {
    const feed = reduceFeed(emptyFeed, [event({ channel: 'deploy', name: 'note', data: HOSTILE })]);
    const html = renderToStaticMarkup(<FeedPanel feed={feed} />);
    expect(html).toContain('data-testid="feed-entry" data-channel="deploy"');
    expect(html).not.toContain('<img');
  });

  test('says that events were missed', () => {
    const html = renderToStaticMarkup(<FeedPanel feed={reduceFeed(emptyFeed, [notice('reset', 0)])} />);
    expect(html).toContain('Events were missed');
  });
});

test('the charts are there, and each can be read by keys and as a table', () => {
  const board = reduceBoard(emptyBoard, [
    notice('open', 0),
    { ...progress('backup', {}), id: '59091-0', arrived: 59_100 },
    event({ arrived: 59_200 }),
  ]);
  const html = renderToStaticMarkup(<ChartsPanel board={board} now={60_500} />);
  for (const name of ['rate', 'delay', 'timeline']) {
    expect(html).toContain(`data-testid="chart-${name}"`);
    expect(html).toMatch(new RegExp(`data-testid="chart-${name}-table" aria-expanded="false"`));
  }
  expect(html.match(/role="slider"/g)).toHaveLength(3);
  expect(html).toContain('aria-valuetext="now: 2 events, clock 1, jobs/backup 1"');
  expect(html).toContain('aria-valuetext="now: median 9 ms, 99th percentile 9 ms, of 1 events"');
  expect(html).toContain('aria-valuetext="1 jobs"');
});

describe('what was missed', () => {
  test('is said until it is dismissed, with the channels', () => {
    const reset = { ...notice('reset', 0), data: '{"requested":"1-1","oldest":null,"missed":7,"channels":["jobs/a"]}' };
    const html = renderToStaticMarkup(<ConnectionMissed missed={reduceMissed(nothingMissed, [reset])} />);
    expect(html).toContain('data-testid="missed"');
    expect(html).toMatch(/7 events were missed on jobs\/a, published after/);
  });

  test('is not said if it is nothing', () => {
    expect(renderToStaticMarkup(<ConnectionMissed missed={nothingMissed} />)).toBe('');
  });
});

describe('the connection', () => {
  const states: [Connection, string, string][] = [
    [{ state: 'connecting', lastLive: null }, 'Connecting', 'Stop'],
    [{ state: 'live', since: 0 }, 'Live', 'Stop'],
    [{ state: 'retrying', retryAt: 3_200, lastLive: 0 }, 'Retrying in 4 s', 'Stop'],
    [{ state: 'retrying', retryAt: null, lastLive: 0 }, 'Retrying', 'Stop'],
    [{ state: 'stopped', reason: 'user', lastLive: 0 }, 'Stopped', 'Resume'],
  ];

  test.each(states)('%o is said as "%s", with a button "%s"', (connection, title, button) => {
    const html = renderToStaticMarkup(
      <ConnectionPanel connection={connection} now={0} lastEvent={null} onStop={vi.fn()} onResume={vi.fn()} />,
    );
    expect(html).toContain(`data-testid="connection" data-state="${connection.state}"`);
    expect(html).toContain(`<strong>${title}</strong>`);
    expect(html).toContain(`data-testid="stop">${button}</button>`);
  });
});
