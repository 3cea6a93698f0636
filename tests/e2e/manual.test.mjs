// What helps to use the commands: --help, the manual page, completion in bash and zsh.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { program, root } from './lib/build.mjs';
import { runProgram } from './lib/child.mjs';
import { startPublisher } from './lib/stack.mjs';
import { scenario } from './lib/workspace.mjs';

const SCREEN = { lines: 24, columns: 80 };
const PROGRESS = ['run', 'pipe', 'copy', 'demo', 'clock'];
const COMMANDS = [
  ['sse-publish', []],
  ['sse-tail', []],
  ['sse-progress', []],
  ...PROGRESS.map((name) => ['sse-progress', [name]]),
];
const completion = path.join(root, 'publisher/completion');

async function helpOf(ws, name, command = []) {
  const end = await ws.run(name, [...command, '--help']);
  assert.equal(end.code, 0);
  return end.stdout;
}

const longOptions = (text, pattern) =>
  [...new Set([...text.matchAll(pattern)].flatMap(([, ...names]) => names.filter(Boolean)))].sort();
const IN_HELP = /^ +(?:-\w, )?--([a-z-]+)(?:, --([a-z-]+))?/gm;
const examplesIn = (help) => help.split('\n').filter((line) => /^ {2}(?=\w).*sse-/.test(line));

/** The words of an example that are the command's own: behind its name, before `--`, a pipe or a redirection. */
function ownWords(example, name, command) {
  const [, own] = example.split([name, ...command].join(' '));
  return own.split(/ -- | [|<>&] ?| && /)[0].match(/'[^']*'|\S+/g) ?? [];
}

