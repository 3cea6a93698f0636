// A board as it looks in the middle of a working night: what runs, what failed, what nobody has heard of since, what is
// done. Ten minutes of it are published in a moment, by Redis' clock being moved; from there on it can go on live.
import assert from 'node:assert/strict';
import { Board } from './board.mjs';
import { Browser } from './browser.mjs';
import { movableClock } from './clock.mjs';
import { eventually, paced } from './eventually.mjs';
import { Redis } from './redis.mjs';
import { startWeb } from './stack.mjs';

const HISTORY_S = 600;
const LOOKS = 24; // reports of a job's progress in the history

/** `start` and `end` are seconds before now; `rate` is units a second. */
const RUNNING = [
  { task: 'backup', unit: 'bytes', total: 42e9, start: 580, rate: 44.6e6 },
  { task: 'rsync-home', unit: 'bytes', total: 18.2e9, start: 290, rate: 46e6 },
  { task: 'import-orders', unit: 'rows', total: 48_500, start: 95, rate: 176 },
  { task: 'transcode', unit: 'frames', total: 5_400, start: 41, rate: 24.1 },
  { task: 'reindex', unit: 'documents', total: 0, start: 130, rate: 37 },
];

const BUILD_LOG = [
  '[3/5] compiling 212 files',
  'src/cart/total.ts(41,18): error TS2345: Argument of type',
  "  'string' is not assignable to parameter of type 'number'.",
  'make: *** [Makefile:27: build] Error 2',
];

const DEPLOY_LOG = ['[3/12] fetching shop-8f3c2e1.tar.zst', '404 Not Found'];

const COMPILE = { state: 'failed', exit: 2, reason: 'src/cart/total.ts does not compile', log: BUILD_LOG };
const FETCH = { state: 'failed', exit: 1, reason: 'build-web left no artefact', log: DEPLOY_LOG };

const OVER = [
  { task: 'nightly-dump', unit: 'bytes', total: 6.4e9, start: 590, end: 410, state: 'done', exit: 0 },
  { task: 'thumbnails', unit: 'images', total: 3_400, start: 520, end: 330, state: 'lost', share: 0.62 },
  { task: 'unit-tests', unit: 'tests', total: 1_284, start: 400, end: 290, state: 'done', exit: 0 },
  { task: 'build-web', unit: 'files', total: 212, start: 255, end: 170, share: 0.58, ...COMPILE },
  { task: 'deploy-web', unit: 'steps', total: 12, start: 160, end: 148, share: 0.25, ...FETCH },
  { task: 'certificates', unit: 'hosts', total: 31, start: 120, end: 101, state: 'done', exit: 0 },
];

const NEWS = [
  ['disk/root', '/ 71 % used', 30],
  ['deploys', '{"app":"shop","version":"2.41.0","by":"ana"}', 97],
  ['sensors/rack-2', '{"celsius":23.4,"fan_rpm":1180}', 11],
  ['alerts', 'build-web failed on main, 8f3c2e1', 169],
  ['mail/queue', '{"waiting":14,"oldest_s":38}', 23],
];

/** What a job says when it is `t` seconds old. */
function report({ task, unit, total, rate }, t, state = 'running') {
  const wobble = 1 + 0.3 * Math.sin(t / 9 + task.length);
  const reached = Math.max(0, rate * (t + 2.7 * Math.sin(t / 9 + task.length)));
  const moved = Math.round(total > 0 ? Math.min(total, reached) : reached);
  const known = total > 0 ? { percent: ((100 * moved) / total).toFixed(2) } : {};
  const now = Number((rate * wobble).toFixed(2));
  const eta = total > 0 ? { eta: Math.round((total - moved) / now) } : {};
  return { task, state, moved, total, ...known, unit, rate: now, ...eta };
}

