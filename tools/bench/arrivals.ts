import { setTimeout as sleep } from 'node:timers/promises';

export interface Arrivals {
  /** Per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Arrivals before these are not counted: the first ones meet code that no engine has compiled yet. */
  readonly warmUpSeconds: number;
}

export interface Measured {
  /** From the instant an arrival was due until it was done (ms). */
  readonly latencies: readonly number[];
  /** Done per second, from the first counted arrival until the last was done. */
  readonly rate: number;
}

/** A timer is late by up to a millisecond; the rest of the way is spent looking. */
const TIMER = 1.5;

/**
 * An open loop: arrivals are due at even distances, whether or not those before are done, and each is measured from the instant it
 * was due. So a server that stalls is charged with everybody who came meanwhile, and so is a generator that is late.
 */
export async function openLoop({ rate, seconds, warmUpSeconds }: Arrivals, each: (n: number) => Promise<void>): Promise<Measured> {
  const latencies: number[] = [];
  const all: Promise<void>[] = [];
  const total = Math.round(rate * (seconds + warmUpSeconds));
  const uncounted = Math.round(rate * warmUpSeconds);
  const start = performance.now() + 10;
  const dueAt = (n: number): number => start + (n * 1_000) / rate;
  for (let n = 0; n < total; n += 1) {
    const due = dueAt(n);
    for (let left = due - performance.now(); left > 0; left = due - performance.now())
      await (left > TIMER ? sleep(left - TIMER) : new Promise(setImmediate));
    all.push(
      each(n).then(() => {
        if (n >= uncounted) latencies.push(performance.now() - due);
      }),
    );
  }
  await Promise.all(all);
  return { latencies, rate: ((total - uncounted) * 1_000) / (performance.now() - dueAt(uncounted)) };
}