for (const [name, command] of COMMANDS) {
  const called = [name, ...command].join(' ');
  scenario(`${called} --help fits a screen, with three examples that have its own options`, async (ws) => {
    const help = await helpOf(ws, name, command);
    const lines = help.trimEnd().split('\n');
    assert.ok(lines.length <= SCREEN.lines, `${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= SCREEN.columns, line);
    const examples = examplesIn(help);
    assert.equal(examples.length, 3, examples.join('\n'));
    for (const example of examples) {
      const used = command.length > 0 ? command : PROGRESS.filter((one) => example.includes(`${name} ${one} `));
      const options = used.length > 0 ? await helpOf(ws, name, used) : help;
      for (const word of ownWords(example, name, used).filter((one) => /^--?[a-z]/.test(one)))
        assert.match(options, new RegExp(`^ +(-\\w, )?${word}[ ,]`, 'm'), `${word} of: ${example}`);
    }
  });
}

scenario('the examples of sse-publish --help work', async (ws) => {
  const stack = await startPublisher(ws);
  const examples = examplesIn(await helpOf(ws, 'sse-publish'));
  assert.equal(examples.length, 3);
  const env = ws.environment(stack.env);
  env.PATH = `${path.dirname(program('sse-publish'))}:${env.PATH}`;
  fs.writeFileSync(ws.path('app.log'), 'a line\n');
  for (const example of examples) {
    // One of them follows a file for ever, but not the first line of it.
    const command = example.replace('tail -Fn0', 'cat');
    const end = await runProgram('sh', ['-c', command], { env, cwd: ws.dir });
    assert.equal(end.code, 0, `${command}: ${end.stderr}`);
    assert.match(end.stdout, /^\d+-\d+\n$/);
  }
});

const manual = (name) => path.join(root, `publisher/${name}.1`);

scenario('the manual of sse-publish is clean, and has its exit codes', async () => {
  const page = manual('sse-publish');
  const lint = await runProgram('mandoc', ['-T', 'lint', '-W', 'style', page], {});
  assert.deepEqual([lint.code, lint.stdout], [0, '']);
  const text = fs.readFileSync(page, 'utf8');
  for (const code of ['0', '1', '64', '65', '69', '75']) assert.match(text, new RegExp(`^\\.It ${code}$`, 'm'));
});

/** The options of --help, as "c,channel", or "channel" for one without a letter. */
const optionsOfHelp = (help) =>
  [...help.matchAll(/^ +(-\w, )?--([a-z-]+)(?:, --([a-z-]+))?/gm)]
    .flatMap(([, letter, name, other]) => [letter ? `${letter[1]},${name}` : name, other].filter(Boolean))
    .sort();

/** Likewise of a manual, for one of the commands that it tells of: which, stands before each list of options. */
function optionsOfManual(text, command) {
  const [first, ...lists] = text.replaceAll('\\-', '-').split(/^\.Bl .*\n/m);
  let before = first;
  const found = [];
  for (const list of lists) {
    const items = list.split(/^\.El$/m)[0].match(/^\.It Fl .*/gm) ?? [];
    const options = items.flatMap((item) => [...item.matchAll(/(?:Fl (\w) ,)? (?:Fl )?-([a-z-]+)/g)]);
    const isOfAll = !/^\.Cm /m.test(before);
    if (isOfAll || new RegExp(`^\\.Cm ${command}$`, 'm').test(before))
      found.push(...options.map(([, letter, name]) => (letter ? `${letter},${name}` : name)));
    before = list.slice(list.lastIndexOf('\n.El\n'));
  }
  return found.sort();
}

for (const [name, command] of COMMANDS.filter(([name, command]) => name !== 'sse-progress' || command.length > 0)) {
  const page = command[0] === 'copy' ? 'sse-progress-copy' : name;
  scenario(`the manual has exactly the options of ${[name, ...command].join(' ')} --help`, async (ws) => {
    const options = optionsOfHelp(await helpOf(ws, name, command));
    assert.ok(options.length > 5);
    const text = fs.readFileSync(manual(page), 'utf8');
    assert.deepEqual(optionsOfManual(text, command[0]), options);
    if (!options.includes('redis')) return;
    const [, environment] = text.match(/^\.Sh ENVIRONMENT\n(.*?)^\.Sh /ms);
    for (const option of ['redis', 'redis-password-file', 'prefix', 'keep', 'ttl', 'timeout'])
      if (options.includes(option)) {
        const variable = `SSE_${option.toUpperCase().replaceAll('-', '_')}`;
        assert.match(environment, new RegExp(`\\b${variable}\\b`), `${variable} of --${option}`);
      }
  });
}

/** What bash offers for the last of the words. */
async function completeByBash(ws, words) {
  const script = `source ${completion}/sse-fcgi.bash
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _sse_fcgi "$1" "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const end = await runProgram('bash', ['-c', script, 'bash', ...words], { env: ws.environment(), cwd: ws.dir });
  assert.equal(end.stderr, '');
  return end.stdout.split('\n').filter(Boolean).sort();
}

scenario('bash completes options, files and commands', async (ws) => {
  const publish = program('sse-publish');
  const progress = program('sse-progress');
  fs.writeFileSync(ws.path('letter.txt'), '');
  const all = longOptions(await helpOf(ws, 'sse-publish'), IN_HELP).map((name) => `--${name}`);
  assert.deepEqual(await completeByBash(ws, [publish, '-']), all);
  assert.deepEqual(await completeByBash(ws, [publish, 'a', '--chan']), ['--channel-key']);
  assert.deepEqual(await completeByBash(ws, [publish, 'a', '--file', 'let']), ['letter.txt']);
  assert.deepEqual(await completeByBash(ws, [publish, 'a', '-f', 'let']), ['letter.txt']);
  assert.deepEqual(await completeByBash(ws, [publish, 'a', '--event', 'let']), []);
  assert.deepEqual(await completeByBash(ws, [publish, 'a', 'log', '@', 'let']), ['letter.txt']);
  assert.deepEqual(await completeByBash(ws, [publish, 'a', 'log@let']), ['log@letter.txt']);
  const commands = await completeByBash(ws, [progress, '']);
  assert.deepEqual(commands, ['clock', 'copy', 'demo', 'pipe', 'run']);
  assert.deepEqual(await completeByBash(ws, [progress, 'demo', '--st']), ['--step']);
  assert.deepEqual(await completeByBash(ws, [program('sse-tail'), '--unt']), ['--until']);
  for (const command of commands) {
    const end = await ws.run('sse-progress', [command, '--help']);
    assert.equal(end.code, 0, `sse-progress takes ${command}`);
  }
});

/** What zsh makes of a line when Tab is pressed behind it: its words. */
async function completeByZsh(ws, line) {
  const script = `zmodload zsh/zpty
    zpty -b shell 'TERM=dumb PS1="READY>" zsh -f -i'
    await() { local out; zpty -r shell out "*$1*"; REPLY=$out }
    await 'READY>'
    zpty -w shell "unsetopt zle_bracketed_paste prompt_cr; fpath=($1 \\$fpath); PATH=$2:\\$PATH; autoload -Uz compinit; compinit -D -u; print IN''IT"
    await 'INIT'; await 'READY>'
    zpty -w -n shell "$3"$'\\t\\x01'"print -rl -- BE''GIN "$'\\x05'" EN''D"$'\\n'
    await $'BEGIN*END'
    print -r -- "$REPLY"
    zpty -d shell`;
  const args = ['-f', '-c', script, 'zsh', completion, path.dirname(program('sse-publish')), line];
  const end = await runProgram('zsh', args, { env: ws.environment(), cwd: ws.dir });
  const words = end.stdout.replaceAll('\r', '').split('\n');
  const begin = words.lastIndexOf('BEGIN');
  assert.ok(begin >= 0, `zsh: ${JSON.stringify(end)}`);
  return words.slice(begin + 1, words.indexOf('END', begin)).filter(Boolean);
}

scenario('zsh completes options, files and commands', async (ws) => {
  fs.writeFileSync(ws.path('letter.txt'), '');
  assert.deepEqual(await completeByZsh(ws, 'sse-publish a --chan'), ['sse-publish', 'a', '--channel-key']);
  assert.deepEqual(await completeByZsh(ws, 'sse-publish a --file let'), ['sse-publish', 'a', '--file', 'letter.txt']);
  assert.deepEqual(await completeByZsh(ws, 'sse-publish a log@let'), ['sse-publish', 'a', 'log@letter.txt']);
  assert.deepEqual(await completeByZsh(ws, 'sse-progress cl'), ['sse-progress', 'clock']);
  assert.deepEqual(await completeByZsh(ws, 'sse-progress demo --st'), ['sse-progress', 'demo', '--step']);
  assert.deepEqual(await completeByZsh(ws, 'sse-tail --unt'), ['sse-tail', '--until']);
});
