import { deadLetters, fromKafka, type PublicEvent } from '@hospital/contracts';
import {
  type Addressed,
  type Bus,
  type Command,
  type Decider,
  type Delivered,
  fold,
  handle,
  type Journal,
  type JsonObject,
  occasionId,
  pause,
  readStream,
  sha256,
} from '@hospital/kernel';
import type { Logger } from 'pino';
import { send, SYSTEM } from './sending';

/** What we do about a message of another context. Pure. */
export type Hears = (message: PublicEvent) => readonly Addressed[];

/** Back-off (ms) before a message that cannot be handled is put aside, so that it does not hold up the others for ever. */
const RETRIES = [100, 500, 2_000];

interface Letter extends JsonObject {
  readonly topic: string;
  readonly key: string;
  readonly value: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}
type ParkingCommand = Command<'ParkLetter', { letter: Letter; reason: string }> | Command<'ClearLetters', { count: number }>;
type ParkingEvent =
  | { readonly type: 'LetterParked'; readonly data: { readonly letter: Letter; readonly reason: string } }
  | { readonly type: 'LettersCleared'; readonly data: { readonly count: number } };

/** Messages of one key, in order, that wait for somebody to mend what keeps the first of them from being handled. */
export const parking: Decider<readonly Letter[], ParkingCommand, ParkingEvent> = {
  category: 'parking',
  initial: [],
  decide(command, waiting) {
    switch (command.type) {
      case 'ParkLetter':
        return [{ type: 'LetterParked', data: command.data }];
      case 'ClearLetters':
        return waiting.length === 0 ? [] : [{ type: 'LettersCleared', data: command.data }];
    }
  },
  evolve(waiting, event) {
    switch (event.type) {
      case 'LetterParked':
        return [...waiting, event.data.letter];
      case 'LettersCleared':
        return waiting.slice(event.data.count);
    }
  },
};

/**
 * Listens to other contexts. Each message becomes commands whose ids derive from the message's, so hearing it twice changes nothing.
 * One that cannot be handled is parked with those of its key that follow, is published to the group's dead letters, and is tried
 * again at the next start.
 */
export class Hear {
  private readonly stopping = new AbortController();
  private readonly group: string;

  constructor(
    context: string,
    private readonly topics: readonly string[],
    private readonly hears: Hears,
    private readonly journal: Journal,
    private readonly bus: Bus,
    private readonly log: Logger,
    private readonly retries: readonly number[] = RETRIES,
  ) {
    this.group = `${context}.hear`;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.retryParked();
    const { signal } = this.stopping;
    await this.bus.subscribe({ group: this.group, topics: this.topics, signal, handle: (message) => this.hear(message) });
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async hear(letter: Delivered): Promise<void> {
    const lot = this.lotOf(letter.key);
    if ((await this.waiting(lot)).length > 0) return this.park(lot, letter, 'waits behind an earlier one of its key');
    for (const wait of [...this.retries, undefined]) {
      try {
        return await this.act(letter);
      } catch (error) {
        if (this.stopping.signal.aborted) throw error;
        this.log.warn({ err: error, topic: letter.topic, key: letter.key }, 'a message could not be handled');
        if (wait === undefined) return this.park(lot, letter, (error as Error).message);
        await pause(wait, this.stopping.signal);
      }
    }
  }

  private async act(letter: Pick<Delivered, 'key' | 'value' | 'headers'>): Promise<void> {
    const message = fromKafka(letter);
    for (const [n, command] of this.hears(message).entries())
      await send(
        this.journal,
        command,
        { id: occasionId(this.group, message.id, n), at: message.time, correlationId: message.correlationid, causationId: message.id },
        this.log,
      );
  }

  private async park(lot: string, { topic, key, value, headers }: Delivered, reason: string): Promise<void> {
    const letter: Letter = { topic, key, value, headers };
    const id = occasionId('park', `${headers['ce_id'] ?? sha256(JSON.stringify(letter))}`);
    const stamp = { id, at: this.journal.clock.now(), by: SYSTEM, correlationId: id };
    await handle(this.journal, parking, lot, { ...stamp, type: 'ParkLetter', data: { letter, reason } });
    await this.bus.publish(deadLetters(this.group), [{ key, value, headers: { ...headers, reason } }]);
    this.log.error({ topic, key, reason }, 'parked: waits for the next start');
  }

  /** Handles what was put aside, in order; of each key as far as it goes. */
  private async retryParked(): Promise<void> {
    const lots = new Set<string>();
    for await (const { events } of this.journal.store.readAll({ categories: [parking.category] }))
      for (const { stream } of events) if (stream.startsWith(`parking-${this.group}.`)) lots.add(stream.slice('parking-'.length));
    for (const lot of lots) {
      const waiting = await this.waiting(lot);
      let count = 0;
      try {
        for (const letter of waiting) {
          await this.act(letter);
          count += 1;
        }
      } catch (error) {
        this.log.error({ err: error, lot }, 'stays parked');
      }
      if (count === 0) continue;
      const id = occasionId('clear', `${lot}/${this.journal.clock.now()}`);
      const stamp = { id, at: this.journal.clock.now(), by: SYSTEM, correlationId: id };
      await handle(this.journal, parking, lot, { ...stamp, type: 'ClearLetters', data: { count } });
    }
  }

  private lotOf(key: string): string {
    return `${this.group}.${sha256(key).slice(0, 32)}`;
  }

  private async waiting(lot: string): Promise<readonly Letter[]> {
    return fold(parking, await readStream(this.journal, `parking-${lot}`));
  }
}
