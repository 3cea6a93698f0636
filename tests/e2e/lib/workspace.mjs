// The private world of one test: a folder, ports, servers; checked and cleaned up after the test.
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { childEnvironment, program } from './build.mjs';
import { runProgram } from './child.mjs';
import { within } from './eventually.mjs';

const TEST_DEADLINE_MS = 150_000;

/**
 * One test in a workspace of its own: `scenario('a sentence', async (ws) => …)`. When the body is through, every
 * responder that the test did not stop itself must still be alive; then all is stopped, in reverse order, and the
 * sanitizers must have had nothing to say. A failed test shows the logs of all its servers.
 */
export function scenario(name, options, body) {
  if (typeof options === 'function') [options, body] = [{}, options];
  test(name, options, async (t) => {
    const ws = new Workspace(t);
    try {
      await within(options.deadline ?? TEST_DEADLINE_MS, `the test ends`, body(ws));
      await ws.check();
      await ws.clear();
    } catch (error) {
      await ws.clear().catch((again) => t.diagnostic(`while cleaning up: ${again.message}`));
      ws.showLogs();
      throw error;
    } finally {
      ws.remove();
    }
  });
}

const folders = new Set();
process.on('exit', () =>
  folders.forEach((dir) => fs.rmSync(dir, { recursive: true, force: true })),
);

export class Workspace {
  constructor(t) {
    this.t = t;
    // Directly below the temporary folder: the path of a Unix socket has 107 bytes at most.
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sse-'));
    folders.add(this.dir);
    this.owned = [];
    this.servers = [];
    this.said = []; // what programs that ran to their end said on stderr
  }

  remove() {
    fs.rmSync(this.dir, { recursive: true, force: true });
    folders.delete(this.dir);
  }

  path(name) {
    return path.join(this.dir, name);
  }

  environment(extra) {
    return childEnvironment(this.dir, extra);
  }

  /** Has `thing.stop()` called at the end; its `log()` is shown when the test fails. */
  own(thing) {
    this.owned.push(thing);
    this.servers.push(thing);
    return thing;
  }

  /** Runs one of our programs to its end. */
  async run(name, args, { env, ...options } = {}) {
    const setting = { ...options, cwd: this.dir, env: this.environment(env) };
    const end = await runProgram(program(name), args, setting);
    this.said.push(end.stderr);
    return end;
  }

  note(text) {
    this.t.diagnostic(text);
  }

  /** Asks every server whether it is as the test should leave it. */
  async check() {
    for (const server of this.servers) await server.check?.();
    this.checkSanitizers();
  }

  clear() {
    return within(TEST_DEADLINE_MS, 'all that the test has started ends', this.stop());
  }

  async stop() {
    const errors = [];
    while (this.owned.length > 0) {
      try {
        await this.owned.pop().stop();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1)
      throw new AggregateError(errors, errors.map((e) => e.message).join('; '));
    this.checkSanitizers();
  }

  /** Sanitizers write to files of their own; UBSan's go to stderr in a build with several. */
  checkSanitizers() {
    const reports = fs.readdirSync(this.dir).filter((name) => name.startsWith('sanitizer.'));
    const texts = reports.map((name) => fs.readFileSync(this.path(name), 'utf8'));
    const logs = [...this.said, ...this.servers.map((server) => server.log?.() ?? '')];
    texts.push(...logs.filter((text) => /runtime error:|Sanitizer:/.test(text)));
    if (texts.length > 0) throw new Error(`sanitizer report:\n${texts.join('\n')}`);
  }

  showLogs() {
    for (const server of this.servers) {
      const text = server.log?.().trimEnd();
      if (text) console.error(`--- ${server.name}\n${tail(text, 20_000)}\n---`);
    }
  }
}

function tail(text, limit) {
  return text.length <= limit ? text : `…${text.slice(-limit)}`;
}

/**
 * A port that nobody listens on, nor is about to: other tests, which run at the same time, get other ones. Taken from
 * below the kernel's ephemeral range (32768 and up), where a client connection of another test could grab it in the
 * meantime.
 */
export async function freePort() {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    if ((await claim(port)) && (await canListen(port))) return port;
  }
}

/** Claims a port for this process, as long as it runs: an abstract socket that has its number as a name. */
function claim(port) {
  return new Promise((resolve) => {
    const lock = net.createServer();
    lock.once('error', () => resolve(false));
    lock.listen({ path: `\0sse-fcgi-test-port-${port}` }, () => {
      lock.unref();
      resolve(true);
    });
  });
}

export function canListen(port) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
