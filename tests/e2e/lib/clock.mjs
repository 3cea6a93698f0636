// A clock that tests move: what is started with its environment has the machine's wall clock with an offset.
import fs from 'node:fs';
import { program } from './build.mjs';

/** {env, set(seconds)}: `env` is for the children whose clock it is to be. */
export function movableClock(ws) {
  const file = ws.path('clock');
  const set = (seconds) => {
    const offset = Buffer.alloc(8);
    offset.writeBigInt64LE(BigInt(seconds));
    const opened = fs.openSync(file, fs.existsSync(file) ? 'r+' : 'w');
    fs.writeSync(opened, offset, 0, 8, 0); // the file stays mapped
    fs.closeSync(opened);
  };
  set(0);
  return { set, env: { LD_PRELOAD: program('clock.so'), CLOCK_OFFSET: file } };
}
