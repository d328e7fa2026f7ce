import { type Ask, type JsonObject, plus, type Query, type Recorded } from '@hospital/kernel';
import { NO_NEEDS } from './category';
import { type Rule, SHIPPED, type Technician } from './dispatch-rule';
import { carryForward, dispatchReported, dispatchWaiting, ruleOf, technicianOf, techniciansOf, whatIsDue } from './escalation';
import type { Fault } from './intake';
import { onCall, onCallBegins } from './on-call';
import { qualificationBegins, shiftBegins, shiftPasses, technician } from './technician';
import { at, ELECTRICAL, INPATIENT, JOB, LAMP, system, T0 } from '../testing/an-order';
import { workOrder } from './work-order';

const T1 = plus(T0, 8 * 3_600_000);
type Rows = Readonly<Record<string, readonly { readonly key: string; readonly row: JsonObject }[]>>;

/** As views answer: bare values equal, `in` holds one of, `from` is inclusive and `to` exclusive. */
const holds = (row: JsonObject, where: NonNullable<Query['where']>): boolean =>
  Object.entries(where).every(([column, condition]) => {
    const value = row[column] as string;
    if (typeof condition !== 'object' || condition === null) return value === condition;
    if ('in' in condition) return condition.in.includes(value);
    return (condition.from === undefined || value >= condition.from!) && (condition.to === undefined || value < condition.to!);
  });
const askOf =
  (rows: Rows): Ask =>
  async (view, { key, where = {}, orderBy }) => {
    const found = (rows[view] ?? []).filter((one) => (key === undefined || [key].flat().includes(one.key)) && holds(one.row, where));
    const by = (row: JsonObject): string => (orderBy ? String(row[orderBy.column]) : '');
    return [...found].sort((a, b) => (by(a.row) + a.key < by(b.row) + b.key ? -1 : 1));
  };

const order = (key: string, more: JsonObject = {}) => ({
  key,
  row: { ...JOB, status: 'waiting', priority: 'P4', ruleId: null, technicianId: null, ...more } as JsonObject,
});
const known = (key: string, more: JsonObject = {}) => ({
  key,
  row: {
    ...{ id: key, trade: 'electrician', trades: ['electrician'], manyTrades: false, zones: [], onShiftFrom: T0, onShiftUntil: T1 },
    ...{ shifts: [], certificates: [], levels: [], leftAt: null, correlationId: 'c' },
    ...more,
  } as JsonObject,
});
const event = (stream: string, type: string, data: JsonObject = {}): Recorded =>
  ({ id: '00000000-0000-5000-8000-000000000001', stream, type, data, metadata: { recordedAt: T0 } }) as unknown as Recorded;
const reaction = async (policy: typeof dispatchReported, occasion: Recorded, rows: Rows, now = T0) => {
  expect(policy.on).toContain(occasion.type);
  return policy.react(occasion, await policy.facts(occasion, askOf(rows), now));
};
const idsOf = (commands: readonly { id: string }[]): readonly string[] => commands.map(({ id }) => id);
const loadsIn = ({ data }: { data: JsonObject }): Record<string, number> =>
  Object.fromEntries((data['technicians'] as unknown as readonly Technician[]).map(({ id, openOrders }) => [id, openOrders]));

