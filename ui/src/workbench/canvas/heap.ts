// A binary heap of states by cost, for the search of routes. It is not a general queue: states are whole numbers.
export class Heap {
  private readonly states: number[] = [];
  private readonly costs: number[] = [];

  push(state: number, cost: number): void {
    let n = this.states.length;
    this.states.push(state);
    this.costs.push(cost);
    while (n > 0) {
      const up = (n - 1) >> 1;
      if ((this.costs[up] ?? 0) <= cost) break;
      this.put(n, up);
      n = up;
    }
    this.states[n] = state;
    this.costs[n] = cost;
  }

  /** The state of least cost, or undefined when none is left. */
  pop(): number | undefined {
    const least = this.states[0];
    const state = this.states.pop();
    const cost = this.costs.pop();
    if (this.states.length === 0 || state === undefined || cost === undefined) return least;
    let n = 0;
    for (;;) {
      let child = 2 * n + 1;
      if (child >= this.states.length) break;
      if (child + 1 < this.states.length && (this.costs[child + 1] ?? 0) < (this.costs[child] ?? 0)) child += 1;
      if ((this.costs[child] ?? 0) >= cost) break;
      this.put(n, child);
      n = child;
    }
    this.states[n] = state;
    this.costs[n] = cost;
    return least;
  }

  private put(to: number, from: number): void {
    this.states[to] = this.states[from] ?? 0;
    this.costs[to] = this.costs[from] ?? 0;
  }
}
