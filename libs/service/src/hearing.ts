import { deadLetters, fromKafka, type PublicEvent } from '@hospital/contracts';
import type { Addressed, Command, Decider, Delivered, Event, Rejection } from '@hospital/kernel';
import { fold, occasionId, pause, readStream, reject, sha256, to } from '@hospital/kernel';
import type { Context } from './context';
import { isStoreAway } from './health';
import { send } from './sending';

/** What we do about a message of another context. Pure. */
export type Hears = (message: PublicEvent) => readonly Addressed[];

/** Back-off (ms) before a message that cannot be handled is put aside, so that it does not hold up the others for ever. */
const RETRIES = [100, 500, 2_000];

type Letter = Pick<Delivered, 'topic' | 'key' | 'value' | 'headers' | 'origin'>;
export type Parked = { readonly id: string; readonly letter: Letter; readonly reason: string };
type Gone = Pick<Parked, 'id'>;
type ParkingEvent = Event<'LotOpened' | 'LetterCleared' | 'LetterSkipped', Gone> | Event<'LetterParked', Parked>;
type ParkingCommand = Command<'OpenLot' | 'ClearLetter' | 'SkipLetter', Gone> | Command<'ParkLetter', Parked>;
type Waiting = readonly Parked[];

/**
 * Messages of one key, in order, that wait for somebody to mend what keeps the first of them from being handled; and, in the lot
 * named after the group, which lots there are: nobody has to look through the log for them.
 */
export const parking: Decider<Waiting, ParkingCommand, ParkingEvent> = {
  category: 'parking',
  initial: [],
  decide(command, waiting): readonly ParkingEvent[] | Rejection {
    if (command.type === 'OpenLot') return [{ type: 'LotOpened', data: command.data }];
    if (command.type === 'ParkLetter') return [{ type: 'LetterParked', data: command.data }];
    const place = waiting.findIndex(({ id }) => id === command.data.id);
    // Of several processes that have just handled it, one clears it.
    if (command.type === 'ClearLetter') return place === 0 ? [{ type: 'LetterCleared', data: command.data }] : [];
    return place < 0
      ? reject('UNKNOWN_LETTER', 'No such letter waits.', 'input.letterId')
      : [{ type: 'LetterSkipped', data: command.data }];
  },
  evolve: (waiting, { type, data }) => (type === 'LetterParked' ? [...waiting, data] : waiting.filter(({ id }) => id !== data.id)),
};

/**
 * Listens to other contexts. Each message becomes commands whose ids derive from the message's, so hearing it twice changes nothing.
 * One that cannot be handled is parked with those of its key that follow, and is tried again at the next start or when somebody says
 * so. One that nobody can ever handle (no envelope, a broken promise) holds up nothing. Both are published to the group's dead letters.
 */
export class Hear {
  private readonly stopping = new AbortController();
  private readonly working = new Set<Promise<void>>();
  private readonly group: string;
  private joining: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: Context,
    private readonly topics: readonly string[],
    private readonly hears: Hears,
    private readonly retries: readonly number[] = RETRIES,
  ) {
    this.group = `${context.name}.hear`;
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const lot of await this.lots()) await this.retry(lot);
    // A group takes its time to form, and a broker may be away: what can be served meanwhile is.
    this.joining = this.context.bus.subscribe({
      group: this.group,
      topics: this.topics,
      signal: this.stopping.signal,
      handle: (message) => {
        const work = this.hear(message).finally(() => this.working.delete(work));
        this.working.add(work);
        return work;
      },
    });
    this.joining.catch((error: unknown) => this.context.log.error({ err: error }, 'hears nothing'));
  }

  /** What is being handled still needs the store. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled([this.joining, ...this.working]);
  }

  /** Where something waits, or once waited. */
  async lots(): Promise<readonly string[]> {
    return (await readStream(this.context, `${parking.category}-${this.group}`)).map(({ data }) => String(data['id']));
  }

  async waiting(lot: string): Promise<Waiting> {
    return fold(parking, await readStream(this.context, `${parking.category}-${lot}`));
  }

  /** Handles what was put aside in a lot, in order, as far as it goes. */
  async retry(lot: string): Promise<void> {
    try {
      for (let [first] = await this.waiting(lot); first; [first] = await this.waiting(lot)) {
        await this.act(first.letter);
        await this.note(occasionId('clear', first.id), to(parking, lot, 'ClearLetter', { id: first.id }));
      }
    } catch (error) {
      this.context.log.error({ err: error, lot }, 'stays parked');
    }
  }

  private async hear(message: Delivered): Promise<void> {
    const lot = `${this.group}.${sha256(message.key).slice(0, 32)}`;
    if ((await this.waiting(lot)).length > 0) {
      await this.park(lot, message, 'waits behind an earlier one of its key');
      // What it was to wait for may have gone meanwhile.
      return (await this.waiting(lot)).length === 1 ? this.retry(lot) : undefined;
    }
    for (const wait of [...this.retries, undefined]) {
      try {
        return await this.act(message);
      } catch (error) {
        // A store that is away says nothing of the message: the bus brings it again, in its order.
        if (this.stopping.signal.aborted || isStoreAway(error)) throw error;
        const { topic, key } = message;
        this.context.log.warn({ err: error, topic, key }, 'a message could not be handled');
        if (wait === undefined) return this.park(lot, message, (error as Error).message);
        await pause(wait, this.stopping.signal);
      }
    }
  }

  private async act(letter: Letter): Promise<void> {
    const unreadable = (error: Error): Promise<void> => this.bury(letter, error.message, 'unreadable, now and later');
    const message = await Promise.resolve(letter).then(fromKafka).catch(unreadable);
    if (!message) return;
    for (const [n, command] of this.hears(message).entries())
      await send(this.context, command, {
        id: occasionId(this.group, message.id, n),
        at: message.time,
        correlationId: message.correlationid,
        causationId: message.id,
      });
  }

  private async park(lot: string, { topic, key, value, headers, origin }: Delivered, reason: string): Promise<void> {
    const letter = { topic, key, value, headers, ...(origin && { origin }) };
    const id = occasionId('park', sha256(JSON.stringify(letter)));
    await this.note(occasionId('lot', lot), to(parking, this.group, 'OpenLot', { id: lot }));
    const parked = await this.note(id, to(parking, lot, 'ParkLetter', { id, letter, reason }));
    await this.bury(
      letter,
      reason,
      parked ? 'parked: waits for the next start, or for somebody' : 'not parked: too large, or it is already',
    );
  }

  private async bury({ topic, key, value, headers, origin }: Letter, reason: string, fate: string): Promise<void> {
    const dead = { key, value, headers: { ...headers, origin_topic: topic, ...origin, reason } };
    await this.context.bus.publish(deadLetters(this.group), [dead]);
    this.context.log.error({ topic, key, reason, ...origin }, fate);
  }

  private readonly note = (id: string, command: Addressed): Promise<boolean> =>
    send(this.context, command, { id, at: this.context.clock.now(), correlationId: id });
}
