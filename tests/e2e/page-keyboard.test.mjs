// The board without a mouse, without motion, and on paper.
import assert from 'node:assert/strict';
import { ENTRY, ROW } from './lib/board.mjs';
import { skip } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { openScene } from './lib/scene.mjs';
import { scenario } from './lib/workspace.mjs';

const PRESSES_MAX = 200;

/** In the page: remembers what has the focus (null: the page itself). Returns whether that is new, and is seen. */
function look() {
  const at = document.activeElement === document.body ? null : document.activeElement;
  window.reached ??= new Set();
  const isNew = !window.reached.has(at);
  window.reached.add(at);
  if (at === null) return { isNew, isSeen: true };
  const isRinged = (element, pseudo) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element, pseudo);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  };
  // The ring may be drawn around what a control stands for.
  const around = [at, at.firstElementChild, at.closest('li')].filter(Boolean);
  const isSeen = around.some((one) => isRinged(one)) || isRinged(at, '::before') || isRinged(at, '::after');
  return { isNew, isSeen, html: at.cloneNode(false).outerHTML.slice(0, 160) };
}

/** In the page: what a mouse can use and Tab has not reached. Rows may leave the Tab key to the first of them. */
function unreached({ entries }) {
  const usable = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const isRoving = (element) => element.matches(entries) && document.querySelector(`${entries}[tabindex="0"]`);
  return [...document.querySelectorAll(usable)]
    .filter((element) => !element.disabled && element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => !window.reached.has(element) && element.getAttribute('tabindex') !== '-1')
    .filter((element) => !isRoving(element))
    .map((element) => element.cloneNode(false).outerHTML.slice(0, 160));
}

/** Waits until the feed and the charts, which are renewed less often than the jobs, have what Tab may stop at. */
async function drawn(page) {
  await page.locator(ENTRY).first().waitFor();
  await page.locator('[data-testid="chart-timeline"] [role="slider"]').waitFor();
}

for (const [name, target] of [
  ['the board', '/'],
  ['the page of a job', '/#/jobs/build-web'],
  ['the wall', '/#/wall'],
]) {
  scenario(`Tab reaches everything on ${name}, and shows where it is`, { skip }, async (ws) => {
    const { page } = await openScene(ws, {}, target);
    if (target === '/') await drawn(page);
    const unseen = [];
    for (let i = 0; i < PRESSES_MAX; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(look);
      if (!at.isNew) break;
      if (!at.isSeen) unseen.push(at.html);
    }
    assert.deepEqual(unseen, [], 'the focus is visible wherever it is');
    assert.deepEqual(await page.evaluate(unreached, { entries: ENTRY }), [], 'nothing is left out');
    ws.note(`${await page.evaluate(() => window.reached.size)} stops`);
  });
}

/** Presses Tab until what has the focus matches. */
async function tabTo(page, selector) {
  for (let i = 0; i < PRESSES_MAX; i++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  assert.fail(`Tab does not reach ${selector}`);
}

function focused(page, selector) {
  const matches = (wanted) => document.activeElement.closest(wanted) !== null;
  return page.waitForFunction(matches, selector);
}

scenario('the whole board can be used by keyboard alone', { skip }, async (ws) => {
  const { board, page } = await openScene(ws);
  await tabTo(page, '[data-testid="stop"]');
  await page.keyboard.press('Space');
  await board.is('stopped');
  await page.keyboard.press('Enter');
  await board.is('live');

  await tabTo(page, '[data-testid="job-filter"]');
  await page.keyboard.type('web');
  await eventually(async () => (await board.rows()).length === 2, 'two jobs are left');
  await tabTo(page, `${ROW} button`);
  await page.keyboard.press('Enter');
  await page.getByTestId('job-detail').waitFor();
  await page.keyboard.press('Space');
  await page.getByTestId('job-detail').waitFor({ state: 'detached' });
  const [first, second] = (await board.rows()).map(({ task }) => task);
  await page.keyboard.press('ArrowDown');
  await focused(page, `${ROW}[data-task="${second}"]`);
  await page.keyboard.press('ArrowUp');
  await focused(page, `${ROW}[data-task="${first}"]`);

  await tabTo(page, '[data-testid="feed-pause"]');
  await page.keyboard.press('Space');
  await page.locator('[data-testid="feed-pause"][aria-pressed="true"]').waitFor();
});

scenario('the focus goes into the page of a job, and back to its row', { skip }, async (ws) => {
  const { board, page } = await openScene(ws);
  await board.filterJobs('build');
  await tabTo(page, `${ROW} button`);
  await page.keyboard.press('Enter');
  await tabTo(page, 'a[href="#/jobs/build-web"]');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.textContent === 'jobs/build-web');
  await page.goBack();
  await focused(page, `${ROW}[data-task="build-web"]`);
});

/** How many animations run, at a moment at which the board has just changed. */
async function animations(scene, page) {
  await scene.play(20, 40);
  return page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length);
}

scenario('nothing moves by itself for those who want less motion', { skip }, async (ws) => {
  const { scene, page } = await openScene(ws, { reducedMotion: 'reduce' });
  for (let i = 0; i < 3; i++) assert.equal(await animations(scene, page), 0);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await eventually(async () => (await animations(scene, page)) > 0, 'for the others something does');
});

scenario('on paper the board is all there, dark on white, without what one would press', { skip }, async (ws) => {
  const { board, page } = await openScene(ws, { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print' });
  const shown = await board.rows();
  assert.equal(shown.length, 11);
  for (const { task } of shown) assert.ok(await (await board.row(task)).isVisible(), task);
  for (const control of ['stop', 'job-filter', 'feed-pause'])
    assert.ok(!(await page.getByTestId(control).first().isVisible()), control);
  const paper = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  assert.equal(paper, 'rgb(255, 255, 255)');
  const pdf = await page.pdf();
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
});
