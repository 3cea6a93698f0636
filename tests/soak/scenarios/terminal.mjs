// Commands under `sse-progress run` at a terminal, as a person runs them, and what they report meanwhile.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { program } from '../../e2e/lib/build.mjs';
import { Child } from '../../e2e/lib/child.mjs';

/** The events of a channel: [{event, …data}]. */
export const reports = async (stack, channel) =>
  (await stack.redis.logOf(channel)).map(({ event, data }) => ({ event, ...JSON.parse(data) }));

const quote = (word) => `'${word.replaceAll("'", "'\\''")}'`;
const run = (channel, command) => ['run', '-c', channel, '--', ...command];

/** Starts `sse-progress run -c channel -- command output`, a redirection, by script(1); what the terminal got is in stdout(). */
export function runAtTerminal(stack, channel, command, output = '') {
  const words = [program('sse-progress'), ...run(channel, command)];
  const line = `stty rows 24 cols 100; exec ${words.map(quote).join(' ')} ${output}`;
  const env = stack.ws.environment({ ...stack.env, TERM: 'xterm', SHELL: '/bin/sh' });
  const options = { cwd: stack.ws.dir, env };
  return stack.ws.own(new Child(command[0], 'script', ['-qec', line, '/dev/null'], options));
}

export function runWithoutTerminal(stack, channel, command) {
  const options = { cwd: stack.ws.dir, env: stack.ws.environment(stack.env) };
  return stack.ws.own(new Child(command[0], program('sse-progress'), run(channel, command), options));
}

/** A web server on loopback that sends `mib` MiB, `perSecond` of them a second, whatever it is asked for. */
export async function startThrottled(ws, mib, perSecond) {
  const TURN_MS = 50;
  const bytes = Buffer.alloc(Math.floor((perSecond * (1 << 20) * TURN_MS) / 1000), 'x');
  const server = http.createServer((request, response) => {
    let left = mib * (1 << 20);
    response.writeHead(200, { 'Content-Length': left, 'Content-Type': 'application/octet-stream' });
    const turn = setInterval(() => {
      const chunk = bytes.subarray(0, Math.min(left, bytes.length));
      left -= chunk.length;
      if (left > 0) return response.write(chunk);
      clearInterval(turn);
      response.end(chunk);
    }, TURN_MS);
    response.on('close', () => clearInterval(turn));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  ws.owned.push({ stop: () => server.close() });
  return `http://127.0.0.1:${server.address().port}`;
}

/**
 * Fails unless a bar has moved: several different values, none below one before (unless it `mayGoBack`), and a last `done`.
 * Returns a row of the table.
 */
export function assertBarMoved(name, events, { mayGoBack = false } = {}) {
  const moving = events.filter(({ event }) => event === 'progress');
  const last = events.at(-1);
  assert.equal(events[0].event, 'start');
  assert.deepEqual([last.event, last.exit], ['done', 0], JSON.stringify(last));
  const values = moving.map(({ percent, moved }) => Number(percent ?? moved));
  const different = new Set(values).size;
  assert.ok(different >= 3, `${name}: ${different} values: ${values.join(' ')}`);
  for (let i = 1; i < values.length && !mayGoBack; i++)
    assert.ok(values[i] >= values[i - 1], `${name}: a bar that goes back: ${values.join(' ')}`);
  if (moving.at(-1).percent !== undefined) assert.equal(last.percent, '100.00');
  const shown = ({ percent, moved, unit }) => (percent === undefined ? `${moved} ${unit}` : `${percent} %`);
  return [name, events.length, different, shown(moving[0]), shown(moving.at(-1)), `${last.duration} s`];
}

/** A tree of `mib` MiB in `files` files. */
export function makeTree(dir, mib, files) {
  const bytes = Buffer.alloc(Math.floor((mib * (1 << 20)) / files), 'a line of text\n');
  for (let i = 0; i < files; i++) {
    if (i % 100 === 0) fs.mkdirSync(`${dir}/${i / 100}`, { recursive: true });
    fs.writeFileSync(`${dir}/${Math.floor(i / 100)}/${i}`, bytes);
  }
}
