// The page in a real browser: headless Chromium, as lighttpd serves it and as `make run` does.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { chromium } from 'playwright-core';
import { root, sanitized, www } from './lib/build.mjs';
import { Child, isAlive, processes, runProgram } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { startWeb } from './lib/stack.mjs';
import { startWorker } from './lib/worker.mjs';
import { canListen, freePort, scenario } from './lib/workspace.mjs';

const skip = sanitized && 'the page is the same one in every build';
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const PATIENCE = { timeout: 30_000 };

const live = '[data-testid="connection"][data-state="live"]';
const retrying = '[data-testid="connection"][data-state="retrying"]';
const job = '[data-testid="job"]';

/** Opens `url` in a browser of its own; what the page complains of and asks for is collected. */
async function browse(ws, url) {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const complaints = [];
  ws.own({ name: 'page', stop: () => browser.close(), log: () => complaints.join('\n') });
  const page = await browser.newPage();
  const asked = [];
  page.on(
    'console',
    (message) => message.type() === 'error' && complaints.push(`console: ${message.text()}`),
  );
  page.on('pageerror', (error) => complaints.push(`error: ${error.stack}`));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(url, PATIENCE);
  return { page, complaints, asked };
}

/** Waits until the bar of some task has moved. */
async function seeBarMove(page) {
  await page.waitForSelector(job, PATIENCE);
  const percents = () =>
    page.$$eval(job, (rows) => rows.map((row) => `${row.dataset.task} ${row.dataset.percent}`));
  const first = (await percents()).join();
  await eventually(async () => (await percents()).join() !== first, 'a bar moves');
}

scenario(
  'the page is live, its bars move and its feed fills, without an error',
  { skip },
  async (ws) => {
    const stack = await startWeb(ws);
    startWorker(stack, 'demo');
    startWorker(stack, 'clock');
    const { page, complaints, asked } = await browse(ws, `${stack.server.origin}/`);
    await page.waitForSelector(live, PATIENCE);
    await seeBarMove(page);
    const rows = await page.$$eval(job, (all) => all.map(({ dataset }) => ({ ...dataset })));
    assert.ok(rows.length >= 2, 'several tasks');
    for (const { task, percent, state } of rows) {
      assert.ok(task);
      assert.ok(Number(percent) >= 0 && Number(percent) <= 100, percent);
      assert.match(state, /^(running|done|failed|lost)$/);
    }
    await page.waitForSelector('[data-testid="feed-entry"][data-channel="clock"]', PATIENCE);
    await stack.publish('notes/today', '{"text":"hello page"}');
    const entry = await page.waitForSelector(
      '[data-testid="feed-entry"][data-channel="notes/today"]',
      PATIENCE,
    );
    assert.match(await entry.textContent(), /hello page/);
    assert.deepEqual(complaints, []);
    const foreign = asked.filter(
      (url) => !url.startsWith(stack.server.origin) && !/^(data|blob):/.test(url),
    );
    assert.deepEqual(foreign, [], 'no request to another host');
  },
);

scenario('the page works in a folder of its own beside /sse', { skip }, async (ws) => {
  const alias = `alias.url = ( "/sse-status/" => "${www}/" )`;
  const settings = ['server.modules += ( "mod_alias" )', alias];
  const stack = await startWeb(ws, {}, { settings });
  startWorker(stack, 'demo');
  const { page, complaints, asked } = await browse(ws, `${stack.server.origin}/sse-status/`);
  await page.waitForSelector(live, PATIENCE);
  await seeBarMove(page);
  assert.deepEqual(complaints, []);
  const paths = asked.map((url) => new URL(url).pathname);
  assert.deepEqual(paths.filter((path) => !/^\/(sse$|sse-status\/)/.test(path)), []);
});

scenario('the page shows data as text, never as markup', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const { page, complaints } = await browse(ws, `${stack.server.origin}/`);
  await page.waitForSelector(live, PATIENCE);
  await stack.publish(
    'notes',
    '<img src=x onerror="document.title=\'pwned\'"><b id="bold">b</b>',
    '--text',
  );
  const entry = await page.waitForSelector(
    '[data-testid="feed-entry"][data-channel="notes"]',
    PATIENCE,
  );
  assert.match(await entry.textContent(), /<b id="bold">/);
  assert.equal(await page.$('#bold'), null);
  assert.notEqual(await page.title(), 'pwned');
  assert.deepEqual(complaints, []);
});

