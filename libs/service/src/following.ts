import { pause, type Recorded, upcast } from '@hospital/kernel';
import type { Context } from './context';
import { Lease } from './lease';

/** Runs a task on one replica at a time, until stopped: again after it failed, elsewhere after this process fell silent. */
export class SoleTask {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: Context,
    /** Kebab-case, for ever: part of the lease's name. */
    private readonly purpose: string,
    /** Runs until the lease's signal aborts; advances the lease itself meanwhile. */
    private readonly task: (lease: Lease) => Promise<void>,
    /** Makes ready what the task needs, and names it where there is a place to keep for each of several. */
    private readonly prepare: () => Promise<string> = async () => '',
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { store, clock, log, name, instance } = this.context;
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      const started = performance.now();
      let lease: Lease | undefined;
      try {
        const purpose = `${this.purpose}${await this.prepare()}`;
        lease = await Lease.acquire(store, clock, `${name}.${purpose}`, { owner: instance, signal });
        if (lease) await this.task(lease);
      } catch (error) {
        if (!signal.aborted) log.error({ err: error, context: name, task: this.purpose }, 'stopped in the middle, goes on from its place');
      }
      await lease?.release();
      failures = performance.now() - started > 10_000 ? 0 : failures + 1;
      await pause(Math.min(10_000, 50 * 2 ** failures), signal);
    }
  }
}

/** After a crash about this much is done again (ms); whatever is done again carries the same ids. */
const ADVANCE_EVERY = 1_000;

/**
 * Goes through a context's events in order, in today's shapes: to tell the others, to react. A batch that `each` throws at comes
 * again, so what it does must bear repetition.
 */
export const follow = (
  context: Context,
  purpose: string,
  categories: readonly string[],
  each: (events: readonly Recorded[], lease: Lease) => Promise<void>,
  prepare?: () => Promise<string>,
): SoleTask => {
  const task = async (lease: Lease): Promise<void> => {
    let place = lease.checkpoint;
    let advanced = performance.now();
    try {
      for await (const { events, position } of context.store.subscribe({ after: place, categories, signal: lease.signal })) {
        if (!lease.held) break;
        const today = events.map((event) => upcast(context.history, event));
        await each(today, lease);
        place = position;
        if (performance.now() - advanced < ADVANCE_EVERY) continue;
        await lease.advance(position);
        advanced = performance.now();
      }
    } finally {
      if (place !== undefined && place !== lease.checkpoint) await lease.advance(place).catch(() => undefined);
    }
  };
  return new SoleTask(context, purpose, task, prepare);
};