describe('WO-02 what waits is dispatched at once', () => {
  it.each(['WorkOrderReported', 'WorkOrderInformationProvided', 'WorkOrderReopened', 'WorkOrderDeclined', 'WorkOrderHandedToTeam'])(
    'given %s, then with everyone of the trade, their load, who is on call, and the rule of its category',
    async (type) => {
      const rule: Rule = { ...SHIPPED, id: 'dr_1', version: 4 };
      const rows = {
        'work-orders': [order('wo_1', { ruleId: 'dr_1' }), order('wo_2')],
        'technician-load': [{ key: 'pn_a', row: { openOrders: 2, lastDispatchedAt: at(-9) } }],
        technicians: [known('pn_a'), known('pn_b', { trade: 'plumber', trades: ['plumber'] })],
        'on-call': [
          { key: 'oc_1', row: { slotId: 'oc_1', trade: 'electrician', from: at(-1), until: at(1), primaryId: 'pn_b', backupId: 'pn_a' } },
        ],
        'dispatch-rules': [{ key: 'dr_1', row: { ...rule, name: '就近', revision: 3 } as unknown as JsonObject }],
      };
      expect(await reaction(dispatchReported, event('workOrder-wo_1', type), rows)).toEqual([
        {
          ...{ aggregate: workOrder, id: 'wo_1', type: 'DispatchWorkOrder' },
          data: {
            rule,
            technicians: [
              {
                ...{ id: 'pn_a', trades: ['electrician'], zones: [], onShiftFrom: T0, onShiftUntil: T1, onCall: 'backup' },
                ...{ certificates: [], levels: [], openOrders: 2, lastDispatchedAt: at(-9) },
              },
            ],
          },
        },
      ]);
    },
  );

  it('given it needs information, or is under way, then it is left alone', async () => {
    const rows = { 'work-orders': [order('wo_1', { status: 'needs-information' }), order('wo_2', { status: 'accepted' })] };
    expect(await reaction(dispatchReported, event('workOrder-wo_1', 'WorkOrderReported'), rows)).toEqual([]);
    expect(await reaction(dispatchReported, event('workOrder-wo_2', 'WorkOrderInformationProvided'), rows)).toEqual([]);
  });

  it('given a rule that nobody defined, or none, then the one that ships is taken', async () => {
    expect(await ruleOf(askOf({}), null)).toBe(SHIPPED);
    expect(await ruleOf(askOf({}), 'dr_gone')).toBe(SHIPPED);
  });
});

