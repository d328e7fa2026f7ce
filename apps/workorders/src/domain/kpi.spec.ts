import { counted, type Formula, formulaOf, FORMULAS } from './kpi';
import type { Arrival, Observed, Timeline } from './timeline';

const T0 = Date.parse('2026-03-02T03:12:00.000Z');
const at = (minutes: number): string => new Date(T0 + minutes * 60_000).toISOString();
const MINUTE = 60_000;
const nowhere = { 'needs-information': 0, waiting: 0, dispatched: 0, accepted: 0, paused: 0, completed: 0 };

const order = (id: string, more: Partial<Timeline> = {}): Timeline => ({
  ...{ id, reportedAt: at(0), knownAt: at(0), countedIn: null, dispatchedAt: null, acknowledgedAt: null, restoredAt: null, closedAt: null },
  ...{ status: 'waiting', cancelReason: null, spent: nowhere, handOvers: 0, incompleteAtIntake: false, bySystem: false },
  ...{ responseDueAt: null, responseBreaches: 0, overdue: [], ratings: [], leftUnrated: false, onCallDispatches: [], drill: false },
  ...{ trade: 'electrician', categoryId: 'ct_light', placeId: 'as_ward', minimumLevel: null, ...more },
});
const closedOrder = (id: string, more: Partial<Timeline> = {}) => order(id, { status: 'closed', closedAt: at(300), ...more });

const kpi = (name: string, orders: readonly Timeline[], more: Partial<Observed> = {}) =>
  formulaOf(name, null)!.of({ orders, arrivals: [], complaints: [], ...more });

describe('T5 five clocks are kept apart', () => {
  const orders = [
    order('wo_1', { dispatchedAt: at(1), acknowledgedAt: at(10), restoredAt: at(100), closedAt: at(1000) }),
    order('wo_2', { dispatchedAt: at(2), acknowledgedAt: at(20), restoredAt: at(200) }),
    order('wo_3', { dispatchedAt: at(6), acknowledgedAt: at(60) }),
    order('wo_4'),
  ];
  const arrivals: readonly Arrival[] = [
    { orderId: 'wo_1', calledAt: null, arrivedAt: at(40) },
    { orderId: 'wo_1', calledAt: at(2), arrivedAt: at(32) },
    { orderId: 'wo_2', calledAt: at(2), arrivedAt: null },
  ];

  it.each([
    ['time-to-dispatch', { n: 3, value: 3, p50: 2, p90: 6, orderIds: ['wo_1', 'wo_2', 'wo_3'] }],
    ['time-to-acknowledge', { n: 3, value: 30, p50: 20, p90: 60, orderIds: ['wo_1', 'wo_2', 'wo_3'] }],
    ['time-to-arrive', { n: 1, value: 32, p50: 32, p90: 32, orderIds: ['wo_1'] }],
    ['time-to-restore', { n: 2, value: 150, p50: 100, p90: 200, orderIds: ['wo_1', 'wo_2'] }],
    ['time-to-close', { n: 1, value: 1000, p50: 1000, p90: 1000, orderIds: ['wo_1'] }],
  ])('given orders on their way, then %s is taken of those that have come so far, in minutes', (name, expected) => {
    expect(kpi(name, orders, { arrivals })).toMatchObject(expected);
    expect(formulaOf(name, null)!.unit).toBe('minutes');
  });

  it('given 1 to 10 minutes, then half do not exceed 5 and nine tenths do not exceed 9', () => {
    const ten = Array.from({ length: 10 }, (_, n) => order(`wo_${n}`, { acknowledgedAt: at(10 - n) }));
    expect(kpi('time-to-acknowledge', ten)).toMatchObject({ n: 10, value: 5.5, p50: 5, p90: 9 });
  });
});

