import { foldRow } from '@hospital/kernel';
import {
  accepted,
  assigned,
  at,
  breached,
  cancelled,
  completed,
  declined,
  dispatched,
  ELECTRICAL,
  grabbed,
  handed,
  JOB,
  merged,
  off,
  rated,
  recorded,
  reopened,
  reported,
  technician,
  type Told,
  WITH_LAMP,
} from '../testing/an-order';
import type { WorkOrderEvent } from '../domain/work-order';
import { categories, dispatchRules, onCallSlots, places, technicians } from './reference';
import { NEVER } from '../domain/business-time';
import { canBeRated, latestChoice, rateUntilOf, type WorkOrderRow, workOrders } from './work-orders';

const row = (...events: readonly WorkOrderEvent[]): WorkOrderRow | undefined =>
  foldRow(workOrders, 'wo_1', recorded('workOrder-wo_1', events));

const FREE = { technicianId: null, onCall: false, dispatchedAt: null, responseDueAt: null, responseBreachedAt: null, acceptedAt: null };
const onCallSent = dispatched(1, [technician('pn_chen', { ...off, onCall: 'primary' })]);

describe('WO-01 a work order as it is listed', () => {
  it('given it was reported, then it waits, with all that was said; what it is judged by stays with the order', () => {
    const listed = row(reported({ channel: 'phone', reporterId: 'ext-6120' }))!;
    expect(listed).toMatchObject({
      ...{ id: 'wo_1', revision: 0, status: 'waiting', description: '三楼走廊灯不亮', channel: 'phone', reporterId: 'ext-6120' },
      ...{ receiverId: 'pn_reporter', priority: 'P4', categoryVersion: 3, vendorArrivalMinutes: 120, contactDays: 30, reportedAt: at(0) },
      missing: [],
      ...{ ...FREE, declinedBy: [], paused: false, timesReopened: 0, correlationId: 'c' },
    });
    expect(Object.keys(listed)).not.toEqual(expect.arrayContaining(['terms']));
    expect(listed).not.toHaveProperty('fields');
  });

  it('given events without the report they follow (a stream that was cut), then there is no row', () =>
    expect(row(accepted(1))).toBeUndefined());
});

describe('WO-03 what becomes due', () => {
  it('given an order, then the row says when something is to be noted next, and its state holds nothing of what its reporter wrote', () => {
    expect(row(reported())).toMatchObject({ nextDueAt: at(96), latestCorrelationId: 'c', drill: false });
    expect(row(reported(), dispatched())).toMatchObject({ nextDueAt: at(30) });
    expect(row(reported(), dispatched(), accepted(5))).toMatchObject({ nextDueAt: at(1_152) });
    expect(row(reported(), dispatched(), accepted(5), completed(40))).toMatchObject({ nextDueAt: at(40 + 7 * 1_440) });
    expect(row(reported(), dispatched(), accepted(5), completed(40), rated(5))).toMatchObject({ nextDueAt: null });
    expect(JSON.stringify(row(reported({ photos: ['abc'] }))!.order)).not.toMatch(/三楼|138|abc/);
  });

  it('given the state of an order has another shape, then the view has another version, for its rows hold that state', () => {
    const pathsIn = (value: unknown, path = ''): readonly string[] => {
      if (/terms|calendar$/.test(path) || typeof value !== 'object' || value === null) return [path];
      if (Array.isArray(value)) return value.length === 0 ? [`${path}[]`] : pathsIn(value[0], `${path}[]`);
      return Object.entries(value).flatMap(([name, member]) => pathsIn(member, path && name ? `${path}.${name}` : name));
    };
    const { order: kept } = row(reported(), dispatched(), accepted(5), completed(40))!;
    const SHAPE = [
      'assignment.reason assignment.status assignment.technicianId criticality fields[] job.declinedBy[]',
      'job.requires.certificate job.requires.minimumLevel job.trade job.zone level.baseline.own level.baseline.resolve level.calendars[].calendar',
      'level.calendars[].from level.gaps.own[] level.gaps.resolve[] level.noted.own level.noted.resolve level.openedAt',
      'level.passed.own[] level.passed.resolve[]',
      'level.pauses[] level.priority level.stages[][].from level.stages[][].stage level.stopped.own level.stopped.resolve',
      'level.terms level.warned.own level.warned.resolve ofCategory.requires.certificate ofCategory.requires.minimumLevel',
      'ofCategory.trade photos[] rateUntil reporterId respondMinutes severity status timesReopened',
    ].join(' ');
    expect([workOrders.version, [...pathsIn(kept)].sort().join(' ')]).toEqual([5, SHAPE]);
  });
});