describe('WO-02 what is left waiting is dispatched as soon as somebody is there', () => {
  const rows = {
    'work-orders': [
      order('wo_1'),
      order('wo_2', { status: 'accepted' }),
      order('wo_3', { trade: 'plumber' }),
      order('wo_4', { priority: 'P1' }),
    ],
    technicians: [known('pn_a')],
  };

  it.each([
    ['technician-pn_a', 'TechnicianShiftStarted', {}],
    ['technician-pn_a', 'TechnicianShiftPlanned', {}],
    ['technician-pn_a', 'TechnicianShiftBegun', {}],
    ['technician-pn_a', 'TechnicianTradeLearned', {}],
    ['technician-pn_a', 'TechnicianCertified', {}],
    ['technician-pn_a', 'TechnicianLevelLearned', {}],
    ['technician-pn_a', 'TechnicianQualificationBegun', {}],
    ['technician-pn_a', 'TechnicianCertificateRevoked', {}],
    ['technician-pn_a', 'TechnicianShiftEnded', {}],
    ['technician-pn_a', 'TechnicianShiftPassed', {}],
    ['technician-pn_a', 'TechnicianShiftWithdrawn', {}],
    ['technician-pn_a', 'TechnicianLeft', {}],
    ['onCall-oc_1', 'OnCallLearned', { trade: 'electrician' }],
    ['onCall-oc_1', 'OnCallBegun', { trade: 'electrician' }],
    ['workOrder-wo_9', 'WorkOrderCompleted', { technicianId: 'pn_a' }],
    ['workOrder-wo_9', 'WorkOrderDeclined', { technicianId: 'pn_a' }],
    ['workOrder-wo_9', 'WorkOrderHandedToTeam', { fromTechnicianId: 'pn_a' }],
    ['workOrder-wo_9', 'WorkOrderCancelled', { fromTechnicianId: 'pn_a' }],
    ['workOrder-wo_9', 'WorkOrderMerged', { fromTechnicianId: 'pn_a' }],
    ['workOrder-wo_9', 'WorkOrderPaused', { technicianId: 'pn_a' }],
    ['workOrder-wo_9', 'WorkOrderAssigned', { technicianId: 'pn_plumber', fromTechnicianId: 'pn_a' }],
    ['workOrder-wo_9', 'WorkOrderGrabbed', { technicianId: 'pn_plumber', fromTechnicianId: 'pn_a' }],
  ])('given %s %s, then what waits for that trade, the most urgent first, and nothing else', async (stream, type, data) =>
    expect(idsOf(await reaction(dispatchWaiting, event(stream, type, data), rows))).toEqual(['wo_4', 'wo_1']),
  );

  it('given somebody is forgotten, then what waits for any trade is looked at, for theirs is not known any more', async () => {
    const plumber = known('pn_plumber', { trade: 'plumber', trades: ['plumber'] });
    const both = { ...rows, technicians: [known('pn_b'), plumber] };
    expect(idsOf(await reaction(dispatchWaiting, event('technician-pn_a', 'TechnicianForgotten'), both))).toEqual(['wo_4', 'wo_1', 'wo_3']);
  });

  it('given whoever was full goes off shift, then what waited for them goes to whoever is on call', async () => {
    const full = {
      'work-orders': [order('wo_1', { priority: 'P1' })],
      technicians: [known('pn_a'), known('pn_night', { onShiftFrom: null, onShiftUntil: null })],
      'technician-load': [{ key: 'pn_a', row: { openOrders: 2, lastDispatchedAt: at(-9) } }],
      'on-call': [{ key: 'oc_1', row: { trade: 'electrician', from: T0, until: plus(T1, 1), primaryId: 'pn_night', backupId: null } }],
    };
    const passed = event('technician-pn_a', 'TechnicianShiftPassed');
    expect(await reaction(dispatchWaiting, passed, full, at(1))).toEqual([]);
    expect(idsOf(await reaction(dispatchWaiting, passed, full, T1))).toEqual(['wo_1']);
  });

  it('given an order that nobody had was given to somebody, then nothing is sent', async () => {
    for (const type of ['WorkOrderAssigned', 'WorkOrderGrabbed'])
      expect(
        await reaction(dispatchWaiting, event('workOrder-wo_9', type, { technicianId: 'pn_a', fromTechnicianId: null }), rows),
      ).toEqual([]);
  });

  it('given still nobody would do, then that is not recorded once more', async () => {
    const off = { ...rows, technicians: [known('pn_a', { onShiftFrom: null, onShiftUntil: null })] };
    expect(await reaction(dispatchWaiting, event('technician-pn_a', 'TechnicianCertified'), off)).toEqual([]);
    expect(idsOf(await reaction(dispatchReported, event('workOrder-wo_1', 'WorkOrderReported'), off))).toEqual(['wo_1']);
  });

  it('given an order ended that nobody had, then nothing is sent', async () =>
    expect(await reaction(dispatchWaiting, event('workOrder-wo_9', 'WorkOrderCancelled', { fromTechnicianId: null }), rows)).toEqual([]));

  it('given three orders and two technicians, then each is told what the orders before it add, so that the work is shared', async () => {
    const two = {
      'work-orders': [order('wo_1'), order('wo_2'), order('wo_3')],
      technicians: [known('pn_a'), known('pn_b')],
      'technician-load': [{ key: 'pn_b', row: { openOrders: 1, lastDispatchedAt: at(-9) } }],
    };
    expect((await reaction(dispatchWaiting, event('technician-pn_a', 'TechnicianShiftBegun'), two)).map(loadsIn)).toEqual([
      { pn_a: 0, pn_b: 1 },
      // Both have one now, and pn_b was sent longer ago.
      { pn_a: 1, pn_b: 1 },
      { pn_a: 1, pn_b: 2 },
    ]);
  });
});

