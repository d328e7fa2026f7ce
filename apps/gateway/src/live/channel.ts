import { pause } from '@hospital/kernel';
import type { Logger } from 'pino';
import type { Change, Feed } from './feed';
import { ended, type Inbox } from './inbox';

/** How long a first connection may take (ms). */
const PATIENCE = 5_000;

/** One feed of one context, for all its subscribers; closed while there are none. */
export class Channel {
  private readonly inboxes = new Set<Inbox>();
  /** Everything up to here has been told to whoever was there. */
  private place: bigint | undefined;
  private running: AbortController | undefined;
  private connected: () => void = () => undefined;
  private connecting: Promise<void> = Promise.resolve();

  constructor(
    private readonly name: string,
    private readonly feed: Feed,
    private readonly log: Logger,
  ) {}

  /** From the answer's position on the inbox is told everything. @throws {GraphQLError} CONTEXT_UNAVAILABLE */
  async join(inbox: Inbox): Promise<bigint> {
    this.inboxes.add(inbox);
    inbox.signal.addEventListener('abort', () => this.leave(inbox), { once: true });
    if (!this.running) {
      this.connecting = new Promise((resolve) => (this.connected = resolve));
      this.running = new AbortController();
      void this.run(this.running.signal);
    }
    // What is told while this waits is told after the place that is answered, so it is kept.
    const enough = new AbortController();
    await Promise.race([this.connecting, pause(PATIENCE, enough.signal)]);
    enough.abort();
    if (this.place !== undefined && !inbox.signal.aborted) return this.place;
    inbox.end();
    throw ended('CONTEXT_UNAVAILABLE', `The ${this.name} context does not answer.`);
  }

  /** What was recorded after a position, up to and with another. */
  async *between(after: bigint, until: bigint, { authorization, signal }: Inbox): AsyncGenerator<Change> {
    for await (const { changes, position } of this.feed(after, authorization, signal)) {
      for (const change of changes) if (change.position <= until) yield change;
      if (position >= until) return;
    }
  }

  endAll(code: string, message: string): void {
    for (const inbox of [...this.inboxes]) inbox.end(ended(code, message));
  }

  private leave(inbox: Inbox): void {
    this.inboxes.delete(inbox);
    if (this.inboxes.size > 0) return;
    this.running?.abort();
    this.running = undefined;
    this.place = undefined;
  }

  /** Goes on where it stood after whatever interrupts it. */
  private async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        // Any of those who listen may ask: what they are shown is asked for with their own token each.
        const [{ authorization }] = [...this.inboxes] as [Inbox];
        for await (const { changes, position } of this.feed(this.place, authorization, signal)) {
          if (signal.aborted) return;
          failures = 0;
          for (const change of changes) for (const inbox of [...this.inboxes]) inbox.tell(change);
          this.place = position;
          this.connected();
        }
      } catch (error) {
        if (signal.aborted) return;
        this.log.warn({ err: error, context: this.name }, 'the feed of changes was interrupted');
      }
      await pause(Math.min(10_000, 100 * 2 ** failures), signal);
    }
  }
}
