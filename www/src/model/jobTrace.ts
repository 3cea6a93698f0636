// The way of a job so far: some points of its progress, few enough to keep for hundreds of jobs. Full,
// it drops every other point and takes new ones half as often, so that it always reaches back to the start.

export interface Point {
  /** ms */
  at: number;
  percent: number | null;
  moved: number | null;
}

export interface Trace {
  /** ms between two points, at least. */
  step: number;
  points: readonly Point[];
}

export const TRACE_MAX = 48;
const FIRST_STEP_MS = 250;

export function startTrace(point: Point): Trace {
  return { step: FIRST_STEP_MS, points: [point] };
}

/** `trace` with `point`; the same object if the last one is too near. */
export function addPoint(trace: Trace, point: Point, most = TRACE_MAX): Trace {
  const last = trace.points.at(-1);
  if (last !== undefined && point.at - last.at < trace.step) return trace;
  if (trace.points.length < most) return { step: trace.step, points: [...trace.points, point] };
  return { step: trace.step * 2, points: [...trace.points.filter((_, i) => i % 2 === 0), point] };
}

const LATELY_MS = 10_000;
const LEAST_MS = 1_000;

/** How much `field` has grown a second over the last ten seconds before `now`, a point; null if that is unknown. */
export function growth(trace: Trace, now: Point, field: 'percent' | 'moved'): number | null {
  const base = trace.points.findLast(({ at }) => at <= now.at - LATELY_MS) ?? trace.points[0];
  const from = base?.[field] ?? null;
  const to = now[field];
  if (base === undefined || from === null || to === null || now.at - base.at < LEAST_MS || to < from) return null;
  return ((to - from) * 1000) / (now.at - base.at);
}
