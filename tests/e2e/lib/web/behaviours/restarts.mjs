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
  await befall(pages, load);
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

/** Nothing is published any more, and all of it has arrived. */
async function quiet(pages, load) {
  await load.pause();
  await load.acknowledges();
  for (const page of pages) {
    await page.until(() => page.published().length === load.acknowledged, 'all events');
    await page.stream.heartbeat();
  }
}

const kill = (stage) => () => stage.server.replaceResponders('SIGKILL');

export const stop = stops('stop', 'restart of sse.fcgi: clean end, nothing lost', 'page');
export const stopHttp2 = stops('stop-http2', 'the same over HTTP/2', 'pageByHttp2');

export const crash = {
  id: 'crash',
  words: 'crash of sse.fcgi: nothing lost',
  async run(stage) {
    await through(stage, 'crash', (pages) => losing(pages, kill(stage)), ['page']);
  },
};

export const crashHttp2 = {
  id: 'crash-http2',
  words: 'the same over HTTP/2',
  /**
   * Of a silent stream, where no frame on its way hides what the server makes of the end; and before a limit of the
   * server's own would end it.
   */
  async run(stage) {
    const befall = async (pages, load) => {
      await quiet(pages, load);
      await losing(pages, kill(stage), 4000);
      load.run(PER_SECOND);
    };
    await through(stage, 'crash-http2', befall, ['pageByHttp2']);
  },
};