describe('WO-03 WO-10 the board of a dispatcher', () => {
  const reprioritised = (minutes: number): WorkOrderEvent => ({
    type: 'WorkOrderReprioritised',
    data: { severity: 'critical', priority: 'P2', reason: '病房断电', at: at(minutes) },
  });
  const paused: WorkOrderEvent = {
    type: 'WorkOrderPaused',
    data: { technicianId: 'pn_chen', reason: 'waiting-parts', note: null, at: at(60) },
  };
  const resumed: WorkOrderEvent = { type: 'WorkOrderResumed', data: { technicianId: 'pn_chen', at: at(180) } };
  const held = [reported(), dispatched(), accepted(5)];
  const dueOf = (...events: readonly WorkOrderEvent[]) => row(...events)!.dueAt;

  it('given limits that run, then the first of them is what is due, be it passed; given none runs, then it comes after all', () => {
    expect(dueOf(reported())).toBe(at(120));
    expect(dueOf(reported(), dispatched())).toBe(at(30));
    expect(dueOf(reported(), dispatched(), ...breached(30))).toBe(at(30));
    expect(dueOf(...held)).toBe(at(1_440));
    expect(dueOf(...held, reprioritised(10))).toBe(at(240));
    expect(dueOf(...held, paused, resumed)).toBe(at(1_440 + 120));
    for (const events of [[paused], [completed(40)], [cancelled(9, 'pn_chen')], [merged(9, 'pn_chen')]])
      expect(dueOf(...held, ...events)).toBe(NEVER);
    expect(dueOf(reported({ category: WITH_LAMP, incomplete: true }))).toBe(NEVER);
  });

  it('given a limit passed, then it is breached, until somebody else is sent when it was the answer', () => {
    const limitPassed: WorkOrderEvent = {
      type: 'WorkOrderLimitPassed',
      data: { clock: 'own', dueAt: at(120), stage: 'waiting', spent: {} },
    };
    expect(row(reported(), dispatched())!.breached).toBe(false);
    expect(row(reported(), dispatched(), ...breached(30))!.breached).toBe(true);
    expect(row(reported(), dispatched(), ...breached(30), assigned(40, 'pn_li', 'pn_chen'))!.breached).toBe(false);
    expect(row(reported(), dispatched(), limitPassed, assigned(130, 'pn_li', 'pn_chen'))!.breached).toBe(true);
  });
});

describe('WO-11 an order that is rated', () => {
  const done = [reported(), dispatched(), accepted(5), completed(40)];
  const UNTIL = at(40 + 7 * 1_440);

  it('given it is completed, then it can be rated until its time is over, and not before, nor once it was', () => {
    const ratable = (...events: readonly WorkOrderEvent[]) =>
      [at(41), UNTIL, at(41 + 7 * 1_440)].map((now) => canBeRated(row(...events)!, now));
    expect([rateUntilOf(row(...done)!), ratable(...done)]).toEqual([UNTIL, [true, true, false]]);
    for (const events of [done.slice(0, 3), [...done, rated(5)], [...done, reopened(50, null)]])
      expect([rateUntilOf(row(...events)!), ratable(...events)]).toEqual([null, [false, false, false]]);
  });

  it('given it was, then the rating stands with what was said and when', () => {
    expect(row(...done)!.rating).toBeNull();
    expect(row(...done, rated(4, '很快'))!.rating).toEqual({ stars: 4, comment: '很快', at: at(4) });
  });
});

describe('WO-04 an order that needs information', () => {
  it('given something is missing, then it is named until it is said, and then the order waits', () => {
    const before = reported({ category: WITH_LAMP, incomplete: true, photos: ['ab'] });
    expect(row(before)).toMatchObject({ status: 'needs-information', missing: ['lamp'] });
    const provided: WorkOrderEvent = {
      type: 'WorkOrderInformationProvided',
      data: { details: { lamp: 'L-17' }, photos: ['cd'], missing: [], at: at(9) },
    };
    expect(row(before, provided)).toMatchObject({ status: 'waiting', missing: [], details: { lamp: 'L-17' }, photos: ['ab', 'cd'] });
  });
});

