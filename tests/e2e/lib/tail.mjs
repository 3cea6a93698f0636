// sse-tail as a test runs it: to its end, or for as long as the test likes.
import fs from 'node:fs';
import { program } from './build.mjs';
import { Child } from './child.mjs';
import { eventually } from './eventually.mjs';

/** Runs `sse-tail` to its end: {code, signal, stdout, stderr}. */
export function tail(ws, args, options) {
  return ws.run('sse-tail', args, options);
}

/** The objects that `--json` printed. */
export function objects(text) {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** An `sse-tail` that stays. Its output goes to a file, behind that of one before it. */
export class Tail {
  constructor(ws, args, { env, file = 'tail.out' } = {}) {
    this.file = ws.path(file);
    const fd = fs.openSync(this.file, 'a');
    const setting = {
      cwd: ws.dir,
      env: ws.environment(env),
      stdio: ['ignore', fd, 'pipe'],
    };
    this.child = new Child('sse-tail', program('sse-tail'), args, setting);
    fs.closeSync(fd);
    ws.own({
      name: 'sse-tail',
      log: () => this.child.stderr(),
      stop: () => this.child.stop(),
    });
  }

  text() {
    return fs.readFileSync(this.file, 'utf8');
  }

  /** The ids that were printed by `--json`, this run's and earlier ones'. A half line is not there yet. */
  ids() {
    const text = this.text();
    return objects(text.slice(0, text.lastIndexOf('\n') + 1)).map(({ id }) => id);
  }

  /** Resolves once so many events have been printed. */
  printed(count) {
    return eventually(() => {
      if (this.child.end) throw new Error(`it ended: ${this.child.stderr()}`);
      return this.ids().length >= count;
    }, `sse-tail has printed ${count} events`);
  }

  /** Resolves once it has said this on stderr (with -v: its states). */
  said(text, times = 1) {
    return eventually(
      () => this.child.stderr().split(text).length > times,
      `sse-tail says ${text}, ${times} times`,
    );
  }
}
