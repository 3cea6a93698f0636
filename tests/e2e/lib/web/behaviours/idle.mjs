// A silent stream outlives the server's limits, by heartbeats alone.
import assert from 'node:assert/strict';

export const IDLE_S = 2; // the server's limit
export const HEARTBEAT_S = 0.5;

export const idle = {
  id: 'idle',
  words: "heartbeats outlive the server's limit of silence",
  async run({ server }) {
    const client = await server.stream('/sse/idle');
    const before = client.heartbeats;
    const enough = (3 * IDLE_S) / HEARTBEAT_S;
    await client.waitFor(() => client.heartbeats - before >= enough, `${enough} heartbeats`);
    client.abandon();
  },
};

export const silence = {
  id: 'silence',
  words: 'without them that limit ends a stream',
  async run({ server }) {
    assert.ok(server.hasIdleLimit, 'the server has no such limit');
    const opened = performance.now();
    const client = await server.stream('/sse/silence');
    await client.over();
    assert.equal(client.heartbeats, 1, 'there was no heartbeat');
    return `after ${((performance.now() - opened) / 1000).toFixed(1)} s, set to ${IDLE_S} s`;
  },
};
