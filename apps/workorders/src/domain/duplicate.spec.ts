import type { Ask, Condition, JsonObject, Recorded } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { duplicate, type DuplicateEvent, hearersOf, mergeConfirmed, proposeMerge } from './duplicate';
import { workOrder } from './work-order';

const wang = commandsBy({ id: 'pn_wang', kind: 'person', roles: ['dispatcher'] });
const system = commandsBy({ id: 'system', kind: 'system', roles: [] });
const T0 = Date.parse('2026-03-01T03:12:00.000Z');
const at = (minutes: number): string => new Date(T0 + minutes * 60_000).toISOString();
const NOW = at(60);

const order = (id: string, minutes: number, status = 'waiting') => ({ id, status, reportedAt: at(minutes) });
const because = { rule: 'same-place-and-category' as const, minutesApart: 12 };
const proposed = (of: string): DuplicateEvent => ({ type: 'DuplicateProposed', data: { of, because, at: NOW } });
const dismissed = (of: string): DuplicateEvent => ({ type: 'DuplicateDismissed', data: { of, reason: '另一盏灯', at: NOW } });
const confirmed = (of: string, into = of): DuplicateEvent => ({ type: 'DuplicateConfirmed', data: { of, into, at: NOW } });
const related = (parentId: string): DuplicateEvent => ({ type: 'ParentRelated', data: { parentId, at: NOW } });
const unrelated = (parentId: string): DuplicateEvent => ({ type: 'ParentUnrelated', data: { parentId, at: NOW } });

const { given } = rulesOf(duplicate);
/** wo_9, reported at minute 50, is to be merged. */
const confirm = (chain: readonly ReturnType<typeof order>[], own: ReturnType<typeof order> | null = order('wo_9', 50)) =>
  wang('ConfirmDuplicate', { order: own, chain }, NOW);

describe('a duplicate is proposed', () => {
  it('given a pair of which nothing was said, then it is proposed; given one that was proposed or dismissed, then never again', () => {
    const propose = system('ProposeDuplicate', { of: 'wo_1', because }, NOW);
    given().when(propose).then(proposed('wo_1'));
    given(proposed('wo_1')).when(propose).then();
    given(proposed('wo_1'), dismissed('wo_1')).when(propose).then();
    given(proposed('wo_2'), dismissed('wo_2')).when(propose).then(proposed('wo_1'));
  });
});

