// The jobs on the board: what a row says, how one is found, what it opens to, and its page and the wall.
import assert from 'node:assert/strict';
import { ROW } from './lib/board.mjs';
import { skip } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { openScene } from './lib/scene.mjs';
import { scenario } from './lib/workspace.mjs';

const DETAIL = '[data-testid="job-detail"]';

/** What a row says, in words. */
async function said(board, task) {
  return (await board.row(task)).textContent();
}

scenario('rows say how each job is: running first, then what went wrong, then done', { skip }, async (ws) => {
  const { stack, board } = await openScene(ws);
  await board.row('certificates', { state: 'done' });
  const states = (await board.rows()).map(({ state }) => state);
  assert.deepEqual([...new Set(states)].at(0), 'running');
  assert.deepEqual(states, states.toSorted((a, b) => rank(a) - rank(b)), `in order: ${states}`);
  assert.match(await said(board, 'build-web'), /failed/);
  assert.match(await said(board, 'thumbnails'), /lost/);
  // A job that has been silent for long has no rate, and starting all this took some time.
  const report = { task: 'backup', state: 'running', moved: 21e9, total: 42e9, percent: '50.00', unit: 'bytes', rate: 44.6e6 };
  await stack.publish('jobs/backup', JSON.stringify(report), '-e', 'progress');
  await board.row('backup', { state: 'running', percent: '50.00' });
  const backup = await said(board, 'backup');
  assert.match(backup, /[GM]i?B/, 'amounts are in units that people read');
  assert.match(backup, /\/s/, 'a rate');
  assert.doesNotMatch(await said(board, 'reindex'), /of 0/, 'a total that is not known is not said');

  await stack.publish('jobs/backup', JSON.stringify({ ...report, state: 'failed', percent: '51.00', exit: 28 }), '-e', 'failed');
  await board.row('backup', { state: 'failed', percent: '51.00' });
});

function rank(state) {
  return { running: 0, failed: 1, lost: 1, done: 2 }[state];
}

scenario('jobs are found by text and by state', { skip }, async (ws) => {
  const { board, page } = await openScene(ws);
  const shows = (wanted, what) =>
    eventually(async () => {
      const tasks = (await board.rows()).map(({ task }) => task).sort();
      if (JSON.stringify(tasks) === JSON.stringify(wanted.toSorted())) return true;
      throw new Error(tasks.join());
    }, what);
  await board.filterJobs('web');
  await shows(['build-web', 'deploy-web'], 'those with web in their names');
  await board.filterJobs('');
  await page.locator('[data-testid="job-state-filter"][data-state="done"]').click();
  await shows(['certificates', 'nightly-dump', 'unit-tests'], 'those that are done');
  await board.filterJobs('web');
  await shows([], 'none that is done has web in its name');
});

scenario('a row opens to its history and its log, also to what comes then', { skip }, async (ws) => {
  const { stack, board, page } = await openScene(ws);
  await (await board.row('build-web')).$('button').then((button) => button.click());
  const detail = page.locator(`${DETAIL}[data-task="build-web"]`);
  await detail.getByText('TS2345').waitFor();
  assert.match(await detail.textContent(), /started/);
  assert.match(await detail.textContent(), /exit\D*2/);
  await stack.publish('jobs/build-web', '{"task":"build-web","line":"cleaned up"}', '-e', 'log');
  await detail.getByText('cleaned up').waitFor();
  const lines = await detail.getByTestId('job-log').allTextContents();
  const words = ['compiling', 'TS2345', 'is not assignable', 'Error 2', 'cleaned up'];
  const at = words.map((word) => lines.findIndex((line) => line.includes(word)));
  assert.deepEqual(at, at.toSorted((a, b) => a - b), `the log in order: ${lines.join(' | ')}`);
  assert.equal(lines.filter((line) => line.includes('TS2345')).length, 1, 'each line once');
});

scenario('the line in a row grows with the progress of its job', { skip }, async (ws) => {
  const { stack, board } = await openScene(ws);
  const publish = async (percent) => {
    const data = { task: 'grow', state: 'running', percent: String(percent) };
    await stack.publish('jobs/grow', JSON.stringify(data), '-e', 'progress');
    return board.row('grow', { percent: percent.toFixed(2) });
  };
  const row = await publish(1);
  const shape = async () => {
    const path = await row.$eval('.spark-line', (line) => line.getAttribute('d'));
    const [points, tip] = [path.split(/[ML]/).length - 1, await row.$eval('.spark-end', (end) => Number(end.getAttribute('cy')))];
    return { points, tip };
  };
  let last = await shape();
  for (const percent of [30, 60, 90]) {
    // A point is taken a few times a second: until then more is said.
    const next = await eventually(async () => {
      await publish(percent);
      const now = await shape();
      return now.points > last.points && now.tip < last.tip && now;
    }, `the line goes on and up to ${percent} percent`);
    last = next;
  }
});

/** How many pixels of an element's text are not shown. */
function cutOff(element) {
  return element.evaluate((one) => one.scrollWidth - one.clientWidth);
}

