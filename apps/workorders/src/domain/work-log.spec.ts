import { type Actor, personal } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { minutesBetween, type Signature, type Thing, workLog, type WorkLogEvent } from './work-log';

const person = (id: string, ...roles: readonly string[]): Actor => ({ id, kind: 'person', roles });
const chen = commandsBy(person('pn_chen', 'technician'));
const li = commandsBy(person('pn_li', 'technician'));
const dispatcher = commandsBy(person('pn_dispatcher', 'dispatcher'));

const T0 = '2026-03-01T03:12:00.000Z';
const at = (minutes: number, ms = 0): string => new Date(Date.parse(T0) + minutes * 60_000 + ms).toISOString();
const open = { order: { takenBack: null } };

const started = (labourId: string, personId: string, from: string): WorkLogEvent => ({
  type: 'LabourStarted',
  data: { labourId, personId, from },
});
const stopped = (labourId: string, personId: string, from: number, until: number): WorkLogEvent => ({
  type: 'LabourStopped',
  data: { labourId, personId, from: at(from), until: at(until), minutes: until - from },
});
const booked: WorkLogEvent = { type: 'ExtraCostBooked', data: { costId: 'xc_1', amountFen: 12_050, kind: 'material', note: '灯管' } };
const reversed: WorkLogEvent = { type: 'ExtraCostReversed', data: { costId: 'xc_1', amountFen: 12_050, reason: '重复登记' } };

const { given } = rulesOf(workLog);

describe('labour is what a timer measured', () => {
  const first = [started('lb_1', 'pn_chen', at(0)), stopped('lb_1', 'pn_chen', 0, 40)];

  it('given nothing, when a timer is started, then it runs from then on, for whoever started it', () => {
    given()
      .when(chen('StartLabour', open, at(0)))
      .then(started('lb_1', 'pn_chen', at(0)));
    given(started('lb_1', 'pn_chen', at(0)))
      .when(li('StartLabour', open, at(5)))
      .then(started('lb_2', 'pn_li', at(5)));
  });

  it('given my timer runs, when I start one again, then nothing happens: one runs at a time', () =>
    given(started('lb_1', 'pn_chen', at(0)))
      .when(chen('StartLabour', open, at(5)))
      .then());

  it('given my timer runs, when I stop it, then the minutes are those between the instants', () =>
    given(started('lb_1', 'pn_chen', at(0)))
      .when(chen('StopLabour', {}, at(40)))
      .then(stopped('lb_1', 'pn_chen', 0, 40)));

  it('given only somebody else works, or nobody, when I stop my timer, then that is refused', () => {
    given(started('lb_1', 'pn_chen', at(0)))
      .when(li('StopLabour', {}, at(40)))
      .thenRejected('NOT_RUNNING', 'input.id');
    given(...first)
      .when(chen('StopLabour', {}, at(41)))
      .thenRejected('NOT_RUNNING', 'input.id');
  });

  it('given instants in the wrong order, then the field is named', () => {
    given(started('lb_1', 'pn_chen', at(10)))
      .when(chen('StopLabour', {}, at(9)))
      .thenRejected('ENDS_BEFORE_IT_STARTS', 'input.occurredAt');
    given(...first)
      .when(chen('StartLabour', open, at(39)))
      .thenRejected('LABOUR_OVERLAPS', 'input.occurredAt');
    given(...first)
      .when(chen('StartLabour', open, at(40)))
      .then(started('lb_2', 'pn_chen', at(40)));
  });

  it('given half a minute and more, then it counts as one; less, then as none', () => {
    expect(minutesBetween(at(0), at(0, 29_999))).toBe(0);
    expect(minutesBetween(at(0), at(0, 30_000))).toBe(1);
    expect(minutesBetween(at(0), at(60, 1))).toBe(60);
  });
});

