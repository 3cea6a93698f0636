// libssepublish as a C program has it: installed, found by pkg-config, and the example in its header.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { root, sanitized } from './lib/build.mjs';
import { runProgram } from './lib/child.mjs';
import { startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const skip = sanitized && 'what is installed is the plain build';

async function succeed(program, args, options = {}) {
  const end = await runProgram(program, args, options);
  assert.equal(end.code, 0, `${program} ${args.join(' ')}: ${end.stdout}${end.stderr}`);
  return end.stdout.trim();
}

/** Installs into the test's own folder; returns how to compile against that. */
async function install(ws) {
  const env = ws.environment();
  for (const name of ['MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'PREFIX', 'DESTDIR']) delete env[name];
  const prefix = ws.path('prefix');
  await succeed('make', ['--no-print-directory', 'install', 'PAGE=no', `PREFIX=${prefix}`], { cwd: root, env });
  const lib = path.join(prefix, 'lib');
  env.PKG_CONFIG_PATH = path.join(lib, 'pkgconfig');
  const flags = async (...args) => (await succeed('pkg-config', [...args, 'libssepublish'], { env })).split(/\s+/);
  return { prefix, lib, env, flags };
}

/** The program in the header's comment. */
function example() {
  const header = fs.readFileSync(path.join(root, 'publisher/ssepublish.h'), 'utf8');
  const lines = header.split('\n');
  const first = lines.indexOf(' *     #include <ssepublish.h>');
  const last = lines.indexOf(' *     }', first);
  assert.ok(first > 0 && last > first, 'the header has an example');
  return `${lines
    .slice(first, last + 1)
    .map((line) => line.replace(/^ \*(     )?/, ''))
    .join('\n')}\n`;
}

scenario('the example in the header compiles, shared and static, and publishes', { skip }, async (ws) => {
  const { lib, env, flags } = await install(ws);
  const stack = await startPublisher(ws);
  fs.writeFileSync(ws.path('example.c'), example());
  const strict = ['-std=c99', '-pedantic', '-Wall', '-Wextra', '-Werror', ws.path('example.c')];
  await succeed('cc', [...strict, '-o', ws.path('shared'), ...(await flags('--cflags', '--libs'))], { env });
  const libs = await flags('--static', '--libs');
  const archive = libs.map((flag) => (flag === '-lssepublish' ? path.join(lib, 'libssepublish.a') : flag));
  await succeed('cc', [...strict, '-o', ws.path('static'), ...(await flags('--cflags')), ...archive], { env });
  const needed = await succeed('readelf', ['-d', ws.path('static')]);
  assert.doesNotMatch(needed, /libssepublish/);
  for (const name of ['shared', 'static']) {
    const options = { env: { ...ws.environment(stack.env), LD_LIBRARY_PATH: lib } };
    const id = await succeed(ws.path(name), [], options);
    const log = await stack.redis.logOf('jobs/42');
    assert.equal(log.at(-1).id, id);
    assert.deepEqual([log.at(-1).event, log.at(-1).data], ['progress', '{"percent":42.5}']);
  }
  assert.equal((await stack.stored('jobs/42')).length, 2);
});

scenario('the library shows its API and nothing else, under a soname', { skip }, async (ws) => {
  const { prefix, lib, flags } = await install(ws);
  const header = fs.readFileSync(path.join(prefix, 'include/ssepublish.h'), 'utf8');
  const api = [...header.matchAll(/^SSEPUBLISH_API [^(]*?(\w+)\(/gm)].map(([, name]) => name).sort();
  assert.ok(api.length >= 5);
  const symbols = async (...args) =>
    [...(await succeed('nm', ['--defined-only', ...args])).matchAll(/^[0-9a-f]+ \w (\w+)$/gm)]
      .map(([, name]) => name)
      .sort();
  assert.deepEqual(await symbols('-D', path.join(lib, 'libssepublish.so')), api);
  assert.deepEqual(await symbols('-g', path.join(lib, 'libssepublish.a')), api);
  assert.match(await succeed('readelf', ['-d', path.join(lib, 'libssepublish.so')]), /soname: \[libssepublish\.so\.0\]/);
  const { stdout } = await runProgram(path.join(prefix, 'bin/sse-publish'), ['--version'], {});
  const version = stdout.trim().split(' ')[1];
  assert.deepEqual(await flags('--modversion'), [version]);
  assert.equal(fs.readlinkSync(path.join(lib, 'libssepublish.so')), 'libssepublish.so.0');
  assert.equal(fs.readlinkSync(path.join(lib, 'libssepublish.so.0')), `libssepublish.so.${version}`);
});
