// Light and dark: as the system is, or as the button says, which holds for the next visit, too.
import assert from 'node:assert/strict';
import { Board } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { startWeb } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

/** Whether ink is lighter than the ground it is on. */
function isDark(page) {
  return page.evaluate(() => {
    const light = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    const { color, backgroundColor } = getComputedStyle(document.documentElement);
    return light(color) > light(backgroundColor);
  });
}

scenario('the button makes the page light, dark, or as the system is', { skip }, async (ws) => {
  const stack = await startWeb(ws);
  const browser = await Browser.start(ws, stack.server.origin);
  for (const colorScheme of ['light', 'dark']) {
    const { page } = await Board.open(browser, { colorScheme });
    const button = page.getByRole('button', { name: /^Colours/ });
    const says = (theme) => page.getByRole('button', { name: `Colours: ${theme}` }).waitFor();
    await says('system');
    assert.equal(await isDark(page), colorScheme === 'dark', `as the system is: ${colorScheme}`);
    await button.click();
    await says('light');
    assert.equal(await isDark(page), false, `light on a system that is ${colorScheme}`);
    await button.click();
    await says('dark');
    assert.equal(await isDark(page), true, `dark on a system that is ${colorScheme}`);
    await page.reload();
    await says('dark');
    assert.equal(await isDark(page), true, 'dark after a reload');
    await button.click();
    await says('system');
    assert.equal(await isDark(page), colorScheme === 'dark', 'as the system is, again');
  }
});
