// Pictures of the board for a person to look at: `make shots` leaves them in build/shots.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Board } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { build } from './lib/build.mjs';
import { Scene } from './lib/scene.mjs';
import { scenario } from './lib/workspace.mjs';

const folder = path.join(build, 'shots');
const SCREEN = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const WALL = { viewport: { width: 1920, height: 1080 } };

const SHOTS = [
  ['light', { ...SCREEN, colorScheme: 'light' }],
  ['dark', { ...SCREEN, colorScheme: 'dark' }],
  ['phone', { ...PHONE, colorScheme: 'light' }],
  ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
  ['wall', { ...WALL, colorScheme: 'dark' }, '/#/wall'],
  ['job', { ...SCREEN, colorScheme: 'light' }, '/#/jobs/build-web'],
];

scenario('the board is taken pictures of: light, dark, phone, wall', { skip }, async (ws) => {
  const scene = await Scene.start(ws);
  const browser = await Browser.start(ws, scene.stack.server.origin);
  const boards = [];
  for (const [, options, target = '/'] of SHOTS) {
    const board = new Board(await browser.open(target, options));
    await board.is('live');
    boards.push(board);
  }
  await scene.play(400, 16); // charts want something to show
  fs.mkdirSync(folder, { recursive: true });
  for (const [i, [name]] of SHOTS.entries()) {
    const file = path.join(folder, `${name}.png`);
    await boards[i].is('live');
    const picture = await boards[i].page.screenshot({ path: file });
    assert.ok(picture.length > 10_000, `${name} is no blank page`);
    ws.note(`${file}: ${picture.length} bytes`);
  }
});
