import {
  type AnyView,
  type Batch,
  categoryOf,
  ForeignPosition,
  type Instant,
  keysOfBatch,
  later,
  pause,
  projectBatch,
  type Query,
  type Recorded,
  type RowChange,
  upcast,
  type ViewStore,
} from '@hospital/kernel';
import { GraphQLError } from 'graphql';
import type { Context } from './context';

/** How long a query waits for what it asked to see (ms). */
const LONGEST_WAIT = 3_000;
const FOR_EVER = 2 ** 31 - 1;

/** What a query may ask of the views beside the rows: a past instant, or to have caught up with a position. */
export interface Seen {
  readonly asOf?: Instant | undefined;
  readonly waitFor?: bigint | undefined;
}

/** Keeps a context's read models up to date with its streams, and answers from them. One subscription feeds all of them. */
export class Views {
  /** Called after each batch that has been projected, and when the views get stuck or end. */
  readonly onMoved = new Set<() => void>();
  /** Everything up to here is in every view. */
  position: bigint | undefined;
  /** Everything recorded up to this instant is in every view; undefined until that is known. */
  watermark: Instant | undefined;
  /** What keeps the views from moving, when something does: the name of one of them, the view store, or the event store. */
  stuck: string | undefined;
  private readonly checkpoints = new Map<string, bigint | undefined>();
  /** What had been recorded when this process started: nothing is answered before it is here. */
  private floor: bigint | undefined;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    readonly definitions: readonly AnyView[],
    private readonly context: Pick<Context, 'categories' | 'store' | 'rows' | 'history' | 'log' | 'clock'>,
  ) {}

  /** Opens the tables and begins to follow the log; what is asked before it has caught up with the log as it is now has to wait. */
  async onApplicationBootstrap(): Promise<void> {
    const { rows, store, categories, clock } = this.context;
    for (const view of this.definitions) {
      await rows.open(view);
      this.checkpoints.set(view.name, await rows.checkpoint(view.name));
    }
    const places = [...this.checkpoints.values()];
    this.position = places.reduce((a, b) => (a === undefined || b === undefined ? undefined : a < b ? a : b), places[0]);
    const now = clock.now();
    this.floor = await store.head(categories, this.position);
    this.running = this.follow();
    void this.caughtUp().then(() => (this.watermark ??= now));
  }

  /** Resolves when everything that had been recorded at the start can be seen, or the views have ended. */
  caughtUp(): Promise<void> {
    return this.when(() => this.ready, FOR_EVER);
  }

  get ready(): boolean {
    return this.has(this.floor);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.moved();
    await this.running;
  }

  async query(view: string, query: Query, seen: Seen = {}): ReturnType<ViewStore['query']> {
    await this.see(seen);
    return this.context.rows.query(view, { ...query, asOf: seen.asOf });
  }

  async count(view: string, where: Query['where'], seen: Seen = {}): Promise<number> {
    await this.see(seen);
    return this.context.rows.count(view, { ...(where ? { where } : {}), asOf: seen.asOf });
  }

  /** Waits, within bounds, until what was asked for can be seen. @throws {GraphQLError} NOT_YET_VISIBLE */
  private async see({ asOf, waitFor }: Seen): Promise<void> {
    // A past instant is answered whole only when everything recorded so far has been projected.
    const needed = [this.floor, waitFor, asOf === undefined ? undefined : await this.context.store.head(this.context.categories)];
    const seen = (): boolean => needed.every((position) => this.has(position));
    if (!seen()) await this.when(seen, LONGEST_WAIT);
    if (!seen())
      throw new GraphQLError('The read model has not caught up yet; ask again.', {
        extensions: { code: 'NOT_YET_VISIBLE', position: String(this.position ?? ''), http: { status: 503 } },
      });
  }

  private has(position: bigint | undefined): boolean {
    return position === undefined || (this.position !== undefined && this.position >= position);
  }

  /** Resolves when the condition holds, when the patience (ms) is over, or when the views end. */
  private async when(condition: () => boolean, patience: number): Promise<void> {
    const enough = new AbortController();
    const look = (): void => {
      if (condition() || this.stopping.signal.aborted) enough.abort();
    };
    this.onMoved.add(look);
    look();
    await pause(patience, enough.signal);
    this.onMoved.delete(look);
  }

  private moved(): void {
    for (const listener of [...this.onMoved]) listener();
  }

  private async follow(): Promise<void> {
    const { store, categories, log } = this.context;
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        // After a failure of the store there may be nothing new to come, which is as well.
        if (this.has(await store.head(categories))) this.stuck = undefined;
        for await (const batch of store.subscribe({ after: this.position, categories, signal })) {
          await this.apply(batch);
          failures = 0;
        }
      } catch (error) {
        if (signal.aborted) return;
        this.stuck ??= 'the event store';
        if (error instanceof ForeignPosition) await this.beginAnew();
        log.error({ err: error, stuck: this.stuck }, 'the views stand still');
        this.moved();
        await pause(Math.min(10_000, 100 * 2 ** failures), signal);
      }
    }
  }

  /** The store is another one than the rows were made from, or was restored from an older copy. */
  private async beginAnew(): Promise<void> {
    const { rows, store, categories } = this.context;
    for (const view of this.definitions) {
      await rows.open({ ...view, version: -1 });
      await rows.open(view);
    }
    this.checkpoints.clear();
    this.position = undefined;
    this.floor = await store.head(categories);
  }

  /** All views move together; one that was ahead of the others takes only what it has not seen. */
  private async apply({ events, position }: Batch): Promise<void> {
    const today = events.map((event) => upcast(this.context.history, event));
    const changes = new Map<string, readonly RowChange[]>();
    for (const view of this.definitions) {
      const checkpoint = this.checkpoints.get(view.name) ?? -1n;
      if (checkpoint >= position) continue;
      const news = today.filter((event) => view.categories.includes(categoryOf(event.stream)) && event.position > checkpoint);
      changes.set(view.name, await this.changesOf(view, news).catch((error: unknown) => this.standsAt(view.name, error)));
    }
    await this.context.rows.write(changes, position).catch((error: unknown) => this.standsAt('the view store', error));
    for (const name of changes.keys()) this.checkpoints.set(name, position);
    this.position = position;
    const last = events.at(-1);
    if (last) this.watermark = later(last.metadata.recordedAt, this.watermark ?? '');
    this.stuck = undefined;
    this.moved();
  }

  private async changesOf(view: AnyView, news: readonly Recorded[]): Promise<readonly RowChange[]> {
    if (news.length === 0) return [];
    return projectBatch(view, news, await this.context.rows.current(view.name, keysOfBatch(view, news)));
  }

  private standsAt(what: string, error: unknown): never {
    this.stuck = what;
    throw error;
  }
}
