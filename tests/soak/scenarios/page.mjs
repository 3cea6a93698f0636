// The board in a real browser under load: it goes on drawing, keeps up, and holds no more after minutes than at first.
import assert from 'node:assert/strict';
import { ReaderTab } from '../../e2e/lib/reader_tab.mjs';
import { Board } from '../../e2e/lib/board.mjs';
import { Browser } from '../../e2e/lib/browser.mjs';
import { JobsLoad } from '../../e2e/lib/jobs_load.mjs';
import { framesOf, heapOf } from '../../e2e/lib/page_meter.mjs';
import { startWeb } from '../../e2e/lib/stack.mjs';

const FRAMES = 300; // a look: 5 s at 60 a second
const LAG_MAX_MS = 2000; // from an event's publishing to its row

/** `jobs` jobs with `perSecond` events a second in all; `looks` times frames and memory. */
export async function page(ws, { jobs, perSecond, looks, framesMin }) {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  const tab = await ReaderTab.open(browser.chromium, browser.origin, { width: 1440, height: 900 });
  const board = new Board(tab);
  await board.is('live');
  const load = new JobsLoad(stack, jobs);
  load.run(perSecond);
  await board.row('render-1');
  const seen = [];
  for (let look = 0; look <= looks; look++) {
    const [start, before] = [performance.now(), load.acknowledged];
    const frames = await framesOf(board.page, FRAMES);
    const published = Math.round(((load.acknowledged - before) * 1000) / (performance.now() - start));
    const lagMs = await lagOf(stack, board, look);
    const one = { published, lagMs, ...frames, ...(await heapOf(board.page)) };
    ws.note(`${look === 0 ? 'warm-up ' : ''}${JSON.stringify(one)}`);
    if (look > 0) seen.push(one);
  }
  await load.pause();
  await load.settled();
  await board.row('render-1', { percent: load.percentOf('render-1') });

  const third = Math.floor(looks / 3);
  const [early, late] = [seen.slice(0, third), seen.slice(-third)].map((part) => median(part, 'heapMB'));
  const frames = median(seen, 'perSecond');
  const slowest = Math.min(...seen.map((one) => one.perSecond));
  ws.note(`frames a second ${frames} (slowest ${slowest}); heap ${early} MB, then ${late} MB`);
  assert.ok(median(seen, 'published') >= 0.9 * perSecond, 'the load was what it should be');
  assert.ok(frames >= framesMin, `${frames} frames a second`);
  assert.ok(late <= early * 1.15 + 1, `the heap grew from ${early} MB to ${late} MB`);
  assert.ok(median(seen, 'lagMs') <= LAG_MAX_MS, 'the page keeps up');
}

/** How long it takes until something published is on the page, in ms. */
async function lagOf(stack, board, n) {
  const start = performance.now();
  await stack.publish(`jobs/marker-${n}`, JSON.stringify({ state: 'failed' }), '-e', 'failed');
  await board.page.waitForFunction((title) => document.title.includes(title), `${n + 1} failed`);
  return Math.round(performance.now() - start);
}

function median(all, name) {
  const values = all.map((one) => one[name]).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}
