// Server and responder are reloaded, restarted, killed, while events flow: nothing is lost.
import assert from 'node:assert/strict';
import { eventually } from '../../eventually.mjs';
import { settle } from '../../promise.mjs';
import { Publishers } from '../../publishers.mjs';

const PER_SECOND = 100;
const AFTERWARDS = 50; // events

/** Pages by HTTP/1.1 and HTTP/2 follow a channel into which events flow before, during and after `befall()`. */
async function through(stage, channel, befall, open = ['page', 'pageByHttp2']) {
  const pages = [];
  for (const way of open) pages.push(await stage[way](`/sse/${channel}`));
  const load = new Publishers(stage.stack, [channel]);
  load.run(PER_SECOND);
  await load.acknowledges(AFTERWARDS);
  await befall(pages);
  await load.acknowledges(AFTERWARDS);
  stage.ledger.entries.push(...(await load.finish()));
  await settle(pages, stage.ledger);
  for (const page of pages) page.stop();
  return pages;
}

/** A change by which all pages lose the streams that they have, `within` so many milliseconds; returns these. */
async function losing(pages, change, within) {
  const streams = pages.map(({ stream }) => stream);
  await change();
  for (const stream of streams) {
    const hasEnded = () => stream.closed || Promise.reject(new Error(stream.describe()));
    await eventually(hasEnded, 'its stream has ended', { deadline: within });
  }
  return streams;
}

export const reload = {
  id: 'reload',
  words: 'reload of the server: nothing lost',
  async run(stage) {
    const pages = await through(stage, 'reload', () => stage.server.reload());
    const kept = pages.filter(({ streams }) => streams.length === 1);
    return kept.length > 0 ? 'streams live on' : 'streams end, and resume';
  },
};

export const restart = {
  id: 'restart',
  words: 'restart of the server: nothing lost',
  async run(stage) {
    await through(stage, 'restart', (pages) => losing(pages, () => stage.server.restart()));
  },
};

const stops = (id, words, way) => ({
  id,
  words,
  async run(stage) {
    const end = () => stage.server.replaceResponders('SIGTERM');
    const befall = async (pages) => {
      for (const stream of await losing(pages, end)) {
        assert.ok(stream.clean, 'the stream ended as it should');
        assert.equal(stream.parser.retries.length, 2, 'and said when to come back');
      }
    };
    await through(stage, id, befall, [way]);
  },
});

const crashes = (id, words, way, within) => ({
  id,
  words,
  async run(stage) {
    const end = () => stage.server.replaceResponders('SIGKILL');
    await through(stage, id, (pages) => losing(pages, end, within), [way]);
  },
});

export const stop = stops('stop', 'restart of sse.fcgi: clean end, nothing lost', 'page');
export const stopHttp2 = stops('stop-http2', 'the same over HTTP/2', 'pageByHttp2');
export const crash = crashes('crash', 'crash of sse.fcgi: nothing lost', 'page');
// A server may have a limit of its own for a stream that has lost its responder: this is before it.
export const crashHttp2 = crashes('crash-http2', 'the same over HTTP/2', 'pageByHttp2', 4000);
