import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type Command,
  type Decider,
  type EventStore,
  eventId,
  handle,
  type Handled,
  instant,
  isRejection,
  type Journal,
  type JsonObject,
  OutcomeUnknown,
  personal,
  type Proposed,
  reject,
  type Rejection,
  StoreUnavailable,
  verifyChain,
} from '@hospital/kernel';
import { KeyVault } from '../../libs/engines/src/vault';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';

type LedgerCommand = Command<'EnterAmounts', { amounts: readonly number[]; note?: JsonObject }>;
type LedgerEvent = { type: 'AmountEntered'; data: { amount: number; note?: JsonObject } };

/** As many events as amounts: what happened twice or in part shows in the sum. No amounts: nothing to do. */
const ledger: Decider<number, LedgerCommand, LedgerEvent> = {
  category: 'ledger',
  initial: 0,
  decide: ({ data: { amounts, note } }, sum) =>
    amounts.some((amount) => amount < 0)
      ? reject('NEGATIVE', `The sum is ${sum}.`, 'input.amounts')
      : amounts.map((amount) => ({ type: 'AmountEntered', data: { amount, ...(note ? { note } : {}) } })),
  evolve: (sum, { data }) => sum + data.amount,
};

/** What becomes of one append. The last two leave the caller in doubt: `late` is written only after some more calls. */
type Fate = 'written' | 'unavailable' | 'answer lost' | 'lost' | { readonly late: number };

/** A store on a bad network, in front of a real one; follows its script, then is well. */
class BadNetwork {
  private readonly late: { left: number; append: () => Promise<unknown> }[] = [];

  constructor(
    private readonly store: EventStore,
    private readonly fates: Fate[],
  ) {}

  get port(): EventStore {
    return Object.assign(Object.create(this.store) as EventStore, {
      append: (stream: string, expected: number, events: readonly Proposed[]) => this.append(stream, expected, events),
      read: async (...call: Parameters<EventStore['read']>) => {
        await this.goOn();
        return this.store.read(...call);
      },
      erase: (stream: string) => this.store.erase(stream),
    });
  }

  /** What is still on its way arrives. */
  async arrive(): Promise<void> {
    for (const { append } of this.late.splice(0)) await append().catch(() => undefined);
  }

  private async goOn(): Promise<void> {
    for (const waiting of [...this.late])
      if ((waiting.left -= 1) <= 0) {
        this.late.splice(this.late.indexOf(waiting), 1);
        await waiting.append().catch(() => undefined);
      }
  }

  private async append(stream: string, expected: number, events: readonly Proposed[]): ReturnType<EventStore['append']> {
    await this.goOn();
    const append = () => this.store.append(stream, expected, events);
    const fate = this.fates.shift() ?? 'written';
    if (fate === 'written') return append();
    if (fate === 'unavailable') throw new StoreUnavailable('no route');
    if (fate === 'answer lost') await append();
    else if (fate !== 'lost') this.late.push({ left: fate.late, append });
    throw new OutcomeUnknown('no answer');
  }
}

const AT = '2026-03-01T04:12:00.000Z';
const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const commandOf = (n: number, amounts: readonly number[], more: Partial<LedgerCommand> = {}): LedgerCommand => ({
  ...{ id: idOf(n), type: 'EnterAmounts', data: { amounts }, at: AT, correlationId: idOf(0) },
  ...{ by: { id: 'pn_1', kind: 'person', roles: [] }, ...more },
});

const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.constantFrom<Fate>('written', 'unavailable', 'answer lost', 'lost'),
  fc.record({ late: fc.integer({ min: 1, max: 6 }) }),
);

