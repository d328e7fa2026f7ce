import { DAY, fold, HOUR, isRejection, MINUTE, personal } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { spent } from './service-level';
import {
  accepted,
  aFault,
  at,
  breached,
  chen,
  clerk,
  completed,
  dispatched,
  dispatcher,
  ELECTRICAL,
  fault,
  INPATIENT,
  JOB,
  LAMP,
  li,
  off,
  patient,
  rated,
  reopened,
  reported,
  reporter,
  system,
  T0,
  technician,
  TERMS,
  WITH_LAMP,
} from '../testing/an-order';
import { SHIPPED } from './dispatch-rule';
import { nextDueAt, statusOf, type WorkOrder, workOrder, type WorkOrderCommand, type WorkOrderEvent } from './work-order';

const { given } = rulesOf(workOrder);
const stateOf = (...events: readonly WorkOrderEvent[]) => fold(workOrder, events) as Exclude<WorkOrder, { status: 'unknown' }>;
const decided = (command: WorkOrderCommand, ...events: readonly WorkOrderEvent[]): readonly WorkOrderEvent[] => {
  const answer = workOrder.decide(command, fold(workOrder, events));
  if (isRejection(answer)) throw new Error(answer.code);
  return answer;
};
const note = (minutes: number) => system('NoteWhatIsDue', { dueAt: at(minutes) }, at(minutes));
const RATE_UNTIL = at(40 + 7 * 24 * 60);
const lamp = { lamp: 'L-17' };
/** Held by whoever accepted it. */
const underWay = [reported(), dispatched(), accepted(5)];
const done = [...underWay, completed(40)];

describe('WO-01 a fault is reported', () => {
  it('given nothing, when somebody reports, then one order holds what was said, by whom, how it came in and what it is judged by', () =>
    given()
      .when(reporter('ReportFault', aFault({ channel: 'app', reporterKind: 'clinician' }), T0))
      .then({
        type: 'WorkOrderReported',
        data: {
          ...{ categoryId: 'ct_electrical', categoryVersion: 3, trade: 'electrician', requires: ELECTRICAL.requires },
          ...{ fields: [], ruleId: null, placeId: 'as_inpatient', zone: 'inpatient', locationCodeId: null, spot: null },
          ...{ description: '三楼走廊灯不亮', details: {}, photos: [], channel: 'app', reporterKind: 'clinician' },
          ...{ severity: 'normal', criticality: 1, priority: 'P4', reporterId: 'pn_reporter', receiverId: null },
          ...{ contact: personal('pn_reporter', '13800000000'), parentId: null, terms: TERMS, missing: [], at: T0 },
        },
      }));

  it.each([
    [{ channel: 'phone' }, /^rp_/],
    [{ channel: 'paper' }, /^rp_/],
    [{ channel: 'phone', reporterKind: 'patient' }, /^pt_/],
    [{ channel: 'web', reporterKind: 'patient' }, /^pt_/],
  ] as const)(
    'WO-07 given %j of somebody who is not named, when a clerk types it in, then the clerk receives it and does not report it',
    (how, pseudonym) => {
      const [event] = decided(clerk('ReportFault', aFault(how), T0));
      expect(event!.data).toMatchObject({ reporterId: expect.stringMatching(pseudonym), receiverId: 'pn_clerk' });
      const stars = clerk('RateWorkOrder', { stars: 5, comment: null }, at(50));
      given(event!, dispatched(), accepted(5), completed(40)).when(stars).thenRejected('NOT_YOURS');
    },
  );

  it('given a phone call, when a clerk types it in, then it is the same order with channel phone, the caller as reporter and the clerk as receiver', () => {
    const [event] = decided(clerk('ReportFault', aFault({ channel: 'phone', reporterId: 'ext-6120' }), T0));
    expect(event!.data).toMatchObject({ channel: 'phone', reporterId: 'ext-6120', receiverId: 'pn_clerk' });
    expect(statusOf(stateOf(event!))).toBe('waiting');
  });

  it('given whoever scans says the spot better, then that counts; given a code that is not in use, then it is refused', () => {
    const scanned = { locationCode: { id: 'lc_1', spot: '三楼护士站' }, spot: '三楼护士站西侧插座' };
    expect(decided(reporter('ReportFault', aFault(scanned), T0))).toMatchObject([{ data: { locationCodeId: 'lc_1', spot: scanned.spot } }]);
    expect(decided(reporter('ReportFault', aFault({ spot: '西侧' }), T0))).toMatchObject([
      { data: { locationCodeId: null, spot: '西侧' } },
    ]);
    given()
      .when(reporter('ReportFault', aFault({ locationCode: { id: 'lc_9', spot: null }, place: null, spot: '西侧' }), T0))
      .thenRejected('UNKNOWN_LOCATION_CODE', 'input.locationCode');
  });

  it('given it comes from a system, then only a system says so: an integrator’s, or the suite itself', () => {
    const integrator = commandsBy({ id: 'bms', kind: 'person', roles: ['integrator'] });
    for (const by of [integrator, system])
      expect(decided(by('ReportFault', aFault({ reporterKind: 'system' }), T0))).toMatchObject([{ data: { reporterKind: 'system' } }]);
    given()
      .when(dispatcher('ReportFault', aFault({ reporterKind: 'system' }), T0))
      .thenRejected('NOT_A_SYSTEM', 'input.reporterKind');
  });

  it('given a location code, when it is scanned and reported, then the place, its zone and the very spot are filled in', () => {
    const locationCode = { id: 'lc_1', spot: '三楼护士站' };
    const [event] = decided(patient('ReportFault', aFault({ locationCode, channel: 'mini-program', reporterKind: 'patient' }), T0));
    expect(event!.data).toMatchObject({
      ...{ placeId: 'as_inpatient', zone: 'inpatient', locationCodeId: 'lc_1', spot: '三楼护士站' },
      ...{ channel: 'mini-program', reporterKind: 'patient', reporterId: 'pt_1', receiverId: null },
    });
  });

  it('given the suite itself reports for somebody, then nobody received it', () =>
    expect(
      decided(system('ReportFault', aFault({ reporterId: 'pn_reporter', channel: 'system', parentId: 'wo_0' }), T0))[0]!.data,
    ).toMatchObject({
      ...{ reporterId: 'pn_reporter', receiverId: null, parentId: 'wo_0' },
    }));

  it.each([
    ['UNKNOWN_CATEGORY', 'input.categoryId', { category: null }],
    ['CATEGORY_RETIRED', 'input.categoryId', { category: { ...ELECTRICAL, retired: true } }],
    ['UNKNOWN_PLACE', 'input.placeId', { place: null }],
    ['TOO_MANY_PHOTOS', 'input.photos', { photos: ['1', '2', '3', '4', '5', '6'] }],
    [
      'UNKNOWN_CALENDAR',
      'input.categoryId',
      { category: { ...ELECTRICAL, agreement: { ...ELECTRICAL.agreement, calendarId: 'ca_gone' } } },
    ],
  ] as const)('given what makes a report impossible, then it is refused with %s, naming %s', (code, field, more) =>
    given()
      .when(reporter('ReportFault', aFault(more), T0))
      .thenRejected(code, field),
  );

  it('given the order exists, when it is reported again by another command, then it is refused', () =>
    given(reported())
      .when(reporter('ReportFault', fault, T0))
      .thenRejected('ALREADY_REPORTED', 'idempotencyKey'));

  it('given no order, when anything is done to it, then it is unknown', () =>
    given()
      .when(chen('AcceptWorkOrder', {}, T0))
      .thenRejected('UNKNOWN_WORK_ORDER', 'input.id'));
});

