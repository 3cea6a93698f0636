// A client that does not read among many that do, in short; `make soak` has the long run (tests/soak).
import { stall } from '../soak/scenarios/stall.mjs';
import { scaled } from './lib/build.mjs';
import { scenario } from './lib/workspace.mjs';

scenario('a stalled client changes nothing for the others, is cut, and resumes', (ws) =>
  stall(ws, {
    clients: scaled(20, 10),
    perSecond: scaled(250, 200),
    window: 250,
    rounds: 1,
  }),
);