describe('WO-02 who has the order', () => {
  it('given it was dispatched, then it says to whom, since when, and until when an answer is due', () =>
    expect(row(reported(), dispatched(1))).toMatchObject({
      ...{ status: 'dispatched', technicianId: 'pn_chen', dispatchedAt: at(1), responseDueAt: at(31), onCall: false },
    }));

  it('given it went to whoever is on call, then that is flagged, until somebody else has it or nobody', () => {
    expect(row(reported(), onCallSent)).toMatchObject({ onCall: true });
    expect(row(reported(), onCallSent, accepted(3))).toMatchObject({ onCall: true, status: 'accepted' });
    expect(row(reported(), onCallSent, grabbed(3, 'pn_chen', 'pn_chen'))).toMatchObject({ onCall: true });
    for (const next of [grabbed(40, 'pn_li', 'pn_chen'), assigned(3, 'pn_li', 'pn_chen'), declined(3), handed(3)])
      expect(row(reported(), onCallSent, next)).toMatchObject({ onCall: false });
  });

  it('given nobody could be found, then it waits', () =>
    expect(row(reported(), dispatched(0, []))).toMatchObject({ status: 'waiting', ...FREE }));

  it('given it was declined, then it waits, and says who will not be sent again; a reopened one asks anew', () => {
    expect(row(reported(), dispatched(1), declined(3))).toMatchObject({ status: 'waiting', ...FREE, declinedBy: ['pn_chen'] });
    expect(row(reported(), dispatched(1), declined(3), grabbed(4, 'pn_li', null), completed(9, 'pn_li'), reopened(20, null))).toMatchObject(
      { status: 'waiting', ...FREE, declinedBy: [] },
    );
  });

  it('given it was handed to another team, then it is of that trade and needs nothing particular; back with the first, what it needed', () => {
    const category = { ...ELECTRICAL, requires: { minimumLevel: 'middle' as const, certificate: 'high-voltage' } };
    expect(row(reported({ category }), dispatched(1), accepted(2), handed(3))).toMatchObject({
      ...{ status: 'waiting', trade: 'plumber', requires: { minimumLevel: null, certificate: null }, ...FREE },
    });
    const team = { trade: 'plumber', requires: JOB.requires };
    expect(row(reported({ category, team }))).toMatchObject({ ...team, ofCategory: { trade: 'electrician', requires: category.requires } });
    expect(row(reported({ category, team }), handed(4, 'electrician'))).toMatchObject({ requires: category.requires });
    expect(row(reported({ category }), handed(3), handed(4, 'electrician'))).toMatchObject({
      ...{ trade: 'electrician', requires: category.requires },
    });
  });

  it('given it was grabbed, then it is accepted since then; a breach of whoever had it stays', () => {
    expect(row(reported(), grabbed(3, 'pn_li', null))).toMatchObject({
      status: 'accepted',
      technicianId: 'pn_li',
      dispatchedAt: at(3),
      acceptedAt: at(3),
    });
    expect(row(reported(), dispatched(1), ...breached(31), grabbed(40, 'pn_li', 'pn_chen'))).toMatchObject({
      ...{ technicianId: 'pn_li', dispatchedAt: at(1), acceptedAt: at(40), responseBreachedAt: at(31) },
    });
  });

  it('given it was handed over, then the next one has an own limit and no breach', () =>
    expect(row(reported(), dispatched(1), ...breached(31), assigned(40, 'pn_li', 'pn_chen'))).toMatchObject({
      ...{ status: 'dispatched', technicianId: 'pn_li', dispatchedAt: at(40), responseDueAt: at(70), responseBreachedAt: null },
    }));
});

