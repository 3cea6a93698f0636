// A client leaves: after how many heartbeats the responder knows. These streams hear nothing but heartbeats, one a second.
import assert from 'node:assert/strict';
import { eventually } from '../../eventually.mjs';

export const HEARTBEAT_S = 1;

/** Opens a stream, leaves right after a heartbeat, and counts heartbeats until Redis has been told. */
async function leaves(stage, channel, open, leave) {
  const client = open(`/sse/${channel}`);
  await client.opened();
  await client.heartbeat();
  assert.equal(await stage.followed(channel), 1);
  const left = performance.now();
  leave(client);
  const isGone = async () => (await stage.followed(channel)) === 0;
  await eventually(isGone, 'the responder has noticed');
  // Noticed with a heartbeat, it is so that many seconds later, and what the machine needs.
  const heartbeats = Math.round((performance.now() - left) / 1000 / HEARTBEAT_S);
  const told = heartbeats === 0 ? 'at once' : `after ${heartbeats}`;
  assert.ok(heartbeats <= 1, `noticed ${told} heartbeats`);
  return told;
}

export const byFin = {
  id: 'leave-fin',
  words: 'client gone by FIN: noticed within a heartbeat',
  run: (stage) =>
    leaves(stage, 'fin', (target) => stage.server.open(target), (client) => client.abandon()),
};

export const byRst = {
  id: 'leave-rst',
  words: 'client gone by RST: likewise',
  run: (stage) =>
    leaves(stage, 'rst', (target) => stage.server.open(target), (client) => client.reset()),
};

export const byHttp2 = {
  id: 'leave-http2',
  words: 'client gone by HTTP/2 reset: likewise',
  run: (stage) =>
    leaves(stage, 'h2', (target) => stage.server.openHttp2(target), (client) => client.abandon()),
};
