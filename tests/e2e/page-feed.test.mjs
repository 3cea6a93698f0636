// The live feed: it can be held without losing anything, searched, and copied.
import assert from 'node:assert/strict';
import { Board, ENTRY } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const BOUND = 10_000;

async function openBoard(ws, options) {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const board = await Board.open(browser, options);
  return { stack, board, page: board.page };
}

function lines(first, count) {
  return Array.from({ length: count }, (_, i) => `line ${first + i}.`);
}

function words(page) {
  return page.getByTestId('feed-count').textContent();
}

async function numbers(board) {
  return (await board.feed('notes')).map((text) => Number(/line (\d+)\./.exec(text)?.[1]));
}

scenario('a feed that is held stands still, and then has all that came', { skip }, async (ws) => {
  const { stack, board, page } = await openBoard(ws);
  await stack.publishLines('notes', lines(1, 5), '--text');
  await board.entry('notes', 'line 5.');
  await page.getByTestId('feed-pause').click();
  await stack.publishLines('notes', lines(6, 40), '--text');
  await page.getByText(/40 new/).waitFor();
  assert.deepEqual(await numbers(board), [5, 4, 3, 2, 1]);
  await page.getByTestId('feed-pause').click();
  await board.entry('notes', 'line 45.');
  assert.deepEqual(await numbers(board), Array.from({ length: 45 }, (_, i) => 45 - i));
});

scenario('the feed is bounded, and says how much it shows of how much', { skip }, async (ws) => {
  const { stack, board, page } = await openBoard(ws);
  await stack.publishLines('notes', lines(1, BOUND + 1_000), '--text');
  await board.entry('notes', `line ${BOUND + 1_000}.`);
  assert.match(await words(page), /^latest 10,000 of 11,00\d$/);
  assert.ok((await page.locator(ENTRY).count()) < 150, 'only those in sight are drawn');
  await page.getByTestId('feed').evaluate((feed) => feed.scrollTo(0, feed.scrollHeight));
  await board.entry('notes', 'line 1001.');
  assert.equal(await page.locator(ENTRY, { hasText: 'line 1000.' }).count(), 0);
});

scenario('a feed that is held for long says how many events it had to drop', { skip }, async (ws) => {
  const { stack, board, page } = await openBoard(ws);
  await stack.publishLines('notes', lines(1, 5), '--text');
  await board.entry('notes', 'line 5.');
  await page.getByTestId('feed-pause').click();
  await stack.publishLines('notes', lines(6, 6_000), '--text');
  await page.getByText(/^Paused, 6,000 new\. 6$/).waitFor();
  await stack.publishLines('notes', lines(6_006, 6_000), '--text');
  await page.getByText(/^Paused, 12,000 new\. 2,000 dropped while paused\. 6$/).waitFor();
  assert.deepEqual(await numbers(board), [5, 4, 3, 2, 1]);
  await page.getByTestId('feed-pause').click();
  await page.getByText(/^2,000 dropped while paused\. latest 10,000 of 12,00\d$/).waitFor();
  await board.entry('notes', 'line 12005.');
});

scenario('the feed is searched by channel, event name and text', { skip }, async (ws) => {
  const { stack, board, page } = await openBoard(ws);
  await stack.publish('notes', 'one', '--text');
  await stack.publish('news', 'two', '--text', '-e', 'flash');
  await stack.publish('news', '{"three":3}');
  await board.entry('news', 'three');
  const shows = (wanted, what) =>
    eventually(async () => {
      const texts = await page.locator(`${ENTRY}:not([data-channel=""])`).allTextContents();
      const found = ['one', 'two', 'three'].filter((word) => texts.some((text) => text.includes(word)));
      return found.join() === wanted && texts.length === found.length;
    }, what);
  for (const [field, text, wanted] of [
    ['feed-filter-channel', 'notes', 'one'],
    ['feed-filter-name', 'flash', 'two'],
    ['feed-filter', 'three', 'three'],
  ]) {
    await page.getByTestId(field).fill(text);
    await shows(wanted, `${field} ${text}`);
    await page.getByTestId(field).fill('');
    await shows('one,two,three', `${field} emptied`);
  }
});

scenario('an entry opens to its data, and what is shown can be copied', { skip }, async (ws) => {
  const permissions = ['clipboard-read', 'clipboard-write'];
  const { stack, board, page } = await openBoard(ws, { permissions });
  const ids = [await stack.publish('notes', '{"a":{"b":[1,2]}}'), await stack.publish('news', 'words', '--text')];
  await board.entry('news', 'words');
  await board.entry('notes', '');
  await page.locator(`${ENTRY}[data-channel="notes"]`).click();
  await page.locator('pre', { hasText: '"b"' }).waitFor();
  await page.getByTestId('feed-copy').first().click();
  const copied = await eventually(async () => {
    const text = await page.evaluate(() => navigator.clipboard.readText());
    return text.includes(ids[0]) && text;
  }, 'the clipboard has it');
  const entries = copied.trim().split('\n').map((line) => JSON.parse(line));
  for (const id of ids) assert.equal(entries.filter((entry) => entry.id === id).length, 1, id);
});
