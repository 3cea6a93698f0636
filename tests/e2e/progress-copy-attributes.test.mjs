// sse-progress copy: extended attributes, ACLs and capabilities, as `cp -a` keeps them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { program } from './lib/build.mjs';
import { runProgram } from './lib/child.mjs';
import { startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const isRoot = process.getuid() === 0;
const NOBODY = { uid: 65534, gid: 65534 };

/** Runs `sse-progress copy` in the workspace, perhaps behind another command: {code, stderr}. */
function copy(stack, args, { command = [], ...options } = {}) {
  const [first, ...rest] = [...command, program('sse-progress'), 'copy', ...args];
  return runProgram(first, rest, { env: stack.ws.environment(stack.env), cwd: stack.ws.dir, ...options });
}

const run = (ws, name, ...args) => execFileSync(name, args, { cwd: ws.dir, encoding: 'utf8' });

/** All attributes and ACLs below `dir`, with modes and owners. */
function attributes(ws, dir) {
  const all = { cwd: ws.path(dir), encoding: 'utf8' };
  return (
    execFileSync('getfattr', ['-R', '-h', '-d', '-m', '-', '-e', 'base64', '.'], all) +
    execFileSync('getfacl', ['-R', '-P', '-n', '.'], all)
  );
}

/** A tree with an attribute or an ACL on each kind of file that can have one. */
function makeTree(ws) {
  fs.mkdirSync(ws.path('a/sub'), { recursive: true });
  for (const name of ['plain', 'tagged', 'acl', 'sub/large', 'sub/readonly'])
    fs.writeFileSync(ws.path(`a/${name}`), name.repeat(name === 'sub/large' ? 100_000 : 1));
  run(ws, 'setfattr', '-n', 'user.origin', '-v', 'a value\nof two lines', 'a/tagged');
  run(ws, 'setfattr', '-n', 'user.empty', 'a/sub/large');
  run(ws, 'setfattr', '-n', 'user.of-a-directory', '-v', 'x', 'a/sub');
  run(ws, 'setfattr', '-n', 'user.kept', '-v', 'x', 'a/sub/readonly');
  fs.chmodSync(ws.path('a/sub/readonly'), 0o400);
  run(ws, 'setfacl', '-m', 'u:12345:rw,g::-', 'a/acl');
  run(ws, 'setfacl', '-m', 'u:12345:rwx,d:u:12345:rx', 'a/sub');
}

scenario('attributes and ACLs are kept, and a second run mends them', async (ws) => {
  const stack = await startPublisher(ws);
  makeTree(ws);
  for (const round of [1, 2]) {
    assert.deepEqual(await copy(stack, ['a/.', 'b']).then(({ code, stderr }) => [code, stderr]), [0, ''], `${round}`);
    assert.equal(attributes(ws, 'b'), attributes(ws, 'a'));
    run(ws, 'setfattr', '-x', 'user.origin', 'b/tagged');
    run(ws, 'setfacl', '-b', 'b/acl');
  }
  execFileSync('cp', ['-a', ws.path('a'), ws.path('c')]);
  assert.equal(attributes(ws, 'c'), attributes(ws, 'a'), 'cp -a does the same');
});

scenario("the default ACL of the target's folder gives nobody more than the source does", async (ws) => {
  const stack = await startPublisher(ws);
  makeTree(ws);
  fs.mkdirSync(ws.path('t'));
  run(ws, 'setfacl', '-m', 'd:u:12345:rwx', 't');
  assert.equal((await copy(stack, ['a', 't'])).code, 0);
  assert.equal(attributes(ws, 't/a'), attributes(ws, 'a'));
});

scenario('as root capabilities are kept', { skip: !isRoot }, async (ws) => {
  const stack = await startPublisher(ws);
  fs.writeFileSync(ws.path('a'), 'a program');
  fs.chownSync(ws.path('a'), NOBODY.uid, NOBODY.gid);
  const value = '0sAQAAAgAgAAAAAAAAAAAAAAAAAAA='; // cap_net_raw=ep
  run(ws, 'setfattr', '-n', 'security.capability', '-v', value, 'a');
  assert.equal((await copy(stack, ['a', 'b'])).code, 0);
  const get = (name) => run(ws, 'getfattr', '--only-values', '-n', 'security.capability', name);
  assert.equal(get('b'), get('a'));
});

scenario('who is not root keeps what is his to keep, and is told of nothing', { skip: !isRoot }, async (ws) => {
  const stack = await startPublisher(ws);
  makeTree(ws);
  run(ws, 'chown', '-R', `${NOBODY.uid}:${NOBODY.gid}`, 'a');
  run(ws, 'setfattr', '-n', 'security.capability', '-v', '0sAQAAAgAgAAAAAAAAAAAAAAAAAAA=', 'a/plain');
  fs.mkdirSync(ws.path('t'));
  run(ws, 'chown', `${NOBODY.uid}:${NOBODY.gid}`, 't');
  fs.chmodSync(ws.dir, 0o755);
  const { code, stderr } = await copy(stack, ['--timeout', '0', 'a', 't'], NOBODY);
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /attributes/);
  run(ws, 'setfattr', '-x', 'security.capability', 'a/plain');
  assert.equal(attributes(ws, 't/a'), attributes(ws, 'a'));
});

scenario('where the target has no attributes that is said once, and no ACL becomes more', async (ws) => {
  const stack = await startPublisher(ws);
  makeTree(ws);
  fs.mkdirSync(ws.path('t'));
  // ramfs has none. What is in it is gone with the command.
  const script = 'mount -t ramfs none t && "$@" && stat -c "%a %n" t/a/acl t/a/tagged t/a/sub';
  const command = ['unshare', '-rm', 'sh', '-c', script, 'sh'];
  const end = await copy(stack, ['a', 't'], { command });
  assert.equal(end.code, 0, end.stderr);
  const said = end.stderr.trimEnd().split('\n');
  assert.equal(said.length, 1, end.stderr);
  assert.match(said[0], /^sse-progress copy: a\/.*: not all extended attributes and ACLs are kept: Operation not supported \(said once\)$/);
  assert.equal(fs.statSync(ws.path('a/acl')).mode & 0o777, 0o664, 'the mask of the ACL');
  assert.equal(end.stdout, '604 t/a/acl\n644 t/a/tagged\n755 t/a/sub\n');
  const events = (await stack.redis.logOf('jobs/copy')).map(({ event, data }) => ({ event, ...JSON.parse(data) }));
  assert.equal(events.filter(({ event, line }) => event === 'log' && /not all extended/.test(line)).length, 1);
  assert.equal(events.at(-1).event, 'done');
});
