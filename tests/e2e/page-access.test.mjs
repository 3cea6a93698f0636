// The board for everybody: WCAG 2.2 AA as far as axe-core can tell, all of it by keyboard, little motion, paper.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { Board, ENTRY } from './lib/board.mjs';
import { skip } from './lib/browser.mjs';
import { openScene } from './lib/scene.mjs';
import { scenario } from './lib/workspace.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const CHARTS = ['chart-rate', 'chart-delay', 'chart-timeline'];

/** Fails with what axe finds wrong, and where. */
async function assertAccessible(page, what) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: 'tag', values } }),
    LEVELS,
  );
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target}: ${failureSummary}`),
  );
  assert.deepEqual(found, [], what);
}

for (const [look, options, target] of [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['on a phone, light', { ...PHONE, colorScheme: 'light' }],
  ['on a phone, dark', { ...PHONE, colorScheme: 'dark' }],
  ['on the wall', { colorScheme: 'dark' }, '/#/wall'],
  ['of a single job', { colorScheme: 'light' }, '/#/jobs/build-web'],
]) {
  scenario(`axe finds nothing on the board ${look}`, { skip }, async (ws) => {
    const { page } = await openScene(ws, options, target);
    await assertAccessible(page, look);
  });
}

scenario('axe finds nothing with a row opened', { skip }, async (ws) => {
  const { board } = await openScene(ws);
  await (await board.row('build-web')).$('button').then((button) => button.click());
  await board.page.locator('[data-testid="job-detail"][data-task="build-web"]').waitFor();
  await board.page.getByTestId('job-log').first().waitFor();
  await assertAccessible(board.page, 'a row is opened');
});

scenario("axe finds nothing with the charts' tables", { skip }, async (ws) => {
  const { page } = await openScene(ws);
  const show = async (chart) => {
    const button = page.getByTestId(`${chart}-table`);
    assert.equal(await button.getAttribute('aria-expanded'), 'false', chart);
    await button.click();
    assert.equal(await button.getAttribute('aria-expanded'), 'true', chart);
    await page.getByTestId(chart).locator('table').first().waitFor();
    await assertAccessible(page, `${chart} as a table`);
  };
  for (const chart of CHARTS) await show(chart);
  await page.goto(new URL('/#/jobs/build-web', page.url()).href);
  await show('chart-job');
  const last = page.getByTestId('chart-job').locator('tr').last();
  assert.match(await last.textContent(), /58\.0%$/);
});

scenario('axe finds nothing with the feed held, an entry opened, and events missed', { skip }, async (ws) => {
  const { stack, page } = await openScene(ws);
  // The feed is renewed less often than the jobs: held before, it would be empty.
  await page.locator(ENTRY).first().waitFor();
  await page.getByTestId('feed-pause').click();
  await page.locator(ENTRY).first().click();
  await stack.redis.command('FLUSHALL');
  await stack.publish('notes', 'after', '--text');
  await page.getByTestId('missed').first().waitFor();
  await assertAccessible(page, 'events were missed, and the feed is held');
});

scenario('axe finds nothing on a board that is stopped, retrying, or empty', { skip }, async (ws) => {
  const { stack, browser, board, page } = await openScene(ws);
  await board.stopOrResume();
  await board.is('stopped');
  await assertAccessible(page, 'stopped');
  await board.stopOrResume();
  await board.is('live');
  await stack.redis.command('FLUSHALL');
  const empty = await Board.open(browser);
  await empty.page.getByText(/no (job|task) has reported/i).first().waitFor();
  await assertAccessible(empty.page, 'empty');
  browser.expectOutage();
  await stack.server.stop();
  await board.is('retrying');
  await assertAccessible(page, 'retrying');
});
