// A client leaves: after how many heartbeats the responder knows. These streams hear nothing but heartbeats.
import assert from 'node:assert/strict';
import { eventually } from '../../eventually.mjs';

export const HEARTBEAT_S = 2;

/** Opens a stream, leaves right after a heartbeat, and returns after how many seconds Redis has been told. */
async function leave(stage, channel, open, go) {
  const client = open(`/sse/${channel}`);
  await client.opened();
  await client.heartbeat();
  assert.equal(await stage.followed(channel), 1);
  const left = performance.now();
  go(client);
  const isGone = async () => (await stage.followed(channel)) === 0;
  await eventually(isGone, 'the responder has noticed');
  return (performance.now() - left) / 1000;
}

/** Three do so; what counts is the one in the middle, since a busy machine can hold one of them up. */
async function noticed(stage, name, open, go) {
  const channels = [1, 2, 3].map((number) => `${name}/${number}`);
  const took = await Promise.all(channels.map((channel) => leave(stage, channel, open, go)));
  const seconds = took.sort((a, b) => a - b)[1];
  const heartbeats = Math.round(seconds / HEARTBEAT_S);
  assert.ok(heartbeats <= 1, `noticed after ${heartbeats} heartbeats, ${seconds.toFixed(2)} s`);
  return heartbeats === 0 ? 'at once' : 'after 1 heartbeat';
}

export const byFin = {
  id: 'leave-fin',
  words: 'client gone by FIN: noticed within a heartbeat',
  run: (stage) =>
    noticed(stage, 'fin', (target) => stage.server.open(target), (client) => client.abandon()),
};

export const byRst = {
  id: 'leave-rst',
  words: 'client gone by RST: likewise',
  run: (stage) =>
    noticed(stage, 'rst', (target) => stage.server.open(target), (client) => client.reset()),
};

export const byHttp2 = {
  id: 'leave-http2',
  words: 'client gone by HTTP/2 reset: likewise',
  run: (stage) =>
    noticed(stage, 'h2', (target) => stage.server.openHttp2(target), (client) => client.abandon()),
};
