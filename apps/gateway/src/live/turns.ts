/** Whoever takes longer (ms) waits for something, and keeps nobody from beginning. */
const LONG = 100;

/** Lets so many work at a time; whoever waits begins after everything else that has come meanwhile had its turn. */
export class Turns {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((begin) => this.waiting.push(begin));
    let holding = true;
    const pass = (): void => {
      if (!holding) return;
      holding = false;
      const next = this.waiting.shift();
      if (next) setImmediate(next);
      else this.free += 1;
    };
    const patience = setTimeout(pass, LONG);
    try {
      return await work();
    } finally {
      clearTimeout(patience);
      pass();
    }
  }
}
