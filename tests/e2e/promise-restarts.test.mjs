// The promise through restarts, in short; `make soak` has the long run (tests/soak).
import { restarts } from '../soak/scenarios/restarts.mjs';
import { scaled } from './lib/build.mjs';
import { scenario } from './lib/workspace.mjs';

scenario('Redis, the web server and the responder restart while events flow', (ws) =>
  restarts(ws, {
    clients: scaled(200, 50),
    channels: 8,
    publishers: 1,
    perSecond: scaled(200, 100),
    outage: 100,
    retryMax: 200,
  }),
);