describe('WO-03 and WO-10 what was not done in time', () => {
  it('given limits passed, then the row keeps their instants, also after acceptance', () => {
    const overdue = (clock: 'own' | 'resolve', minutes: number): WorkOrderEvent => ({
      type: 'WorkOrderLimitPassed',
      data: { clock, dueAt: at(minutes), stage: 'waiting', spent: {} },
    });
    expect(row(reported(), dispatched(), ...breached(30), overdue('own', 120), accepted(130), overdue('resolve', 1_440))).toMatchObject({
      ...{ responseBreachedAt: at(30), ownBreachedAt: at(120), resolveBreachedAt: at(1_440), acceptedAt: at(130), status: 'accepted' },
    });
  });

  it('given a limit was kept after all, then the row shows the latest that was not, or none', () => {
    const passed = (minutes: number): WorkOrderEvent => ({
      type: 'WorkOrderLimitPassed',
      data: { clock: 'resolve', dueAt: at(minutes), stage: 'accepted', spent: {} },
    });
    const kept = (minutes: number): WorkOrderEvent => ({
      type: 'WorkOrderLimitKept',
      data: { clock: 'resolve', dueAt: at(minutes), technicianId: 'pn_chen', at: at(900) },
    });
    const late = [reported(), dispatched(), accepted(5), passed(240), passed(480)];
    expect(row(...late)).toMatchObject({ resolveBreachedAt: at(480) });
    expect(row(...late, kept(480), completed(900))).toMatchObject({ resolveBreachedAt: at(240) });
    expect(row(...late, kept(240), kept(480), completed(900))).toMatchObject({ resolveBreachedAt: null });
  });

  it('given it is paused, judged anew or put under another agreement, then the row says so', () => {
    const paused: WorkOrderEvent = { type: 'WorkOrderPaused', data: { technicianId: 'pn_chen', reason: 'vendor', note: null, at: at(9) } };
    expect(row(reported(), dispatched(), accepted(5), paused)).toMatchObject({ paused: true, status: 'accepted' });
    expect(
      row(reported(), dispatched(), accepted(5), paused, { type: 'WorkOrderResumed', data: { technicianId: 'pn_chen', at: at(12) } }),
    ).toMatchObject({
      paused: false,
    });
    expect(row(reported(), dispatched(), accepted(5), paused, completed(12))).toMatchObject({ paused: false });
    const judged: WorkOrderEvent = {
      type: 'WorkOrderReprioritised',
      data: { severity: 'critical', priority: 'P3', reason: '影响抢救', at: at(9) },
    };
    expect(row(reported(), judged)).toMatchObject({ severity: 'critical', priority: 'P3' });
  });
});

describe('WO-11 a finished order as it is listed', () => {
  const done = [reported(), dispatched(1), accepted(2), completed(9, 'pn_chen', 8)];

  it('given it is completed, rated or left unrated, then it says what was done, when it worked again, and with which stars, if any', () => {
    expect(row(...done)).toMatchObject({
      status: 'completed',
      completedAt: at(9),
      restoredAt: at(8),
      resolution: '已更换灯管',
      stars: null,
    });
    expect(row(...done, rated(4))).toMatchObject({ status: 'closed', stars: 4, closedAt: at(4) });
    expect(row(...done, { type: 'WorkOrderLeftUnrated', data: { at: at(10_089) } })).toMatchObject({
      ...{ status: 'closed', stars: null, closedAt: at(10_089) },
    });
  });

  it('given a poor rating, then it waits again as if nobody had been sent, and remembers that', () =>
    expect(row(...done, rated(1), reopened(20, 1))).toMatchObject({
      ...{ status: 'waiting', stars: null, ...FREE, completedAt: null, restoredAt: null, closedAt: null, timesReopened: 1 },
    }));

  it('WO-11 given somebody else repaired it then and nobody rated that, then it shows no stars beside their name', () => {
    const again = [reopened(20, 1), dispatched(21, [technician('pn_li')]), accepted(22, 'pn_li'), completed(30, 'pn_li')];
    const left: WorkOrderEvent = { type: 'WorkOrderLeftUnrated', data: { at: at(10_110) } };
    expect(row(...done, rated(1), ...again, left)).toMatchObject({ status: 'closed', technicianId: 'pn_li', stars: null });
  });

  it('given it was cancelled or merged, then it says why or into which', () => {
    expect(row(reported(), cancelled(3, null))).toMatchObject({ status: 'cancelled', endReason: '误报', closedAt: at(3) });
    expect(row(reported(), merged(3, null))).toMatchObject({ status: 'merged', mergedInto: 'wo_2', closedAt: at(3) });
  });
});