describe('the KPI register', () => {
  it.each(FORMULAS.map(({ name, version }) => [name, version]))(
    'given no orders, then %s has no value, or a count of none',
    (name, version) => {
      const { n, value, orderIds } = formulaOf(name, version)!.of({ orders: [], arrivals: [], complaints: [] });
      expect({ n, value, orderIds }).toEqual({ n: 0, value: name === 'volume' ? 0 : null, orderIds: [] });
    },
  );

  it('on-time rate: given limits to accept, then those kept of those that were answered or passed', () => {
    const limit = { responseDueAt: at(30) };
    const orders = [
      order('wo_1', { ...limit, acknowledgedAt: at(29) }),
      order('wo_2', { ...limit, acknowledgedAt: at(40), responseBreaches: 1 }),
      order('wo_3', { ...limit, responseBreaches: 1 }),
      order('wo_4', { ...limit, acknowledgedAt: at(30) }),
      order('wo_5', limit),
      order('wo_6', { acknowledgedAt: at(1) }),
    ];
    expect(kpi('on-time-rate', orders)).toMatchObject({
      n: 4,
      value: 50,
      orderIds: ['wo_1', 'wo_2', 'wo_3', 'wo_4'],
      parts: [{ name: 'late', n: 2, orderIds: ['wo_2', 'wo_3'] }],
    });
  });

  it('peak response: given orders around 07:30 and 09:30 on the clock on the wall, then those from the first until before the second', () => {
    const reported = (id: string, reportedAt: string) =>
      order(id, { reportedAt, acknowledgedAt: new Date(Date.parse(reportedAt) + 5 * MINUTE).toISOString() });
    const orders = [
      reported('wo_1', '2026-03-01T23:29:59.000Z'),
      reported('wo_2', '2026-03-01T23:30:00.000Z'),
      reported('wo_3', '2026-03-02T01:29:59.000Z'),
      reported('wo_4', '2026-03-02T01:30:00.000Z'),
    ];
    expect(kpi('peak-response', orders)).toMatchObject({ n: 2, p50: 5, orderIds: ['wo_2', 'wo_3'] });
  });

  it('response by skill level: given orders that require one, then each level apart', () => {
    const orders = [
      order('wo_1', { acknowledgedAt: at(10), minimumLevel: 'senior' }),
      order('wo_2', { acknowledgedAt: at(20), minimumLevel: 'senior' }),
      order('wo_3', { acknowledgedAt: at(30) }),
    ];
    expect(kpi('response-by-level', orders)).toMatchObject({
      n: 3,
      value: 20,
      parts: [{ name: 'junior', n: 0, value: null }, { name: 'middle' }, { name: 'senior', n: 2, value: 15 }],
    });
  });

  it('on call: given dispatches to somebody on call, then from the dispatch, not from the report, until they accepted', () => {
    const onCallDispatches = [
      { at: at(5), acceptedAt: null },
      { at: at(40), acceptedAt: at(52) },
    ];
    expect(kpi('on-call-time-to-accept', [order('wo_1', { acknowledgedAt: at(52), onCallDispatches }), order('wo_2')])).toMatchObject({
      n: 1,
      value: 12,
      orderIds: ['wo_1'],
    });
  });

  it('vendor on site: given firms that were called, then from the call until the arrival', () => {
    const arrivals = [
      { orderId: 'wo_1', calledAt: at(10), arrivedAt: at(100) },
      { orderId: 'wo_1', calledAt: null, arrivedAt: at(20) },
      { orderId: 'wo_2', calledAt: at(10), arrivedAt: null },
    ];
    expect(kpi('vendor-on-site', [], { arrivals })).toMatchObject({ n: 1, value: 90, orderIds: ['wo_1'] });
  });
});

describe('WO-09 closed loop', () => {
  it('given orders of every end, then open ones and those cancelled without a reason are the exceptions', () => {
    const orders = [
      closedOrder('wo_1'),
      order('wo_2', { status: 'merged' }),
      order('wo_3', { status: 'cancelled', cancelReason: '误报' }),
      order('wo_4', { status: 'cancelled' }),
      order('wo_5', { status: 'completed' }),
    ];
    const { n, value, parts } = kpi('closed-loop', orders);
    expect({ n, value }).toEqual({ n: 5, value: 60 });
    expect(parts.map(({ name, orderIds }) => [name, orderIds])).toEqual([
      ['closed', ['wo_1']],
      ['cancelled', ['wo_3', 'wo_4']],
      ['merged', ['wo_2']],
      ['exceptions', ['wo_4', 'wo_5']],
    ]);
  });
});

