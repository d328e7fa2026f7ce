import { foldRow, type JsonObject, type Recorded } from '@hospital/kernel';
import { arrivals, timeline, type TimelineRow } from './timeline';

const T0 = Date.parse('2026-03-01T03:12:00.000Z');
const at = (minutes: number): string => new Date(T0 + minutes * 60_000).toISOString();
const MINUTE = 60_000;

type Step = readonly [minutes: number, type: string, data?: JsonObject];

const recorded = (stream: string, steps: readonly Step[], more: JsonObject = {}): readonly Recorded[] =>
  steps.map(([minutes, type, data = {}], revision) => ({
    ...{ id: `e${revision}`, stream, revision, position: BigInt(revision), type },
    data: { at: at(minutes), ...data },
    metadata: { occurredAt: at(minutes), recordedAt: at(minutes), ...more },
  })) as unknown as readonly Recorded[];

const reported: Step = [
  0,
  'WorkOrderReported',
  {
    ...{ categoryId: 'ct_light', trade: 'electrician', placeId: 'as_ward', reporterId: 'pn_reporter', reporterKind: 'patient' },
    ...{ requires: { minimumLevel: 'senior', certificate: null }, missing: [] },
  },
];
const dispatched = (minutes: number, data: JsonObject = {}): Step => [
  minutes,
  'WorkOrderDispatched',
  { technicianId: 'pn_chen', onCall: false, responseDueAt: at(minutes + 30), ...data },
];
const accepted = (minutes: number): Step => [minutes, 'WorkOrderAccepted', { technicianId: 'pn_chen' }];
const completed = (minutes: number, restoredAt = at(minutes)): Step => [
  minutes,
  'WorkOrderCompleted',
  { technicianId: 'pn_chen', restoredAt },
];
const rated = (minutes: number, stars: number): Step => [minutes, 'WorkOrderRated', { at: undefined, stars, comment: null }];

const row = (...steps: readonly Step[]): TimelineRow => foldRow(timeline, 'wo_1', recorded('workOrder-wo_1', [reported, ...steps]))!;
const spent = (...steps: readonly Step[]): Record<string, number> =>
  Object.fromEntries(Object.entries(row(...steps).spent).flatMap(([stage, ms]) => (ms === 0 ? [] : [[stage, Number(ms) / MINUTE]])));

describe('T5 the clocks of an order', () => {
  it('given an order from report to rating, then each clock has its own instant', () =>
    expect(row(dispatched(1), accepted(11), completed(100, at(90)), rated(200, 4))).toMatchObject({
      ...{ reportedAt: at(0), dispatchedAt: at(1), acknowledgedAt: at(11), restoredAt: at(90), closedAt: at(200) },
      ...{ status: 'closed', stage: null, leftUnrated: false, responseDueAt: at(31) },
      ...{ reporterId: 'pn_reporter', byPatient: true, minimumLevel: 'senior', drill: false },
      ratings: [{ stars: 4, technicianId: 'pn_chen', trade: 'electrician' }],
    }));

  it('given it was grabbed, then it was dispatched and acknowledged at that instant', () =>
    expect(row([7, 'WorkOrderGrabbed', { technicianId: 'pn_li', fromTechnicianId: null }])).toMatchObject({
      ...{ dispatchedAt: at(7), acknowledgedAt: at(7), handOvers: 0, status: 'accepted' },
    }));

  it('given it was reopened, then it is neither restored nor closed, until it is again; the first response stays', () => {
    const once = [
      dispatched(1),
      accepted(11),
      completed(100),
      rated(200, 1),
      [200, 'WorkOrderReopened', { stars: 1, reason: null }],
    ] as const;
    expect(row(...once)).toMatchObject({ restoredAt: null, closedAt: null, status: 'waiting', reopenedBy: [5] });
    expect(row(...once, dispatched(210), accepted(220), completed(300), rated(400, 5))).toMatchObject({
      ...{ dispatchedAt: at(1), acknowledgedAt: at(11), restoredAt: at(300), closedAt: at(400) },
    });
  });

  it('given the time to rate it passed, then it closed when that was, however late it was noticed, and has no stars', () => {
    const [, unrated] = recorded('workOrder-wo_1', [reported, [900, 'WorkOrderLeftUnrated', { at: at(700) }]]);
    expect(foldRow(timeline, 'wo_1', [...recorded('workOrder-wo_1', [reported]), unrated!])).toMatchObject({
      ...{ closedAt: at(700), ratings: [], leftUnrated: true, status: 'closed' },
    });
  });

  it('given the suite reported it by itself, then that is kept', () => {
    const [minutes, type, data] = reported;
    const bySystem = (reporterKind: string) =>
      foldRow(timeline, 'wo_1', recorded('workOrder-wo_1', [[minutes, type, { ...data, reporterKind }]]))!.bySystem;
    expect([bySystem('system'), bySystem('staff')]).toEqual([true, false]);
  });

  it('WO-11 given two repairs, then each rating is of whoever made that repair, for the team it was with; a repair nobody rated has none', () => {
    const first = [dispatched(1), accepted(11), completed(100), rated(200, 1)] as const;
    const handed = [
      [200, 'WorkOrderReopened', { stars: 1, reason: null }],
      [205, 'WorkOrderHandedToTeam', { trade: 'plumber', fromTechnicianId: null }],
      [300, 'WorkOrderCompleted', { technicianId: 'pn_li', restoredAt: at(300) }],
    ] as const satisfies readonly Step[];
    const ofChen = { stars: 1, technicianId: 'pn_chen', trade: 'electrician' };
    const told: Step = [400, 'WorkOrderRated', { stars: 5, comment: null, technicianId: 'pn_li' }];
    expect(row(...first, ...handed, told)).toMatchObject({
      ratings: [ofChen, { stars: 5, technicianId: 'pn_li', trade: 'plumber' }],
      leftUnrated: false,
    });
    expect(row(...first, ...handed, [900, 'WorkOrderLeftUnrated'])).toMatchObject({ ratings: [ofChen], leftUnrated: true });
  });

  it('given an exercise, then it is marked as one', () =>
    expect(foldRow(timeline, 'wo_1', recorded('workOrder-wo_1', [reported], { drill: true }))).toMatchObject({ drill: true }));

  it('given events without the report they follow, or of a newer version, then nothing comes of them', () => {
    expect(foldRow(timeline, 'wo_1', recorded('workOrder-wo_1', [accepted(1)]))).toBeUndefined();
    expect(row([5, 'WorkOrderPraised'])).toMatchObject({ status: 'waiting', since: at(0) });
  });
});