describe('handling a command', () => {
  let folder: string;
  let store: EmbeddedEventStore;
  let streams = 0;
  let ms: number;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'handle-'));
    store = new EmbeddedEventStore(join(folder, 'events'));
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => void (ms = Date.parse(AT)));

  const journalOn = (port: EventStore): Journal => {
    const clock = { now: () => instant(ms), until: () => Promise.resolve() };
    return {
      ...{ store: port, clock, history: {}, vault: new KeyVault(port, clock, Buffer.alloc(32, 1)) },
      pause: () => new Promise((resolve) => setImmediate(resolve)),
    };
  };
  const newLedger = (): string => `l_${(streams += 1)}`;

  /** As a client does: the same again until there is an answer. */
  async function answered(journal: Journal, id: string, command: LedgerCommand): Promise<Handled<number> | Rejection> {
    for (;;) {
      try {
        return await handle(journal, ledger, id, command);
      } catch (error) {
        if (!(error instanceof OutcomeUnknown) && !(error instanceof StoreUnavailable)) throw error;
      }
    }
  }

  it('given a bad network, when commands are sent several times, at once and again, then each has one effect and one answer', async () => {
    const command = fc.record({
      amounts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
      copies: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 6 }), fc.array(fate, { maxLength: 30 }), async (wishes, fates) => {
        const network = new BadNetwork(store, [...fates]);
        const journal = journalOn(network.port);
        const id = newLedger();
        const all = wishes.map(({ amounts, copies }, n) => ({ command: commandOf(n + 1, amounts), amounts, copies }));
        const answers = await Promise.all(
          all.map(({ command: wish, copies }) => Promise.all(Array.from({ length: copies }, () => answered(journal, id, wish)))),
        );
        await network.arrive();
        const again = await Promise.all(all.map(({ command: wish }) => answered(journal, id, wish)));
        const events = await store.read(`ledger-${id}`);

        expect(events.map(({ data }) => data['amount']).sort()).toEqual(wishes.flatMap(({ amounts }) => amounts).sort());
        expect(verifyChain(events)).toBeUndefined();
        for (const [n, { command: wish, amounts }] of all.entries()) {
          const own = events.filter(({ metadata }) => metadata.commandId === wish.id);
          expect(own.map(({ id: one }) => one)).toEqual(amounts.map((_, place) => eventId(wish.id, place)));
          expect(own.at(-1)!.revision - own[0]!.revision).toBe(amounts.length - 1);
          for (const answer of [...answers[n]!, again[n]!]) {
            if (isRejection(answer)) throw new Error(answer.code);
            const { state, revision, position } = answer;
            const upToOwn = events.slice(0, revision + 1);
            expect(revision).toBe(own.at(-1)!.revision);
            expect(position).toBe(own.at(-1)!.position);
            expect(state).toBe(upToOwn.reduce((sum, { data }) => sum + Number(data['amount']), 0));
            expect(answer.events.map((event) => event.id)).toEqual(upToOwn.map((event) => event.id));
          }
          expect(again[n]).toMatchObject({ repeated: true });
        }
      }),
      { numRuns: 150 },
    );
  });

  it('given a command that was handled, when its id comes with other content, then it is refused and nothing is written', async () => {
    const id = newLedger();
    await handle(journalOn(store), ledger, id, commandOf(1, [1, 2]));
    const others = [commandOf(1, [1, 3]), commandOf(1, [1, 2], { by: { id: 'pn_2', kind: 'person', roles: [] } })];
    for (const other of others)
      expect(await handle(journalOn(store), ledger, id, other)).toMatchObject({ rejected: true, code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await store.read(`ledger-${id}`)).toHaveLength(2);
  });

  it('given a command that was handled, when it comes again later, from elsewhere, with another personal value, then it is a repetition', async () => {
    const id = newLedger();
    const noted = (value: string): LedgerCommand => commandOf(1, [1], { data: { amounts: [1], note: personal('pn_1', value) } });
    const first = await handle(journalOn(store), ledger, id, noted('Chen'));
    const again = await handle(journalOn(store), ledger, id, { ...noted('Wang'), at: '2026-03-02T00:00:00.000Z', correlationId: idOf(9) });
    expect(again).toEqual({ ...first, repeated: true });
  });

  it('given any machine clock, when commands are handled, then within a stream the recorded instants never run backwards', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -86_400_000, max: 86_400_000 }), { minLength: 2, maxLength: 12 }), async (moves) => {
        const id = newLedger();
        const journal = journalOn(store);
        for (const [n, move] of moves.entries()) {
          ms += move;
          await handle(journal, ledger, id, commandOf(n + 1, [1, 1]));
        }
        const recorded = (await store.read(`ledger-${id}`)).map(({ metadata }) => metadata.recordedAt);
        expect(recorded).toEqual([...recorded].sort());
        expect(recorded.at(-1)! >= instant(ms)).toBe(true);
        expect(recorded[0]! <= recorded.at(-1)!).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('given a stream that has moved on, when a command expects an older revision, then it is refused, but not its repetition', async () => {
    const id = newLedger();
    const journal = journalOn(store);
    const first = await handle(journal, ledger, id, commandOf(1, [1]), { expectedRevision: -1 });
    await handle(journal, ledger, id, commandOf(2, [2]), { expectedRevision: 0 });
    expect(await handle(journal, ledger, id, commandOf(3, [3]), { expectedRevision: 0 })).toMatchObject({ code: 'STALE_REVISION' });
    expect(await handle(journal, ledger, id, commandOf(1, [1]), { expectedRevision: -1 })).toEqual({ ...first, repeated: true });
    expect(await store.read(`ledger-${id}`)).toHaveLength(2);
  });

  it('given a lost answer, when the stream has moved on meanwhile, then the expected revision still counts as met', async () => {
    const id = newLedger();
    const handled = await handle(journalOn(new BadNetwork(store, ['answer lost']).port), ledger, id, commandOf(1, [1]), {
      expectedRevision: -1,
    });
    expect(handled).toMatchObject({ state: 1, revision: 0, repeated: true });
  });

  it('given a wish that is fact already, when handled, then the answer is the stream as it is and nothing is written', async () => {
    const id = newLedger();
    expect(await handle(journalOn(store), ledger, id, commandOf(1, []))).toEqual({
      ...{ state: 0, revision: -1, position: undefined, events: [], repeated: false },
    });
    await handle(journalOn(store), ledger, id, commandOf(2, [4]));
    expect(await handle(journalOn(store), ledger, id, commandOf(1, []))).toMatchObject({ state: 4, revision: 0, repeated: false });
    expect(await store.read(`ledger-${id}`)).toHaveLength(1);
  });

  it('given a command against the rules, when handled, then its rejection is the answer and nothing is written', async () => {
    const id = newLedger();
    expect(await handle(journalOn(store), ledger, id, commandOf(1, [-1]))).toEqual({
      ...{ rejected: true, code: 'NEGATIVE', message: 'The sum is 0.', field: 'input.amounts' },
    });
    expect(await store.read(`ledger-${id}`)).toEqual([]);
  });

  it('given more than one append can hold, when handled, then that is a rejection and nothing is written', async () => {
    const id = newLedger();
    const note = { text: 'x'.repeat(1_100_000) };
    expect(await handle(journalOn(store), ledger, id, commandOf(1, [1], { data: { amounts: [1], note } }))).toMatchObject({
      code: 'TOO_LARGE',
    });
    expect(await store.read(`ledger-${id}`)).toEqual([]);
  });

  it('given a store that never tells, when handled, then the outcome stays unknown, and the next try settles it', async () => {
    const id = newLedger();
    const network = new BadNetwork(
      store,
      Array.from({ length: 9 }, () => 'lost' as const),
    );
    await expect(handle(journalOn(network.port), ledger, id, commandOf(1, [1]))).rejects.toThrow(OutcomeUnknown);
    expect(await handle(journalOn(network.port), ledger, id, commandOf(1, [1]))).toMatchObject({ state: 1, repeated: false });
  });
});
