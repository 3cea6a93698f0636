// make install and uninstall: every file in its place, with the paths that PREFIX asks for.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { root, sanitized } from './lib/build.mjs';
import { runProgram } from './lib/child.mjs';
import { scenario } from './lib/workspace.mjs';

const skip = sanitized && 'what is installed is the plain build';
const NOT_INSTALLED = ['dev', 'docker'];

/** Runs make in the project's folder as a user does, and not as a part of the make that runs the tests. */
function make(ws, args, extra = {}) {
  const env = ws.environment(extra);
  for (const name of ['MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'PREFIX', 'DESTDIR']) delete env[name];
  return runProgram('make', ['--no-print-directory', ...args], { cwd: root, env });
}

async function succeed(ws, args) {
  const end = await make(ws, args);
  assert.equal(end.code, 0, end.stdout + end.stderr);
  return end;
}

/** Every file below `dir`: its relative path -> its mode. */
function filesBelow(dir) {
  const files = fs.readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const names = files.map((entry) => path.relative(dir, path.join(entry.parentPath ?? entry.path, entry.name)));
  return Object.fromEntries(names.sort().map((name) => [name, (fs.statSync(path.join(dir, name)).mode & 0o777).toString(8)]));
}

/** What deploy/ has for web servers and service managers: `lighttpd/sse-fcgi.conf`, … */
function shippedFiles() {
  const folders = fs.readdirSync(path.join(root, 'deploy')).filter((name) => !NOT_INSTALLED.includes(name));
  return folders.flatMap((folder) =>
    fs.readdirSync(path.join(root, 'deploy', folder)).map((name) => `${folder}/${name}`),
  );
}

/** What must be there after `make install PAGE=no`, with its mode. */
function expected() {
  const files = { 'bin/sse-publish': '755', 'bin/sse-progress': '755', 'bin/sse-tail': '755', 'lib/sse-fcgi/sse.fcgi': '755' };
  const version = /"(.*)"/.exec(fs.readFileSync(path.join(root, 'fcgi/core/version.h'), 'utf8').split('SSE_VERSION')[1])[1];
  for (const name of ['.a', '.so', '.so.0', `.so.${version}`]) files[`lib/libssepublish${name}`] = '644';
  files['lib/pkgconfig/libssepublish.pc'] = '644';
  files['include/ssepublish.h'] = '644';
  for (const name of fs.readdirSync(path.join(root, 'publisher')).filter((name) => name.endsWith('.1'))) {
    files[`share/man/man1/${name}`] = '644';
  }
  for (const name of ['sse-publish', 'sse-progress', 'sse-tail']) files[`share/bash-completion/completions/${name}`] = '644';
  files['share/zsh/site-functions/_sse-fcgi'] = '644';
  for (const name of shippedFiles()) {
    const isProgram = (fs.statSync(path.join(root, 'deploy', name)).mode & 0o100) !== 0;
    files[`share/sse-fcgi/${name}`] = isProgram ? '755' : '644';
  }
  for (const unit of ['sse-fcgi.service', 'sse-fcgi.socket', 'sse-progress@.service']) {
    files[`lib/systemd/system/${unit}`] = '644';
  }
  files['lib/sysusers.d/sse-fcgi.conf'] = '644';
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}

scenario('every shipped file is installed, and names the PREFIX', { skip }, async (ws) => {
  const stage = ws.path('stage');
  const to = ['PREFIX=/opt/sse', `DESTDIR=${stage}`, 'PAGE=no'];
  await succeed(ws, ['install', ...to]);
  const found = filesBelow(path.join(stage, 'opt/sse'));
  assert.deepEqual(found, expected());
  assert.deepEqual(fs.readdirSync(stage), ['opt'], 'nothing is outside of PREFIX');
  for (const name of shippedFiles()) {
    const text = fs.readFileSync(path.join(stage, 'opt/sse/share/sse-fcgi', name), 'utf8');
    const source = fs.readFileSync(path.join(root, 'deploy', name), 'utf8');
    assert.equal(text, source.replaceAll('/usr/local', '/opt/sse'), name);
  }
  const unit = fs.readFileSync(path.join(stage, 'opt/sse/lib/systemd/system/sse-fcgi.service'), 'utf8');
  assert.match(unit, /^ExecStart=\/opt\/sse\/lib\/sse-fcgi\/sse\.fcgi$/m);
  await succeed(ws, ['uninstall', ...to]);
  assert.deepEqual(filesBelow(stage), {});
});

scenario('installed twice and removed, what others have there stays', { skip }, async (ws) => {
  const prefix = ws.path('p');
  const theirs = ['lib/systemd/system/other.service', 'lib/sysusers.d/other.conf', 'bin/other', 'share/other'];
  for (const name of theirs) {
    fs.mkdirSync(path.dirname(path.join(prefix, name)), { recursive: true });
    fs.writeFileSync(path.join(prefix, name), '');
  }
  const to = [`PREFIX=${prefix}`, 'PAGE=no'];
  await succeed(ws, ['install', ...to]);
  await succeed(ws, ['install', ...to]);
  const program = path.join(prefix, 'lib/sse-fcgi/sse.fcgi');
  const end = await runProgram(program, ['--version'], { env: ws.environment() });
  assert.match(end.stdout, /^sse\.fcgi /);
  await succeed(ws, ['uninstall', ...to]);
  assert.deepEqual(Object.keys(filesBelow(prefix)), theirs.sort());
  await succeed(ws, ['uninstall', ...to]);
});

scenario('the page is installed with the rest, for everybody to read', { skip }, async (ws) => {
  const to = ['PREFIX=/usr', `DESTDIR=${ws.path('stage')}`];
  await succeed(ws, ['install', ...to]);
  const www = ws.path('stage/usr/share/sse-fcgi/www');
  const installed = filesBelow(www);
  assert.deepEqual(Object.keys(installed), Object.keys(filesBelow(path.join(root, 'build/www'))));
  assert.ok('index.html' in installed);
  for (const [name, mode] of Object.entries(installed)) assert.match(mode, /[4-7]$/, name);
  await succeed(ws, ['uninstall', ...to]);
  assert.deepEqual(filesBelow(ws.path('stage')), {});
});

scenario('without npm the message says what to do', { skip }, async (ws) => {
  // A folder of the project's own kind that has no page yet: everything as it is, but build/ and Node.js.
  const copy = ws.path('copy');
  const tracked = await runProgram('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const name of tracked.stdout.trim().split('\n')) {
    if (!fs.existsSync(path.join(root, name))) continue;
    fs.mkdirSync(path.dirname(path.join(copy, name)), { recursive: true });
    fs.copyFileSync(path.join(root, name), path.join(copy, name));
  }
  const bin = ws.path('bin');
  fs.mkdirSync(bin);
  for (const tool of ['make', 'sh', 'find', 'nproc', 'touch', 'dirname']) {
    const { stdout } = await runProgram('sh', ['-c', `command -v ${tool}`], {});
    fs.symlinkSync(fs.realpathSync(stdout.trim()), path.join(bin, tool));
  }
  const env = { ...ws.environment(), PATH: bin };
  for (const name of ['MAKEFLAGS', 'MFLAGS', 'MAKELEVEL']) delete env[name];
  const end = await runProgram('make', ['page'], { cwd: copy, env });
  assert.equal(end.code, 2);
  assert.match(end.stderr, /npm is missing.*make setup FOR=build/);
  assert.match(end.stderr, /make programs && sudo make install PAGE=no/);
});
