// A linear scale. d3-scale has one too, with colours, dates and number formats that a page would load for nothing.

export type Linear = (value: number) => number;

/** From `domain` to `range`, beyond both ends as well; a domain without an extent is the start of the range. */
export function linear([d0, d1]: readonly [number, number], [r0, r1]: readonly [number, number]): Linear {
  const slope = d1 === d0 ? 0 : (r1 - r0) / (d1 - d0);
  return (value) => r0 + (value - d0) * slope;
}