describe('WO-02 why a technician was sent', () => {
  const choice = (...events: readonly WorkOrderEvent[]) => latestChoice(recorded('workOrder-wo_1', events));

  it('given a dispatch, or that nobody was found, then the latest decision stands, with its rule and candidates', () => {
    expect(choice(reported())).toBeNull();
    expect(choice(reported(), dispatched(1), accepted(2))).toMatchObject({
      ruleVersion: 2,
      considered: [{ id: 'pn_chen', eligible: true }],
    });
    expect(choice(reported(), dispatched(0, []), dispatched(1))).toMatchObject({ considered: [{ id: 'pn_chen' }] });
  });

  it('given somebody decided otherwise since, then none does', () => {
    for (const next of [declined(2), handed(2), assigned(2, 'pn_li', 'pn_chen'), grabbed(40, 'pn_li', 'pn_chen'), reopened(2, null)])
      expect(choice(reported(), dispatched(1), next)).toBeNull();
  });
});

describe('GW-09 what an administrator defined', () => {
  const { id: _, version: __, retired: ___, ...definition } = ELECTRICAL;

  it('given a category is defined, revised and retired, then the row is the latest, with its version', () => {
    const of = (...events: readonly Told[]) => foldRow(categories, 'ct_1', recorded('category-ct_1', events));
    const defined = { type: 'CategoryDefined', data: definition };
    const revised = { type: 'CategoryRevised', data: { ...definition, name: '强电', version: 2 } };
    expect(of(defined)).toEqual({ ...definition, id: 'ct_1', revision: 0, version: 1, retired: false });
    expect(of(defined, revised, { type: 'CategoryRetired', data: { reason: '合并' } })).toMatchObject({
      name: '强电',
      version: 2,
      revision: 2,
      retired: true,
    });
    expect(of({ type: 'CategoryRetired', data: { reason: '合并' } })).toBeUndefined();
  });

  it('given a rule and a place, then each is listed as it was said last', () => {
    const rule = { id: 'dr_1', name: '就近', version: 2, zone: 'any', maxOpenOrders: 3, mode: 'assign', order: ['zone'] };
    expect(foldRow(dispatchRules, 'dr_1', recorded('dispatchRule-dr_1', [{ type: 'DispatchRuleRevised', data: rule }]))).toEqual({
      ...rule,
      revision: 0,
    });
    const learned = { type: 'PlaceLearned', data: { name: '住院楼', kind: 'building' } };
    const of = (...events: readonly Told[]) => foldRow(places, 'as_1', recorded('place-as_1', events));
    expect(of(learned)).toEqual({ id: 'as_1', revision: 0, name: '住院楼', kind: 'building', zone: null, criticality: 1, position: null });
    const position = { latitude: 31.2304, longitude: 121.4737, radiusMetres: 150 };
    expect(
      of(
        learned,
        { type: 'PlaceClassified', data: { zone: 'inpatient', criticality: 3 } },
        { type: 'PlaceLocated', data: { position } },
        { ...learned, data: { ...learned.data, name: '新楼' } },
      ),
    ).toMatchObject({
      ...{ name: '新楼', zone: 'inpatient', criticality: 3, position, revision: 3 },
    });
  });
});

