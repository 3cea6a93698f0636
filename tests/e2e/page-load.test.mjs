// Hundreds of jobs on the board: what it draws and keeps. How fast it is depends on the machine, and is measured by
// `make soak ONLY=page`.
import assert from 'node:assert/strict';
import { Board } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { eventually } from './lib/eventually.mjs';
import { JobsLoad } from './lib/jobs_load.mjs';
import { heapOf } from './lib/page_meter.mjs';
import { startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const JOBS = 500;
const ROUNDS = 20; // events of each job between two looks
const DRAWN_MAX = 80; // rows, on a screen of 900 pixels
// React holds the rows of the feed that it took away until it draws the feed again: one screen of them, or none.
const FEED_NODES = 500;
const FEED_LISTENERS = 150;

scenario('of 500 jobs only the rows in sight are drawn, and each can be reached', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const board = await Board.open(browser, { viewport: { width: 1440, height: 900 } });
  const load = new JobsLoad(stack, JOBS);
  await load.burst(JOBS);
  await board.row('render-1');
  await board.page.getByText(`${JOBS} running`).first().waitFor();
  const drawn = await board.rows();
  ws.note(`${drawn.length} rows drawn of ${JOBS}`);
  assert.ok(drawn.length > 5 && drawn.length <= DRAWN_MAX, `${drawn.length} rows are drawn`);
  assert.deepEqual(await board.tasks(), Array.from({ length: JOBS }, (_, i) => `render-${i + 1}`));
  await board.filterJobs('render-437');
  await board.row('render-437', { percent: load.percentOf('render-437') });
  assert.equal((await board.rows()).length, 1);
});

scenario('the board holds no more after 50,000 events than after 20,000', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const board = await Board.open(browser, { viewport: { width: 1440, height: 900 } });
  const load = new JobsLoad(stack, JOBS);
  const look = async () => {
    await load.burst(JOBS * ROUNDS);
    await board.row('render-1', { percent: load.percentOf('render-1') });
    const held = { events: load.written, ...(await heapOf(board.page)) };
    ws.note(JSON.stringify(held));
    return held;
  };
  await look();
  const before = await look();
  for (let round = 0; round < 3; round++) await look();
  // What the browser's collector has found is not all given back when it says that it is through.
  await eventually(
    async () => {
      const after = await heapOf(board.page);
      ws.note(JSON.stringify(after));
      assert.ok(after.nodes <= before.nodes * 1.1 + FEED_NODES, 'nodes');
      assert.ok(after.listeners <= before.listeners * 1.1 + FEED_LISTENERS, 'listeners');
      assert.ok(after.heapMB <= before.heapMB * 1.25 + 2, 'heap');
      return true;
    },
    'it holds no more',
    { every: 500 },
  );
});
