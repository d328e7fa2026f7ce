/** ISO 8601 in UTC with milliseconds (`2026-03-01T04:12:00.000Z`): texts sort as the instants do. */
export type Instant = string;

export interface Clock {
  now(): Instant;
  /** Resolves when `now() >= at`, or at once when the signal aborts. */
  until(at: Instant, signal: AbortSignal): Promise<void>;
}

export const instant = (ms: number): Instant => new Date(ms).toISOString();
export const millis = (at: Instant): number => Date.parse(at);
export const plus = (at: Instant, ms: number): Instant => instant(millis(at) + ms);
export const later = (a: Instant, b: Instant): Instant => (a > b ? a : b);

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Wakes at most this far ahead in one timer: longer ones overflow, and a suspended machine is noticed. */
const LONGEST_TIMER = HOUR;

/**
 * The machine's clock, moved ahead by `ahead` milliseconds. Production never moves it; the demo and the tests do,
 * through `advance`, which also wakes whoever waits for an instant that has come. When the machine's is set back it stands still until
 * that has passed: what was as of an instant must not change.
 */
export class ShiftableClock implements Clock {
  private last: Instant = '';
  private readonly sleepers = new Set<() => void>();
  constructor(
    private ahead = 0,
    private readonly machine: () => number = Date.now,
  ) {}

  now(): Instant {
    return (this.last = later(this.last, instant(this.machine() + this.ahead)));
  }

  advance(ms: number): Instant {
    if (!(ms >= 0)) throw new RangeError('a clock only moves forwards');
    this.ahead += ms;
    for (const wake of [...this.sleepers]) wake();
    return this.now();
  }

  async until(at: Instant, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.now() < at) {
      const woken = new AbortController();
      const wake = (): void => woken.abort();
      this.sleepers.add(wake);
      signal.addEventListener('abort', wake);
      await pause(Math.min(LONGEST_TIMER, Math.max(1, millis(at) - millis(this.now()))), woken.signal);
      signal.removeEventListener('abort', wake);
      this.sleepers.delete(wake);
    }
  }
}

/** Real time, for technical waits (back-off) that no domain clock should stretch. Ends early, and quietly, when the signal aborts. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
