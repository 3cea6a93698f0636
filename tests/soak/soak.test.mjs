// The long runs: `make soak`. What each one is for stands in its scenario's file; README.md says how to run one.
import { skip } from '../e2e/lib/browser.mjs';
import { scaled } from '../e2e/lib/build.mjs';
import { scenario } from '../e2e/lib/workspace.mjs';
import { copying } from './scenarios/copying.mjs';
import { kills } from './scenarios/kills.mjs';
import { lines } from './scenarios/lines.mjs';
import { page } from './scenarios/page.mjs';
import { whatever } from './scenarios/random.mjs';
import { reloads } from './scenarios/reloads.mjs';
import { restarts } from './scenarios/restarts.mjs';
import { stall } from './scenarios/stall.mjs';
import { storm } from './scenarios/storm.mjs';

const seconds = Number(process.env.SECONDS ?? 600);
const seed = Number(process.env.SEED ?? 1 + Math.floor(Math.random() * 1e6));
const LONG = { deadline: 900_000 + 2 * seconds * 1000 };
const MANY = 16_000; // descriptors of lighttpd

scenario('restarts: 2,000 clients, everything is restarted while events flow', LONG, (ws) =>
  restarts(ws, {
    clients: scaled(2000, 400),
    channels: 20,
    publishers: 3,
    perSecond: scaled(300, 100),
    outage: 1000,
    maxFds: MANY,
  }),
);

scenario('storm: 5,000 clients come back at once', LONG, (ws) =>
  storm(ws, { clients: scaled(5000, 1000), channels: 20, maxFds: MANY, seconds: scaled(5, 30) }),
);

scenario('stall: one client of 1,000 stops reading', LONG, (ws) =>
  stall(ws, {
    clients: scaled(1000, 100),
    perSecond: 40,
    window: 240,
    rounds: 3,
    maxFds: MANY,
  }),
);

scenario('kills: Redis is killed twenty times while 1,000 events a second are published', LONG, (ws) =>
  kills(ws, {
    clients: scaled(200, 50),
    times: 20,
    perSecond: scaled(1000, 200),
    outage: scaled(5000, 500),
    seconds: scaled(2, 10),
    maxFds: MANY,
  }),
);

scenario('reloads: lighttpd is reloaded fifty times under load', LONG, (ws) =>
  reloads(ws, { clients: scaled(500, 100), times: 50, perSecond: 200, maxFds: MANY }),
);

scenario('copying: 2 GiB, no slower than 1.2 times cp -a', LONG, (ws) =>
  copying(ws, {
    mib: scaled(2048, 256),
    small: 5000,
    rounds: 5,
    ratioMax: scaled(1.2, 20),
  }),
);

scenario('lines: sse-publish --lines sends 100,000 small events in under two seconds', LONG, (ws) =>
  lines(ws, { count: 100_000, rounds: 5, secondsMax: scaled(2, 30) }),
);

scenario('page: 500 jobs at 10 events a second each', { ...LONG, skip }, (ws) =>
  page(ws, { jobs: 500, perSecond: 5000, looks: 24, framesMin: 30 }),
);

scenario('random: whatever happens to any process', LONG, (ws) =>
  whatever(ws, { seed, seconds, clients: scaled(500, 100), maxFds: MANY }),
);

scenario('random: and Redis is emptied now and then', LONG, (ws) =>
  whatever(ws, { seed, seconds: seconds / 4, clients: scaled(500, 100), maxFds: MANY, flushes: true }),
);
