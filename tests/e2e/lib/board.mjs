// The status board in a page, as tests read and use it.
import { PATIENCE } from './browser.mjs';
import { eventually } from './eventually.mjs';

export const ROW = '[data-testid="job"]';
export const ENTRY = '[data-testid="feed-entry"]';
const CONNECTION = '[data-testid="connection"]';

export class Board {
  /** Opens the board in a profile of its own and waits until it is live. */
  static async open(browser, options) {
    const board = new Board(await browser.open('/', options));
    await board.is('live');
    return board;
  }

  /** The same in one more tab of a profile. */
  static async tab(browser, profile) {
    const board = new Board(await browser.tab(profile));
    await board.is('live');
    return board;
  }

  constructor(page) {
    this.page = page;
  }

  /** Waits until the connection is said to be `state`. */
  async is(state, timeout = PATIENCE.timeout) {
    await this.page.waitForSelector(`${CONNECTION}[data-state="${state}"]`, { timeout });
  }

  /** What the connection is said to be, in words. */
  said() {
    return this.page.textContent(CONNECTION);
  }

  stopOrResume() {
    return this.page.getByTestId('stop').click();
  }

  /** The rows of the jobs that are drawn: [{task, state, percent}]. */
  rows() {
    return this.page.$$eval(ROW, (rows) =>
      rows.map(({ dataset: { task, state, percent } }) => ({ task, state, percent })),
    );
  }

  /** The tasks of all rows, from the top on; only those in sight need be drawn. */
  async tasks() {
    const rows = await this.page.evaluate(readList, { items: ROW, attribute: 'data-task' });
    return rows.map(({ value }) => value);
  }

  filterJobs(text) {
    return this.page.getByTestId('job-filter').fill(text);
  }

  /** Waits for the row of a task, with these of `state` and `percent`. */
  row(task, wanted = {}) {
    const attributes = Object.entries({ task, ...wanted });
    const selector = ROW + attributes.map(([name, value]) => `[data-${name}="${value}"]`).join('');
    return this.page.waitForSelector(selector, PATIENCE);
  }

  /** Waits until the bar of some task has moved. */
  async barMoves() {
    await this.page.waitForSelector(ROW, PATIENCE);
    const first = new Map((await this.rows()).map(({ task, percent }) => [task, percent]));
    const hasMoved = ({ task, percent }) => first.has(task) && first.get(task) !== percent;
    await eventually(async () => (await this.rows()).some(hasMoved), 'a bar moves');
  }

  /** Has the feed show one channel only: among many others an entry is soon out of sight, and only what is in it is drawn. */
  show(channel) {
    return this.page.getByTestId('feed-filter-channel').fill(channel);
  }

  /** Waits for an entry of the feed on `channel` that has `text` in it. */
  entry(channel, text) {
    const found = this.page.locator(`${ENTRY}[data-channel="${channel}"]`, { hasText: text });
    return found.first().waitFor(PATIENCE);
  }

  /** The texts of the feed's entries on `channel`, newest first. */
  async feed(channel) {
    const entries = await this.page.evaluate(readList, { items: ENTRY, attribute: 'data-channel' });
    return entries.filter(({ value }) => value === channel).map(({ text }) => text);
  }
}

/**
 * In the page: all `items` of a list, from its top to its end, with an attribute's value and their text. Only those in
 * sight need be drawn: it is scrolled through, and an item is known by where it stands, so that one that is there twice
 * is read twice.
 */
async function readList({ items, attribute }) {
  const FRAMES_MAX = 300;
  const found = new Map();
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  let scroller = document.querySelector(items);
  if (scroller === null) return [];
  const list = scroller.closest('ul, ol');
  /** Whether what is in sight of the list has rows from its top to its end: they are drawn some time after scrolling. */
  const isDrawn = () => {
    const [seen, whole] = [scroller, list].map((element) => element.getBoundingClientRect());
    const rows = [...list.children].map((row) => row.getBoundingClientRect());
    const [top, bottom] = [Math.max(seen.top, whole.top), Math.min(seen.bottom, whole.bottom)];
    return rows.some((row) => row.top <= top + 1) && rows.some((row) => row.bottom >= bottom - 1);
  };
  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowY);
  do scroller = scroller.parentElement;
  while (!scrolls(scroller));
  const start = scroller.scrollTop;
  scroller.scrollTop = 0;
  for (let before = -1; scroller.scrollTop !== before; ) {
    for (let frames = 0; frames < 2 || (frames < FRAMES_MAX && !isDrawn()); frames++) await frame();
    const top = scroller.getBoundingClientRect().top - scroller.scrollTop;
    for (const item of scroller.querySelectorAll(items)) {
      const at = Math.round(item.getBoundingClientRect().top - top);
      found.set(at, { value: item.getAttribute(attribute), text: item.textContent });
    }
    before = scroller.scrollTop;
    scroller.scrollTop += scroller.clientHeight / 2;
  }
  scroller.scrollTop = start;
  return [...found].sort(([a], [b]) => a - b).map(([, item]) => item);
}
