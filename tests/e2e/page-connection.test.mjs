// What the page says about its connection: nothing that is not live looks live, nothing that was missed is hidden.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Board } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { Child } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

async function openBoard(ws) {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const board = await Board.open(browser);
  return { stack, browser, board, page: board.page };
}

/** Waits until the connection is said in words that match. */
function says(board, pattern) {
  return eventually(async () => {
    const words = await board.said();
    if (pattern.test(words)) return true;
    throw new Error(words);
  }, `the connection is said to be ${pattern}`);
}

/** Waits until the title of the window matches: it is set behind what it tells of. */
function titled(page, pattern) {
  return eventually(async () => pattern.test(await page.title()), `the title has ${pattern}`);
}

scenario('events that Redis has lost are said to be missed, until that is dismissed', { skip }, async (ws) => {
  const { stack, board, page } = await openBoard(ws);
  await stack.publish('notes', 'before', '--text');
  await board.entry('notes', 'before');
  assert.equal(await page.getByTestId('missed').count(), 0);
  await stack.redis.command('FLUSHALL');
  await stack.publish('notes', 'after', '--text');
  await board.entry('notes', 'after');
  const missed = page.getByTestId('missed').first();
  await missed.waitFor();
  assert.match(await missed.textContent(), /An unknown number of events were missed on every channel/);
  assert.ok(await missed.isVisible());
  await board.is('live');
  await page.getByTestId('missed-dismiss').first().click();
  await missed.waitFor({ state: 'detached' });
});

scenario('events that the log no longer has when the page comes back are said to be missed', { skip }, async (ws) => {
  const { stack, board, page } = await openBoard(ws);
  await stack.publish('notes', 'first', '--text');
  await board.entry('notes', 'first');
  await board.stopOrResume();
  await board.is('stopped');
  await stack.follows([], 0);
  const lines = Array.from({ length: 500 }, (_, i) => `line ${i}.`);
  await stack.publishLines('notes', lines, '--text', '--keep', '10');
  await board.stopOrResume();
  await page.getByTestId('missed').first().waitFor();
  const gone = 500 - (await stack.redis.command('XLEN', 'sse:log:notes'));
  const words = await page.getByTestId('missed').first().textContent();
  assert.match(words, new RegExp(`${gone} events were missed on notes`));
  await board.entry('notes', 'line 499.');
});

scenario('the page says how long it has heard nothing, and that it is not live', { skip }, async (ws) => {
  const { stack, browser, board, page } = await openBoard(ws);
  await stack.publish('jobs/1', '{"task":"one","percent":"10.00"}', '-e', 'progress');
  await board.row('one');
  await says(board, /live.*last event (just now|\d+ s ago)/i);
  await says(board, /last event ([2-9]|\d\d) s ago/i);
  assert.doesNotMatch(await page.textContent('.panel-jobs'), /not live/);
  browser.expectOutage();
  await stack.server.stop();
  await says(board, /retrying/i);
  await page.getByText(/not live, as of/).first().waitFor();
  await titled(page, /retrying/);
  await stack.server.start();
  await board.is('live', 60_000);
  await page.getByText(/not live, as of/).first().waitFor({ state: 'detached' });
});

/** The same web server without its line for sse.fcgi: it answers with 404, and EventSource gives up for good. */
function startWithoutStreams(ws, server) {
  const config = ws.path('plain.conf');
  const lines = server.configuration().split('\n');
  fs.writeFileSync(config, lines.filter((line) => !line.startsWith('include')).join('\n'));
  return ws.own(new Child('lighttpd without sse.fcgi', 'lighttpd', ['-D', '-f', config]));
}

scenario('the page says when it tries again where a browser alone would have given up', { skip }, async (ws) => {
  const { stack, browser, board } = await openBoard(ws);
  await stack.publish('notes', 'before', '--text');
  await board.entry('notes', 'before');
  browser.expectOutage();
  await stack.server.stop();
  const plain = startWithoutStreams(ws, stack.server);
  await says(board, /retrying in \d+ s/i);
  await stack.publish('notes', 'meanwhile', '--text');
  await plain.stop();
  await stack.server.start();
  await board.is('live', 60_000);
  await board.entry('notes', 'meanwhile');
  assert.deepEqual((await board.feed('notes')).length, 2, 'it went on where it was');
});

scenario('the page says that it was stopped, and by whom', { skip }, async (ws) => {
  const { board, page } = await openBoard(ws);
  await board.stopOrResume();
  await says(board, /stopped.*you/i);
  await titled(page, /stopped/);
  await page.getByRole('button', { name: 'Resume' }).click();
  await board.is('live');
});
