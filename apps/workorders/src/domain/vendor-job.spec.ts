import { type Ask, personal, type Recorded, sha256 } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { distanceBetween } from './place';
import type { Agreement } from './vendor';
import { type Proof, vendorArrivalDue, vendorJob, type VendorJobEvent, withdrawVendorJobs } from './vendor-job';

const dispatcher = commandsBy({ id: 'pn_dispatcher', kind: 'person', roles: ['dispatcher'] });
const buyer = commandsBy({ id: 'pn_buyer', kind: 'person', roles: ['buyer'] });
const system = commandsBy({ id: 'system', kind: 'system', roles: [] });

const T0 = '2026-03-01T03:12:00.000Z';
const at = (minutes: number, ms = 0): string => new Date(Date.parse(T0) + minutes * 60_000 + ms).toISOString();

const agreement: Agreement = { trades: ['lift-mechanic'], arrivalMinutes: 120, entrapmentMinutes: 30, from: at(-60), until: at(1_000) };
const wish = {
  order: {
    id: 'wo_1',
    ended: null as string | null,
    trade: 'lift-mechanic',
    placeId: 'as_lift',
    vendorArrivalMinutes: 120 as number | null,
  },
  vendor: { id: 'vn_1', agreements: [agreement] },
  reason: '主板故障',
  trapped: false,
  code: personal('pn_dispatcher', '012345'),
};
const of = { orderId: 'wo_1', vendorId: 'vn_1' };
const opened = (arriveWithinMinutes = 120, trapped = false): VendorJobEvent => ({
  type: 'VendorJobOpened',
  data: {
    ...of,
    placeId: 'as_lift',
    reason: '主板故障',
    trapped,
    arriveWithinMinutes,
    arriveDueAt: at(arriveWithinMinutes),
    code: personal('pn_dispatcher', '012345'),
    codeDigest: sha256(`wo_1/vn_1/${T0}/012345`),
    at: T0,
  },
});
const code: Proof = { kind: 'code', code: '012345' };
const wrongCode: Proof = { kind: 'code', code: '012346' };
const missed = (dueAt = at(120), to: 'dispatcher' | 'director' = 'dispatcher'): VendorJobEvent[] => [
  { type: 'VendorArrivalBreached', data: { ...of, dueAt } },
  { type: 'VendorEscalated', data: { ...of, to, because: 'arrival', dueAt } },
];
const arrived = (when: string): VendorJobEvent => ({
  type: 'VendorArrivalCheckedIn',
  data: { ...of, proof: { kind: 'code' }, verified: true, at: when },
});
const finished: VendorJobEvent = {
  type: 'VendorJobFinished',
  data: { ...of, result: '已更换主板', costs: [{ kind: '主板', amountFen: 380_000 }], at: at(200) },
};
const settled: VendorJobEvent = { type: 'VendorJobSettled', data: { ...of, amountFen: 380_000, invoiceNumber: '04400123', at: at(300) } };
const withdrawn = (when: string): VendorJobEvent => ({ type: 'VendorJobWithdrawn', data: { ...of, reason: '已修复', at: when } });

const { given } = rulesOf(vendorJob);

describe('WO-08 a vendor is called', () => {
  it('given a lift fault handed over at T0, then the vendor is due on site at T0 + 2 h', () =>
    given()
      .when(dispatcher('HandToVendor', wish, T0))
      .then(opened()));

  it.each([
    ['the order promises less than the vendor owes', { order: { ...wish.order, vendorArrivalMinutes: 30 } }, opened(30)],
    ['the vendor owes less than the order promises', { order: { ...wish.order, vendorArrivalMinutes: 240 } }, opened(120)],
    ['the order promises nothing', { order: { ...wish.order, vendorArrivalMinutes: null } }, opened(120)],
    ['somebody is trapped', { trapped: true }, opened(30, true)],
  ])('given %s, then the tighter limit holds', (_, more, event) =>
    given()
      .when(dispatcher('HandToVendor', { ...wish, ...more }, T0))
      .then(event),
  );

  it.each([
    ['UNKNOWN_WORK_ORDER', 'input.orderId', { order: null }],
    ['WRONG_STATUS', 'input.orderId', { order: { ...wish.order, ended: 'cancelled' } }],
    ['UNKNOWN_VENDOR', 'input.vendorId', { vendor: null }],
    ['NO_AGREEMENT', 'input.vendorId', { vendor: { id: 'vn_1', agreements: [{ ...agreement, until: T0 }] } }],
    ['INVALID_MINUTES', 'input.vendorId', { order: { ...wish.order, vendorArrivalMinutes: 0 } }],
    ['WRONG_TRADE', 'input.vendorId', { order: { ...wish.order, trade: 'plumber' } }],
  ])('given it cannot be, then it is refused with %s and %s', (refusal, field, more) =>
    given()
      .when(dispatcher('HandToVendor', { ...wish, ...more }, T0))
      .thenRejected(refusal, field),
  );

  it('given it exists, then it is not opened again, and one that does not exist has no steps', () => {
    given(opened())
      .when(dispatcher('HandToVendor', wish, T0))
      .thenRejected('ALREADY_OPENED', 'idempotencyKey');
    given()
      .when(dispatcher('CheckInArrival', { proof: code, place: null }, T0))
      .thenRejected('UNKNOWN_VENDOR_JOB', 'input.id');
  });
});

