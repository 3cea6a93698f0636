// Numbered events on one channel, and the feed of a board that must show each of them once and in order.
import assert from 'node:assert/strict';
import { Publishers } from './publishers.mjs';

/** A publisher of `notes 0.`, `notes 1.`, … on the channel `notes`. */
export function publishNumbers(stack) {
  return new Publishers(stack, ['notes'], { args: ['--text'], data: (i) => `notes ${i}.` });
}

/** Waits for the last of `count` such events, and fails unless the feed has all of them, the newest first. */
export async function assertNumbers(board, count) {
  const wanted = Array.from({ length: count }, (_, i) => `notes ${count - 1 - i}.`);
  await board.entry('notes', wanted[0]);
  const got = (await board.feed('notes')).map((text) => /notes \d+\./.exec(text)?.[0]);
  assert.deepEqual(got, wanted, `each of ${count} events once, the newest first`);
}