describe('a duplicate is confirmed', () => {
  it('given an open order that was reported before, proposed or not, then it is merged into that', () => {
    given(proposed('wo_1'))
      .when(confirm([order('wo_1', 0)]))
      .then(confirmed('wo_1'));
    given()
      .when(confirm([order('wo_1', 0, 'completed')]))
      .then(confirmed('wo_1'));
    given(confirmed('wo_1'))
      .when(confirm([order('wo_1', 0)]))
      .then();
  });

  it('given the other was merged itself, then it is merged into what that was merged into', () =>
    given()
      .when(confirm([order('wo_3', 30, 'merged'), order('wo_2', 20, 'merged'), order('wo_1', 0)]))
      .then(confirmed('wo_3', 'wo_1')));

  it('given orders reported at the same instant, then the one with the smaller id is the older', () => {
    given()
      .when(confirm([order('wo_8', 50)]))
      .then(confirmed('wo_8'));
    given()
      .when(confirm([order('wo_91', 50)]))
      .thenRejected('PRIMARY_YOUNGER', 'input.of');
  });

  it.each([
    ['itself', [order('wo_9', 50)], 'MERGE_INTO_ITSELF'],
    ['what was merged into it', [order('wo_1', 0, 'merged'), order('wo_9', 50)], 'MERGE_CYCLE'],
    ['a closed one', [order('wo_1', 0, 'closed')], 'PRIMARY_NOT_OPEN'],
    ['a cancelled one', [order('wo_1', 0, 'cancelled')], 'PRIMARY_NOT_OPEN'],
    ['one merged into nobody knows what', [order('wo_1', 0, 'merged')], 'PRIMARY_NOT_OPEN'],
    ['one merged into a cancelled one', [order('wo_2', 20, 'merged'), order('wo_1', 0, 'cancelled')], 'PRIMARY_NOT_OPEN'],
    ['a younger one', [order('wo_1', 51)], 'PRIMARY_YOUNGER'],
    ['none that is known', [], 'UNKNOWN_WORK_ORDER'],
  ])('given it is to be merged into %s, then it is refused', (_, chain, code) =>
    given().when(confirm(chain)).thenRejected(code, 'input.of'),
  );

  it.each(['completed', 'closed', 'cancelled', 'merged'])('given the order is %s itself, then it is refused', (status) =>
    given()
      .when(confirm([order('wo_1', 0)], order('wo_9', 50, status)))
      .thenRejected('WRONG_STATUS', 'input.id'),
  );

  it('given an order nobody knows, then it is refused', () =>
    given()
      .when(confirm([order('wo_1', 0)], null))
      .thenRejected('UNKNOWN_WORK_ORDER', 'input.id'));

  it('when it has been confirmed, then the order is told to merge', async () => {
    const event = {
      stream: 'duplicate-wo_9',
      type: 'DuplicateConfirmed',
      data: { of: 'wo_3', into: 'wo_1', at: NOW },
    } as unknown as Recorded;
    expect(mergeConfirmed.react(event, await mergeConfirmed.facts(event, async () => [], ''))).toEqual([
      { aggregate: workOrder, id: 'wo_9', type: 'MergeWorkOrder', data: { into: 'wo_1' } },
    ]);
  });
});

describe('a duplicate is dismissed', () => {
  it('given a proposal, then it is dismissed with a reason, once; given it was confirmed, or never proposed, then it is refused', () => {
    const dismiss = wang('DismissDuplicate', { of: 'wo_1', reason: '另一盏灯' }, NOW);
    given(proposed('wo_1')).when(dismiss).then(dismissed('wo_1'));
    given(proposed('wo_1'), dismissed('wo_1')).when(dismiss).then();
    given(proposed('wo_1'), confirmed('wo_1')).when(dismiss).thenRejected('ALREADY_CONFIRMED', 'input.of');
    given(proposed('wo_2')).when(dismiss).thenRejected('NOT_PROPOSED', 'input.of');
  });
});

describe('an order is part of another', () => {
  const relate = (...chain: readonly ReturnType<typeof order>[]) => wang('RelateToParent', { order: order('wo_9', 50), chain }, NOW);

  it('given two orders, whatever their age, then one becomes part of the other, once, and of one only', () => {
    given()
      .when(relate(order('wo_1', 70)))
      .then(related('wo_1'));
    given(related('wo_1'))
      .when(relate(order('wo_1', 70)))
      .then();
    given(related('wo_1'))
      .when(relate(order('wo_2', 0)))
      .then(related('wo_2'));
  });

  it('given it would be part of itself, at whatever distance, or of none, then it is refused', () => {
    given()
      .when(relate(order('wo_9', 50)))
      .thenRejected('RELATION_CYCLE', 'input.parentId');
    given()
      .when(relate(order('wo_1', 0), order('wo_2', 0), order('wo_9', 50)))
      .thenRejected('RELATION_CYCLE', 'input.parentId');
    given().when(relate()).thenRejected('UNKNOWN_WORK_ORDER', 'input.parentId');
    given()
      .when(wang('RelateToParent', { order: null, chain: [order('wo_1', 0)] }, NOW))
      .thenRejected('UNKNOWN_WORK_ORDER', 'input.id');
  });

  it('given a parent, told since or with the report, then it is taken out of it, once', () => {
    const free = (parentId: string | null) => wang('UnrelateFromParent', { parentId }, NOW);
    given(related('wo_1')).when(free('wo_1')).then(unrelated('wo_1'));
    given().when(free('wo_2')).then(unrelated('wo_2'));
    given(unrelated('wo_2')).when(free('wo_2')).then();
    given().when(free(null)).thenRejected('NOT_RELATED', 'input.id');
  });
});

