// Data as text: nothing in it may change but the blanks between its values.
import { expect, test } from 'vitest';
import { event, notice } from './arrivals';
import { emptyFeed, reduceFeed } from './feed';
import { asJson, asJsonLines, folded, indented, isJson } from './feedText';

const PRETTY = '{\n  "a": 1.0,\n  "b": [\n    "x  y",\n    12345678901234567890\n  ],\n  "c": {},\n  "d": [],\n  "e": "\\"}{ "\n}';

test('JSON is folded to a line, blanks in its strings are kept', () => {
  expect(folded(PRETTY, 1_000)).toBe('{"a":1.0,"b":["x  y",12345678901234567890],"c":{},"d":[],"e":"\\"}{ "}');
});

test('text is folded to a line with its words apart', () => {
  expect(folded('one\n\t two', 100)).toBe('one two');
  expect(folded('x'.repeat(500), 100)).toHaveLength(100);
});

test('indented JSON has a line for each value and means the same, to the last digit', () => {
  expect(indented(folded(PRETTY, 1_000))).toBe(PRETTY);
  expect(indented(PRETTY)).toBe(PRETTY);
  for (const json of ['1', '"a b"', 'null', '[]', '{}', '[[],{}]', '[{"a":[true,false,-1e-9]}]', '"\\\\"']) {
    expect(JSON.parse(indented(json))).toEqual(JSON.parse(json));
  }
});

test('what is no JSON is said to be none', () => {
  expect(['{}', ' [1] ', '5', '{', 'hello', ''].map(isJson)).toEqual([true, true, true, false, false, false]);
});

test('an entry is copied as sse-tail --json prints it, and all of them in the order in which they came', () => {
  const { entries } = reduceFeed(emptyFeed, [event({ id: '5-0', channel: 'a', name: 'n', data: '{"x":1}\n' }), notice('lost', 7)]);
  expect(asJson(entries[1] ?? expect.fail())).toBe('{"time":5,"id":"5-0","event":"n","channel":"a","data":"{\\"x\\":1}\\n"}');
  expect(asJsonLines(entries).split('\n').slice(0, -1).map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { event: 'n' },
    { notice: 'lost', time: 7 },
  ]);
});