scenario('why a job failed is in its row, its history, its page and on the wall', { skip }, async (ws) => {
  const { stack, board, page } = await openScene(ws, { viewport: { width: 1440, height: 900 } });
  const reason = 'the index is locked by another process';
  const data = { task: 'reindex', state: 'failed', moved: 4_800, total: 0, exit: 1, reason };
  await stack.publish('jobs/reindex', JSON.stringify(data), '-e', 'failed');
  const row = await board.row('reindex', { state: 'failed' });
  const [why, status] = await row.$$('.job-pace span');
  assert.equal(await why.textContent(), reason);
  assert.equal(await status.textContent(), ', exit 1');
  assert.equal(await cutOff(why), 0, 'there is room for all of it');
  await (await row.$('button')).click();
  const change = page.locator('.change[data-state="failed"]', { hasText: reason });
  await page.locator(DETAIL).locator(change).waitFor();
  for (const [place, where] of [
    ['/#/jobs/reindex', '.one-figures'],
    ['/#/wall', '.card[data-task="reindex"]'],
  ]) {
    await page.goto(new URL(place, page.url()).href);
    await page.locator(where, { hasText: reason }).waitFor();
  }
});

scenario('however long the reason of a failure is, its exit status can be read', { skip }, async (ws) => {
  const { stack, board, page } = await openScene(ws, { viewport: { width: 1280, height: 800 } });
  const reason = `cannot open ${'/srv/data/releases'.repeat(8)}: the disk is full`;
  const ends = [
    ['failed', { exit: 126 }, ', exit 126'],
    ['failed', { exit: 137, signal: 'SIGKILL' }, ', SIGKILL'],
    ['lost', { exit: 1 }, ', exit 1'],
  ];
  for (const [i, [state, fields]] of ends.entries()) {
    const data = { task: `long-${i}`, state, moved: 1_234_567_890, total: 9_876_543_210, unit: 'bytes', reason, ...fields };
    await stack.publish(`jobs/long-${i}`, JSON.stringify(data), '-e', state);
  }
  await board.filterJobs('long-');
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 });
    for (const [i, [state, , wanted]] of ends.entries()) {
      const row = await board.row(`long-${i}`, { state });
      const [why, status] = await row.$$('.job-pace span');
      assert.equal(await status.textContent(), wanted);
      assert.equal(await cutOff(status), 0, `the status is whole at ${width} px`);
      assert.ok((await cutOff(why)) > 0, `the reason gives way at ${width} px`);
      const beyond = await status.evaluate(
        (one) => one.getBoundingClientRect().right - one.parentElement.getBoundingClientRect().right,
      );
      assert.ok(beyond <= 1, `the status is in sight at ${width} px, but for ${beyond}`);
      assert.ok((await row.$eval('button', ({ title }) => title)).includes(`${reason}${wanted}`));
    }
  }
  await page.goto(new URL('/#/wall', page.url()).href);
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 });
    for (const [i, [, , wanted]] of ends.entries()) {
      const status = page.locator(`.card[data-task="long-${i}"] .card-words > :last-child`, { hasText: wanted.slice(2) });
      await status.waitFor();
      const beyond = await status.evaluate(
        (one) => one.getBoundingClientRect().right - one.closest('.card').getBoundingClientRect().right,
      );
      assert.ok(beyond <= 0, `the status is in its card at ${width} px, but for ${beyond}`);
    }
  }
});

scenario('a job has an address of its own, and the way back leads to the board', { skip }, async (ws) => {
  const { board, page } = await openScene(ws, {}, '/#/jobs/build-web');
  const failure = page.getByTestId('job-log').filter({ hasText: 'TS2345' });
  await failure.waitFor();
  assert.match(await page.title(), /build-web/);
  await page.goto(new URL('/#/jobs/backup', page.url()).href);
  await page.getByRole('progressbar', { name: 'backup' }).waitFor();
  await page.goBack();
  await failure.waitFor();
  await page.getByRole('link', { name: /jobs|board/i }).first().click();
  await board.row('backup');
  await page.goBack();
  await failure.waitFor();
});

scenario('the page of a job says how it is, whatever many lines it has logged since', { skip }, async (ws) => {
  const { stack, board, page } = await openScene(ws);
  const start = { task: 'chatty', state: 'running', moved: 12, total: 40, unit: 'files' };
  await stack.publish('jobs/chatty', JSON.stringify(start), '-e', 'start');
  const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ task: 'chatty', line: `line ${i}.` }));
  await stack.publishLines('jobs/chatty', lines, '-e', 'log');
  await page.reload();
  const row = await board.row('chatty', { state: 'running', percent: '' });
  assert.match(await row.textContent(), /over \d/, 'the board knows but the newest 50, and says so');
  await page.goto(new URL('/#/jobs/chatty', page.url()).href);
  const article = page.getByTestId('job-page');
  await article.locator('.one-head', { hasText: '30.0%' }).waitFor();
  await article.locator('.one-figures', { hasText: '12 of 40 files' }).waitFor();
  assert.doesNotMatch(await article.locator('.one-figures').textContent(), /over/, 'its start is known');
  await stack.publish('jobs/chatty', JSON.stringify({ ...start, moved: 20 }), '-e', 'progress');
  await article.locator('.one-head', { hasText: '50.0%' }).waitFor();
  assert.doesNotMatch(await article.locator('.one-figures').textContent(), /over/, 'nor is it forgotten');
});

scenario('the wall shows every job and nothing to press but the way back', { skip }, async (ws) => {
  const { page } = await openScene(ws, {}, '/#/wall');
  await page.locator(`${ROW}[data-task="build-web"][data-state="failed"]`).waitFor();
  assert.equal(await page.locator(ROW).count(), 11);
  assert.equal(await page.getByTestId('job-filter').count(), 0);
  const [width, height] = await page.evaluate(() => [
    document.documentElement.scrollWidth - innerWidth,
    document.documentElement.scrollHeight - innerHeight,
  ]);
  assert.ok(width <= 0 && height <= 0, `it fits the screen: ${width}, ${height}`);
});