describe('WO-08 a vendor is on site', () => {
  it('given the arrival code, when checked in one millisecond before, or at, the due instant, then it is in time', () => {
    for (const when of [at(120, -1), at(120)])
      given(opened())
        .when(dispatcher('CheckInArrival', { proof: code, place: null }, when))
        .then(arrived(when));
  });

  it('given the arrival code, when checked in one millisecond later, then the breach is recorded first, at its due instant', () =>
    given(opened())
      .when(dispatcher('CheckInArrival', { proof: code, place: null }, at(120, 1)))
      .then(...missed(), arrived(at(120, 1))));

  it('given the breach was noted, when it comes after all, then the breach is not recorded again', () =>
    given(opened(), ...missed())
      .when(dispatcher('CheckInArrival', { proof: code, place: null }, at(130)))
      .then(arrived(at(130))));

  it('given it is on site, when checked in again, then nothing happens', () =>
    given(opened(), arrived(at(60)))
      .when(dispatcher('CheckInArrival', { proof: code, place: null }, at(61)))
      .then());

  it('given no proof, or a wrong code, then it is refused, and no breach is recorded with it', () => {
    given(opened())
      .when(dispatcher('CheckInArrival', { proof: null, place: null }, at(130)))
      .thenRejected('ARRIVAL_PROOF_MISSING', 'input.proof');
    given(opened())
      .when(dispatcher('CheckInArrival', { proof: wrongCode, place: null }, at(60)))
      .thenRejected('ARRIVAL_PROOF_WRONG', 'input.proof');
  });

  it('given it was called off, then nobody checks in', () =>
    given(opened(), withdrawn(at(10)))
      .when(dispatcher('CheckInArrival', { proof: code, place: null }, at(60)))
      .thenRejected('WRONG_STATUS', 'input.id'));
});

describe('WO-08 a position proves an arrival', () => {
  const place = { latitude: 31.2304, longitude: 121.4737, radiusMetres: 200 };
  /** A thousandth of a degree north is 111 m. */
  const position = { kind: 'position' as const, latitude: 31.2314, longitude: 121.4737, accuracyMetres: 20 };
  const checkedIn = (proof: object, verified: boolean): VendorJobEvent =>
    ({ type: 'VendorArrivalCheckedIn', data: { ...of, proof, verified, at: at(60) } }) as VendorJobEvent;

  it('given it is near the place, then it is verified, with its distance', () =>
    given(opened())
      .when(dispatcher('CheckInArrival', { proof: position, place }, at(60)))
      .then(checkedIn({ ...position, distanceMetres: 111 }, true)));

  it('given nobody knows where the place is, then it counts, and says that nothing was verified', () =>
    given(opened())
      .when(dispatcher('CheckInArrival', { proof: position, place: null }, at(60)))
      .then(checkedIn({ ...position, distanceMetres: null }, false)));

  it('given a place of its own radius, then that decides how near is near, and how well a position must be known', () => {
    const wide = { ...place, radiusMetres: 250 };
    const far = { ...position, latitude: 31.2324, accuracyMetres: 250 };
    given(opened())
      .when(dispatcher('CheckInArrival', { proof: far, place: wide }, at(60)))
      .then(checkedIn({ ...far, distanceMetres: 222 }, true));
    given(opened())
      .when(dispatcher('CheckInArrival', { proof: position, place: { ...place, radiusMetres: 110 } }, at(60)))
      .thenRejected('ARRIVAL_PROOF_WRONG', 'input.proof');
  });

  it.each([
    ['is 222 m away', { latitude: 31.2324 }, 'ARRIVAL_PROOF_WRONG', 'input.proof'],
    ['is known to 201 m only', { accuracyMetres: 201 }, 'ARRIVAL_PROOF_WRONG', 'input.proof.position.accuracyMetres'],
    ['has an accuracy below zero', { accuracyMetres: -1 }, 'ARRIVAL_PROOF_WRONG', 'input.proof.position.accuracyMetres'],
    ['lies beyond the pole', { latitude: 91 }, 'INVALID_POSITION', 'input.proof.position.latitude'],
    ['lies beyond the date line', { longitude: -181 }, 'INVALID_POSITION', 'input.proof.position.longitude'],
  ])('given a position that %s, then it is refused', (_, wrong, code, field) =>
    given(opened())
      .when(dispatcher('CheckInArrival', { proof: { ...position, ...wrong }, place }, at(60)))
      .thenRejected(code, field),
  );

  it('given two positions, then the distance is that along the surface, whichever comes first', () => {
    const beijing = { latitude: 39.9042, longitude: 116.4074 };
    expect(distanceBetween(place, place)).toBe(0);
    expect(distanceBetween(place, beijing)).toBe(distanceBetween(beijing, place));
    expect(Math.round(distanceBetween(place, beijing) / 1_000)).toBe(1_067);
    expect(distanceBetween({ latitude: 0, longitude: 179.999 }, { latitude: 0, longitude: -179.999 })).toBe(222);
    expect(distanceBetween({ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 0 })).toBe(20_015_087);
  });
});

