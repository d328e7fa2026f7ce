import { randomUUID } from 'node:crypto';
import { type Clock, type EventStore, type JsonObject, link, NO_STREAM, pause, technical } from '@hospital/kernel';

export interface LeaseOptions {
  /** Stable name of this process, so that it finds its own lease again after a restart. */
  readonly owner: string;
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly beat?: number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const CAP_EVERY = 100;
const KEEP = 10;

/**
 * One owner at a time of one task, fenced by the revision of the stream `lease-<name>`: whoever appends next holds it. The owner
 * appends each beat; a candidate that has seen no new revision for three of its own beats appends itself. No clocks are compared.
 * The task's checkpoint travels in the lease, so whoever takes over goes on where the other stopped. In a store that only this
 * process writes to there is nobody to beat for: the lease is then just the task's place.
 *
 * An append whose outcome is unknown counts as lost; it is found, or not, when the lease is acquired again.
 */
export class Lease {
  private heldUntil = 0;
  private writing: Promise<void> = Promise.resolve();
  private readonly ended = new AbortController();
  private over = false;
  /** Aborts when the lease is lost or the process stops: stop the task, which may still record its place, then acquire again. */
  readonly signal = this.ended.signal;

  private constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly stream: string,
    private readonly options: Required<LeaseOptions>,
    private revision: number,
    private hash: string,
    /** Where the task has got to. */
    public checkpoint: bigint | undefined,
  ) {
    // Not AbortSignal.any: each such signal leaves a trace in the one it depends on, for as long as the process lives.
    options.signal.addEventListener('abort', this.end, { once: true });
    if (options.signal.aborted) this.end();
  }

  /** Ask before every effect. False once the process stops, or a beat could not be written in time. */
  get held(): boolean {
    return !this.signal.aborted && performance.now() < this.heldUntil;
  }

  /** Waits until the lease is ours; `undefined` when the signal came first. */
  static async acquire(store: EventStore, clock: Clock, name: string, options: LeaseOptions): Promise<Lease | undefined> {
    const settings: Required<LeaseOptions> = { beat: 2_000, wait: pause, ...options };
    const stream = `lease-${name}`;
    let seen: number | undefined;
    let quiet = 0;
    while (!settings.signal.aborted) {
      try {
        const [last] = await store.read(stream, { direction: 'backwards', limit: 1 });
        const revision = last?.revision ?? NO_STREAM;
        quiet = revision === seen ? quiet + 1 : 0;
        seen = revision;
        if (!store.shared || last === undefined || last.data['owner'] === settings.owner || quiet >= 3) {
          const checkpoint = last?.data['checkpoint'];
          const place = typeof checkpoint === 'string' ? BigInt(checkpoint) : undefined;
          const lease = new Lease(store, clock, stream, settings, revision, last?.metadata.hash ?? '', place);
          await lease.write();
          if (store.shared) void lease.keep();
          return lease;
        }
      } catch {
        // Another candidate was faster, or the store is away: look again at the next beat.
        quiet = 0;
      }
      await settings.wait(settings.beat, settings.signal);
    }
    return undefined;
  }

  /** Records how far the task has got. Throws when the lease is no longer ours. */
  async advance(checkpoint: bigint): Promise<void> {
    this.checkpoint = checkpoint;
    await this.write();
  }

  /** Gives it up once what is being written is written. */
  async release(): Promise<void> {
    await this.writing.catch(() => undefined);
    this.lose();
  }

  private readonly end = (): void => this.ended.abort();

  private lose(): void {
    this.over = true;
    this.options.signal.removeEventListener('abort', this.end);
    this.end();
  }

  private write(): Promise<void> {
    return (this.writing = this.writing.catch(() => undefined).then(() => this.append()));
  }

  private async append(): Promise<void> {
    if (this.over) throw new Error(`${this.stream} is lost`);
    const { owner, beat } = this.options;
    const started = performance.now();
    const data: JsonObject = { owner, ...(this.checkpoint === undefined ? {} : { checkpoint: String(this.checkpoint) }) };
    const id = randomUUID();
    const event = link(this.stream, this.revision + 1, this.hash, { id, type: 'LeaseHeld', data }, technical(id, this.clock.now()));
    try {
      this.revision = (await this.store.append(this.stream, this.revision, [event])).revision;
      this.hash = event.metadata.hash;
    } catch (error) {
      this.lose();
      throw error;
    }
    this.heldUntil = this.store.shared ? started + 2 * beat : Infinity;
    // What stays too long is cut off the next time.
    if (this.revision % CAP_EVERY === 0) await this.store.cap(this.stream, KEEP).catch(() => undefined);
  }

  private async keep(): Promise<void> {
    const { beat, wait } = this.options;
    while (!this.signal.aborted) {
      await wait(beat, this.signal);
      if (!this.signal.aborted) await this.write().catch(() => undefined);
    }
  }
}
