// The promise, whatever happens, in short; `make soak` has the long run (tests/soak).
import { whatever } from '../soak/scenarios/random.mjs';
import { scaled } from './lib/build.mjs';
import { scenario } from './lib/workspace.mjs';

const seed = Number(process.env.SEED ?? 1 + Math.floor(Math.random() * 1e6));

scenario('whatever happens to any process, the promise holds', (ws) =>
  whatever(ws, { seed, seconds: 6, clients: scaled(80, 24) }),
);

scenario('and if Redis is emptied, every client is told', (ws) =>
  whatever(ws, { seed, seconds: 3, clients: scaled(80, 24), flushes: true }),
);
