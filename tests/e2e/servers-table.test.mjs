// README's table of web servers is what the tests hold them to.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { BEHAVIOURS } from './lib/web/behaviours.mjs';
import { EXPECTED_FAILURES, MODES } from './lib/web/expectations.mjs';
import { readme, withTable } from './lib/web/table.mjs';

test('README has the table of today; if not, `make table` writes it', () => {
  const text = fs.readFileSync(readme, 'utf8');
  assert.equal(text, withTable(text));
});

test('every mode has its tests, and every exception is of a mode and a behaviour', () => {
  const modes = MODES.map(({ mode }) => mode);
  const files = fs.readdirSync(import.meta.dirname).map((file) => /^servers-(.*)\.test\.mjs$/.exec(file)?.[1]);
  assert.deepEqual(files.filter((name) => name && name !== 'table').sort(), [...modes].sort());
  const ids = BEHAVIOURS.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const [mode, cells] of Object.entries(EXPECTED_FAILURES)) {
    assert.ok(modes.includes(mode), mode);
    for (const id of Object.keys(cells)) assert.ok(ids.includes(id), `${mode} ${id}`);
  }
});
