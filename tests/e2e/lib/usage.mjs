// What a web server and its responders use: CPU seconds and memory, of all their processes.
import fs from 'node:fs';
import { processes } from './child.mjs';

const TICKS_A_SECOND = 100; // of /proc/PID/stat, on every Linux

export class Usage {
  constructor(web, responder) {
    Object.assign(this, { web, responder });
  }

  /** What has been used up to now by a running WebServer. */
  static now(server) {
    const responders = server.responders();
    const web = descendants(server.child.pid).filter((pid) => !responders.includes(pid));
    return new Usage(sum(web), sum(responders));
  }

  /** What came since an earlier one. */
  since(earlier) {
    return new Usage(less(this.web, earlier.web), less(this.responder, earlier.responder));
  }
}

/** A process and all below it. */
function descendants(pid) {
  const all = processes();
  const found = [pid];
  for (const one of found) {
    found.push(...all.filter(({ parent }) => parent === one).map((child) => child.pid));
  }
  return found;
}

function sum(pids) {
  const all = pids.map(ofProcess).filter(Boolean);
  const total = (name) => all.reduce((sofar, one) => sofar + one[name], 0);
  return { seconds: total('seconds'), pssKiB: total('pssKiB') };
}

function less(now, earlier) {
  return { seconds: now.seconds - earlier.seconds, pssKiB: now.pssKiB - earlier.pssKiB };
}

/** Undefined if it has ended meanwhile: what it used is then its parent's. */
function ofProcess(pid) {
  try {
    return readProcess(pid);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
  }
}

function readProcess(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from field 3 on
  const [user, system, childUser, childSystem] = fields.slice(11, 15).map(Number);
  const rollup = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
  return {
    seconds: (user + system + childUser + childSystem) / TICKS_A_SECOND,
    pssKiB: Number(/^Pss:\s+(\d+) kB/m.exec(rollup)[1]),
  };
}
