// sse-progress run below a test, and what it has published.
import assert from 'node:assert/strict';
import { program } from './build.mjs';
import { Child } from './child.mjs';

/** The events of a channel: their names, and what is in their data. */
export const reports = async (stack, channel) =>
  (await stack.redis.logOf(channel)).map(({ event, data }) => ({ event, ...JSON.parse(data) }));

export function startRun(stack, args, options = {}) {
  const env = { ...stack.ws.environment(stack.env), ...options.env };
  const name = 'sse-progress run';
  const child = new Child(name, program('sse-progress'), ['run', ...args], { cwd: stack.ws.dir, ...options, env });
  child.process.stdin?.end(options.input);
  return stack.ws.own(child);
}

/** Fails unless the percentages move on, and end at 100. */
export function assertMoves(events, least) {
  const percents = events.filter(({ event }) => event === 'progress').map(({ percent }) => Number(percent));
  assert.ok(percents.length >= least, `${percents.length} progress events`);
  for (let i = 1; i < percents.length; i++) assert.ok(percents[i] >= percents[i - 1], percents.join());
  assert.equal(events[0].event, 'start');
  assert.equal(events.at(-1).event, 'done');
  assert.equal(events.at(-1).percent, '100.00');
}