describe('WO-08 a vendor that does not come is recorded, once, with the due instant', () => {
  it('given nobody came, when the instant is noted, also days late, then breach and escalation carry the due instant', () => {
    for (const when of [at(120), at(5_000)])
      given(opened())
        .when(system('NoteVendorArrivalOverdue', { dueAt: at(120) }, when))
        .then(...missed());
  });

  it('given somebody is trapped, then it is escalated to the director', () =>
    given(opened(30, true))
      .when(system('NoteVendorArrivalOverdue', { dueAt: at(30) }, at(30)))
      .then(...missed(at(30), 'director')));

  it('given it was noted, it has come, it was called off, or another instant is meant, then there is nothing to note', () => {
    const note = (dueAt: string) => system('NoteVendorArrivalOverdue', { dueAt }, at(120));
    given(opened(), ...missed())
      .when(note(at(120)))
      .then();
    given(opened(), arrived(at(119)))
      .when(note(at(120)))
      .then();
    given(opened(), withdrawn(at(10)))
      .when(note(at(120)))
      .then();
    given(opened())
      .when(note(at(119)))
      .then();
  });

  it('given the view says when it is due, then the job is told that instant', () =>
    expect(vendorArrivalDue.whenDue('vj_1', at(120))).toEqual({
      aggregate: vendorJob,
      id: 'vj_1',
      type: 'NoteVendorArrivalOverdue',
      data: { dueAt: at(120) },
    }));
});

describe('WO-08 a vendor job ends', () => {
  const done = { result: '已更换主板', costs: [{ kind: '主板', amountFen: 380_000 }] };
  const bill = { amountFen: 380_000, invoiceNumber: '04400123' };

  it('given it is on site, when it is done and settled, then each is recorded once', () => {
    given(opened(), arrived(at(60)))
      .when(dispatcher('FinishVendorJob', done, at(200)))
      .then(finished);
    given(opened(), arrived(at(60)), finished)
      .when(buyer('SettleVendorJob', bill, at(300)))
      .then(settled);
    given(opened(), arrived(at(60)), finished, settled)
      .when(buyer('SettleVendorJob', bill, at(301)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given it has not come, then it is not done; not done, then not settled', () => {
    given(opened())
      .when(dispatcher('FinishVendorJob', done, at(60)))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(opened(), arrived(at(60)))
      .when(buyer('SettleVendorJob', bill, at(200)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given an amount that is none, then the field is named', () => {
    given(opened(), arrived(at(60)))
      .when(dispatcher('FinishVendorJob', { ...done, costs: [{ kind: '主板', amountFen: 0.5 }] }, at(200)))
      .thenRejected('INVALID_AMOUNT', 'input.costs');
    given(opened(), arrived(at(60)), finished)
      .when(buyer('SettleVendorJob', { ...bill, amountFen: -1 }, at(300)))
      .thenRejected('INVALID_AMOUNT', 'input.amountFen');
  });

  it('given it is called off up to the due instant, then there was no breach; later, then the breach comes first', () => {
    const callOff = (when: string) => dispatcher('WithdrawVendorJob', { reason: '已修复' }, when);
    given(opened())
      .when(callOff(at(120)))
      .then(withdrawn(at(120)));
    given(opened())
      .when(callOff(at(120, 1)))
      .then(...missed(), withdrawn(at(120, 1)));
    given(opened(), ...missed())
      .when(callOff(at(130)))
      .then(withdrawn(at(130)));
  });

  it('given it is called off, then again nothing happens; given it is finished, then that is refused', () => {
    given(opened(), withdrawn(at(10)))
      .when(dispatcher('WithdrawVendorJob', { reason: '已修复' }, at(11)))
      .then();
    given(opened(), arrived(at(60)), finished)
      .when(dispatcher('WithdrawVendorJob', { reason: '已修复' }, at(201)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given the order was cancelled or merged, then vendors that have not come are called off', async () => {
    const asked: unknown[] = [];
    const event = { stream: 'workOrder-wo_1', type: 'WorkOrderMerged' } as Recorded;
    const answering: Ask = async (view, query) => {
      asked.push([view, query]);
      return [{ key: 'vj_1', row: {} }];
    };
    const jobs = await withdrawVendorJobs.facts(event, answering, at(0));
    expect(asked).toEqual([['vendor-jobs', { where: { orderId: 'wo_1', status: 'awaited' } }]]);
    expect(withdrawVendorJobs.react(event, jobs)).toEqual([
      { aggregate: vendorJob, id: 'vj_1', type: 'WithdrawVendorJob', data: { reason: 'work order merged' } },
    ]);
  });
});