/** The events of a job up to now: [seconds ago, channel, event, data]. */
function story(job) {
  const { task, total, start, end = 0, state = 'running', share = 1, exit, reason, log = [] } = job;
  const length = start - end;
  const rate = job.rate ?? (total * share) / length;
  const told = (ago, event, data) => [ago, `jobs/${task}`, event, JSON.stringify(data)];
  const events = [told(start, 'start', { task, state: 'running', moved: 0, total })];
  for (let i = 1; i < LOOKS; i++) {
    const t = (length * i) / LOOKS;
    events.push(told(start - t, 'progress', report({ ...job, rate }, t)));
  }
  log.forEach((line, i) => events.push(told(end + 1 - i / 10, 'log', { task, line })));
  if (state === 'running') return events;
  const moved = Math.round(total * share);
  const last = { task, state, moved, total, percent: (100 * share).toFixed(2), unit: job.unit };
  const known = state === 'lost' ? {} : { exit, reason, duration: length };
  return [...events, told(end, state, { ...last, ...known })];
}

function news(every, [channel, data, first]) {
  const events = [];
  for (let ago = first; ago < HISTORY_S; ago += every) events.push([ago, channel, 'message', data]);
  return events;
}

export class Scene {
  /** The stack that it plays on, with the history in its log. */
  static async start(ws) {
    const scene = new Scene();
    const clock = movableClock(ws);
    scene.stack = await startWeb(ws, {}, { redis: await Redis.start(ws, { env: clock.env }) });
    scene.writers = new Map();
    const events = [...RUNNING, ...OVER].flatMap(story);
    events.push(...NEWS.flatMap((one, i) => news(140 + 20 * i, one)));
    for (const [ago, ...event] of events.sort(([a], [b]) => b - a)) {
      clock.set(-Math.round(ago));
      await scene.publish(...event);
    }
    clock.set(0);
    await scene.finish();
    scene.start = performance.now();
    return scene;
  }

  /** Writes to the one `sse-publish --lines` for such events: to start one for each would take most of the time. */
  write(channel, event, data) {
    const key = `${channel} ${event}`;
    if (!this.writers.has(key)) {
      const text = data.startsWith('{') ? [] : ['--text'];
      const { child, ...lines } = this.stack.openLines(channel, '-e', event, ...text);
      child.log = () => child.stderr(); // ids by the hundred help nobody
      this.writers.set(key, { written: 0, child, ...lines });
    }
    const writer = this.writers.get(key);
    writer.written++;
    writer.write(data);
    return writer;
  }

  /** Resolves once it is in the log. */
  async publish(channel, event, data) {
    const { ids, written, child } = this.write(channel, event, data);
    const isStored = () => ids().length >= written || (child.end && Promise.reject(new Error(child.log())));
    await eventually(isStored, `${channel} has ${data}`, { every: 1 });
  }

  /** Ends the writers, which must have published everything. */
  async finish() {
    const writers = [...this.writers.values()];
    this.writers.clear();
    const ends = await Promise.all(writers.map((one) => one.finish()));
    for (const [i, { code }] of ends.entries()) assert.equal(code, 0, `sse-publish exits 0: ${writers[i].child.log()}`);
  }

  /** Goes on with what runs, live, for `count` more events, `perSecond` a second. */
  async play(count, perSecond) {
    await paced(count, perSecond, (i) => {
      const passed = (performance.now() - this.start) / 1000;
      const job = RUNNING[i % RUNNING.length];
      this.write(`jobs/${job.task}`, 'progress', JSON.stringify(report(job, job.start + passed)));
      if (i % 9 !== 0) return;
      const [channel, words] = NEWS[(i / 9) % NEWS.length];
      this.write(channel, 'message', words);
    });
    await this.finish();
  }
}

/** The scene, and a live board on it in a browser of its own. */
export async function openScene(ws, options, target = '/') {
  const scene = await Scene.start(ws);
  const browser = await Browser.start(ws, scene.stack.server.origin);
  const board = new Board(await browser.open(target, options));
  await board.is('live');
  await board.page.getByText('build-web').first().waitFor();
  return { scene, stack: scene.stack, browser, board, page: board.page };
}