describe('given an event that is looked at an hour after it was recorded, when nothing ran in between', () => {
  const shift = (from: number, until: number) => ({ shiftId: `sh_${from}`, zones: [], from: at(from), until: at(until) });
  const off = { onShiftFrom: null, onShiftUntil: null };
  const slot = (key: string, from: number, until: number, primaryId: string) => ({
    key,
    row: { trade: 'electrician', from: at(from), until: at(until), primaryId, backupId: null },
  });
  const rows = {
    'work-orders': [order('wo_1')],
    technicians: [
      known('pn_early', { ...off, shifts: [shift(-60, 30)] }),
      known('pn_late', { ...off, shifts: [shift(30, 120)] }),
      known('pn_left', { leftAt: at(45) }),
    ],
    'on-call': [slot('oc_1', -60, 30, 'pn_early'), slot('oc_2', 30, 120, 'pn_late')],
  };
  const told = (commands: Awaited<ReturnType<typeof reaction>>) =>
    commands.map(({ id, data }) => [
      id,
      (data['technicians'] as unknown as readonly Technician[]).map((one) => [one.id, one.onShiftUntil, one.onCall]),
    ]);

  it.each([
    [dispatchReported, event('workOrder-wo_1', 'WorkOrderReported')],
    [dispatchWaiting, event('technician-pn_late', 'TechnicianShiftPlanned')],
  ])('ST-02 when $name decides, then on who is on shift, on call and still there now, not then', async (policy, occasion) => {
    expect(told(await reaction(policy, occasion, rows, at(60)))).toEqual([
      [
        'wo_1',
        [
          ['pn_early', null, null],
          ['pn_late', at(120), 'primary'],
        ],
      ],
    ]);
  });
});

describe('who can be sent, as known at an instant', () => {
  const of = (row: JsonObject, instant = T0): Technician => technicianOf('pn_a', known('pn_a', row).row, undefined, null, instant);
  const shift = (from: number, until: number, zone: string) => ({ shiftId: zone, zones: [zone], from: at(from), until: at(until) });

  it('given a planned shift, then that counts from its first instant until its last, with its zones; presence goes before', () => {
    const row = { onShiftFrom: null, onShiftUntil: null, shifts: [shift(0, 60, 'east'), shift(60, 120, 'west')] };
    expect([of(row, at(0)), of(row, at(59)), of(row, at(60))].map(({ zones }) => zones[0])).toEqual(['east', 'east', 'west']);
    expect(of(row, at(120))).toMatchObject({ onShiftFrom: null, onShiftUntil: null });
    expect(of({ ...row, onShiftFrom: at(-5), onShiftUntil: at(5) })).toMatchObject({ zones: [], onShiftUntil: at(5) });
    expect(of({ ...row, onShiftFrom: at(-5), onShiftUntil: at(0) })).toMatchObject({ zones: ['east'], onShiftUntil: at(60) });
    expect(of({ ...row, onShiftFrom: at(30), onShiftUntil: at(90) })).toMatchObject({ zones: ['east'] });
  });

  it('given somebody has left, or has the trade besides another, then the one is not asked and the other is', async () => {
    const ask = askOf({
      technicians: [
        known('pn_gone', { leftAt: T0 }),
        known('pn_leaving', { leftAt: at(1) }),
        known('pn_two', { trade: 'plumber', trades: ['plumber', 'electrician'], manyTrades: true }),
        known('pn_other', { trade: 'plumber', trades: ['plumber', 'carpenter'], manyTrades: true }),
      ],
    });
    expect(idsOf(await techniciansOf(ask, 'electrician', T0)).toSorted()).toEqual(['pn_leaving', 'pn_two']);
  });

  it('given a slot on call, then its first instant counts and its last does not', async () => {
    const ask = askOf({
      technicians: [known('pn_a'), known('pn_b')],
      'on-call': [{ key: 'oc_1', row: { trade: 'electrician', from: at(0), until: at(60), primaryId: 'pn_a', backupId: 'pn_b' } }],
    });
    const roles = async (minutes: number) => (await techniciansOf(ask, 'electrician', at(minutes))).map((one) => one.onCall);
    expect([await roles(-1), await roles(0), await roles(60)]).toEqual([
      [null, null],
      ['primary', 'backup'],
      [null, null],
    ]);
  });
});

