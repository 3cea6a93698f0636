// Numbers that look random and are the same in each run (mulberry32).

export class Random {
  constructor(seed) {
    this.state = seed;
  }

  /** A whole number from 0 to `below - 1`. */
  number(below) {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  }

  pick(list) {
    return list[this.number(list.length)];
  }

  /** Does one of [[weight, action], …], and returns what it returns. */
  do(actions) {
    let at = this.number(actions.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, action] of actions) {
      if (at < weight) return action();
      at -= weight;
    }
  }
}
