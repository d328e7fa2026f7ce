import fc from 'fast-check';
import { fold, instant, isRejection, personal } from '@hospital/kernel';
import { commandsBy } from '@hospital/kernel/testing';
import { type Proof, vendorJob, type VendorJobCommand, type VendorJobEvent } from '../../apps/workorders/src/domain/vendor-job';
import { workLog, type WorkLogCommand, type WorkLogEvent } from '../../apps/workorders/src/domain/work-log';

const START = Date.parse('2026-03-01T03:12:00.000Z');
const after = (ms: number): string => instant(START + ms);
const MINUTE = 60_000;
const by = commandsBy({ id: 'pn_chen', kind: 'person', roles: ['dispatcher'] });

describe('WO-08 given a vendor that was called', () => {
  const DUE = 120 * MINUTE;
  const opening = vendorJob.decide(
    by(
      'HandToVendor',
      {
        order: { id: 'wo_1', ended: null, trade: 'lift-mechanic', placeId: 'as_1', vendorArrivalMinutes: 120 },
        vendor: {
          id: 'vn_1',
          agreements: [{ trades: ['lift-mechanic'], arrivalMinutes: 240, entrapmentMinutes: 30, from: after(0), until: null }],
        },
        reason: '主板故障',
        trapped: false,
        code: personal('pn_chen', '012345'),
      },
      after(0),
    ),
    vendorJob.initial,
  ) as readonly VendorJobEvent[];

  const code = (told: string): Proof => ({ kind: 'code', code: told });
  const steps: Readonly<Record<string, (at: string) => VendorJobCommand>> = {
    arrive: (at) => by('CheckInArrival', { proof: code('012345'), place: null }, at),
    arriveUnproved: (at) => by('CheckInArrival', { proof: code('999999'), place: null }, at),
    note: (at) => by('NoteVendorArrivalOverdue', { dueAt: after(DUE) }, at),
    withdraw: (at) => by('WithdrawVendorJob', { reason: '已修复' }, at),
    finish: (at) => by('FinishVendorJob', { result: '已更换', costs: [] }, at),
  };
  /** Anything people do, at its instant; the suite notes nothing before the instant has come. */
  const lives = fc
    .array(
      fc.record({
        step: fc.constantFrom(...Object.keys(steps)),
        ms: fc.oneof(fc.integer({ min: 0, max: 2 * DUE }), fc.constantFrom(DUE - 1, DUE, DUE + 1)),
      }),
      { maxLength: 12 },
    )
    .map((life) => life.filter(({ step, ms }) => step !== 'note' || ms >= DUE).sort((a, b) => a.ms - b.ms));

  it('when arrival, deadline and withdrawal come in any order, then it is breached at most once, at the due instant, and exactly when it was late', () =>
    fc.assert(
      fc.property(lives, (life) => {
        const events = [...opening];
        for (const { step, ms } of life) {
          const decided = vendorJob.decide(steps[step]!(after(ms)), fold(vendorJob, events));
          if (!isRejection(decided)) events.push(...decided);
        }
        const breaches = events.filter(({ type }) => type === 'VendorArrivalBreached');
        const ended = life.find(({ step }) => step === 'arrive' || step === 'withdraw');
        const noted = life.some(({ step }, n) => step === 'note' && (ended === undefined || n < life.indexOf(ended)));
        const late = noted || (ended !== undefined && ended.ms > DUE);
        expect(breaches.map(({ data }) => 'dueAt' in data && data.dueAt)).toEqual(late ? [after(DUE)] : []);
        expect(events.filter(({ type }) => type === 'VendorEscalated')).toHaveLength(breaches.length);
      }),
      { numRuns: 500 },
    ));
});

describe('given the timers of several people', () => {
  const people = ['pn_1', 'pn_2'].map((id) => commandsBy({ id, kind: 'person', roles: [] }));
  /** Who, after how long, starts and stops in turn. */
  const lives = fc.array(fc.record({ who: fc.nat({ max: 1 }), wait: fc.integer({ min: 0, max: 300 * MINUTE }) }), { maxLength: 40 });

  it('when they start and stop at any instants, then the minutes are the sum of what lay between, whole minutes each', () =>
    fc.assert(
      fc.property(lives, (life) => {
        const events: WorkLogEvent[] = [];
        const running = new Map<number, number>();
        let naive = 0;
        let ms = 0;
        for (const { who, wait } of life) {
          ms += wait;
          const since = running.get(who);
          const one = people[who]!;
          const command: WorkLogCommand =
            since === undefined ? one('StartLabour', { order: { takenBack: null } }, after(ms)) : one('StopLabour', {}, after(ms));
          events.push(...(workLog.decide(command, fold(workLog, events)) as readonly WorkLogEvent[]));
          if (since === undefined) running.set(who, ms);
          else {
            running.delete(who);
            naive += Math.round((ms - since) / MINUTE);
          }
        }
        const told = events.reduce((sum, event) => sum + (event.type === 'LabourStopped' ? event.data.minutes : 0), 0);
        expect(told).toBe(naive);
        const open = fold(workLog, events).labour.filter(({ until }) => until === null);
        expect(open.map(({ of }) => of).sort()).toEqual([...running.keys()].map((who) => `pn_${who + 1}`).sort());
      }),
      { numRuns: 300 },
    ));
});