describe('WO-04 incomplete at intake', () => {
  it('given the suite reported one by itself, then that is no intake; by the first version it was', () => {
    const orders = [
      order('wo_1', { incompleteAtIntake: true }),
      order('wo_2', { incompleteAtIntake: true, bySystem: true }),
      order('wo_3'),
    ];
    expect(kpi('incomplete-at-intake', orders)).toMatchObject({ n: 2, value: 50, orderIds: ['wo_1', 'wo_3'] });
    expect(formulaOf('incomplete-at-intake', 1)!.of({ orders, arrivals: [], complaints: [] })).toMatchObject({ n: 3 });
  });

  it('given one of four lacked a required field when it was reported, then 25 %', () =>
    expect(
      kpi(
        'incomplete-at-intake',
        [1, 2, 3, 4].map((n) => order(`wo_${n}`, { incompleteAtIntake: n === 3 })),
      ),
    ).toMatchObject({
      n: 4,
      value: 25,
      parts: [{ orderIds: ['wo_3'] }],
    }));
});

describe('WO-12 complaint rate', () => {
  it('given 3 complaints and 4 closed orders, then 75 per 100, also when a complaint is about no order', () => {
    const orders = [...[1, 2, 3, 4].map((n) => closedOrder(`wo_${n}`)), order('wo_5')];
    const complaints = [{ orderId: 'wo_1' }, { orderId: 'wo_1' }, { orderId: null }];
    expect(kpi('complaints', orders, { complaints })).toMatchObject({ n: 4, value: 75, orderIds: ['wo_1'] });
  });

  it('given no closed order, then there is no rate', () =>
    expect(kpi('complaints', [order('wo_1')], { complaints: [{ orderId: 'wo_1' }] })).toMatchObject({ n: 0, value: null }));
});

describe('WO-11 satisfaction', () => {
  const by = (technicianId: string, stars: number) => ({ stars, technicianId, trade: 'electrician' });
  const ofVersion = (version: number, orders: readonly Timeline[]) =>
    formulaOf('satisfaction', version)!.of({ orders, arrivals: [], complaints: [] });

  it('given an order that was repaired twice, then both ratings count; when nobody rated the second repair, that is none beside the first', () => {
    const orders = [
      closedOrder('wo_1', { ratings: [by('pn_chen', 1), by('pn_li', 5)] }),
      closedOrder('wo_2', { ratings: [by('pn_chen', 1)], leftUnrated: true }),
      closedOrder('wo_3', { ratings: [by('pn_li', 5)] }),
    ];
    const parts = (rated: readonly string[], none: readonly string[]) => [
      { name: 'rated', n: rated.length, orderIds: rated },
      { name: 'none', n: none.length, orderIds: none },
    ];
    const all = ['wo_1', 'wo_2', 'wo_3'];
    expect(kpi('satisfaction', orders)).toMatchObject({ n: 4, value: 3, orderIds: all, parts: parts(all, ['wo_2']) });
    // As it was counted before.
    expect(ofVersion(1, orders)).toMatchObject({ n: 3, value: 11 / 3, orderIds: all, parts: parts(all, []) });
  });

  it.each([1, 2])('given ratings and orders left unrated, then in version %i no rating is none, not five', (version) => {
    const orders = [
      closedOrder('wo_1', { ratings: [by('pn_chen', 2)] }),
      closedOrder('wo_2', { ratings: [by('pn_chen', 5)] }),
      closedOrder('wo_3', { leftUnrated: true }),
      order('wo_4'),
    ];
    expect(ofVersion(version, orders)).toMatchObject({
      n: 2,
      value: 3.5,
      parts: [
        { name: 'rated', n: 2 },
        { name: 'none', n: 1, orderIds: ['wo_3'] },
      ],
    });
  });
});

describe('WO-25 waiting and hand-overs', () => {
  const orders = [
    closedOrder('wo_1', { handOvers: 3, spent: { ...nowhere, waiting: 10 * MINUTE, accepted: 60 * MINUTE, paused: 30 * MINUTE } }),
    closedOrder('wo_2', { handOvers: 0, spent: { ...nowhere, waiting: 20 * MINUTE, dispatched: 4 * MINUTE } }),
    order('wo_3', { handOvers: 9, spent: { ...nowhere, waiting: 999 * MINUTE } }),
  ];

  it('given closed orders, then the time nobody worked on them, and the mean of each stage they passed', () => {
    const { n, value, parts } = kpi('waiting', orders);
    expect({ n, value }).toEqual({ n: 2, value: 32 });
    expect(parts.map((part) => [part.name, part.n, part.value])).toEqual([
      ['needs-information', 0, null],
      ['waiting', 2, 15],
      ['dispatched', 1, 4],
      ['accepted', 1, 60],
      ['paused', 1, 30],
      ['completed', 0, null],
    ]);
  });

  it('given closed orders, then how often each went from hand to hand', () =>
    expect(kpi('hand-overs', orders)).toMatchObject({ n: 2, value: 1.5, p50: 0, p90: 3, orderIds: ['wo_1', 'wo_2'] }));
});

