// Where the programs under test are, how they were built, and the environment they run in.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const build = path.resolve(root, process.env.SSE_BUILD ?? 'build');
export const www = path.resolve(root, process.env.SSE_WWW ?? 'build/www');
export const lighttpdFragment = path.join(root, 'deploy/lighttpd/sse-fcgi.conf');

/** A sanitized build is slower and larger: loads are scaled down and memory is not judged. */
export const sanitized = process.env.SSE_SANITIZED === '1';

/** `normal` in a plain build, `reduced` in a sanitized one. */
export function scaled(normal, reduced) {
  return sanitized ? reduced : normal;
}

/** The path of one of our programs: `sse.fcgi`, `sse-publish`, `bench/streams`. */
export function program(name) {
  return path.join(build, name);
}

/**
 * The environment of every child: ours, without what belongs to this test run, with sanitizer reports going to
 * files of their own in `dir`, where the workspace looks for them after each test.
 */
export function childEnvironment(dir, extra = {}) {
  const foreign = /^(SSE_|LISTEN_|NODE_TEST|NODE_OPTIONS$|NODE_V8_COVERAGE$)/;
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !foreign.test(name)),
  );
  const reports = `log_path=${path.join(dir, 'sanitizer')}`;
  env.ASAN_OPTIONS = `detect_leaks=1:detect_stack_use_after_return=1:${reports}`;
  env.UBSAN_OPTIONS = `print_stacktrace=1:halt_on_error=1:${reports}`;
  env.TSAN_OPTIONS = `second_deadlock_stack=1:${reports}`;
  return { ...env, ...extra };
}
