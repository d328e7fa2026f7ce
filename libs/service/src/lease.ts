import { randomUUID } from 'node:crypto';
import { type Clock, type EventStore, type JsonObject, link, NO_STREAM, pause, technical } from '@hospital/kernel';

/** Takeover happens within three beats of the owner's silence, measured on the candidate's own clock. */
export interface LeaseOptions {
  /** Stable name of this process, so that it finds its own lease again after a restart. */
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly beat?: number;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * One owner at a time of one task, fenced by the revision of the stream `lease-<name>`: whoever appends next holds it. The owner
 * appends each beat; a candidate that has seen no new revision for three beats appends itself. No clocks are compared. The task's
 * checkpoint travels in the lease, so whoever takes over goes on where the other stopped.
 */
export class Lease {
  private revision = NO_STREAM;
  private heldUntil = 0;
  private writing: Promise<void> = Promise.resolve();
  private readonly lost = new AbortController();
  /** Aborts when the lease is lost or the process stops: stop the task, then acquire again. */
  readonly signal: AbortSignal;

  private constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly stream: string,
    private readonly options: Required<LeaseOptions>,
    /** Where the task has got to. */
    private place: bigint | undefined,
  ) {
    this.signal = AbortSignal.any([this.lost.signal, options.signal]);
  }

  get checkpoint(): bigint | undefined {
    return this.place;
  }

  /** Ask before every effect. False once the process stops, or a beat could not be written in time. */
  get held(): boolean {
    return !this.signal.aborted && performance.now() < this.heldUntil;
  }

  /** Waits until the lease is ours; `undefined` when the signal came first. */
  static async acquire(store: EventStore, clock: Clock, name: string, options: LeaseOptions): Promise<Lease | undefined> {
    const settings = { beat: 2_000, wait: pause, ...options } as Required<LeaseOptions>;
    const stream = `lease-${name}`;
    let seen: number | undefined;
    let quiet = 0;
    while (!settings.signal.aborted) {
      try {
        const [last] = await store.read(stream, { direction: 'backwards', limit: 1 });
        const revision = last?.revision ?? NO_STREAM;
        quiet = revision === seen ? quiet + 1 : 0;
        seen = revision;
        if (last === undefined || last.data['owner'] === settings.owner || quiet >= 3) {
          const checkpoint = last?.data['checkpoint'];
          const lease = new Lease(store, clock, stream, settings, typeof checkpoint === 'string' ? BigInt(checkpoint) : undefined);
          lease.revision = revision;
          await lease.write();
          void lease.keep();
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
    this.place = checkpoint;
    await this.write();
  }

  /** Gives it up once what is being written is written. */
  async release(): Promise<void> {
    await this.writing.catch(() => undefined);
    this.lost.abort();
  }

  private write(): Promise<void> {
    return (this.writing = this.writing
      .catch(() => undefined)
      .then(async () => {
        if (this.lost.signal.aborted) throw new Error(`${this.stream} is lost`);
        const started = performance.now();
        const data: JsonObject = { owner: this.options.owner, ...(this.place === undefined ? {} : { checkpoint: String(this.place) }) };
        const id = randomUUID();
        const event = link(this.stream, this.revision + 1, '', { id, type: 'LeaseHeld', data }, technical(id, this.clock.now()));
        try {
          this.revision = (await this.store.append(this.stream, this.revision, [event])).revision;
          this.heldUntil = started + 2 * this.options.beat;
          if (this.revision % 100 === 0) await this.store.cap(this.stream, 10);
        } catch (error) {
          this.lost.abort();
          throw error;
        }
      }));
  }

  private async keep(): Promise<void> {
    while (!this.signal.aborted) {
      await this.options.wait(this.options.beat, this.signal);
      if (!this.signal.aborted) await this.write().catch(() => undefined);
    }
  }
}
