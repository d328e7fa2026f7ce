import { GraphQLError } from 'graphql';
import type { Change } from './feed';

/** What one subscriber is still to be told: so much and no more, or it is sent away. */
export class Inbox {
  /** Why nothing more comes; nothing when the subscriber itself has left. */
  reason: GraphQLError | undefined;
  private readonly gone = new AbortController();
  /** Aborts when nothing more comes. */
  readonly signal = this.gone.signal;
  private waiting: Change[] = [];
  private wake: () => void = () => undefined;

  constructor(
    readonly authorization: string,
    readonly wants: (change: Change) => boolean,
    private readonly room: number,
  ) {}

  tell(change: Change): void {
    if (this.signal.aborted || !this.wants(change)) return;
    if (this.waiting.length >= this.room)
      return this.end(ended('SUBSCRIBER_TOO_SLOW', 'More has happened than was taken; go on from this position.'));
    this.waiting.push(change);
    this.wake();
  }

  end(reason?: GraphQLError): void {
    if (this.signal.aborted) return;
    this.reason = reason;
    this.waiting = [];
    this.gone.abort();
    this.wake();
  }

  /** The next change, when there is one; nothing once nothing more comes. */
  async next(): Promise<Change | undefined> {
    while (!this.signal.aborted) {
      const change = this.waiting.shift();
      if (change) return change;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return undefined;
  }
}

export const ended = (code: string, message: string): GraphQLError => new GraphQLError(message, { extensions: { code } });