describe('ST-02 what is known of technicians', () => {
  const of = (...events: readonly Told[]) => foldRow(technicians, 'pn_chen', recorded('technician-pn_chen', events));
  const learned = { type: 'TechnicianLearned', data: { trade: 'electrician', trades: ['electrician'] } };
  const planned = (shiftId: string, from: number, until: number) => ({
    type: 'TechnicianShiftPlanned',
    data: { shiftId, trade: 'electrician', zones: [], from: at(from), until: at(until) },
  });
  const certified = (until: number) => ({
    type: 'TechnicianCertified',
    data: { certificateId: 'ce_1', kind: 'high-voltage', from: at(-100), until: at(until) },
  });
  const revoked = (from: number) => ({
    type: 'TechnicianCertificateRevoked',
    data: { certificateId: 'ce_1', kind: 'high-voltage', from: at(from) },
  });

  it('given trades are told, then all are kept, the main one apart', () => {
    expect(of(learned)).toMatchObject({ trade: 'electrician', trades: ['electrician'], manyTrades: false });
    expect(of(learned, { type: 'TechnicianTradeLearned', data: { trade: 'plumber' } })).toMatchObject({
      ...{ trade: 'electrician', trades: ['electrician', 'plumber'], manyTrades: true },
    });
    expect(of({ type: 'TechnicianTradeLearned', data: { trade: 'plumber' } })).toMatchObject({ trades: ['plumber'], manyTrades: true });
  });

  it('given presence, then until its end', () => {
    const started = { type: 'TechnicianShiftStarted', data: { zones: ['east'], from: at(1), until: at(480) } };
    expect(of(learned, started)).toMatchObject({ onShiftFrom: at(1), onShiftUntil: at(480), zones: ['east'] });
    expect(of(learned, started, { type: 'TechnicianShiftEnded', data: { at: at(60) } })).toMatchObject({ onShiftUntil: at(60) });
  });

  it('given somebody goes home within a planned shift, then from both; a presence that was over before ended when it did', () => {
    const started = { type: 'TechnicianShiftStarted', data: { zones: [], from: at(1), until: at(30) } };
    const ended = (minutes: number) => ({ type: 'TechnicianShiftEnded', data: { at: at(minutes) } });
    const shifts = [planned('sh_1', 1, 120), planned('sh_2', 200, 300)];
    expect(of(learned, started, ...shifts, ended(20))).toMatchObject({ onShiftUntil: at(20), shifts: [{ shiftId: 'sh_2' }] });
    expect(of(learned, started, ...shifts, ended(60))).toMatchObject({ onShiftUntil: at(30), shifts: [{ shiftId: 'sh_2' }] });
    expect(of(learned, ...shifts, ended(60))).toMatchObject({ onShiftUntil: null, shifts: [{ shiftId: 'sh_2' }] });
    expect(of(learned, ...shifts, ended(150))).toMatchObject({ shifts: [{ shiftId: 'sh_1' }, { shiftId: 'sh_2' }] });
  });

  it('WO-02 given planned shifts and a presence, then the first end is named until it was noted, whatever other news comes first', () => {
    const started = { type: 'TechnicianShiftStarted', data: { zones: [], from: at(1), until: at(40) } };
    const passed = (until: number) => ({ type: 'TechnicianShiftPassed', data: { until: at(until), at: at(until) } });
    const ended = { type: 'TechnicianShiftEnded', data: { at: at(20) } };
    const shifts = [planned('sh_1', 60, 120), planned('sh_2', 30, 60)];
    const late = { type: 'TechnicianTradeLearned', data: { trade: 'plumber', at: at(500) } };
    const next = (...events: readonly Told[]) => of(learned, ...events)!.nextOffAt;
    expect(next()).toBeNull();
    expect(next(...shifts)).toBe(at(60));
    expect(next(...shifts, started)).toBe(at(40));
    expect(next(...shifts, started, late)).toBe(at(40));
    expect(next(...shifts, started, ended)).toBe(at(60));
    expect(next(...shifts, started, passed(40))).toBe(at(60));
    expect(next(...shifts, passed(60))).toBe(at(120));
    expect(next(...shifts, passed(60), passed(120))).toBeNull();
    expect(next(...shifts, { type: 'TechnicianShiftBegun', data: { shiftId: 'sh_1', at: at(60) } })).toBe(at(120));
    // Told of after the event.
    expect(next(late, planned('sh_3', -60, 1))).toBeNull();
  });

  it('given planned shifts, then the next one that has not begun is named, changed and withdrawn ones count as told last, past ones are dropped', () => {
    const shifts = [planned('sh_1', 60, 120), planned('sh_2', 30, 60)];
    expect(of(learned, ...shifts)).toMatchObject({ nextShiftAt: at(30), shifts: [{ shiftId: 'sh_1' }, { shiftId: 'sh_2' }] });
    expect(of(learned, ...shifts, { type: 'TechnicianShiftBegun', data: { shiftId: 'sh_2', at: at(30) } })).toMatchObject({
      nextShiftAt: at(60),
    });
    expect(of(learned, ...shifts, { type: 'TechnicianShiftWithdrawn', data: { shiftId: 'sh_2' } })).toMatchObject({ nextShiftAt: at(60) });
    expect(of(learned, ...shifts, planned('sh_2', 90, 95))).toMatchObject({ nextShiftAt: at(60) });
    expect(of(learned, ...shifts, { type: 'TechnicianShiftBegun', data: { shiftId: 'sh_1', at: at(60) } })).toMatchObject({
      ...{ nextShiftAt: null, shifts: [{ shiftId: 'sh_1' }] },
    });
  });

  it('given a shift has begun and nothing was running to note it, when other news comes first, then its beginning is still to be noted', () => {
    const news = ['plumber', 'carpenter', 'painter', 'glazier'].map((trade) => ({ type: 'TechnicianTradeLearned', data: { trade } }));
    expect(of(learned, planned('sh_1', 2, 120), ...news)).toMatchObject({ nextShiftAt: at(2) });
  });

  it('given a certificate, then it counts as told last; revoked, until then; revoked from its beginning, never', () => {
    const until = (...events: readonly Told[]) => of(learned, ...events)!.certificates.map((one) => one.until);
    expect(until(certified(100))).toEqual([at(100)]);
    expect(until(certified(100), certified(900))).toEqual([at(900)]);
    expect(until(certified(100), revoked(50))).toEqual([at(50)]);
    expect(until(certified(100), revoked(150))).toEqual([at(100)]);
    expect(until(certified(100), revoked(-100))).toEqual([]);
    expect(until(revoked(50), certified(100))).toEqual([at(100)]);
  });

  it('given certificates and levels that are yet to count, then the first instant at which one does is named, until that was noted', () => {
    const level = (from: number) => ({ type: 'TechnicianLevelLearned', data: { trade: 'electrician', level: 'middle', from: at(from) } });
    const noted = (from: number) => ({ type: 'TechnicianQualificationBegun', data: { from: at(from), at: at(from) } });
    expect(of(learned, level(-5), certified(100))).toMatchObject({ nextQualifiedAt: null });
    expect(of(learned, level(60), level(30))).toMatchObject({ nextQualifiedAt: at(30) });
    expect(of(learned, level(60), level(30), noted(30))).toMatchObject({ nextQualifiedAt: at(60) });
    expect(of(learned, certified(100), revoked(50))).toMatchObject({ nextQualifiedAt: at(50), revocations: [revoked(50).data] });
    expect(of(learned, certified(100), revoked(1))).toMatchObject({ nextQualifiedAt: null, revocations: [] });
    expect(of(level(60), learned, noted(60))).toMatchObject({ nextQualifiedAt: null, levels: [{ from: at(60) }] });
  });

  it('given a certificate comes before the person is told of, then both are known; who left or is forgotten is not sent or not known', () => {
    expect(of(certified(100), learned)).toMatchObject({ trades: ['electrician'], certificates: [{ kind: 'high-voltage' }] });
    expect(of(learned, { type: 'TechnicianLeft', data: { at: at(5) } })).toMatchObject({ leftAt: at(5) });
    expect(of(learned, certified(100), { type: 'TechnicianForgotten', data: {} })).toBeUndefined();
  });

  it('given slots on call, then each as told last, and when it begins as long as it has not', () => {
    const slot = { slotId: 'oc_1', trade: 'electrician', from: at(60), until: at(600), primaryId: 'pn_chen', backupId: 'pn_li' };
    const told = (...events: readonly Told[]) => foldRow(onCallSlots, 'oc_1', recorded('onCall-oc_1', events));
    const heard = { type: 'OnCallLearned', data: slot };
    expect(told(heard)).toEqual({ ...slot, beginsAt: at(60), correlationId: 'c' });
    expect(told(heard, { type: 'OnCallBegun', data: { slotId: 'oc_1', trade: 'electrician', at: at(60) } })).toMatchObject({
      beginsAt: null,
    });
    expect(told({ ...heard, data: { ...slot, from: at(-5) } })).toMatchObject({ beginsAt: null });
    expect(told(heard, { type: 'OnCallWithdrawn', data: { slotId: 'oc_1' } })).toBeUndefined();
  });
});
