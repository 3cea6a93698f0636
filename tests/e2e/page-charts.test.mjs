// The charts: the numbers that they show are those that were published, and the same in their tables.
import assert from 'node:assert/strict';
import { Board } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { openScene } from './lib/scene.mjs';
import { startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

/** The rows of a chart's table, each a list of its cells' texts. */
async function tableOf(page, chart) {
  const button = page.getByTestId(`${chart}-table`);
  if ((await button.getAttribute('aria-expanded')) !== 'true') await button.click();
  return page
    .getByTestId(chart)
    .locator('tr')
    .evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
}

function sum(cells) {
  return cells.reduce((total, text) => total + (Number(text.replace(/,/g, '')) || 0), 0);
}

scenario('the rate counts each event once, and by its channel', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const board = await Board.open(browser);
  const lines = (count) => Array.from({ length: count }, (_, i) => `${i}`);
  await stack.publishLines('notes', lines(70));
  await stack.publishLines('news', lines(30));
  await eventually(async () => {
    const [head, ...rows] = await tableOf(board.page, 'chart-rate');
    const of = (name) => sum(rows.map((row) => row[head.findIndex((title) => title.includes(name))] ?? ''));
    if (of('notes') === 70 && of('news') === 30) return true;
    throw new Error(JSON.stringify([head, ...rows.slice(0, 5)]));
  }, 'the table has 70 of notes and 30 of news');
});

scenario('the delay is that from publishing to the page', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const board = await Board.open(browser);
  const start = performance.now();
  const medians = await eventually(async () => {
    await stack.publish('notes', '1');
    const [, ...rows] = await tableOf(board.page, 'chart-delay');
    const known = rows.map((row) => Number.parseFloat(row[1])).filter(Number.isFinite);
    return known.length > 0 && known;
  }, 'a median');
  // However slow the machine is: none was under way for longer than all of this took.
  const passed = performance.now() - start;
  assert.ok(medians.every((ms) => ms >= 0 && ms <= passed), `within ${passed} ms: ${medians}`);
});

scenario('the timeline has a bar for each job, and its table the same', { skip }, async (ws) => {
  const { page } = await openScene(ws);
  // The charts are drawn once a second: the first time perhaps before all of the start has come.
  await page.locator('.span-row').nth(10).waitFor();
  assert.equal(await page.locator('.span-row').count(), 11);
  const [, ...rows] = await tableOf(page, 'chart-timeline');
  const named = (task) => rows.find((row) => row.some((cell) => cell.includes(task)))?.join(' ');
  assert.equal(rows.length, 11);
  assert.match(named('build-web'), /failed/);
  assert.match(named('backup'), /running/);
});

scenario('a chart is read out by arrow keys', { skip }, async (ws) => {
  const { page } = await openScene(ws);
  for (const [chart, key] of [
    ['chart-rate', 'ArrowLeft'],
    ['chart-delay', 'ArrowLeft'],
    ['chart-timeline', 'ArrowDown'],
  ]) {
    const plot = page.getByTestId(chart).getByRole('slider');
    await plot.focus();
    const words = () => plot.getAttribute('aria-valuetext');
    const seen = new Set([await words()]);
    for (let presses = 0; presses < 3; presses++) {
      await page.keyboard.press(key);
      seen.add(await words());
    }
    assert.ok(seen.size >= 3, `${chart} says ${[...seen].join(' | ')}`);
  }
});

scenario('a chart reads out what is under the pointer', { skip }, async (ws) => {
  const { stack, page } = await openScene(ws, { viewport: { width: 1440, height: 900 } });
  await stack.publishLines('notes', Array.from({ length: 30 }, (_, i) => `${i}`));
  const found = await eventually(async () => {
    const [head, ...rows] = await tableOf(page, 'chart-rate');
    const notes = head.findIndex((title) => title.includes('notes'));
    // Only with all of them there is a second that does not grow any more.
    return sum(rows.map((row) => row[notes] ?? '')) === 30 && rows.find((row) => Number(row[notes]) > 0);
  }, 'the second in which there were notes');
  const [second, all] = found;
  await page.getByTestId('chart-rate-table').click();
  // The bars move by a second each second: the pointer goes after them.
  for (const [chart, wanted] of [
    ['chart-rate', `${second} ${all}/s`],
    ['chart-delay', `${second} median`],
  ]) {
    await eventually(async () => {
      const said = await sweep(page, chart, (text) => text.includes(wanted));
      if (said) return true;
      throw new Error(`${chart} never says ${wanted}`);
    }, `${chart} says ${wanted}`);
  }
  await page.mouse.move(0, 0);
  await page.getByTestId('chart-rate').locator('.chart-reading b', { hasText: 'now' }).waitFor();

  const timeline = page.getByTestId('chart-timeline');
  await timeline.locator('.span-row', { hasText: 'rsync-home' }).hover();
  await timeline.locator('.chart-reading', { hasText: /^rsync-home, running, .* to now, / }).waitFor();
});

/** Moves the pointer over a chart, from now into the past, until what it says is wanted. */
async function sweep(page, chart, isWanted) {
  const box = await page.getByTestId(chart).getByRole('slider').boundingBox();
  const reading = page.getByTestId(chart).locator('.chart-reading');
  for (let x = box.x + box.width - 2; x > box.x + box.width / 4; x -= 3) {
    await page.mouse.move(x, box.y + box.height / 2);
    const said = (await reading.textContent()).replace(/\s+/g, ' ');
    if (isWanted(said)) return said;
  }
  return null;
}