describe('WO-25 what was left over of a repair', () => {
  const parent = (more: JsonObject = {}) =>
    order('wo_1', {
      ...{ categoryId: 'ct_electrical', placeId: 'as_inpatient', severity: 'high', reporterId: 'pn_reporter' },
      ...{ details: {}, photos: [], ...more },
    });
  const rowsWith = (row: JsonObject, category: object) => ({
    'work-orders': [parent(row)],
    categories: [{ key: 'ct_electrical', row: { ...ELECTRICAL, ...category, retired: true } as unknown as JsonObject }],
    places: [{ key: 'as_inpatient', row: { ...INPATIENT } as JsonObject }],
  });
  const react = async (remaining: string | null, row: JsonObject = {}, category: object = {}) => {
    const occasion = event('workOrder-wo_1', 'WorkOrderCompleted', { remaining });
    return carryForward.react(occasion, await carryForward.facts(occasion, askOf(rowsWith(row, category)), T0));
  };
  const opened = async (...from: Parameters<typeof react>) => {
    const [command] = await react(...from);
    return workOrder.decide(system('ReportFault', command!.data as unknown as Fault, T0), workOrder.initial);
  };

  it('given nothing is left, then nothing is reported', async () => expect(await react(null)).toEqual([]));

  it('given something is, then it is reported as a child of the order, for the same reporter, also of a category that was retired since', async () => {
    const [command, ...others] = await react('另两盏待换');
    expect(others).toEqual([]);
    expect(command).toMatchObject({
      ...{ aggregate: workOrder, type: 'ReportFault' },
      data: {
        description: '另两盏待换',
        parentId: 'wo_1',
        reporterId: 'pn_reporter',
        severity: 'high',
        channel: 'system',
        category: { retired: false },
      },
    });
    expect(command!.id).toMatch(/^wo_/);
    expect(await react('另两盏待换')).toEqual([command]);
  });

  it('WO-02 given the order was handed to another team, then what is left of it is theirs, and they need nothing particular', async () => {
    const requires = { minimumLevel: 'middle', certificate: 'high-voltage' };
    const handed = { trade: 'plumber', requires: NO_NEEDS };
    expect(await opened('还有一个阀门', handed, { requires })).toMatchObject([
      { data: { ...handed, ofCategory: { trade: 'electrician', requires } } },
    ]);
    expect(await opened('还有一个阀门', { requires }, { requires })).toMatchObject([{ data: { trade: 'electrician', requires } }]);
    // The category asks for more by now.
    expect(await opened('还有一个阀门', {}, { requires })).toMatchObject([{ data: { trade: 'electrician', requires } }]);
  });

  it('WO-04 given what the reporter had said, then it is carried over as far as it is still asked, and nothing is asked again', async () => {
    const row = { details: { lamp: 'L-7', ward: '3' }, photos: ['ab'] };
    const fields = [LAMP, { ...LAMP, key: 'hook' }];
    expect(await opened('另两盏待换', row, { fields })).toMatchObject([
      { data: { details: { lamp: 'L-7' }, photos: ['ab'], missing: [], fields: [{ key: 'lamp' }, { key: 'hook' }] } },
    ]);
  });
});

describe('WO-03 what becomes due', () => {
  it('given an instant has come, then the order, the technician or the slot is told', () => {
    expect(whatIsDue.whenDue('wo_1', T1)).toEqual({ aggregate: workOrder, id: 'wo_1', type: 'NoteWhatIsDue', data: { dueAt: T1 } });
    expect(shiftBegins.whenDue('pn_a', T1)).toEqual({ aggregate: technician, id: 'pn_a', type: 'NoteShiftBegun', data: {} });
    expect(shiftPasses.whenDue('pn_a', T1)).toEqual({ aggregate: technician, id: 'pn_a', type: 'NoteShiftPassed', data: { until: T1 } });
    expect(qualificationBegins.whenDue('pn_a', T1)).toEqual({
      ...{ aggregate: technician, id: 'pn_a', type: 'NoteQualificationBegun', data: { from: T1 } },
    });
    expect(onCallBegins.whenDue('oc_1', T1)).toEqual({ aggregate: onCall, id: 'oc_1', type: 'NoteOnCallBegun', data: {} });
  });
});
