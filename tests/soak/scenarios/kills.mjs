// Redis is killed again and again under a load of publishes: clients are not cut, and soon have what came meanwhile.
import assert from 'node:assert/strict';
import { eventually } from '../../e2e/lib/eventually.mjs';
import { Publishers } from '../../e2e/lib/publishers.mjs';
import { Redis } from '../../e2e/lib/redis.mjs';
import { startWeb } from '../../e2e/lib/stack.mjs';
import { Streams } from '../../e2e/lib/streams.mjs';

const CHANNELS = ['a', 'b', 'c', 'd'];

/** `outage` is how many events are written while Redis is away; `seconds` after it is back events must flow. */
export async function kills(ws, { clients, times, perSecond, outage, seconds, maxFds }) {
  const redis = await Redis.start(ws, { appendonly: true, config: ['--appendfsync', 'always'] });
  const stack = await startWeb(ws, { SSE_HEARTBEAT: '2' }, { redis, maxFds });
  const targets = CHANNELS.map((name) => `/sse/${name}`);
  const streams = Streams.start(ws, stack.server.port, clients, targets);
  await streams.live();
  const load = new Publishers(stack, CHANNELS, { args: ['--timeout', '60'] });
  load.run(perSecond);
  const flowing = [];
  for (let time = 0; time < times; time++) {
    await load.acknowledges(perSecond / 2);
    await redis.kill();
    await load.wrote(outage);
    const { events } = await streams.status();
    await redis.start();
    const back = performance.now();
    await eventually(
      async () => (await streams.status()).events >= events + clients,
      'events flow again',
    );
    flowing.push(Math.round(performance.now() - back));
  }
  const verdict = await streams.finish(await load.finish());
  ws.note(`events flow ${flowing} ms after Redis is back; ${JSON.stringify(verdict)}`);
  assert.equal(verdict.connections, clients, 'no client was cut');
  assert.ok(Math.max(...flowing) < seconds * 1000, `${flowing}`);
}
