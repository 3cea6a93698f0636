// Many tabs of the board at once: HTTP/1.1 allows six connections to a host, so they share one.
import { Board } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { assertNumbers, publishNumbers } from './lib/numbered.mjs';
import { startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const TABS = 7;
const PER_SECOND = 20;

/** Opens so many tabs of the board in one profile; each must become live while all the others are. */
async function openTabs(browser, count) {
  const profile = await browser.profile();
  const tabs = [];
  for (let i = 0; i < count; i++) tabs.push(await Board.tab(browser, profile));
  return tabs;
}

scenario('seven tabs of the board are live at once over HTTP/1.1', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  await stack.publish('jobs/1', '{"task":"one","percent":"10.00"}', '-e', 'progress');
  const tabs = await openTabs(browser, TABS);
  for (const board of tabs) await board.row('one', { percent: '10.00' });
  await stack.publish('jobs/1', '{"task":"one","percent":"20.00"}', '-e', 'progress');
  for (const board of tabs) await board.row('one', { percent: '20.00' });
  for (const board of tabs) await board.is('live');
});

scenario(
  'when the tab that holds the connection is closed, the others go on without loss or repeat',
  { skip },
  async (ws) => {
    const stack = await startWeb(ws);
    const browser = await Browser.start(ws, stack.server.origin);
    const tabs = await openTabs(browser, 4);
    const load = publishNumbers(stack);
    load.run(PER_SECOND);
    // Whichever it is: the oldest tab leads, and after it another one.
    for (let closed = 0; closed < 2; closed++) {
      await load.acknowledges(PER_SECOND);
      await tabs.shift().page.close();
    }
    await load.acknowledges(PER_SECOND);
    const { length } = await load.finish();
    for (const board of tabs) {
      await board.is('live');
      await assertNumbers(board, length);
    }
    ws.note(`${length} events in each of ${tabs.length} tabs, after two others were closed`);
  },
);

scenario('a tab that is reloaded does not disturb the others', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const [first, second] = await openTabs(browser, 2);
  const load = publishNumbers(stack);
  load.run(PER_SECOND);
  for (let times = 0; times < 3; times++) {
    await load.acknowledges(PER_SECOND / 2);
    await first.page.reload();
    await first.is('live');
  }
  const { length } = await load.finish();
  await assertNumbers(second, length);
  await first.entry('notes', `notes ${length - 1}.`);
});