describe('WO-10 overdue by stage', () => {
  it('given orders that passed limits, then each counts once, and in every stage in which it passed one', () => {
    const orders = [
      order('wo_1', {
        overdue: [
          { clock: 'own', stage: 'waiting' },
          { clock: 'resolve', stage: 'accepted' },
        ],
      }),
      order('wo_2', { overdue: [{ clock: 'resolve', stage: 'accepted' }] }),
      order('wo_3'),
    ];
    expect(kpi('overdue', orders)).toMatchObject({
      n: 3,
      value: 2,
      orderIds: ['wo_1', 'wo_2'],
      parts: [
        { name: 'accepted', n: 2, orderIds: ['wo_1', 'wo_2'] },
        { name: 'waiting', n: 1, orderIds: ['wo_1'] },
      ],
    });
  });
});

describe('WO-05 volume', () => {
  it('given 12 months of 300 orders, then the months add up to all that were reported, each counted once', () => {
    const orders = Array.from({ length: 3_600 }, (_, n) =>
      order(`wo_${n}`, { reportedAt: new Date(Date.UTC(2026, Math.floor(n / 300), 1 + (n % 28))).toISOString() }),
    );
    const months = Array.from({ length: 12 }, (_, n) => orders.filter(({ reportedAt }) => new Date(reportedAt).getUTCMonth() === n));
    const volumes = months.map((month) => kpi('volume', month));
    expect(volumes.map(({ value }) => value)).toEqual(Array(12).fill(300));
    expect(new Set(volumes.flatMap(({ orderIds }) => orderIds)).size).toBe(kpi('volume', orders).value);
  });
});

describe('which orders count', () => {
  const orders = [
    order('wo_1'),
    order('wo_2', { trade: 'plumber', placeId: 'as_roof' }),
    order('wo_3', { categoryId: 'ct_lift' }),
    order('wo_4', { drill: true }),
  ];
  it.each([
    [{}, ['wo_1', 'wo_2', 'wo_3']],
    [{ trade: 'plumber' }, ['wo_2']],
    [{ trade: 'electrician', categoryId: 'ct_lift', placeId: null }, ['wo_3']],
    [{ placeId: 'as_roof', categoryId: 'ct_lift' }, []],
  ])('given the selection %j, then those, and no exercise', (selection, expected) =>
    expect(counted(orders, selection).map(({ id }) => id)).toEqual(expected),
  );
});

describe('versions of a formula', () => {
  const version = (n: number): Formula => ({
    ...{ name: 'volume', version: n, formula: `v${n}`, unit: 'orders', target: null },
    of: ({ orders }) => ({ n, value: orders.length * n, p50: null, p90: null, parts: [], orderIds: [] }),
  });
  const two = [version(2), version(1)];

  it('given two, then the newer is used unless the older is asked for, which answers what it answered before', () => {
    expect(formulaOf('volume', null, two)?.version).toBe(2);
    const observed = { orders: [order('wo_1')], arrivals: [], complaints: [] };
    expect(formulaOf('volume', 1, two)?.of(observed)).toEqual(formulaOf('volume', 1, [version(1)])?.of(observed));
  });

  it('given none of that name or number, then there is none', () => {
    expect(formulaOf('volume', 3, two)).toBeNull();
    expect(formulaOf('speed', null)).toBeNull();
  });

  it('given the register, then each name and version is there once and says in words what it does', () => {
    const names = FORMULAS.map(({ name, version: n }) => `${name}@${n}`);
    expect(new Set(names).size).toBe(names.length);
    expect(FORMULAS.filter(({ formula, unit }) => formula === '' || unit === '')).toEqual([]);
  });
});