describe('which orders are proposed', () => {
  const row = (id: string, minutes: number, more: JsonObject = {}) => ({
    key: id,
    row: { reportedAt: at(minutes), status: 'waiting', placeId: 'as_ward', categoryId: 'ct_light', drill: false, ...more },
  });
  const holds = (value: unknown, condition: Condition): boolean => {
    if (typeof condition !== 'object' || condition === null) return value === condition;
    if ('in' in condition) return condition.in.includes(value as string);
    return String(value) >= String(condition.from) && String(value) < String(condition.to);
  };
  const asking =
    (rows: readonly ReturnType<typeof row>[]): Ask =>
    async (_, { key, where = {}, orderBy }) => {
      const found = rows.filter(
        (one) =>
          (key === undefined || [key].flat().includes(one.key)) &&
          Object.entries(where).every(([column, condition]) => holds((one.row as JsonObject)[column], condition)),
      );
      return orderBy ? [...found].sort((a, b) => (a.row.reportedAt < b.row.reportedAt ? -1 : 1)) : found;
    };
  const reported = (drill = false) =>
    ({
      stream: 'workOrder-wo_9',
      type: 'WorkOrderReported',
      data: { placeId: 'as_ward', categoryId: 'ct_light' },
      metadata: { occurredAt: at(150), ...(drill ? { drill } : {}) },
    }) as unknown as Recorded;
  const proposalOf = async (rows: readonly ReturnType<typeof row>[], event = reported()) => {
    const [command] = proposeMerge.react(
      event,
      await proposeMerge.facts(event, asking([...rows, row('wo_9', 150, { drill: event.metadata.drill ?? false })]), ''),
    );
    return command && [command.aggregate.category, command.id, command.type, command.data];
  };
  const proposal = (of: string, minutesApart: number) => [
    'duplicate',
    'wo_9',
    'ProposeDuplicate',
    { of, because: { rule: 'same-place-and-category', minutesApart } },
  ];

  it('given open orders of the same kind at the same place within two hours, then the oldest is proposed', async () => {
    expect(await proposalOf([row('wo_3', 120), row('wo_2', 40, { status: 'accepted' }), row('wo_1', 29.9)])).toEqual(proposal('wo_2', 110));
    expect(await proposalOf([row('wo_1', 30)])).toEqual(proposal('wo_1', 120));
  });

  it.each([
    ['at another place', row('wo_1', 140, { placeId: 'as_other' })],
    ['of another kind', row('wo_1', 140, { categoryId: 'ct_lift' })],
    ['longer ago', row('wo_1', 29)],
    ['reported later', row('wo_1', 151)],
    ['completed', row('wo_1', 140, { status: 'completed' })],
    ['merged', row('wo_1', 140, { status: 'merged' })],
    ['an exercise', row('wo_1', 140, { drill: true })],
  ])('given an order %s, then none is proposed', async (_, other) => expect(await proposalOf([other])).toBeUndefined());

  it('given an exercise, then only another exercise is proposed', async () =>
    expect(await proposalOf([row('wo_1', 140), row('wo_2', 145, { drill: true })], reported(true))).toEqual(proposal('wo_2', 5)));
});

it('whoever reported an order or one merged into it, at whatever distance, hears of it once', () => {
  const one = (id: string, reporterId: string, mergedInto: string | null = null) => ({ id, reporterId, mergedInto });
  const orders = [
    one('wo_1', 'pn_a'),
    one('wo_3', 'pn_c', 'wo_2'),
    one('wo_2', 'pn_b', 'wo_1'),
    one('wo_4', 'pn_a', 'wo_1'),
    one('wo_5', 'pn_e'),
  ];
  expect([...hearersOf('wo_1', orders)].sort()).toEqual(['pn_a', 'pn_b', 'pn_c']);
  expect(hearersOf('wo_5', orders)).toEqual(['pn_e']);
});
