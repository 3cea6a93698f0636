// `make run`, as a newcomer types it, and the page that it leads to.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Board } from './lib/board.mjs';
import { Browser, skip } from './lib/browser.mjs';
import { root, www } from './lib/build.mjs';
import { Child, isAlive, processes, runProgram } from './lib/child.mjs';
import { eventually } from './lib/eventually.mjs';
import { startWeb } from './lib/stack.mjs';
import { canListen, freePort, scenario } from './lib/workspace.mjs';

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

    const browser = await Browser.start(ws, address);
    const board = await Board.open(browser);
    await board.barMoves();
    await board.row('mirror', { state: 'failed' });
    await board.row('verify');
    const published = await runProgram('sh', ['-c', command], { env: ws.environment() });
    assert.equal(published.code, 0, `${command}: ${published.stderr}`);
    await board.show(channel);
    await board.entry(channel, '');
    browser.check();
    browser.expectOutage();

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
