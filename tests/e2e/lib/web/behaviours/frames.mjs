// Frames come when they are published: the first bytes, each one by itself, a thousand in order.
import assert from 'node:assert/strict';
import { settle } from '../../promise.mjs';

const FRAMES = 20;

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

/**
 * Publishes one event after the other, each only when the one before has arrived. No heartbeat may come meanwhile: it
 * would push out what a server holds back. Returns the median of the delays, in words.
 */
export async function oneByOne(stage, client, channel) {
  await client.opened();
  const lines = stage.stack.openLines(channel);
  const { heartbeats } = client;
  const delays = [];
  for (let i = 0; i < FRAMES; i++) {
    const published = performance.now();
    lines.write(`"${i}"`);
    await client.gets(`"${i}"`);
    delays.push(performance.now() - published);
  }
  assert.equal(client.heartbeats, heartbeats, 'no heartbeat was needed');
  assert.equal((await lines.finish()).code, 0);
  return `median ${median(delays).toFixed(1)} ms`;
}

export const firstByte = {
  id: 'first-byte',
  words: 'header and first bytes at once',
  /** Redis stands still, so that the responder has nothing else to say. */
  async run({ redis, server }) {
    redis.freeze();
    try {
      const client = server.open('/sse/first?last=0');
      await client.waitFor(() => client.chunks.length > 0, 'a first byte');
      assert.equal(client.raw().toString(), 'retry: 2000\n:\n');
      assert.equal(client.status, 200);
      assert.equal(client.headers['content-type'], 'text/event-stream; charset=utf-8');
      redis.thaw();
      await client.opened();
      client.abandon();
    } finally {
      redis.thaw();
    }
  },
};

export const delay = {
  id: 'delay',
  words: 'each frame arrives before the next is published',
  async run(stage) {
    const client = stage.server.open('/sse/delay');
    const delays = await oneByOne(stage, client, 'delay');
    client.abandon();
    return delays;
  },
};

export const http2 = {
  id: 'http2',
  words: 'the same over HTTP/2 and TLS',
  async run(stage) {
    const client = stage.server.openHttp2('/sse/http2');
    const delays = await oneByOne(stage, client, 'http2');
    client.abandon();
    return delays;
  },
};

export const compression = {
  id: 'compression',
  words: 'frames come at once with compression on',
  async run(stage) {
    const headers = { 'Accept-Encoding': 'gzip' };
    const client = stage.server.open('/sse/compression', { headers });
    const delays = await oneByOne(stage, client, 'compression');
    const coding = client.headers['content-encoding'] ?? 'not compressed';
    client.abandon();
    return `${coding}, ${delays}`;
  },
};

export const order = {
  id: 'order',
  words: '1,000 events of 5 channels: all, once, in order',
  async run(stage) {
    const channels = ['a', 'b', 'c', 'd', 'e'].map((name) => `order/${name}`);
    const page = await stage.page(`/sse?channel=${channels.join(',')}`);
    await Promise.all(channels.map((channel) => stage.ledger.fill(channel, 200)));
    await settle([page], stage.ledger);
    assert.equal(page.published().length, 1000);
    assert.equal(page.streams.length, 1, 'on one stream');
    page.stop();
  },
};

export const several = {
  id: 'several',
  words: 'several channels and a pattern on one stream',
  async run(stage) {
    const page = await stage.page('/sse?channel=several/x,several/y&channel=several/deep/*');
    const channels = ['several/x', 'several/deep/1', 'several/y', 'several/deep/2/3'];
    for (let round = 0; round < 3; round++)
      for (const channel of channels) await stage.ledger.publish(channel);
    await stage.ledger.publish('several/z'); // not asked for
    await settle([page], stage.ledger);
    assert.equal(page.published().length, 12);
    page.stop();
  },
};

export const cursor = {
  id: 'cursor',
  words: '`Last-Event-ID` resumes',
  async run(stage) {
    const ids = await stage.ledger.fill('cursor', 6);
    const page = await stage.page('/sse/cursor', { cursor: ids[2] });
    await settle([page], stage.ledger);
    assert.deepEqual(page.ids(), ids.slice(3));
    assert.deepEqual(JSON.parse(page.opens()[0].data).resumed, true);
    page.stop();
  },
};