describe('WO-25 the stages of an order', () => {
  it('given a way with many turns, then the time in each stage that was left', () => {
    const way = [
      dispatched(10),
      [15, 'WorkOrderDeclined', { technicianId: 'pn_chen' }],
      [25, 'WorkOrderAssigned', { technicianId: 'pn_li', fromTechnicianId: null }],
      accepted(30),
      [40, 'WorkOrderPaused', { reason: 'waiting-parts' }],
      [100, 'WorkOrderResumed'],
      completed(110),
      rated(150, 5),
    ] as const satisfies readonly Step[];
    expect(spent(...way)).toEqual({ waiting: 20, dispatched: 10, accepted: 20, paused: 60, completed: 40 });
    expect(spent(...way.slice(0, 5))).toEqual({ waiting: 20, dispatched: 10, accepted: 10 });
  });

  it('given a pause, then the order is still the one who accepted it', () =>
    expect(row(dispatched(1), accepted(2), [3, 'WorkOrderPaused', { reason: 'vendor' }])).toMatchObject({
      status: 'accepted',
      stage: 'paused',
    }));

  it('given hand-overs of every kind, then each counts; a first assignment is none', () => {
    const assigned = (from: string | null): Step => [5, 'WorkOrderAssigned', { technicianId: 'pn_li', fromTechnicianId: from }];
    expect(row(assigned(null)).handOvers).toBe(0);
    expect(row(assigned('pn_chen')).handOvers).toBe(1);
    expect(row([5, 'WorkOrderGrabbed', { technicianId: 'pn_li', fromTechnicianId: 'pn_chen' }]).handOvers).toBe(1);
    expect(row([5, 'WorkOrderDeclined'], [6, 'WorkOrderHandedToTeam', { trade: 'plumber' }])).toMatchObject({
      handOvers: 2,
      trade: 'plumber',
    });
  });
});

