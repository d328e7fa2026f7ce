import { type Clock, type EventStore, pause, type Recorded } from '@hospital/kernel';
import type { Logger } from 'pino';
import { Lease } from './lease';

/** What every task of a context that may run on one replica only needs. */
export interface Solo {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Stable name of this process among the replicas. */
  readonly owner: string;
}

/** Runs a task on one replica at a time, until stopped: again after it failed, elsewhere after this process fell silent. */
export class SoleTask {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly name: string,
    private readonly solo: Solo,
    /** Runs until the lease's signal aborts. Returns how far it got; advances the lease itself meanwhile. */
    private readonly task: (lease: Lease) => Promise<void>,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { store, clock, log, owner } = this.solo;
    const { signal } = this.stopping;
    // A store that only this process writes to needs no heartbeat: the lease is then just the task's place.
    const settings = store.shared ? { owner } : { owner: 'only', beat: 2 ** 30 };
    for (let failures = 0; !signal.aborted;) {
      const lease = await Lease.acquire(store, clock, this.name, { ...settings, signal });
      if (!lease) return;
      const started = performance.now();
      try {
        await this.task(lease);
      } catch (error) {
        if (!signal.aborted) log.error({ err: error, task: this.name }, 'stopped in the middle, goes on from its place');
      }
      await lease.release();
      failures = performance.now() - started > 10_000 ? 0 : failures + 1;
      await pause(Math.min(10_000, 50 * 2 ** failures), signal);
    }
  }
}

/** After a crash about this much is done again (ms); whatever is done again carries the same ids. */
const ADVANCE_EVERY = 1_000;

/** Goes through a context's events once, in order: to tell the others, to react. What it does must bear repetition. */
export const follow = (
  name: string,
  categories: readonly string[],
  solo: Solo,
  each: (events: readonly Recorded[], held: () => boolean) => Promise<void>,
): SoleTask =>
  new SoleTask(name, solo, async (lease) => {
    let place = lease.checkpoint;
    let advanced = performance.now();
    try {
      for await (const { events, position } of solo.store.subscribe({ after: place, categories, signal: lease.signal })) {
        if (!lease.held) break;
        if (events.length > 0) await each(events, () => lease.held);
        place = position;
        if (performance.now() - advanced < ADVANCE_EVERY) continue;
        await lease.advance(position);
        advanced = performance.now();
      }
    } finally {
      if (place !== undefined && place !== lease.checkpoint) await lease.advance(place).catch(() => undefined);
    }
  });
