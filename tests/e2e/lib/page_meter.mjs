// What a page costs: frames, memory, time of its main thread; by the DevTools protocol.

const MB = 1e6;

/** What is alive in the page after a collection: megabytes of JavaScript, DOM nodes, event listeners. */
export async function heapOf(page) {
  const session = await sessionOf(page);
  await session.send('HeapProfiler.collectGarbage');
  const metrics = await read(session);
  await session.detach();
  return {
    heapMB: Number((metrics.JSHeapUsedSize / MB).toFixed(2)),
    nodes: metrics.Nodes,
    listeners: metrics.JSEventListeners,
  };
}

/** To ask it by: a reader's tab's own (reader_tab.mjs), or a new one to a page of Playwright's. */
async function sessionOf(page) {
  return 'send' in page ? page : page.context().newCDPSession(page);
}

async function read(session) {
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/**
 * Has the page draw `count` frames, and says how it went: frames a second over all of it, the 95th percentile and the
 * longest of the times between two frames in ms, how busy its main thread was by the clock (0 to 1), and how much of a
 * processor the page had: less than that where the machine has other things to do. What it did in a frame, in ms by the
 * clock, goes by script, style and layout; the rest is painting.
 */
export async function framesOf(page, count) {
  const session = await sessionOf(page);
  const before = await read(session);
  const deltas = await page.evaluate(drawFrames, count);
  const after = await read(session);
  await session.detach();
  const seconds = deltas.reduce((sum, delta) => sum + delta, 0) / 1000;
  deltas.sort((a, b) => a - b);
  const spent = (name) => after[name] - before[name];
  const share = (name) => Math.round((100 * spent(name)) / spent('Timestamp')) / 100;
  const aFrame = (name) => Math.round((10_000 * spent(name)) / count) / 10;
  return {
    perSecond: Math.round((count / seconds) * 10) / 10,
    p95Ms: Math.round(deltas[Math.floor(count * 0.95)]),
    longestMs: Math.round(deltas.at(-1)),
    busy: share('TaskDuration'),
    processor: share('ProcessTime'),
    msAFrame: {
      script: aFrame('ScriptDuration'),
      style: aFrame('RecalcStyleDuration'),
      layout: aFrame('LayoutDuration'),
      all: aFrame('TaskDuration'),
    },
  };
}

/** In the page: the times between `count` + 1 frames, in ms. */
function drawFrames(count) {
  return new Promise((resolve) => {
    const deltas = [];
    let last = null;
    const onFrame = (now) => {
      if (last !== null) deltas.push(now - last);
      last = now;
      if (deltas.length < count) requestAnimationFrame(onFrame);
      else resolve(deltas);
    };
    requestAnimationFrame(onFrame);
  });
}
