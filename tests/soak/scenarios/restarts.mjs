// Everything restarts while events flow: each client ends with every acknowledged event, once, in order.
import { Publishers } from '../../e2e/lib/publishers.mjs';
import { Redis } from '../../e2e/lib/redis.mjs';
import { startWeb } from '../../e2e/lib/stack.mjs';
import { Streams } from '../../e2e/lib/streams.mjs';

/**
 * Redis killed and restarted three times, the web server and the responder once each. `outage` is how many events
 * are written while something is away.
 */
export async function restarts(ws, { clients, channels, publishers, perSecond, outage, maxFds, retryMax }) {
  const redis = await Redis.start(ws, { appendonly: true, config: ['--appendfsync', 'always'] });
  const stack = await startWeb(ws, { SSE_HEARTBEAT: '2' }, { redis, maxFds });
  const names = Array.from({ length: channels }, (_, i) => `c/${i}`);
  const targets = [
    `/sse?channel=c/{${channels}},c/{${channels}+7}`,
    `/sse/c/{${channels}}`,
    `/sse?channel=c/{${channels}},none/*&last=0`,
    ...Array.from({ length: 6 }, () => `/sse?channel=c/{${channels}+1}`),
    '/sse?channel=c/*',
  ];
  const streams = Streams.start(ws, stack.server.port, clients, targets, { retryMax });
  await streams.live();
  const load = new Publishers(stack, names, { copies: publishers, args: ['--timeout', '60'] });
  load.run(perSecond);
  await load.acknowledges(outage);

  const killRedis = async () => {
    await redis.kill();
    await load.wrote(outage);
    await redis.start();
  };
  const faults = [
    ['Redis killed', killRedis],
    ['responder ended', () => stack.server.replaceResponder('SIGTERM')],
    ['Redis killed', killRedis],
    ['lighttpd restarted', () => stack.server.restart()],
    ['Redis killed', killRedis],
  ];
  for (const [what, happen] of faults) {
    const start = performance.now();
    await happen();
    const back = performance.now();
    await streams.live();
    const live = performance.now();
    await load.acknowledges(outage);
    ws.note(`${what}: away ${ms(start, back)}, then all live after ${ms(back, live)}`);
  }
  const published = await load.finish();
  const verdict = await streams.finish(published);
  ws.note(`${published.length} events; ${JSON.stringify(verdict)}`);
}

function ms(from, to) {
  return `${Math.round(to - from)} ms`;
}
