// What the page's first load takes: everything that a browser with an empty cache asks for until it is live.
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { Board } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const LIMIT = 100_000; // bytes, each file by gzip -9

scenario('the first load of the page is below 100,000 bytes, compressed', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  await Board.open(browser);
  const files = browser.requests.filter((request) => !/\/sse[?/]/.test(request.url()));
  const sizes = await Promise.all(files.map(sizeOf));
  for (const { path, plain, packed } of sizes) ws.note(`${path}: ${plain}, compressed ${packed}`);
  const total = sizes.reduce((sum, { packed }) => sum + packed, 0);
  ws.note(`the first load: ${total} of ${LIMIT} bytes`);
  assert.ok(sizes.some(({ path }) => path.endsWith('.js')));
  assert.ok(total < LIMIT, `${total} bytes`);
});

async function sizeOf(request) {
  const answer = await request.response();
  assert.equal(answer.status(), 200, request.url());
  const body = await answer.body();
  const packed = zlib.gzipSync(body, { level: 9 }).length;
  return { path: new URL(request.url()).pathname, plain: body.length, packed };
}