scenario('the page gets over a restart of the web server by itself', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  startWorker(stack, 'demo');
  const { page } = await browse(ws, `${stack.server.origin}/`);
  await page.waitForSelector(live, PATIENCE);
  await stack.server.stop();
  await page.waitForSelector(retrying, PATIENCE);
  await stack.server.start();
  await page.waitForSelector(live, { timeout: 60_000 });
  await seeBarMove(page);
});

/** Every process that was started, however far down, with this mark in its environment. */
function marked(mark) {
  return processes().filter(({ pid }) => {
    try {
      return (
        isAlive(pid) &&
        fs.readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`E2E_MARK=${mark}`)
      );
    } catch {
      return false;
    }
  });
}

/** Our environment, without what binds a child to the make that may run these tests. */
function makeEnvironment(ws) {
  const env = ws.environment({ E2E_MARK: ws.dir });
  delete env.MAKELEVEL;
  env.MAKEFLAGS = (env.MAKEFLAGS ?? '').replace(/(^| )(-j\S*|--jobserver\S*)/g, '');
  return env;
}

/** The sse-publish line that `make run` suggests, as printed, and the channel that it is for. */
function suggestedPublish(output) {
  const line = output
    .split('\n')
    .find((text) => /\/sse-publish /.test(text) && text.includes('--redis'));
  if (!line) return null;
  const command = line.slice(line.search(/['"]?\/\S*\/sse-publish /)).trim();
  const words = command.replace(/--(redis|prefix|event)[= ]\S+|-e \S+/g, '').split(/\s+/);
  return { command, channel: words.slice(1).find((word) => !word.startsWith('-')) };
}

scenario(
  'make run does what it prints, and leaves nothing behind',
  { skip, deadline: 600_000 },
  async (ws) => {
    assert.ok(fs.existsSync(www), 'the page is built');
    const port = await freePort();
    const env = makeEnvironment(ws);
    const run = ws.own(
      new Child('make run', 'make', ['run', `PORT=${port}`], { env, cwd: root, group: true }),
    );
    const address = `http://127.0.0.1:${port}`;
    const printed = () => {
      if (run.end) throw new Error(`make run ended: ${JSON.stringify(run.end)}`);
      return run.stdout().includes(address) && suggestedPublish(run.stdout());
    };
    const { command, channel } = await eventually(printed, 'make run prints its addresses', {
      deadline: 400_000,
    });

    const { page, complaints } = await browse(ws, `${address}/`);
    await page.waitForSelector(live, PATIENCE);
    await seeBarMove(page);
    const published = await runProgram('sh', ['-c', command], { env: ws.environment() });
    assert.equal(published.code, 0, `${command}: ${published.stderr}`);
    await page.waitForSelector(`[data-testid="feed-entry"][data-channel="${channel}"]`, PATIENCE);
    assert.deepEqual(complaints, []);

    run.signal('SIGINT');
    const end = await run.exited;
    ws.note(`make run ended with ${JSON.stringify(end)}`);
    await eventually(() => {
      const left = marked(ws.dir);
      if (left.length === 0) return true;
      throw new Error(left.map(({ pid, command: line }) => `${pid} ${line}`).join('\n'));
    }, 'no process of it is left');
    assert.ok(await canListen(port), 'the port is free again');
  },
);

scenario(
  'make run says plainly that its port is in use',
  { skip, deadline: 600_000 },
  async (ws) => {
    const stack = await startWeb(ws);
    const env = makeEnvironment(ws);
    const options = { env, cwd: root, deadline: 400_000 };
    const end = await runProgram('make', ['run', `PORT=${stack.server.port}`], options);
    assert.notEqual(end.code, 0);
    assert.match(
      end.stdout + end.stderr,
      new RegExp(`${stack.server.port}.*in use|in use.*${stack.server.port}`, 's'),
    );
    assert.deepEqual(marked(ws.dir), []);
  },
);
