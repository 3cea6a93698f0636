// The page in a real browser, as lighttpd serves it: live, where it stands, and only text.
import assert from 'node:assert/strict';
import { Board } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { www } from './lib/build.mjs';
import { eventually } from './lib/eventually.mjs';
import { startWeb } from './lib/stack.mjs';
import { startWorker } from './lib/worker.mjs';
import { scenario } from './lib/workspace.mjs';

scenario(
  'the page is live, its bars move and its feed fills, without an error',
  { skip },
  async (ws) => {
    const stack = await startWeb(ws);
    startWorker(stack, 'demo');
    startWorker(stack, 'clock');
    const browser = await Browser.start(ws, stack.server.origin);
    const board = await Board.open(browser);
    await board.barMoves();
    const rows = await eventually(async () => {
      const all = await board.rows();
      return all.length >= 2 && all;
    }, 'several tasks');
    for (const { task, percent, state } of rows) {
      assert.ok(task);
      assert.ok(Number(percent) >= 0 && Number(percent) <= 100, percent);
      assert.match(state, /^(running|done|failed|lost)$/);
    }
    await board.show('clock');
    await board.entry('clock', '');
    await board.show('notes/today');
    await stack.publish('notes/today', '{"text":"hello page"}');
    await board.entry('notes/today', 'hello page');
  },
);

scenario('the page works in a folder of its own beside /sse', { skip }, async (ws) => {
  const alias = `alias.url = ( "/sse-status/" => "${www}/" )`;
  const settings = ['server.modules += ( "mod_alias" )', alias];
  const stack = await startWeb(ws, {}, { settings });
  startWorker(stack, 'demo');
  const browser = await Browser.start(ws, stack.server.origin);
  const board = new Board(await browser.open('/sse-status/'));
  await board.is('live');
  await board.barMoves();
  const paths = browser.asked().map((url) => new URL(url).pathname);
  assert.deepEqual(paths.filter((path) => !/^\/(sse$|sse-status\/)/.test(path)), []);
});

scenario('the page shows data as text, never as markup', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const board = await Board.open(browser);
  const hostile = '<img src=x onerror="document.title=\'pwned\'"><b id="bold">b</b>';
  await stack.publish('notes', hostile, '--text');
  await stack.publish('jobs/x', JSON.stringify({ task: hostile, unit: hostile }), '-e', 'progress');
  await board.entry('notes', '<b id="bold">');
  await board.row(hostile.replaceAll('"', '\\"'));
  assert.equal(await board.page.$('#bold'), null);
  assert.notEqual(await board.page.title(), 'pwned');
});
