// The promise in a storm of reconnects, in short; `make soak` has the long run (tests/soak).
import { storm } from '../soak/scenarios/storm.mjs';
import { scaled } from './lib/build.mjs';
import { scenario } from './lib/workspace.mjs';

scenario('all clients come back at once, and Redis hardly notices', (ws) =>
  storm(ws, { clients: scaled(1000, 200), channels: 10, seconds: scaled(5, 30) }),
);
