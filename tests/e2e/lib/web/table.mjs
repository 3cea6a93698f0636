// The table of modes and behaviours, as README has it: what expectations.mjs does not except holds.
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../build.mjs';
import { BEHAVIOURS } from './behaviours.mjs';
import { MODES, expectedFailure } from './expectations.mjs';

const BEGIN = '<!-- This table is made by `make table`, of what the tests hold the servers to. -->\n';
const END = '<!-- End of the table. -->\n';

export const readme = path.join(root, 'README.md');

/** The table and its footnotes, in Markdown that is a table to the eye as well. */
export function table() {
  const reasons = [];
  const number = (why) => {
    if (!reasons.includes(why)) reasons.push(why);
    return reasons.indexOf(why) + 1;
  };
  const cell = (mode, id) => {
    const expected = expectedFailure(mode, id);
    return expected ? `no (${number(expected.why)})` : '✓';
  };
  const rows = BEHAVIOURS.map(({ id, words }) => [words, ...MODES.map(({ mode }) => cell(mode, id))]);
  const notes = reasons.map((why, i) => `${i + 1}. ${why}\n`);
  return `${lines([['', ...MODES.map(({ head }) => head)], ...rows])}\n${notes.join('')}`;
}

function lines([head, ...rows]) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)));
  const line = (cells) => `| ${cells.map((text, i) => text.padEnd(widths[i])).join(' | ')} |\n`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|\n`;
  return line(head) + rule + rows.map(line).join('');
}

/** README's text with the table of today. */
export function withTable(text) {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README has no ${BEGIN.trim()} … ${END.trim()}`);
  return `${text.slice(0, begin + BEGIN.length)}\n${table()}\n${text.slice(end)}`;
}

export function writeTable() {
  fs.writeFileSync(readme, withTable(fs.readFileSync(readme, 'utf8')));
}
