// Runs all behaviours for one mode, as subtests, and prints what was found.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Workspace } from '../workspace.mjs';
import { BEHAVIOURS, GROUPS, behavioursOf } from './behaviours.mjs';
import { expectedFailure } from './expectations.mjs';
import { Stage } from './stage.mjs';

const GROUPS_AT_ONCE = 3;

/** The tests of a mode; `Server` is its driver. ONLY=leave-fin,slow (in the environment) runs just these. */
export function runMatrix(Server) {
  const { name: mode } = new Server();
  const only = process.env.ONLY?.split(',');
  const isWanted = ({ id }) => !only || only.includes(id);
  const groups = GROUPS.filter((group) => behavioursOf(group).some(isWanted));
  test(mode, { concurrency: GROUPS_AT_ONCE }, async (t) => {
    const found = new Map();
    const begun = performance.now();
    await Promise.all(
      groups.map((group) =>
        t.test(group.what, { concurrency: true }, (inner) =>
          runGroup(inner, Server, mode, group, isWanted, found),
        ),
      ),
    );
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    t.diagnostic(`${mode}: ${found.size} behaviours in ${seconds} s`);
    for (const line of report(found)) t.diagnostic(line);
  });
}

async function runGroup(t, Server, mode, group, isWanted, found) {
  const ws = new Workspace(t);
  const { inTurn = [], together = [] } = group;
  let failed = false;
  const show = (stage, behaviour) =>
    t.test(behaviour.words, async () => {
      try {
        found.set(behaviour.id, await runBehaviour(stage, mode, behaviour));
      } catch (error) {
        failed = true;
        found.set(behaviour.id, `FAILED: ${firstLine(error)}`);
        throw error;
      }
    });
  try {
    const stage = await Stage.start(ws, Server, group.options);
    for (const behaviour of inTurn.filter(isWanted)) await show(stage, behaviour);
    await Promise.all(together.filter(isWanted).map((behaviour) => show(stage, behaviour)));
    if (failed) ws.showLogs();
    await ws.check();
    await ws.stop();
  } catch (error) {
    ws.showLogs();
    await ws.stop().catch((again) => t.diagnostic(`while cleaning up: ${again.message}`));
    throw error;
  } finally {
    ws.remove();
  }
}

/** Returns what is to be told of the cell; throws if it is not as expected. */
async function runBehaviour(stage, mode, behaviour) {
  const expected = expectedFailure(mode, behaviour.id);
  let measured;
  try {
    measured = await behaviour.run(stage);
  } catch (error) {
    if (!expected) throw error;
    assert.match(error.message, expected.shows, `it fails, but not as expected: ${error.message}`);
    return `no: ${expected.why} (${firstLine(error)})`;
  }
  assert.ok(!expected, `no longer true, take it out of expectations.mjs: ${expected?.why}`);
  return measured ? `yes: ${measured}` : 'yes';
}

function firstLine(error) {
  return error.message.split('\n')[0].slice(0, 200);
}

function report(found) {
  const rows = BEHAVIOURS.filter(({ id }) => found.has(id));
  return rows.map(({ id }) => `  ${id.padEnd(12)} ${found.get(id)}`);
}
