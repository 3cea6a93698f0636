// The network to Redis breaks without a word: it is noticed by a deadline, and made up for when it is back.
import assert from 'node:assert/strict';
import { eventually } from './lib/eventually.mjs';
import { DistantRedis, Namespace, cannotHaveNamespaces } from './lib/namespace.mjs';
import { Publishers } from './lib/publishers.mjs';
import { startWeb } from './lib/stack.mjs';
import { Streams } from './lib/streams.mjs';
import { scenario } from './lib/workspace.mjs';

const HEARTBEAT_S = 1;
const NOTICED_MS = 14_000; // a heartbeat until the PING, five seconds for its answer, and some
const RESUMED_MS = 10_000;

scenario(
  'a partition without a FIN is noticed, and made up for within five seconds',
  { skip: cannotHaveNamespaces() },
  async (ws) => {
    const namespace = Namespace.create(ws);
    const redis = await DistantRedis.start(ws, namespace);
    const env = { SSE_REDIS: redis.distantUrl, SSE_HEARTBEAT: String(HEARTBEAT_S) };
    const stack = await startWeb(ws, env, { redis });
    stack.env.SSE_REDIS = redis.url; // publishers are on the other side
    const streams = Streams.start(ws, stack.server.port, 50, ['/sse/a', '/sse?channel=a,b', '/sse/*']);
    await streams.live();
    const load = new Publishers(stack, ['a', 'b']);
    load.run(100);
    await load.acknowledges(50);

    namespace.partition();
    const broken = performance.now();
    const away = () => /redis-away|redis-lost/.test(stack.server.log());
    await eventually(away, 'the responder says that Redis is away');
    const noticed = performance.now() - broken;
    await load.acknowledges(100);
    const { events } = await streams.status();
    namespace.heal();
    const healed = performance.now();
    await eventually(async () => (await streams.status()).events > events, 'events flow again');
    const resumed = performance.now() - healed;
    await load.acknowledges(50);
    const verdict = await streams.finish(await load.finish());
    ws.note(`noticed after ${Math.round(noticed)} ms, resumed after ${Math.round(resumed)} ms`);
    assert.equal(verdict.connections, 50, 'no client was cut');
    assert.ok(noticed < NOTICED_MS, `noticed after ${noticed} ms`);
    assert.ok(resumed < RESUMED_MS, `resumed after ${resumed} ms`);
  },
);
