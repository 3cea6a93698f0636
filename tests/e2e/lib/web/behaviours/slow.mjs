// A client that stops reading: the others do not notice, memory stays bounded, and it loses nothing.
import assert from 'node:assert/strict';
import { sanitized } from '../../build.mjs';
import { peakKiB } from '../../child.mjs';
import { settle } from '../../promise.mjs';

const EVENTS = 768; // fewer than a log keeps
const BYTES = 48_000; // together far more than the buffers of the kernel on the way take
const BURST = 8;
const LIMIT_KIB = 20 * 1024; // a queue without a limit takes 30 MiB

export const slow = {
  id: 'slow',
  words: 'client that stops reading: loses nothing',
  async run(stage) {
    const { ledger, server } = stage;
    const [idle, quick] = [await stage.page('/sse/slow'), await stage.page('/sse/slow')];
    idle.stream.stall();
    for (let sent = 0; sent < EVENTS; sent += BURST) {
      await ledger.fill('slow', BURST, BYTES);
      await quick.gets(ledger.newest('slow'));
    }
    assert.ok(!idle.has(ledger.newest('slow')), 'it has not read');
    const peak = Math.max(...server.responders().map(peakKiB));
    if (!sanitized) assert.ok(peak < LIMIT_KIB, `${peak} KiB resident`);
    idle.stream.flow();
    await settle([idle, quick], ledger);
    assert.equal(quick.streams.length, 1);
    idle.stop();
    quick.stop();
    const how = idle.streams.length > 1 ? 'cut, and resumed' : 'held by the server';
    return `${how}; sse.fcgi at most ${(peak / 1024).toFixed(0)} MiB`;
  },
};