describe('WO-24 patients report', () => {
  const asked = aFault({ reporterKind: 'patient', channel: 'mini-program' });

  it('given a patient who leaves no contact, then the order holds none, and nothing else of the person', () => {
    const [event] = decided(patient('ReportFault', { ...asked, contact: null }, T0));
    expect(event!.data).toMatchObject({ contact: null, reporterId: 'pt_1', reporterKind: 'patient' });
  });

  it('given a category that is not for patients, then it is refused to them, and to nobody else', () => {
    const category = { ...ELECTRICAL, openToPatients: false };
    given()
      .when(patient('ReportFault', { ...asked, category }, T0))
      .thenRejected('NOT_FOR_PATIENTS', 'input.categoryId');
    expect(decided(reporter('ReportFault', aFault({ category }), T0))).toHaveLength(1);
  });
});

describe('WO-04 what is missing at intake', () => {
  const incomplete = { category: WITH_LAMP, incomplete: true };

  it('given a required field without an answer, when it is reported, then it is asked for by name', () => {
    for (const details of [{}, { lamp: '  ' }] as readonly Record<string, string>[])
      given()
        .when(reporter('ReportFault', aFault({ category: WITH_LAMP, details }), T0))
        .thenRejected('DETAILS_MISSING', 'input.details.lamp');
  });

  it('given a required photo, then a photo answers it and no word does', () => {
    const category = { ...ELECTRICAL, fields: [{ ...LAMP, key: 'picture', kind: 'photo' as const }] };
    given()
      .when(reporter('ReportFault', aFault({ category }), T0))
      .thenRejected('DETAILS_MISSING', 'input.details.picture');
    given()
      .when(reporter('ReportFault', aFault({ category, details: { picture: '有' } }), T0))
      .thenRejected('UNKNOWN_DETAIL', 'input.details.picture');
    expect(decided(reporter('ReportFault', aFault({ category, photos: ['ab'] }), T0))[0]!.data).toMatchObject({ missing: [] });
  });

  it('given it is incomplete on purpose, then it needs information, the fields are named, and nothing is due for days', () => {
    const [event] = decided(reporter('ReportFault', aFault({ ...incomplete }), T0));
    expect(event!.data).toMatchObject({ missing: ['lamp'] });
    const order = stateOf(event!);
    expect([statusOf(order), nextDueAt(order)]).toEqual(['needs-information', null]);
    expect(decided(note(10 * 24 * 60), event!)).toEqual([]);
  });

  it('given it needs information, then nobody is sent, and nobody takes it', () => {
    given(reported(incomplete))
      .when(system('DispatchWorkOrder', { technicians: [technician('pn_chen')], rule: SHIPPED }, at(1)))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(reported(incomplete))
      .when(li('GrabWorkOrder', { technician: technician('pn_li') }, at(1)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given a day without an answer, when what was missing is said, then it waits, its clocks begin, and it is dispatched', () => {
    const DAY_LATER = 24 * 60;
    const provided: WorkOrderEvent = {
      type: 'WorkOrderInformationProvided',
      data: { details: lamp, photos: [], missing: [], at: at(DAY_LATER) },
    };
    given(reported(incomplete))
      .when(reporter('ProvideInformation', { details: lamp, photos: [] }, at(DAY_LATER)))
      .then(provided);
    const order = stateOf(reported(incomplete), provided);
    expect(statusOf(order)).toBe('waiting');
    // 80 % of the 120 minutes to accept it, counted from then.
    expect(nextDueAt(order)).toBe(at(DAY_LATER + 96));
    given(reported(incomplete), provided)
      .when(system('DispatchWorkOrder', { technicians: [technician('pn_chen')], rule: SHIPPED }, at(DAY_LATER)))
      .then(dispatched(DAY_LATER, [technician('pn_chen')]));
  });

  it('given two fields are missing, when one is said, then the other is still waited for', () => {
    const category = { ...WITH_LAMP, fields: [LAMP, { ...LAMP, key: 'floor', kind: 'number' as const }] };
    const before = reported({ category, incomplete: true });
    const [event] = decided(reporter('ProvideInformation', { details: lamp, photos: [] }, at(9)), before);
    expect(event!.data).toMatchObject({ missing: ['floor'] });
    expect(statusOf(stateOf(before, event!))).toBe('needs-information');
    const [last] = decided(reporter('ProvideInformation', { details: { floor: '3' }, photos: [] }, at(12)), before, event!);
    expect(last!.data).toMatchObject({ missing: [] });
    expect(statusOf(stateOf(before, event!, last!))).toBe('waiting');
  });

  it('given what nobody asked for, or is no answer, then it is refused, also later', () => {
    given(reported(incomplete))
      .when(reporter('ProvideInformation', { details: { colour: 'red' }, photos: [] }, at(1)))
      .thenRejected('UNKNOWN_DETAIL', 'input.details.colour');
    given(reported({ ...incomplete, photos: ['1', '2', '3'] }))
      .when(reporter('ProvideInformation', { details: {}, photos: ['4', '5', '6'] }, at(1)))
      .thenRejected('TOO_MANY_PHOTOS', 'input.photos');
  });

  it('given it is under way, when more is said, then that is kept and nothing else changes; once it has ended, it is refused', () => {
    const said = { details: lamp, photos: ['ab'] };
    const before = [reported({ category: WITH_LAMP, details: { lamp: 'L-1' } }), dispatched(), accepted(5)];
    const events = decided(reporter('ProvideInformation', said, at(6)), ...before);
    expect(events).toEqual([{ type: 'WorkOrderInformationProvided', data: { ...said, missing: [], at: at(6) } }]);
    expect(stateOf(...before, ...events)).toEqual({ ...stateOf(...before), details: lamp, photos: ['ab'] });
    given(...done)
      .when(reporter('ProvideInformation', said, at(50)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });
});

describe('WO-03 a response is due 30 minutes after dispatch', () => {
  const sent = [reported(), dispatched()];

  it('given no acceptance at T0+30, then the breach and the escalation are recorded with that instant', () =>
    given(...sent)
      .when(note(30))
      .then(...breached(30)));

  it('given the breach is recorded, then never again, and nobody asks for it again', () => {
    given(...sent, ...breached(30))
      .when(note(30))
      .then();
    given(...sent, ...breached(30))
      .when(chen('AcceptWorkOrder', {}, at(31)))
      .then(accepted(31));
    expect(nextDueAt(stateOf(...sent, ...breached(30)))).toBe(at(96));
  });

  it.each([29, 30])('given acceptance at T0+%d, then there is no breach, then or later', (minutes) => {
    given(...sent)
      .when(chen('AcceptWorkOrder', {}, at(minutes)))
      .then(accepted(minutes));
    given(...sent, accepted(minutes))
      .when(note(30))
      .then();
  });

  it('given nothing ran at T0+30, when it is accepted at T0+50, then the breach is recorded before, with the instant it was due', () =>
    given(...sent)
      .when(chen('AcceptWorkOrder', {}, at(50)))
      .then(...breached(30), accepted(50)));

  it('given nothing ran for long, when it is noted late, then each limit has its own instant, in order', () => {
    const late = decided(note(2_000), ...sent);
    expect(late.map(({ type, data }) => [type, (data as { dueAt: string }).dueAt])).toEqual([
      ['WorkOrderResponseBreached', at(30)],
      ['WorkOrderEscalated', at(30)],
      ['WorkOrderLimitPassed', at(120)],
      ['WorkOrderEscalated', at(120)],
      ['WorkOrderLimitPassed', at(1_440)],
      ['WorkOrderEscalated', at(1_440)],
    ]);
  });

  it('given another limit in the agreement, then that one counts', () => {
    const category = { ...ELECTRICAL, agreement: { ...ELECTRICAL.agreement, respondMinutes: 10 } };
    const [event] = decided(
      system('DispatchWorkOrder', { technicians: [technician('pn_chen')], rule: SHIPPED }, at(2)),
      reported({ category }),
    );
    expect(event!.data).toMatchObject({ responseDueAt: at(12) });
  });

  it('given it was handed over after a breach, then the next one has 30 minutes of their own', () => {
    const assigned: WorkOrderEvent = {
      type: 'WorkOrderAssigned',
      data: { technicianId: 'pn_li', fromTechnicianId: 'pn_chen', reason: '换班', responseDueAt: at(70), at: at(40) },
    };
    given(...sent, ...breached(30), assigned)
      .when(note(70))
      .then(...breached(70, 'pn_li'));
  });
});

describe('WO-10 limits of the agreement', () => {
  it('given nobody accepts, then there is a warning at four fifths, and at the limit it is overdue, with the stage that took most, and escalated', () => {
    given(reported(), dispatched(90), ...breached(120))
      .when(note(96))
      .then({ type: 'WorkOrderLimitWarned', data: { clock: 'own', dueAt: at(120) } });
    given(reported(), dispatched(90), ...breached(120))
      .when(note(120))
      .then(
        {
          type: 'WorkOrderLimitPassed',
          data: { clock: 'own', dueAt: at(120), stage: 'waiting', spent: { waiting: 90 * MINUTE, dispatched: 30 * MINUTE } },
        },
        { type: 'WorkOrderEscalated', data: { to: 'dispatcher', because: 'own', dueAt: at(120) } },
      );
  });

  it('given it was accepted and paused for a day, then the repair is overdue by so much later, and the pause is named among what was spent', () => {
    const paused: WorkOrderEvent = {
      type: 'WorkOrderPaused',
      data: { technicianId: 'pn_chen', reason: 'waiting-parts', note: null, at: at(60) },
    };
    const resumed: WorkOrderEvent = { type: 'WorkOrderResumed', data: { technicianId: 'pn_chen', at: at(60 + 1_440) } };
    expect(nextDueAt(stateOf(...underWay, paused))).toBeNull();
    given(...underWay, paused, resumed)
      .when(note(2_880))
      .then(
        {
          type: 'WorkOrderLimitPassed',
          data: {
            ...{ clock: 'resolve', dueAt: at(2_880), stage: 'accepted' },
            spent: { dispatched: 5 * MINUTE, accepted: 1_435 * MINUTE, paused: DAY },
          },
        },
        { type: 'WorkOrderEscalated', data: { to: 'director', because: 'resolve', dueAt: at(2_880) } },
      );
  });

  it('given it was completed before the limit, then nothing is overdue; after the limit, it is noted before', () => {
    const warned: WorkOrderEvent = { type: 'WorkOrderLimitWarned', data: { clock: 'resolve', dueAt: at(1_440) } };
    given(...underWay, warned)
      .when(chen('CompleteWorkOrder', { resolution: '已更换灯管', restoredAt: null, remaining: null }, at(1_440)))
      .then(completed(1_440));
    expect(
      decided(chen('CompleteWorkOrder', { resolution: '已更换灯管', restoredAt: null, remaining: null }, at(1_441)), ...underWay).map(
        ({ type }) => type,
      ),
    ).toEqual(['WorkOrderLimitPassed', 'WorkOrderEscalated', 'WorkOrderCompleted']);
  });

  it('given it worked again before the limit and that is said after it, then nothing was overdue; what was recorded meanwhile was not so', () => {
    const said = chen('CompleteWorkOrder', { resolution: '已更换灯管', restoredAt: at(1_000), remaining: null }, at(1_500));
    given(...underWay)
      .when(said)
      .then(completed(1_500, 'pn_chen', 1_000));
    const noted = decided(note(1_440), ...underWay);
    expect(noted.map(({ type }) => type)).toEqual(['WorkOrderLimitPassed', 'WorkOrderEscalated']);
    const kept: WorkOrderEvent = {
      type: 'WorkOrderLimitKept',
      data: { clock: 'resolve', dueAt: at(1_440), technicianId: 'pn_chen', at: at(1_500) },
    };
    given(...underWay, ...noted)
      .when(said)
      .then(kept, completed(1_500, 'pn_chen', 1_000));
    // Reopened, its clock goes on with what it had used, and a limit that passes then is noted.
    const again = [...underWay, ...noted, kept, completed(1_500, 'pn_chen', 1_000), rated(1), reopened(1_600, 1)];
    expect(decided(note(1_600 + 440), ...again)[0]).toMatchObject({ type: 'WorkOrderLimitPassed', data: { dueAt: at(1_600 + 440) } });
  });

  it('given it was kept after all, when somebody else had the order as the limit passed, or nobody had, then it says who had', () => {
    const repair = { resolution: '已更换灯管', restoredAt: at(1_000), remaining: null };
    const assigned: WorkOrderEvent = {
      type: 'WorkOrderAssigned',
      data: { technicianId: 'pn_li', fromTechnicianId: 'pn_chen', reason: '换班交接', responseDueAt: at(1_480), at: at(1_450) },
    };
    const handedOver = [...underWay, ...decided(note(1_440), ...underWay), assigned, accepted(1_460, 'pn_li')];
    expect(decided(li('CompleteWorkOrder', repair, at(1_500)), ...handedOver)[0]).toMatchObject({ data: { technicianId: 'pn_chen' } });
    const waited = [reported(), ...decided(note(1_440), reported()), dispatched(1_450), accepted(1_460)];
    expect(decided(chen('CompleteWorkOrder', repair, at(1_500)), ...waited)[0]).toMatchObject({
      ...{ type: 'WorkOrderLimitKept', data: { dueAt: at(1_440), technicianId: null } },
    });
  });
});

describe('WO-06 a repair is completed by whoever accepted it', () => {
  const repair = { resolution: '已更换灯管', restoredAt: null, remaining: null };

  it('given it is accepted, then it is completed with what was done and when it worked again', () => {
    given(...underWay)
      .when(chen('CompleteWorkOrder', { ...repair, restoredAt: at(38) }, at(40)))
      .then(completed(40, 'pn_chen', 38));
    given(...underWay)
      .when(chen('CompleteWorkOrder', repair, at(40)))
      .then(completed(40));
  });

  it('given it is paused, then it can be completed all the same', () => {
    const paused: WorkOrderEvent = {
      type: 'WorkOrderPaused',
      data: { technicianId: 'pn_chen', reason: 'no-access', note: null, at: at(20) },
    };
    given(...underWay, paused)
      .when(chen('CompleteWorkOrder', repair, at(40)))
      .then({ type: 'WorkOrderResumed', data: { technicianId: 'pn_chen', at: at(40) } }, completed(40));
    expect(spent(stateOf(...underWay, paused, completed(40)).level, at(60))).toEqual({
      ...{ dispatched: 5 * MINUTE, accepted: 15 * MINUTE, paused: 20 * MINUTE, completed: 20 * MINUTE },
    });
  });

  it('given anybody else, or an order nobody accepted, then it is refused', () => {
    given(...underWay)
      .when(li('CompleteWorkOrder', repair, at(40)))
      .thenRejected('NOT_YOURS');
    given(...underWay)
      .when(dispatcher('CompleteWorkOrder', repair, at(40)))
      .thenRejected('NOT_YOURS');
    given(reported(), dispatched())
      .when(chen('CompleteWorkOrder', repair, at(40)))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(...done)
      .when(chen('CompleteWorkOrder', repair, at(41)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given it worked again before it was reported or reopened, or only in the future, then it is refused', () => {
    for (const restoredAt of [at(-1), at(41)])
      given(...underWay)
        .when(chen('CompleteWorkOrder', { ...repair, restoredAt }, at(40)))
        .thenRejected('NOT_BETWEEN', 'input.restoredAt');
    given(...done, reopened(100, null), dispatched(100), accepted(101))
      .when(chen('CompleteWorkOrder', { ...repair, restoredAt: at(99) }, at(120)))
      .thenRejected('NOT_BETWEEN', 'input.restoredAt');
  });

  it('given no command of all there are, then none edits or removes what was recorded: whatever is decided comes after', () => {
    const wishes: readonly WorkOrderCommand[] = [
      reporter('ReportFault', fault, at(50)),
      reporter('ProvideInformation', { details: {}, photos: [] }, at(50)),
      system('DispatchWorkOrder', { technicians: [], rule: SHIPPED }, at(50)),
      dispatcher('AssignWorkOrder', { technicianId: 'pn_li', technician: technician('pn_li'), reason: '换人' }, at(50)),
      dispatcher('CancelWorkOrder', { reason: '误报' }, at(50)),
      reporter('RateWorkOrder', { stars: 1, comment: null }, at(50)),
      reporter('ReopenWorkOrder', { reason: '又坏了' }, at(50)),
    ];
    const before = stateOf(...done);
    for (const wish of wishes) {
      const answer = workOrder.decide(wish, before);
      const after = isRejection(answer) ? before : (fold(workOrder, [...done, ...answer]) as typeof before);
      expect(after.level.stages.flat().slice(0, before.level.stages.flat().length)).toEqual(before.level.stages.flat());
      expect(after.reporterId).toBe('pn_reporter');
    }
  });
});

describe('WO-06 nobody decides for another without the right to', () => {
  const reason = '为什么';
  const held = [reported(), dispatched(), accepted(5)];

  it.each<readonly [string, WorkOrderCommand, readonly WorkOrderEvent[]]>([
    ['assign', li('AssignWorkOrder', { technicianId: 'pn_li', technician: technician('pn_li'), reason }, at(9)), held],
    ['accept', li('AcceptWorkOrder', {}, at(1)), [reported(), dispatched()]],
    ['decline', li('DeclineWorkOrder', { reason }, at(1)), [reported(), dispatched()]],
    ['hand on', li('HandWorkOrderToTeam', { trade: 'plumber', reason }, at(9)), held],
    ['pause', li('PauseWorkOrder', { reason: 'other' as const, note: null }, at(9)), held],
    ['resume', li('ResumeWorkOrder', {}, at(9)), held],
    ['cancel', chen('CancelWorkOrder', { reason }, at(1)), [reported(), dispatched()]],
    ['cancel what somebody is at', reporter('CancelWorkOrder', { reason }, at(9)), held],
    ['complete', li('CompleteWorkOrder', { resolution: reason, restoredAt: null, remaining: null }, at(9)), held],
    ['rate', chen('RateWorkOrder', { stars: 5, comment: null }, at(50)), done],
    ['rate for the reporter', system('RateWorkOrder', { stars: 5, comment: null }, at(50)), done],
    ['reopen', chen('ReopenWorkOrder', { reason }, at(50)), done],
  ])('given no right to %s, then it is refused', (_, command, events) =>
    given(...events)
      .when(command)
      .thenRejected('NOT_YOURS'),
  );
});

describe('WO-11 a finished repair is rated', () => {
  it('given three stars or more, then the order is closed with them', () => {
    given(...done)
      .when(reporter('RateWorkOrder', { stars: 3, comment: '还行' }, at(60)))
      .then(rated(3, '还行'));
    expect(statusOf(stateOf(...done, rated(3)))).toBe('closed');
  });

  it('given a first poor rating, then the order is open again; a later one closes it', () => {
    given(...done)
      .when(reporter('RateWorkOrder', { stars: 2, comment: null }, at(60)))
      .then(rated(2), reopened(60, 2));
    const again = [...done, rated(2), reopened(60, 2), dispatched(61), accepted(62), completed(70)];
    given(...again)
      .when(reporter('RateWorkOrder', { stars: 1, comment: null }, at(80)))
      .then(rated(1));
    expect(statusOf(stateOf(...again, rated(1)))).toBe('closed');
  });

  it('given somebody else repaired it again, then the second rating is theirs, the first stays with whom it was of', () => {
    const again = [...done, rated(1), reopened(60, 1), dispatched(61, [technician('pn_li')]), accepted(62, 'pn_li')];
    given(...again, completed(70, 'pn_li'))
      .when(reporter('RateWorkOrder', { stars: 5, comment: null }, at(80)))
      .then(rated(5, null, 'pn_li'));
  });

  it('given the last instant of the seven days, then it can still be rated; a moment later it cannot', () => {
    given(...done)
      .when(reporter('RateWorkOrder', { stars: 4, comment: null }, RATE_UNTIL))
      .then(rated(4));
    given(...done)
      .when(reporter('RateWorkOrder', { stars: 4, comment: null }, new Date(Date.parse(RATE_UNTIL) + 1).toISOString()))
      .thenRejected('RATING_CLOSED', 'input.id');
  });

  it('given nobody rated, then that is recorded as no rating, once, and never as stars', () => {
    const left: WorkOrderEvent = { type: 'WorkOrderLeftUnrated', data: { at: RATE_UNTIL } };
    expect(nextDueAt(stateOf(...done))).toBe(RATE_UNTIL);
    given(...done)
      .when(system('NoteWhatIsDue', { dueAt: RATE_UNTIL }, RATE_UNTIL))
      .then(left);
    expect(nextDueAt(stateOf(...done, left))).toBeNull();
    given(...done, left)
      .when(system('NoteWhatIsDue', { dueAt: RATE_UNTIL }, RATE_UNTIL))
      .then();
    given(...done, left)
      .when(reporter('RateWorkOrder', { stars: 5, comment: null }, RATE_UNTIL))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given it is rated, then never again; given it is not done, then not yet', () => {
    given(...done, rated(4))
      .when(reporter('RateWorkOrder', { stars: 1, comment: null }, at(60)))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(...underWay)
      .when(reporter('RateWorkOrder', { stars: 1, comment: null }, at(30)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });
});

describe('an order is reopened by hand', () => {
  it('given it is completed or closed, when the reporter or a dispatcher says why, then it waits again, its repair clock goes on', () => {
    for (const by of [reporter, dispatcher])
      given(...done)
        .when(by('ReopenWorkOrder', { reason: '又坏了' }, at(100)))
        .then(reopened(100, null));
    const order = stateOf(...done, reopened(100, null));
    expect([statusOf(order), order.timesReopened]).toEqual(['waiting', 1]);
    // 40 of 1,440 minutes were gone; it warns at 1,152.
    expect(nextDueAt(order)).toBe(at(100 + 1_152 - 40));
  });

  it('given the time to rate had passed unnoted, then that is recorded before', () => {
    const after = at(40 + 8 * 24 * 60);
    given(...done)
      .when(reporter('ReopenWorkOrder', { reason: '又坏了' }, after))
      .then(
        { type: 'WorkOrderLeftUnrated', data: { at: RATE_UNTIL } },
        { type: 'WorkOrderReopened', data: { stars: null, reason: '又坏了', at: after } },
      );
  });

  it('given somebody had declined it, then that was before: they may be sent again', () => {
    const declined: WorkOrderEvent = { type: 'WorkOrderDeclined', data: { technicianId: 'pn_li', reason: '抢修中', at: at(1) } };
    const order = stateOf(
      reported(),
      dispatched(0, [technician('pn_li')]),
      declined,
      dispatched(1),
      accepted(5),
      completed(40),
      reopened(100, null),
    );
    expect(order.job).toEqual(JOB);
  });

  it('given it is under way, cancelled or merged, then it is refused', () => {
    for (const end of [
      [],
      [{ type: 'WorkOrderCancelled', data: { fromTechnicianId: null, reason: '误报', at: at(9) } }],
      [{ type: 'WorkOrderMerged', data: { into: 'wo_2', fromTechnicianId: null, at: at(9) } }],
    ] as readonly WorkOrderEvent[][])
      given(reported(), ...end)
        .when(reporter('ReopenWorkOrder', { reason: '又坏了' }, at(10)))
        .thenRejected('WRONG_STATUS', 'input.id');
  });
});

describe('an order is given up or merged', () => {
  it('given nobody accepted, then the reporter cancels it, and whoever was sent has one less; later a dispatcher does', () => {
    const data = { fromTechnicianId: 'pn_chen', reason: '误报', at: at(9) };
    given(reported(), dispatched())
      .when(reporter('CancelWorkOrder', { reason: '误报' }, at(9)))
      .then({ type: 'WorkOrderCancelled', data });
    given(...underWay)
      .when(dispatcher('CancelWorkOrder', { reason: '误报' }, at(9)))
      .then({ type: 'WorkOrderCancelled', data });
    given(reported({ category: WITH_LAMP, incomplete: true }))
      .when(reporter('CancelWorkOrder', { reason: '误报' }, at(9)))
      .then({ type: 'WorkOrderCancelled', data: { ...data, fromTechnicianId: null } });
  });

  it('given it is cancelled or merged, then saying so again changes nothing, nothing is due, and nothing else can be done', () => {
    const cancelled: WorkOrderEvent = { type: 'WorkOrderCancelled', data: { fromTechnicianId: null, reason: '误报', at: at(9) } };
    const merged: WorkOrderEvent = { type: 'WorkOrderMerged', data: { into: 'wo_2', fromTechnicianId: null, at: at(9) } };
    given(reported(), cancelled)
      .when(reporter('CancelWorkOrder', { reason: '误报' }, at(10)))
      .then();
    given(reported(), cancelled)
      .when(reporter('CancelWorkOrder', { reason: '已自行修好' }, at(10)))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(reported(), merged)
      .when(system('MergeWorkOrder', { into: 'wo_2' }, at(10)))
      .then();
    for (const end of [cancelled, merged]) {
      expect(nextDueAt(stateOf(reported(), end))).toBeNull();
      given(reported(), end).when(note(5_000)).then();
      given(reported(), end)
        .when(system('DispatchWorkOrder', { technicians: [technician('pn_chen')], rule: SHIPPED }, at(10)))
        .thenRejected('WRONG_STATUS', 'input.id');
    }
    given(...done)
      .when(reporter('CancelWorkOrder', { reason: '误报' }, at(50)))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(...done)
      .when(system('MergeWorkOrder', { into: 'wo_2' }, at(50)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given two reports of one fault, when they are merged, then the order says into which, and who had it', () =>
    given(...underWay)
      .when(system('MergeWorkOrder', { into: 'wo_2' }, at(9)))
      .then({ type: 'WorkOrderMerged', data: { into: 'wo_2', fromTechnicianId: 'pn_chen', at: at(9) } }));
});

describe('WO-25 hand-overs and time per stage', () => {
  it('given an order that went from hand to hand and team to team, then the time in each stage adds up to its life', () => {
    const order = stateOf(
      reported(),
      dispatched(10, [technician('pn_chen')]),
      { type: 'WorkOrderDeclined', data: { technicianId: 'pn_chen', reason: '抢修中', at: at(15) } },
      dispatched(20, [technician('pn_li'), technician('pn_chen', off)], { ...JOB, declinedBy: ['pn_chen'] }),
      accepted(25, 'pn_li'),
      { type: 'WorkOrderHandedToTeam', data: { trade: 'plumber', fromTechnicianId: 'pn_li', reason: '实为漏水', at: at(45) } },
      { type: 'WorkOrderGrabbed', data: { technicianId: 'pn_wang', fromTechnicianId: null, requires: JOB.requires, at: at(60) } },
      completed(90, 'pn_wang'),
    );
    expect(spent(order.level, at(150))).toEqual({
      ...{ waiting: 30 * MINUTE, dispatched: 10 * MINUTE, accepted: 50 * MINUTE, completed: HOUR },
    });
  });
});

describe('GW-09 an order keeps what it was opened under', () => {
  it('given the category is revised or retired later, then fields, limits and version of the order are those of its report', () => {
    const order = stateOf(reported({ category: WITH_LAMP, details: lamp }));
    expect([order.fields, order.level.terms]).toEqual([[LAMP], { ...TERMS, agreementId: 'ct_electrical', version: 3 }]);
    // Nothing of a category reaches an order but by its report, and by a rebaseline that a dispatcher asks for.
    const rebaselined: WorkOrderEvent = {
      type: 'WorkOrderRebaselined',
      data: { terms: { ...TERMS, version: 4, resolve: { P1: 1, P2: 2, P3: 3, P4: 30 } }, reason: '新协议', at: at(10) },
    };
    expect(stateOf(reported(), rebaselined).level.terms.version).toBe(4);
    expect(stateOf(reported(), rebaselined).fields).toEqual([]);
  });

  it('given a register that knows more of a calendar than is agreed, then the order keeps the agreement alone', () => {
    const week = { ...TERMS.calendar.week, '7': [] };
    const calendar = { zone: 'Asia/Shanghai', week, exceptions: {}, id: 'ca_1', revision: 4, name: '行政班' };
    const category = { ...ELECTRICAL, agreement: { ...ELECTRICAL.agreement, calendarId: 'ca_1' } };
    const [event] = decided(reporter('ReportFault', aFault({ category, calendar }), T0));
    expect(event!.data).toMatchObject({ terms: { calendar: { zone: 'Asia/Shanghai', week, exceptions: {} } } });
    expect(Object.keys((event!.data as { terms: typeof TERMS }).terms.calendar).sort()).toEqual(['exceptions', 'week', 'zone']);
  });

  it('given an ordinary and a vital place, then the same fault has another priority', () =>
    expect(
      ([1, 2, 3] as const).map((criticality) => {
        const place = { ...INPATIENT, criticality };
        return (decided(reporter('ReportFault', aFault({ place, severity: 'high' }), T0))[0]!.data as { priority: string }).priority;
      }),
    ).toEqual(['P3', 'P2', 'P1']));
});
