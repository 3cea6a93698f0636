// sse-publish as a command: every form of input, and every way in which it says no.
import assert from 'node:assert/strict';
import { eventually } from './lib/eventually.mjs';
import { LARGEST, startDirect, startPublisher } from './lib/stack.mjs';
import { freePort, scenario } from './lib/workspace.mjs';

async function assertNothingStored(stack) {
  assert.deepEqual(await stack.redis.command('KEYS', '*log:*'), []);
}

scenario('JSON arrives byte for byte as it was given', async (ws) => {
  const stack = await startDirect(ws);
  const stream = await stack.server.stream('/sse/a');
  const texts = [
    '{"b":1,"a":2}',
    ' { "spaces" :\t[ 1,2 , 3 ] } ',
    '"a string"',
    '"escapes \\u00e9 \\n \\" \\/ é"',
    '1.50',
    '123456789012345678901234567890',
    '-0.0e+10',
    'true',
    'null',
    '[]',
    '{"a":1,"a":2}',
  ];
  for (const text of texts) await stack.publish('a', text);
  await stream.waitFor(() => stream.published().length === texts.length, 'all of them');
  assert.deepEqual(
    stream.published().map(({ data }) => data),
    texts,
  );
  assert.deepEqual(await stack.stored(), texts);
});

scenario('standard input is data, without the line end of its last line', async (ws) => {
  const stack = await startPublisher(ws);
  await stack.pipe('a', '{"from":\n"a file"}\n');
  await stack.pipe('a', 'text\nof two lines\r\n', '--text');
  await stack.pipe('a', 'no line end', '--text');
  await stack.pipe('a', 'an empty line at the end\n\n', '--text');
  assert.deepEqual(await stack.stored(), [
    '{"from":\n"a file"}',
    'text\nof two lines',
    'no line end',
    'an empty line at the end\n',
  ]);
});

scenario('key=value and key:=json make an object', async (ws) => {
  const stack = await startPublisher(ws);
  const end = await stack.run([
    'a',
    'task=copy a.iso',
    'percent:=45.5',
    'list:=[1,{"x":null}]',
    'empty=',
    'utf_8=ü"\\',
    'eq=a=b',
  ]);
  assert.equal(end.code, 0, end.stderr);
  const expected = {
    task: 'copy a.iso',
    percent: 45.5,
    list: [1, { x: null }],
    empty: '',
    utf_8: 'ü"\\',
    eq: 'a=b',
  };
  assert.deepEqual(
    (await stack.stored()).map((text) => JSON.parse(text)),
    [expected],
  );
});

scenario('--text takes anything that is UTF-8', async (ws) => {
  const stack = await startPublisher(ws);
  const texts = ['hello', '{broken', 'key=value', '', 'ü\t\u0001'];
  for (const text of texts) await stack.publish('a', text, '--text');
  assert.deepEqual(await stack.stored(), texts);
});

scenario('the id on stdout is all that is said', async (ws) => {
  const stack = await startPublisher(ws);
  const end = await stack.run(['-e', 'progress', 'a', '1']);
  assert.match(end.stdout, /^\d+-\d+\n$/);
  assert.equal(end.stderr, '');
});

scenario('what is no JSON is refused, with the position, and --text is suggested', async (ws) => {
  const stack = await startPublisher(ws);
  for (const text of [
    'hello',
    '{"a":1,}',
    '{"a" 1}',
    '[1,2',
    '"open',
    "{'a':1}",
    '1 2',
    '',
    '{"a":tru}',
    'NaN',
    '01',
  ]) {
    for (const end of [
      await stack.run(['a', text]),
      await stack.run(['a', '-'], { stdin: text }),
    ]) {
      assert.equal(end.code, 65, `${text}: ${end.stderr}`);
      assert.match(end.stderr, /--text/);
      assert.match(end.stderr, /JSON/);
      assert.equal(end.stdout, '');
    }
  }
  assert.match(
    (await stack.run(['a', '{"abc":1,}'])).stderr,
    /\b(9|10)\b/,
    'the position of the error',
  );
  await assertNothingStored(stack);
});

scenario('a bad JSON value of a key is named', async (ws) => {
  const stack = await startPublisher(ws);
  const end = await stack.run(['a', 'good=1', 'percent:=4x']);
  assert.ok([64, 65].includes(end.code), `exit ${end.code}`);
  assert.match(end.stderr, /percent/);
  await assertNothingStored(stack);
});

scenario('a key that is none is told, and what one is', async (ws) => {
  const stack = await startPublisher(ws);
  for (const pair of ['1a=x', 'a b=c', 'a.=b', 'a..b:=1', 'a:b=c', '=x']) {
    const end = await stack.run(['a', '--', pair]);
    assert.equal(end.code, 65, pair);
    const key = /^(.*?):?=/.exec(pair)[1];
    assert.ok(end.stderr.startsWith(`sse-publish: "${key}" is no key: `), end.stderr);
    assert.equal(/--text/.test(end.stderr), /[^\w.-]/.test(key), `${pair} may be text`);
  }
  assert.match((await stack.run(['a', 'a=1', '1a=x'])).stderr, /"1a" is no key/);
  assert.match((await stack.run(['a', '1a=x', 'a=1'])).stderr, /"1a" is no key/);
  await assertNothingStored(stack);
});

