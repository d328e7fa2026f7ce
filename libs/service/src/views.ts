import {
  categoryOf,
  type EventStore,
  type History,
  type Instant,
  keysOfBatch,
  pause,
  projectBatch,
  type Query,
  type Recorded,
  upcast,
  type AnyView,
  type ViewStore,
} from '@hospital/kernel';
import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';

/** How long a query waits for what it asked to see. */
const LONGEST_WAIT = 3_000;

/** What a query may ask of the views beside the rows: a past instant, or to have caught up with a position. */
export interface Seen {
  readonly asOf?: Instant | undefined;
  readonly waitFor?: bigint | undefined;
}

/** Keeps a context's read models up to date with its streams, and answers from them. One subscription feeds all of them. */
export class Views {
  private readonly stopping = new AbortController();
  private readonly waiters = new Set<{ position: bigint; resolve: () => void }>();
  private running: Promise<void> = Promise.resolve();
  /** Called after each batch that has been projected. */
  readonly onMoved = new Set<() => void>();
  private readonly checkpoints = new Map<string, bigint | undefined>();
  /** Everything up to here is in every view. */
  position: bigint | undefined;
  /** Recorded instant of the last event seen. */
  watermark: Instant | undefined;
  /** Why the views stand still, when they do. */
  stuck: string | undefined;

  constructor(
    readonly definitions: readonly AnyView[],
    /** Every category of this context, so that the position moves with each of its events. */
    readonly categories: readonly string[],
    private readonly store: EventStore,
    private readonly rows: ViewStore,
    private readonly history: History,
    private readonly log: Logger,
  ) {}

  /** Opens the tables, catches up with the log as it is now, then follows it. */
  async onApplicationBootstrap(): Promise<void> {
    for (const view of this.definitions) {
      await this.rows.open(view);
      this.checkpoints.set(view.name, await this.rows.checkpoint(view.name));
    }
    this.running = this.follow();
    const head = await this.store.head(this.categories);
    if (head !== undefined) await this.reached(head, this.stopping.signal);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  async query(view: string, query: Query, seen: Seen = {}): ReturnType<ViewStore['query']> {
    await this.see(seen);
    return this.rows.query(view, { ...query, asOf: seen.asOf });
  }

  async count(view: string, where: Query['where'], seen: Seen = {}): Promise<number> {
    await this.see(seen);
    return this.rows.count(view, { ...(where ? { where } : {}), asOf: seen.asOf });
  }

  /** Waits, within bounds, until what was asked for can be seen. @throws {GraphQLError} NOT_YET_VISIBLE */
  async see({ asOf, waitFor }: Seen): Promise<void> {
    // A past instant is answered whole only when everything recorded so far has been projected.
    const needed = asOf === undefined ? waitFor : await this.store.head(this.categories);
    if (needed === undefined || this.has(needed)) return;
    const giveUp = AbortSignal.timeout(LONGEST_WAIT);
    await this.reached(needed, AbortSignal.any([giveUp, this.stopping.signal]));
    if (!this.has(needed))
      throw new GraphQLError('The read model has not caught up yet; ask again.', {
        extensions: { code: 'NOT_YET_VISIBLE', position: String(this.position ?? ''), http: { status: 503 } },
      });
  }

  private has(position: bigint): boolean {
    return this.position !== undefined && this.position >= position;
  }

  private reached(position: bigint, signal: AbortSignal): Promise<void> {
    if (this.has(position) || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter = { position, resolve: (): void => resolve() };
      this.waiters.add(waiter);
      signal.addEventListener('abort', () => (this.waiters.delete(waiter), resolve()), { once: true });
    });
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        const places = [...this.checkpoints.values()];
        const after = places.includes(undefined) ? undefined : (places as bigint[]).reduce((a, b) => (a < b ? a : b));
        for await (const batch of this.store.subscribe({ after, categories: this.categories, signal })) {
          await this.apply(batch.events, batch.position);
          failures = 0;
          this.stuck = undefined;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.stuck = error instanceof Error ? error.message : String(error);
        this.log.error({ err: error }, 'the views stand still');
        await pause(Math.min(10_000, 100 * 2 ** failures), signal);
      }
    }
  }

  private async apply(events: readonly Recorded[], position: bigint): Promise<void> {
    const current = events.map((event) => upcast(this.history, event));
    for (const view of this.definitions) {
      const checkpoint = this.checkpoints.get(view.name);
      if (checkpoint !== undefined && checkpoint >= position) continue;
      const news = current.filter(
        (event) => view.categories.includes(categoryOf(event.stream)) && (checkpoint === undefined || event.position > checkpoint),
      );
      const rows = news.length === 0 ? new Map() : await this.rows.current(view.name, keysOfBatch(view, news));
      await this.rows.write(view.name, projectBatch(view, news, rows), position);
      this.checkpoints.set(view.name, position);
    }
    this.position = position;
    const last = events.at(-1);
    if (last && (this.watermark === undefined || last.metadata.recordedAt > this.watermark)) this.watermark = last.metadata.recordedAt;
    for (const waiter of [...this.waiters])
      if (waiter.position <= position) {
        this.waiters.delete(waiter);
        waiter.resolve();
      }
    for (const listener of this.onMoved) listener();
  }
}
