// One child process of a test: started, watched, and ended by its pid.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { DEADLINE_MS, eventually, within } from './eventually.mjs';

const LINGER_MS = 5_000;

const running = new Map(); // pid -> what to kill: the pid, or minus the pid for a process group

/** Also ends, at the latest when this process ends, a process that a child of ours has started. */
export function watchProcess(pid) {
  running.set(pid, pid);
}

export function forgetProcess(pid) {
  running.delete(pid);
}

function killAll() {
  for (const target of running.values()) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
}

process.on('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => process.exit(1)); // runs the exit handler above
}

export function isAlive(pid) {
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

export class Child {
  /** Starts `program`; `group` gives it a process group of its own, which then is what gets signals. */
  constructor(
    name,
    program,
    args,
    { env, cwd, uid, gid, stdio = ['pipe', 'pipe', 'pipe'], group = false } = {},
  ) {
    this.name = name;
    this.output = { stdout: [], stderr: [] };
    this.process = spawn(program, args, { env, cwd, uid, gid, stdio, detached: group });
    this.pid = this.process.pid;
    this.target = group ? -this.pid : this.pid;
    if (this.pid) running.set(this.pid, this.target);
    this.process.stdin?.on('error', () => {}); // a program may end without reading all of its input
    for (const stream of ['stdout', 'stderr']) {
      this.process[stream]?.on('data', (bytes) => this.output[stream].push(bytes));
    }
    this.gone = new Promise((resolve) => {
      this.process.once('error', resolve);
      this.process.once('exit', resolve);
    });
    this.exited = new Promise((resolve) => {
      this.process.once('error', (error) => resolve({ code: null, signal: null, error }));
      this.process.once('close', (code, signal) => resolve({ code, signal }));
    }).then((end) => {
      this.end = end;
      running.delete(this.pid);
      return end;
    });
  }

  get alive() {
    return this.end === undefined && isAlive(this.pid);
  }

  stdout() {
    return Buffer.concat(this.output.stdout).toString();
  }

  stderr() {
    return Buffer.concat(this.output.stderr).toString();
  }

  log() {
    return this.stdout() + this.stderr();
  }

  signal(name) {
    try {
      process.kill(this.target, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }

  /** Asks it to end, and returns {code, signal}; one that does not is killed, and that is an error. */
  async stop(signal = 'SIGTERM', deadline = DEADLINE_MS) {
    if (this.end) return this.end;
    this.signal(signal);
    try {
      return await within(
        deadline,
        `${this.name} (pid ${this.pid}) ends after ${signal}`,
        this.exited,
      );
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Whom it leaves behind may hold its output open for ever: then that is not read to its end. */
  async kill() {
    this.signal('SIGKILL');
    await this.gone;
    const { stdin, stdout, stderr } = this.process;
    const leave = setTimeout(() => [stdin, stdout, stderr].forEach((stream) => stream?.destroy()), LINGER_MS);
    const end = await this.exited;
    clearTimeout(leave);
    return end;
  }
}

/** Runs a program to its end, with `stdin` as its input, and returns {code, signal, stdout, stderr}. */
export async function runProgram(
  program,
  args,
  { stdin, deadline = DEADLINE_MS, ...options } = {},
) {
  const child = new Child(program, program, args, options);
  if (child.process.stdin) child.process.stdin.end(stdin);
  try {
    const end = await within(deadline, `${program} ${args.join(' ')} ends`, child.exited);
    if (end.error) throw end.error;
    return { ...end, stdout: child.stdout(), stderr: child.stderr() };
  } finally {
    if (!child.end) await child.kill();
  }
}

/** The pids of the direct children of `pid`. */
export function childrenOf(pid) {
  return processes()
    .filter(({ parent }) => parent === pid)
    .map((one) => one.pid);
}

/** Every process: pid, parent, process group, and its command line. */
export function processes() {
  const found = [];
  for (const entry of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${entry}/stat`, 'latin1');
      const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || state === 'X') continue;
      const command = fs
        .readFileSync(`/proc/${entry}/cmdline`, 'latin1')
        .split('\0')
        .join(' ')
        .trim();
      found.push({ pid: Number(entry), parent: Number(parent), group: Number(group), command });
    } catch {
      // it ended while we were looking
    }
  }
  return found;
}

/** How many descriptors a process has open. */
export function descriptors(pid) {
  return fs.readdirSync(`/proc/${pid}/fd`).length;
}

function memoryKiB(pid, field) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)[1]);
}

/** Resident memory of a process, in KiB. */
export function residentKiB(pid) {
  return memoryKiB(pid, 'VmRSS');
}

/** The most resident memory that a process ever had, in KiB. */
export function peakKiB(pid) {
  return memoryKiB(pid, 'VmHWM');
}

export async function ended(pid) {
  await eventually(() => !isAlive(pid), `process ${pid} ends`);
  forgetProcess(pid);
}