describe('labour that was measured wrongly is corrected, not edited', () => {
  const wish = { labourId: 'lb_1', from: at(0), until: at(60), reason: '忘记停表' };
  const corrected: WorkLogEvent = { type: 'LabourCorrected', data: { ...wish, personId: 'pn_chen', minutes: 60 } };
  const forgotten = [started('lb_1', 'pn_chen', at(0))];

  it('given a timer was forgotten, when its owner or a dispatcher says how it was, then it ends there', () => {
    for (const by of [chen, dispatcher])
      given(...forgotten)
        .when(by('CorrectLabour', wish, at(900)))
        .then(corrected);
    given(...forgotten, corrected)
      .when(chen('StopLabour', {}, at(901)))
      .thenRejected('NOT_RUNNING', 'input.id');
  });

  it('given it is as it is said to be, then nothing happens', () =>
    given(...forgotten, corrected)
      .when(chen('CorrectLabour', wish, at(901)))
      .then());

  it('given somebody else, no such stretch, the wrong order, the future or other work meanwhile, then it is refused', () => {
    given(...forgotten)
      .when(li('CorrectLabour', wish, at(900)))
      .thenRejected('NOT_YOURS', 'input.labourId');
    given(...forgotten)
      .when(chen('CorrectLabour', { ...wish, labourId: 'lb_2' }, at(900)))
      .thenRejected('UNKNOWN_LABOUR', 'input.labourId');
    given(...forgotten)
      .when(chen('CorrectLabour', { ...wish, until: at(-1) }, at(900)))
      .thenRejected('ENDS_BEFORE_IT_STARTS', 'input.until');
    given(...forgotten)
      .when(chen('CorrectLabour', wish, at(59)))
      .thenRejected('IN_FUTURE', 'input.until');
    given(...forgotten, corrected, started('lb_2', 'pn_chen', at(70)))
      .when(chen('CorrectLabour', { ...wish, until: at(71) }, at(900)))
      .thenRejected('LABOUR_OVERLAPS', 'input.from');
  });

  it('given somebody else worked meanwhile, then that is no overlap', () =>
    given(...forgotten, started('lb_2', 'pn_li', at(5)))
      .when(chen('CorrectLabour', wish, at(900)))
      .then(corrected));
});

describe('an extra cost is booked, and taken back by another event', () => {
  const wish = { amountFen: 12_050, kind: 'material' as const, note: '灯管' };

  it('given a cost, then it is booked; taken back, then once', () => {
    given()
      .when(chen('BookExtraCost', { ...open, ...wish }, T0))
      .then(booked);
    given(booked)
      .when(chen('ReverseCost', { costId: 'xc_1', reason: '重复登记' }, T0))
      .then(reversed);
    given(booked, reversed)
      .when(chen('ReverseCost', { costId: 'xc_1', reason: '重复登记' }, T0))
      .then();
    given(booked, reversed)
      .when(chen('BookExtraCost', { ...open, ...wish }, T0))
      .then({ type: 'ExtraCostBooked', data: { costId: 'xc_2', ...wish } });
  });

  it.each([0, -1, 0.5, 1_000_000_001])('given an amount of %d fen, then it is refused and the field named', (amountFen) =>
    given()
      .when(chen('BookExtraCost', { ...open, ...wish, amountFen }, T0))
      .thenRejected('INVALID_AMOUNT', 'input.amountFen'),
  );

  it('given no such cost, then it is not taken back', () =>
    given(booked)
      .when(chen('ReverseCost', { costId: 'xc_2', reason: '重复登记' }, T0))
      .thenRejected('UNKNOWN_COST', 'input.costId'));
});

describe('work is signed for', () => {
  it.each([
    { kind: 'photo' as const, sha256: 'ab'.repeat(32) },
    { kind: 'name' as const, name: personal('pn_nurse', '王护士') },
  ])('given a signature by $kind, then it is recorded with its instant', (signature) =>
    given()
      .when(chen('SignOff', { ...open, signerId: 'pn_nurse', signature }, at(40)))
      .then({ type: 'WorkSignedOff', data: { signerId: 'pn_nurse', signature, at: at(40) } }),
  );

  it('given neither, then the field is named', () =>
    given()
      .when(chen('SignOff', { ...open, signerId: 'pn_nurse', signature: null }, at(40)))
      .thenRejected('SIGNATURE_MISSING', 'input.signature'));
});