scenario('a bad channel is refused', async (ws) => {
  const stack = await startPublisher(ws);
  for (const channel of ['a b', '/a', 'a//b', 'jobs/*', 'ü', 'x'.repeat(201), '']) {
    const end = await stack.run([channel, '1']);
    assert.ok([64, 65].includes(end.code), `${channel}: exit ${end.code}`);
    assert.match(end.stderr, /channel/i);
  }
  const pattern = await stack.run(['jobs/*', '1']);
  assert.match(pattern.stderr, /"jobs\/\*" .*: a pattern can be followed, but not published to\n/);
  assert.deepEqual(await stack.redis.command('KEYS', '*'), []);
});

scenario("the responder's own event names are refused, and names that are none", async (ws) => {
  const stack = await startPublisher(ws);
  for (const name of ['end', 'stream-open', 'stream-x', 'two\nlines', 'cr\rname', '']) {
    const end = await stack.run(['-e', name, 'a', '1']);
    assert.ok([64, 65].includes(end.code), `${JSON.stringify(name)}: exit ${end.code}`);
    assert.match(end.stderr, /event/i);
  }
  assert.match((await stack.run(['-e', 'end', 'a', '1'])).stderr, /own \(--end ends a channel\)\n/);
  assert.doesNotMatch((await stack.run(['-e', 'stream-x', 'a', '1'])).stderr, /--end/);
  await assertNothingStored(stack);
});

scenario('--end publishes the event that ends the channel', async (ws) => {
  const stack = await startPublisher(ws);
  const heard = await stack.redis.listen('sse:*');
  for (const data of [[], ['{"moved":9}'], ['why=done', 'n:=1'], ['--text', 'over and out']]) {
    const end = await stack.run(['--end', 'a', ...data]);
    assert.equal(end.code, 0, end.stderr);
    assert.match(end.stdout, /^\d+-\d+\n$/);
  }
  const expected = ['{}', '{"moved":9}', '{"why":"done","n":1}', 'over and out'];
  assert.deepEqual(await stack.stored(), expected);
  const events = (await stack.redis.logOf('a')).map(({ event }) => event);
  assert.deepEqual(events, ['end', 'end', 'end', 'end']);
  await eventually(() => heard.length === 4, 'they are live');
  assert.ok(heard.every(({ message }) => JSON.parse(message).event === 'end'));
  assert.equal((await stack.run(['--end', 'a', 'no json'])).code, 65);
});

scenario('data that is no UTF-8 is refused', async (ws) => {
  const stack = await startPublisher(ws);
  for (const bytes of [
    Buffer.from('"\xff"', 'latin1'),
    Buffer.from([0x22, 0xc0, 0x80, 0x22]),
    Buffer.from('"\xed\xa0\x80"', 'latin1'),
  ]) {
    for (const options of [[], ['--text']]) {
      const end = await stack.run([...options, 'a', '-'], { stdin: bytes });
      assert.equal(end.code, 65, end.stderr);
      assert.match(end.stderr, /UTF-8/);
    }
  }
  await assertNothingStored(stack);
});

scenario('NUL in data is refused', async (ws) => {
  const stack = await startPublisher(ws);
  const end = await stack.run(['--text', 'a', '-'], { stdin: Buffer.from('a\0b') });
  assert.equal(end.code, 65, end.stderr);
  await assertNothingStored(stack);
});

scenario('256 KiB is the limit', async (ws) => {
  const stack = await startPublisher(ws);
  await stack.pipe('a', 'x'.repeat(LARGEST), '--text');
  assert.equal((await stack.stored())[0].length, LARGEST);
  await stack.redis.command('FLUSHALL');
  for (const size of [LARGEST + 1, LARGEST * 20]) {
    const end = await stack.run(['--text', 'a', '-'], { stdin: 'x'.repeat(size) });
    assert.equal(end.code, 65, end.stderr);
    assert.match(end.stderr, /262,?144|256 KiB/);
  }
  assert.deepEqual(await stack.redis.command('KEYS', '*'), []);
});

scenario('without Redis it is exit 69, and the address is said', async (ws) => {
  const port = await freePort();
  for (const url of [`redis://127.0.0.1:${port}`, `unix:${ws.path('nowhere.sock')}`]) {
    const end = await ws.run('sse-publish', ['--timeout', '0', '--redis', url, 'a', '1']);
    assert.equal(end.code, 69, end.stderr);
    assert.ok(
      end.stderr.includes(url.includes('unix') ? 'nowhere.sock' : String(port)),
      end.stderr,
    );
    assert.equal(end.stdout, '');
  }
});

scenario('usage errors are exit 64', async (ws) => {
  for (const args of [
    [],
    ['--nonsense', 'a', '1'],
    ['a', '1', '--redis'],
    ['a', '1', '--retry', 'soon'],
    ['a', '1', '--timeout', 'soon'],
    ['a', '1', '--timeout', '-1'],
    ['--end', '-e', 'x', 'a'],
    ['--end', '--lines', 'a'],
    ['--end'],
    ['--end', 'a', '1', '2'],
    ['a', '1', '--redis', 'http://x'],
  ]) {
    const end = await ws.run('sse-publish', args);
    assert.equal(end.code, 64, `${args.join(' ')}: ${end.stderr}`);
    assert.notEqual(end.stderr, '');
  }
});