describe('WO-04 WO-10 what went wrong on the way', () => {
  const [, type, data] = reported;
  const incomplete = (...steps: readonly Step[]) =>
    foldRow(timeline, 'wo_1', recorded('workOrder-wo_1', [[0, type, { ...data, missing: ['lamp'] }], ...steps]));

  it('given it lacked information, then it says so for ever, and waits once it has it', () => {
    expect(incomplete()).toMatchObject({ status: 'needs-information', incompleteAtIntake: true });
    expect(incomplete([5, 'WorkOrderInformationProvided', { missing: ['lamp'] }])).toMatchObject({ status: 'needs-information' });
    expect(incomplete([5, 'WorkOrderInformationProvided', { missing: [] }])).toMatchObject({
      ...{ status: 'waiting', incompleteAtIntake: true, spent: { 'needs-information': 5 * MINUTE } },
    });
  });

  it('given limits passed, then each is counted with the stage it was in', () =>
    expect(
      row(
        dispatched(1),
        [31, 'WorkOrderResponseBreached', { technicianId: 'pn_chen', dueAt: at(31) }],
        [60, 'WorkOrderLimitPassed', { clock: 'own', dueAt: at(60), stage: 'dispatched', spent: {} }],
      ),
    ).toMatchObject({ responseBreaches: 1, overdue: [{ clock: 'own', stage: 'dispatched', dueAt: at(60) }], status: 'dispatched' }));

  it('given a limit was kept after all, then it does not count as passed; others do', () => {
    const passed = (clock: string, minutes: number): Step => [
      minutes,
      'WorkOrderLimitPassed',
      { clock, dueAt: at(minutes), stage: 'accepted', spent: {} },
    ];
    const kept: Step = [99, 'WorkOrderLimitKept', { clock: 'resolve', dueAt: at(60) }];
    const { overdue } = row(dispatched(1), passed('own', 60), accepted(61), passed('resolve', 60), passed('resolve', 90), kept);
    expect(overdue.map(({ clock, dueAt }) => [clock, dueAt])).toEqual([
      ['own', at(60)],
      ['resolve', at(90)],
    ]);
  });

  it('given it was cancelled or merged, then that is its end, with the reason', () => {
    expect(row([9, 'WorkOrderCancelled', { reason: '误报' }])).toMatchObject({ status: 'cancelled', cancelReason: '误报', stage: null });
    expect(row([9, 'WorkOrderMerged', { into: 'wo_0' }])).toMatchObject({ status: 'merged', stage: null, closedAt: null });
  });

  it('given somebody on call was sent, then it says when, and when they accepted; what somebody else accepts is not theirs', () => {
    expect(row(dispatched(1, { onCall: true }), accepted(8)).onCallDispatches).toEqual([{ at: at(1), acceptedAt: at(8) }]);
    const reassigned: Step = [5, 'WorkOrderAssigned', { technicianId: 'pn_li', fromTechnicianId: 'pn_chen' }];
    expect(row(dispatched(1, { onCall: true }), reassigned, accepted(8)).onCallDispatches).toEqual([{ at: at(1), acceptedAt: null }]);
    expect(row(dispatched(1), accepted(8)).onCallDispatches).toEqual([]);
  });

  it('ST-07 WO-25 given whoever was sent grabs the order, then they accepted it: their time is measured, and it changed no hands', () => {
    const grabbed = (by: string): Step => [8, 'WorkOrderGrabbed', { technicianId: by, fromTechnicianId: 'pn_chen' }];
    expect(row(dispatched(1, { onCall: true }), grabbed('pn_chen'))).toMatchObject({
      ...{ handOvers: 0, acknowledgedAt: at(8), status: 'accepted' },
      onCallDispatches: [{ at: at(1), acceptedAt: at(8) }],
    });
    expect(row(dispatched(1, { onCall: true }), grabbed('pn_li'))).toMatchObject({
      ...{ handOvers: 1, acknowledgedAt: at(8) },
      onCallDispatches: [{ at: at(1), acceptedAt: null }],
    });
  });
});

describe('T5 who came', () => {
  const came = (stream: string, ...steps: readonly Step[]) => foldRow(arrivals, stream, recorded(stream, steps));

  it('given labour, then the first that was started', () =>
    expect(came('workLog-wo_1', [9, 'LabourStarted', { from: at(7) }], [50, 'LabourStarted', { from: at(45) }])).toEqual({
      ...{ orderId: 'wo_1', calledAt: null, arrivedAt: at(7) },
    }));

  it('given a firm was called, then when, and when it was on site', () => {
    const opened: Step = [10, 'VendorJobOpened', { orderId: 'wo_1' }];
    expect(came('vendorJob-vj_1', opened)).toEqual({ orderId: 'wo_1', calledAt: at(10), arrivedAt: null });
    expect(came('vendorJob-vj_1', opened, [40, 'VendorArrivalCheckedIn'], [50, 'VendorJobWithdrawn'])).toMatchObject({ arrivedAt: at(40) });
    expect(came('vendorJob-vj_1', opened, [50, 'VendorJobWithdrawn'])).toBeUndefined();
  });
});