describe('downtime of a device or place is recorded', () => {
  const thing = { kind: 'asset' as const, id: 'as_lift' };
  const wish = { ...open, thing, from: at(0), until: null as string | null, reason: '电梯停运' };
  const recorded = (downtimeId: string, until: string | null): WorkLogEvent => ({
    type: 'DowntimeRecorded',
    data: { downtimeId, thing, from: at(0), until, reason: '电梯停运' },
  });
  const ended: WorkLogEvent = { type: 'DowntimeEnded', data: { downtimeId: 'dt_1', until: at(30) } };

  it('given it still stands, when it is recorded and later ended, then both are known', () => {
    given()
      .when(chen('RecordDowntime', wish, at(5)))
      .then(recorded('dt_1', null));
    given(recorded('dt_1', null))
      .when(chen('EndDowntime', { downtimeId: 'dt_1', until: at(30) }, at(31)))
      .then(ended);
    given(recorded('dt_1', null))
      .when(chen('EndDowntime', { downtimeId: 'dt_1', until: null }, at(30)))
      .then(ended);
    given()
      .when(chen('RecordDowntime', { ...wish, until: at(30) }, at(31)))
      .then(recorded('dt_1', at(30)));
  });

  it('given it has ended, then it ends again only at the same instant', () => {
    given(recorded('dt_1', null), ended)
      .when(chen('EndDowntime', { downtimeId: 'dt_1', until: at(30) }, at(40)))
      .then();
    given(recorded('dt_1', null), ended)
      .when(chen('EndDowntime', { downtimeId: 'dt_1', until: at(31) }, at(40)))
      .thenRejected('ALREADY_ENDED', 'input.downtimeId');
  });

  it('given the same thing stood still then already, then it is refused; another thing, then not', () => {
    for (const until of [null, at(10)])
      given(recorded('dt_1', until))
        .when(chen('RecordDowntime', { ...wish, from: at(5) }, at(20)))
        .thenRejected('DOWNTIME_OVERLAPS', 'input.from');
    const place = { kind: 'place' as const, id: 'as_lift' };
    given(recorded('dt_1', null))
      .when(chen('RecordDowntime', { ...wish, thing: place }, at(20)))
      .then({ type: 'DowntimeRecorded', data: { downtimeId: 'dt_2', thing: place, from: at(0), until: null, reason: '电梯停运' } });
  });

  it('given nothing stood still, or instants in the wrong order, then the field is named', () => {
    given()
      .when(chen('RecordDowntime', { ...wish, thing: null }, at(5)))
      .thenRejected('ASSET_OR_PLACE', 'input.assetId');
    given()
      .when(chen('RecordDowntime', wish, at(-1)))
      .thenRejected('IN_FUTURE', 'input.from');
    given()
      .when(chen('RecordDowntime', { ...wish, until: at(6) }, at(5)))
      .thenRejected('IN_FUTURE', 'input.until');
    given()
      .when(chen('RecordDowntime', { ...wish, until: at(-1) }, at(5)))
      .thenRejected('ENDS_BEFORE_IT_STARTS', 'input.until');
    given()
      .when(chen('EndDowntime', { downtimeId: 'dt_1', until: null }, at(5)))
      .thenRejected('UNKNOWN_DOWNTIME', 'input.downtimeId');
    given(recorded('dt_1', null))
      .when(chen('EndDowntime', { downtimeId: 'dt_1', until: at(-1) }, at(5)))
      .thenRejected('ENDS_BEFORE_IT_STARTS', 'input.until');
    given(recorded('dt_1', null))
      .when(chen('EndDowntime', { downtimeId: 'dt_1', until: at(6) }, at(5)))
      .thenRejected('IN_FUTURE', 'input.until');
  });
});

describe.each([
  [null, 'UNKNOWN_WORK_ORDER'],
  [{ takenBack: 'cancelled' as const }, 'WRONG_STATUS'],
  [{ takenBack: 'merged' as const }, 'WRONG_STATUS'],
])('given an order that is %j', (order, code) => {
  it('then nothing new is recorded on it', () => {
    const photo: Signature = { kind: 'photo', sha256: 'ab'.repeat(32) };
    const lift: Thing = { kind: 'asset', id: 'as_lift' };
    given()
      .when(chen('StartLabour', { order }, T0))
      .thenRejected(code, 'input.id');
    given()
      .when(chen('BookExtraCost', { order, amountFen: 1, kind: 'other' as const, note: null }, T0))
      .thenRejected(code, 'input.id');
    given()
      .when(chen('SignOff', { order, signerId: 'pn_nurse', signature: photo }, T0))
      .thenRejected(code, 'input.id');
    given()
      .when(chen('RecordDowntime', { order, thing: lift, from: T0, until: null, reason: '停运' }, T0))
      .thenRejected(code, 'input.id');
  });
});
