// A linear scale: the part of d3-scale that these charts need. All of d3-scale would be a tenth of the page, for
// colours and formats that nobody asks for; the mathematics of ticks are d3-array's. (Of d3-array 3.2.4 and d3-shape 3.2.0
// what is not used is left out; their successors are one file each, which stays whole.)
import { nice, ticks } from 'd3-array';

export interface Linear {
  /** A value to pixels. */
  (value: number): number;
  /** About so many round values within the domain. */
  ticks(count: number): number[];
  /** The same with a domain that ends at round values. */
  nice(count: number): Linear;
}

/** From `domain`, which must not be empty, to `range`. */
export function scaleLinear(domain: readonly [number, number], range: readonly [number, number]): Linear {
  const [from, to] = domain;
  const scale = (value: number) => range[0] + ((value - from) / (to - from)) * (range[1] - range[0]);
  return Object.assign(scale, {
    ticks: (count: number) => ticks(from, to, count),
    nice: (count: number) => scaleLinear(nice(from, to, count), range),
  });
}
