// Long names, on a large screen and on a phone: nothing is wider than where it stands, nobody has to scroll sideways.
import assert from 'node:assert/strict';
import { ROW } from './lib/board.mjs';
import { skip } from './lib/browser.mjs';
import { openScene } from './lib/scene.mjs';
import { scenario } from './lib/workspace.mjs';

const WORD = 'replicate-customer-database-from-primary-to-standby-in-frankfurt-with-verification-now'; // 86 characters
const REASON = `cannot open ${'/srv/data/releases'.repeat(8)}: the disk is full`;
const LONG = ['running', 'failed', 'lost'].map((state) => ({ task: `${WORD}-${state}`, state, reason: REASON, exit: 126 }));
const LOST = `[data-task="${WORD}-lost"]`;

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const SCREENS = [
  ['a screen of 1920', { viewport: { width: 1920, height: 1080 } }],
  ['a phone', PHONE],
];

/** The scene, with jobs of long names, on channels of long names. */
async function openLong(ws, options, target) {
  const opened = await openScene(ws, options, target);
  for (const { task, state, ...rest } of LONG) {
    const data = { task, state, moved: 1_234_567_890, total: 9_876_543_210, unit: 'bytes', file: REASON, ...rest };
    await opened.stack.publish(`jobs/${task}`, JSON.stringify(data), '-e', state === 'running' ? 'progress' : state);
  }
  await opened.stack.publish(`notes/${WORD}`, REASON, '--text');
  return opened;
}

/** What makes the page wider than the screen, or can be scrolled sideways, but for tables of numbers. */
async function assertFits(page, what) {
  const { width } = page.viewportSize();
  const wide = await page.evaluate((width) => {
    const scrolls = (element) =>
      element.scrollWidth > element.clientWidth && /auto|scroll/.test(getComputedStyle(element).overflowX);
    const found = [...document.querySelectorAll('body *:not(.chart-table)')].filter(scrolls);
    if (document.documentElement.scrollWidth > width) found.push(document.documentElement);
    return found.map((element) => `${element.tagName} ${element.className}: ${element.scrollWidth}`);
  }, width);
  assert.deepEqual(wide, [], what);
}

/** What of a card is beyond its edges, and which cards are beyond those of the screen. */
function outOfCards(page) {
  const { width, height } = page.viewportSize();
  return page.evaluate(
    ([width, height]) => {
      const within = (a, b) =>
        a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
      const screen = { left: 0, top: 0, right: width, bottom: height };
      return [...document.querySelectorAll('.wall > li')].flatMap((card) => {
        const box = card.getBoundingClientRect();
        const parts = [...card.querySelectorAll('p, p > *, .bar')];
        const out = parts.filter((part) => !within(part.getBoundingClientRect(), box));
        return [...(within(box, screen) ? [] : [card]), ...out].map((one) => `${one.tagName}: ${one.textContent}`);
      });
    },
    [width, height],
  );
}

for (const [where, options] of SCREENS) {
  scenario(`long names stay in their cards on the wall on ${where}`, { skip }, async (ws) => {
    const { page } = await openLong(ws, options, '/#/wall');
    await page.locator(`${ROW}${LOST}`).waitFor();
    assert.deepEqual(await outOfCards(page), []);
    await assertFits(page, 'the wall');
  });

  scenario(`long names fit the board and the page of a job on ${where}`, { skip }, async (ws) => {
    const { board, page } = await openLong(ws, options);
    const row = page.locator(`${ROW}${LOST}`);
    await row.waitFor();
    await board.entry(`notes/${WORD}`, REASON);
    await page.getByTestId('chart-timeline').getByText(`${WORD}-lost`).waitFor();
    await assertFits(page, 'the board');
    await row.getByTestId('job-toggle').click();
    await page.getByTestId('job-detail').getByText('Page of its own').waitFor();
    await assertFits(page, 'a row that is opened');
    await page.goto(new URL(`/#/jobs/${WORD}-failed`, page.url()).href);
    await page.getByTestId('job-page').locator('.change').first().waitFor();
    await assertFits(page, 'the page of a job');
  });
}
