// The plan of the wall.
import { expect, test } from 'vitest';
import { wallPlan } from './wallPlan';

test('few cards are large, many are small, and all of them are in sight while they fit', () => {
  const plan = (count: number) => wallPlan(1_400, 800, 15, count);
  expect(plan(4).scale).toBe(2);
  let before = plan(1);
  for (let count = 2; count <= 200; count++) {
    const next = plan(count);
    expect(next.scale).toBeLessThanOrEqual(before.scale);
    if (next.scale > 0.8) expect(next.room).toBeGreaterThanOrEqual(count);
    before = next;
  }
  expect(before).toEqual(plan(1_000));
});

test('there is room for one card at least', () => {
  expect(wallPlan(0, 0, 15, 3)).toEqual({ scale: 0.8, room: 1 });
});
