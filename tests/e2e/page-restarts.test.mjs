// Pages in a real browser while the servers under them are restarted, and events are published all the time.
import assert from 'node:assert/strict';
import { BarePage, withBarePage } from './lib/bare_page.mjs';
import { Board } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { assertNumbers, publishNumbers } from './lib/numbered.mjs';
import { assertPromise } from './lib/promise.mjs';
import { Redis } from './lib/redis.mjs';
import { startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const PER_SECOND = 20;

/** What the publishers know, in the form in which a client is held to it. */
function ledgerOf(published) {
  return { of: (...names) => published.filter(({ channel }) => names.includes(channel)) };
}

/** Does something to the servers while events flow, and waits until some more were published after it. */
async function underLoad(load, fault) {
  await load.wrote(PER_SECOND);
  await fault();
  await load.acknowledges(PER_SECOND);
}

/** The requests for streams. */
function streamsOf(browser) {
  return browser.requests.filter((request) => request.url().includes('/sse?'));
}

/** The Last-Event-ID of each request for a stream that was answered. */
async function cursorsSent(browser) {
  const streams = streamsOf(browser);
  const answers = await Promise.all(streams.map((request) => request.response()));
  const answered = streams.filter((_, i) => answers[i] !== null);
  const headers = await Promise.all(answered.map((request) => request.allHeaders()));
  return headers.map((all) => all['last-event-id']);
}

scenario(
  "the browser's own EventSource resumes by Last-Event-ID over restarts of sse.fcgi and lighttpd",
  { skip },
  async (ws) => {
    const stack = await startWeb(ws, {}, withBarePage(ws));
    const browser = await Browser.start(ws, stack.server.origin);
    const bare = await BarePage.open(ws, browser, '/sse?channel=notes');
    browser.expectOutage();
    const load = publishNumbers(stack);
    load.run(PER_SECOND);
    const faults = [
      () => stack.server.replaceResponder('SIGTERM'),
      () => stack.server.restart(),
      () => stack.server.replaceResponder('SIGKILL'),
      () => stack.server.reload(),
    ];
    for (const [i, fault] of faults.entries()) {
      await underLoad(load, fault);
      await bare.opened(i + 2);
    }
    const published = await load.finish();
    await bare.until(() => bare.has(published.at(-1).id), 'the newest event');
    assertPromise(bare, ledgerOf(published));
    assert.deepEqual(bare.ids(), published.map(({ id }) => id));
    assert.equal(await bare.readyState(), 1);
    const [first, ...later] = bare.opens().map(({ data }) => JSON.parse(data).resumed);
    assert.equal(first, false);
    assert.ok(later.length >= faults.length && later.every(Boolean), 'each later stream resumed');
    const cursors = await cursorsSent(browser);
    assert.equal(cursors.shift(), undefined);
    assert.ok(cursors.length > 0 && cursors.every((id) => bare.events.some((e) => e.id === id)));
    ws.note(`${published.length} events, ${later.length} times resumed, Last-Event-ID ${cursors}`);
  },
);

scenario('the board has each event once over restarts of both', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const board = await Board.open(browser);
  browser.expectOutage();
  const load = publishNumbers(stack);
  load.run(PER_SECOND);
  // It may be back before the load has gone on for as long as that waits.
  await Promise.all([board.is('retrying'), underLoad(load, () => stack.server.replaceResponder('SIGTERM'))]);
  await board.is('live');
  await underLoad(load, async () => {
    await stack.server.stop();
    await board.is('retrying');
    await stack.server.start();
  });
  await board.is('live', 60_000);
  await assertNumbers(board, (await load.finish()).length);
});

scenario("the browser's own EventSource stays away once its channel has ended", { skip }, async (ws) => {
  const stack = await startWeb(ws, {}, withBarePage(ws));
  const browser = await Browser.start(ws, stack.server.origin);
  const bare = await BarePage.open(ws, browser, '/sse?channel=jobs/1');
  await stack.publish('jobs/1', '1');
  await stack.run(['--end', 'jobs/1']);
  await bare.until(() => bare.named('end').length > 0, 'the end');
  await bare.until(async () => (await bare.readyState()) === 2, 'to be told to stay away');
  const answers = await Promise.all(streamsOf(browser).map((request) => request.response()));
  const statuses = answers.map((answer) => answer.status());
  // While Redis does not say in time that it has ended, it is a stream that ends.
  assert.match(statuses.join(), /^200(,200)*,204$/);
});

scenario('the board gets over Redis killed and back without losing its stream', { skip }, async (ws) => {
  const stack = await startWeb(ws, {}, { redis: await Redis.start(ws, { appendonly: true }) });
  const browser = await Browser.start(ws, stack.server.origin);
  const board = await Board.open(browser);
  const load = publishNumbers(stack);
  const streams = streamsOf(browser).length;
  load.run(PER_SECOND);
  await underLoad(load, async () => {
    await stack.redis.kill();
    await load.wrote(PER_SECOND);
    await stack.redis.start();
  });
  await assertNumbers(board, (await load.finish()).length);
  await board.is('live');
  assert.equal(streamsOf(browser).length, streams, 'no stream was opened anew');
});

scenario('stop closes the stream, resume has what came meanwhile', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const board = await Board.open(browser);
  await stack.follows([], 1);
  const load = publishNumbers(stack);
  load.burst(10);
  await load.acknowledges();
  await board.entry('notes', 'notes 9.');
  await board.stopOrResume();
  await board.is('stopped');
  assert.match(await board.said(), /stopped/i);
  await stack.follows([], 0);
  load.burst(10);
  await load.acknowledges();
  await board.stopOrResume();
  await board.is('live');
  await assertNumbers(board, (await load.finish()).length);
});
