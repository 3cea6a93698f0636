// The lines that a shipped file names in its comments, for who wants more: taken from there, so that what is tested is
// what is said.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { shipped } from './web_server.mjs';

/** The settings of these names, as they stand behind the # of a comment, without what is said of them. */
export function suggested(file, ...names) {
  const lines = fs.readFileSync(shipped(file), 'utf8').split('\n');
  return names.map((name) => {
    const pattern = new RegExp(`^#\\s+(${name.replaceAll('.', '\\.')}\\b[^#]*?)\\s*(#.*)?$`);
    const found = lines.map((line) => pattern.exec(line)).find(Boolean);
    assert.ok(found, `${file} suggests ${name}`);
    return found[1];
  });
}
