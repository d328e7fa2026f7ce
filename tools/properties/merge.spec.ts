import fc from 'fast-check';
import { type Command, type Event, fold, instant, isRejection, type Rejection } from '@hospital/kernel';
import { commandsBy } from '@hospital/kernel/testing';
import {
  duplicate,
  type DuplicateCommand,
  type DuplicateEvent,
  hearersOf,
  type OrderFact,
} from '../../apps/workorders/src/domain/duplicate';

/** Orders as they are known at some moment. */
interface Known extends OrderFact {
  readonly reporterId: string;
  readonly mergedInto: string | null;
}
type Orders = ReadonlyMap<string, Known>;

const START = Date.parse('2026-03-01T04:00:00.000Z');
const dispatcher = commandsBy({ id: 'pn_wang', kind: 'person', roles: ['dispatcher'] });
const idOf = (n: number): string => `wo_${n}`;

/** An order and what it was merged into, step by step; a circle would not end, and is given up after as many steps as there are orders. */
function chainOf(orders: Orders, first: string): readonly Known[] {
  const chain: Known[] = [];
  for (let at: string | null = first; at !== null && chain.length <= orders.size; at = chain.at(-1)!.mergedInto) {
    const order = orders.get(at);
    if (order === undefined) break;
    chain.push(order);
  }
  return chain;
}

/** What a dispatcher wishes, on a picture that may be as many merges old as `stale` says. */
interface Wish {
  readonly order: number;
  readonly of: number;
  readonly stale: number;
}

/** Confirms one after the other as policies do: the orders learn of each merge once it has been confirmed. */
function afterAll(first: Orders, wishes: readonly Wish[]) {
  const pictures: Orders[] = [first];
  const streams = new Map<string, Event[]>();
  const answers: (readonly DuplicateEvent[] | Rejection)[] = [];
  for (const { order, of, stale } of wishes) {
    const seen = pictures[Math.max(0, pictures.length - 1 - stale)]!;
    const id = idOf(order);
    const data = { order: seen.get(id) ?? null, chain: chainOf(seen, idOf(of)) };
    const stream = streams.get(id) ?? [];
    const command: Command = dispatcher('ConfirmDuplicate', data as never, instant(START));
    const decided = duplicate.decide(command as DuplicateCommand, fold(duplicate, stream));
    answers.push(decided);
    if (isRejection(decided)) continue;
    streams.set(id, [...stream, ...decided]);
    const now = pictures.at(-1)!;
    for (const { type, data: said } of decided)
      // An order is merged once: what comes later finds it merged.
      if (type === 'DuplicateConfirmed' && now.get(id)!.status !== 'merged')
        pictures.push(new Map(now).set(id, { ...now.get(id)!, status: 'merged', mergedInto: said.into }));
  }
  return { orders: pictures.at(-1)!, answers };
}

const MOST = 9;
const histories = fc.record({
  reported: fc.array(
    fc.record({
      minute: fc.nat({ max: 4 }),
      status: fc.constantFrom('waiting', 'waiting', 'accepted', 'completed', 'closed', 'cancelled'),
      reporter: fc.nat({ max: 5 }),
    }),
    { minLength: 2, maxLength: MOST },
  ),
  wishes: fc.array(fc.record({ order: fc.nat({ max: MOST }), of: fc.nat({ max: MOST }), stale: fc.nat({ max: 4 }) }), { maxLength: 40 }),
});
type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

const ordersOf = ({ reported }: History): Orders =>
  new Map(
    reported.map(({ minute, status, reporter }, n) => [
      idOf(n),
      { id: idOf(n), status, reportedAt: instant(START + minute * 60_000), reporterId: `pn_${reporter}`, mergedInto: null },
    ]),
  );

describe('given any orders, confirmed to be duplicates in any sequence, on pictures as old as may be', () => {
  const holds = (check: (orders: Orders, first: Orders, merged: readonly Known[]) => void): void =>
    fc.assert(
      fc.property(histories, (history) => {
        const first = ordersOf(history);
        const { orders } = afterAll(first, history.wishes);
        check(
          orders,
          first,
          [...orders.values()].filter(({ mergedInto }) => mergedInto !== null),
        );
      }),
      { numRuns: 1_000 },
    );

  it('when all is done, then no way leads in a circle: what was merged comes in the end to an order that was not', () =>
    holds((orders, _, merged) => {
      for (const { id } of merged) {
        const chain = chainOf(orders, id);
        expect(new Set(chain.map((order) => order.id)).size).toBe(chain.length);
        expect(chain.at(-1)).toMatchObject({ mergedInto: null });
        expect(chain.at(-1)!.status).not.toBe('merged');
      }
    }));

  it('when all is done, then nothing was merged that had ended, and nothing into what had ended', () =>
    holds((_, first, merged) => {
      for (const { id, mergedInto } of merged) {
        expect(['waiting', 'accepted']).toContain(first.get(id)!.status);
        expect(['waiting', 'accepted', 'completed']).toContain(first.get(mergedInto!)!.status);
      }
    }));

  it('when all is done, then of each order that was not merged everyone hears who reported it or one that came to it, and nobody else', () =>
    holds((orders) => {
      const all = [...orders.values()];
      for (const { id: root } of all.filter(({ mergedInto }) => mergedInto === null)) {
        const family = all.filter(({ id }) => chainOf(orders, id).at(-1)!.id === root);
        expect([...hearersOf(root, all)].sort()).toEqual([...new Set(family.map(({ reporterId }) => reporterId))].sort());
      }
    }));
});

it('given such histories, then merges do happen, chains of them too, and refusals of each kind', () => {
  const codes = new Set<string>();
  let longest = 0;
  for (const history of fc.sample(histories, { numRuns: 2_000, seed: 7 })) {
    const { orders, answers } = afterAll(ordersOf(history), history.wishes);
    for (const answer of answers) if (isRejection(answer)) codes.add(answer.code);
    for (const id of orders.keys()) longest = Math.max(longest, chainOf(orders, id).length);
  }
  expect(longest).toBeGreaterThan(2);
  expect([...codes].sort()).toEqual([
    'MERGE_CYCLE',
    'MERGE_INTO_ITSELF',
    'PRIMARY_NOT_OPEN',
    'PRIMARY_YOUNGER',
    'UNKNOWN_WORK_ORDER',
    'WRONG_STATUS',
  ]);
});
