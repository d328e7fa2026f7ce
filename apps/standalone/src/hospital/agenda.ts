import type { Instant } from '@hospital/kernel';

interface Item {
  readonly at: Instant;
  readonly work: () => Promise<void>;
}

/** What people are going to do: in the order of the instants, and of one instant in the order it was planned. A binary heap. */
export class Agenda {
  private readonly heap: (Item & { readonly n: number })[] = [];
  private planned = 0;

  add(at: Instant, work: () => Promise<void>): void {
    const item = { at, work, n: (this.planned += 1) };
    let place = this.heap.push(item) - 1;
    for (let above = (place - 1) >> 1; place > 0 && before(item, this.heap[above]!); above = (place - 1) >> 1) {
      this.heap[place] = this.heap[above]!;
      place = above;
    }
    this.heap[place] = item;
  }

  next(): Item | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (!first || !last || first === last) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.heap.length) break;
      if (below + 1 < this.heap.length && before(this.heap[below + 1]!, this.heap[below]!)) below += 1;
      if (!before(this.heap[below]!, last)) break;
      this.heap[place] = this.heap[below]!;
      place = below;
    }
    this.heap[place] = last;
    return first;
  }
}

const before = (a: { at: Instant; n: number }, b: { at: Instant; n: number }): boolean => a.at < b.at || (a.at === b.at && a.n < b.n);
