import fc from 'fast-check';
import { instant, MINUTE } from '@hospital/kernel';
import { businessTime, type CalendarTerms, ROUND_THE_CLOCK, weekOf } from '../../apps/workorders/src/domain/business-time';
import {
  type Clock,
  dueAt,
  elapsed,
  entered,
  evolveLevel,
  nextAt,
  noticed,
  opened,
  paused,
  type Priority,
  restarted,
  resumed,
  retermed,
  type ServiceLevel,
  type ServiceLevelEvent,
  spent,
  stopped,
  type Terms,
} from '../../apps/workorders/src/domain/service-level';

const START = Date.UTC(2026, 9, 23, 6);
const at = (minutes: number): string => instant(START + minutes * MINUTE);
/** A week, over a change of the clocks. */
const LAST = 7 * 24 * 60;

const CALENDARS: readonly CalendarTerms[] = [
  ROUND_THE_CLOCK,
  {
    zone: 'Asia/Shanghai',
    week: weekOf((day) =>
      day < '6'
        ? [
            ['08:00', '12:00'],
            ['14:00', '17:30'],
          ]
        : [],
    ),
    exceptions: { '2026-10-24': [['09:00', '12:00']] },
  },
  { zone: 'Europe/Berlin', week: weekOf(() => [['01:30', '03:30']]), exceptions: {} },
];
const limits = fc.tuple(fc.nat(300), fc.nat(900), fc.nat(2_000), fc.nat(4_000)).map(([P1, P2, P3, P4]) => ({ P1, P2, P3, P4 }));
const termsIn = (calendar: fc.Arbitrary<CalendarTerms>): fc.Arbitrary<Terms> =>
  fc.record({
    agreementId: fc.constant('ct_1'),
    version: fc.nat(3),
    respondMinutes: fc.constant(30),
    own: limits,
    resolve: limits,
    warnAt: fc.constantFrom(0.5, 0.8, 1),
    calendar,
    vendorArrivalMinutes: fc.constant(120),
    ratingDays: fc.constant(7),
  });
const priority = fc.constantFrom<Priority[]>('P1', 'P2', 'P3', 'P4');
const clock = fc.constantFrom<Clock[]>('own', 'resolve');

type Step = (level: ServiceLevel, at: string) => ServiceLevel;
interface Happening {
  readonly minute: number;
  readonly step: Step;
}
const happening = (step: fc.Arbitrary<Step>): fc.Arbitrary<Happening> => fc.record({ minute: fc.integer({ min: 0, max: LAST }), step });
const inOrder = (happenings: readonly Happening[]): readonly Happening[] => [...happenings].sort((a, b) => a.minute - b.minute);
const after = (level: ServiceLevel, happenings: readonly Happening[]): ServiceLevel =>
  inOrder(happenings).reduce((state, { minute, step }) => step(state, at(minute)), level);

const toStage = fc.constantFrom('dispatched', 'accepted', 'handed over').map(
  (stage): Step =>
    (level, now) =>
      entered(level, stage, now),
);
const toPriority = priority.map(
  (to): Step =>
    (level, now) =>
      retermed(level, { priority: to }, now),
);
const toTerms = (calendar: fc.Arbitrary<CalendarTerms>) =>
  termsIn(calendar).map(
    (terms): Step =>
      (level, now) =>
        retermed(level, { terms }, now),
  );
const pausing = fc.constantFrom('vendor', 'no-access').map(
  (reason): Step =>
    (level, now) =>
      paused(level, reason, now),
);
const resuming = fc.constant<Step>((level, now) => resumed(level, now));
const stopping = clock.map(
  (which): Step =>
    (level, now) =>
      stopped(level, which, now),
);
const restarting = clock.map(
  (which): Step =>
    (level, now) =>
      restarted(level, which, now),
);

/** Pauses as an order knows them: one after the other, each ended. */
const pauses = fc
  .uniqueArray(fc.integer({ min: 0, max: LAST }), { maxLength: 8 })
  .map((cuts) => cuts.sort((a, b) => a - b))
  .map((cuts) => cuts.slice(0, cuts.length - (cuts.length % 2)));
const asSteps = (cuts: readonly number[]): readonly Happening[] =>
  cuts.map((minute, n) => ({ minute, step: (level, now) => (n % 2 === 0 ? paused(level, 'vendor', now) : resumed(level, now)) }));

const noted = (level: ServiceLevel, events: readonly ServiceLevelEvent[]): ServiceLevel =>
  events.reduce((before, event) => evolveLevel(before, event, null), level);
const anyStep = fc.oneof(toStage, toPriority, toTerms(fc.constantFrom(...CALENDARS)), pausing, resuming, stopping, restarting);

describe('WO-10 given any calendar', () => {
  it('when priority, terms and team change in any order, then what has elapsed depends on the pauses alone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CALENDARS).chain((calendar) =>
          fc.record({
            calendar: fc.constant(calendar),
            terms: termsIn(fc.constant(calendar)),
            changes: fc.array(happening(fc.oneof(toStage, toPriority, toTerms(fc.constant(calendar)))), { maxLength: 10 }),
          }),
        ),
        pauses,
        fc.nat(LAST),
        ({ calendar, terms, changes }, cuts, minute) => {
          const level = after(opened(terms, 'P3', at(0), 'waiting'), [...asSteps(cuts), ...changes]);
          const between = (from: number, until: number): number =>
            businessTime(calendar, at(Math.min(from, minute)), at(Math.min(until, minute)));
          const running = [0, ...cuts, LAST * 2].reduce((sum, cut, n, all) => (n % 2 === 1 ? sum + between(all[n - 1]!, cut) : sum), 0);
          expect(elapsed(level, 'resolve', at(minute))).toBe(running);
          expect(elapsed(level, 'own', at(minute))).toBe(running);
        },
      ),
    );
  });

  it('when time is split anywhere, then what elapsed in the parts adds up, and the stages to the wall clock', () => {
    fc.assert(
      fc.property(
        termsIn(fc.constantFrom(...CALENDARS)),
        fc.array(happening(anyStep), { maxLength: 12 }),
        fc.nat(LAST),
        fc.nat(LAST),
        (terms, steps, a, b) => {
          const level = after(opened(terms, 'P2', at(0), 'waiting'), steps);
          const [earlier, later] = [at(Math.min(a, b)), at(Math.max(a, b))];
          for (const which of ['own', 'resolve'] as const) {
            const between = elapsed(level, which, later) - elapsed(level, which, earlier);
            expect(between).toBeGreaterThanOrEqual(0);
            expect(between).toBeLessThanOrEqual(Date.parse(later) - Date.parse(earlier));
          }
          expect(Object.values(spent(level, later)).reduce((sum, ms) => sum + ms, 0)).toBe(Math.max(a, b) * MINUTE);
        },
      ),
    );
  });

  it('when a limit is due, then just so much has elapsed, unless a change made it due at once', () => {
    const changes = fc.array(happening(fc.oneof(toStage, toPriority, toTerms(fc.constantFrom(...CALENDARS)))), { maxLength: 6 });
    fc.assert(
      fc.property(termsIn(fc.constantFrom(...CALENDARS)), changes, pauses, clock, (terms, steps, cuts, which) => {
        const level = after(opened(terms, 'P2', at(0), 'waiting'), [...steps, ...asSteps(cuts)]);
        const due = dueAt(level, which)!;
        const limit = level.terms[which][level.priority] * MINUTE;
        const had = elapsed(level, which, due);
        expect(had).toBeGreaterThanOrEqual(limit);
        if (had > limit) expect(elapsed(level, which, level.baseline[which])).toBe(had);
        expect(due >= level.baseline[which]).toBe(true);
      }),
    );
  });
});

/** What is noted when each deadline is kept to the instant, and before each step whatever fell due before it. */
function keptInTime(level: ServiceLevel, steps: readonly Happening[]): { level: ServiceLevel; events: readonly ServiceLevelEvent[] } {
  const events: ServiceLevelEvent[] = [];
  let state = level;
  const note = (found: readonly ServiceLevelEvent[]): void => {
    events.push(...found);
    state = noted(state, found);
  };
  for (const { minute, step } of [...inOrder(steps), { minute: LAST * 9, step: (same: ServiceLevel) => same }]) {
    for (let next = nextAt(state); next !== null && next < at(minute); next = nextAt(state)) {
      const found = noticed(state, next, true);
      expect(found).not.toEqual([]);
      note(found);
      const following = nextAt(state);
      expect(following === null || following > next).toBe(true);
    }
    expect(noticed(state, at(minute), false)).toEqual([]);
    state = step(state, at(minute));
  }
  return { level: state, events };
}

/** The same while nothing runs between the commands. */
function keptLate(level: ServiceLevel, steps: readonly Happening[]): readonly ServiceLevelEvent[] {
  const events: ServiceLevelEvent[] = [];
  let state = level;
  for (const { minute, step } of [...inOrder(steps), { minute: LAST * 9, step: (same: ServiceLevel) => same }]) {
    const found = noticed(state, at(minute), false);
    events.push(...found);
    state = step(noted(state, found), at(minute));
  }
  return events;
}

const withoutWarnings = (events: readonly ServiceLevelEvent[]) => events.filter(({ type }) => type !== 'WorkOrderLimitWarned');

describe('WO-10 given deadlines', () => {
  const cases = [termsIn(fc.constantFrom(...CALENDARS)), fc.array(happening(anyStep), { maxLength: 12 })] as const;

  it('when they are noted late, then with the same instants, stages and times as in time', () => {
    fc.assert(
      fc.property(...cases, (terms, steps) => {
        const level = opened(terms, 'P2', at(0), 'waiting');
        expect(withoutWarnings(keptLate(level, steps))).toEqual(withoutWarnings(keptInTime(level, steps).events));
      }),
    );
  });

  it('when they are noted, then in the order of their instants, each once for each beginning of its clock', () => {
    fc.assert(
      fc.property(...cases, (terms, steps) => {
        const { level, events } = keptInTime(opened(terms, 'P2', at(0), 'waiting'), steps);
        const passed = withoutWarnings(events);
        const instants = passed.map(({ data }) => data.dueAt);
        expect(instants).toEqual([...instants].sort());
        const each = passed.map(({ type, data }) => [type, 'clock' in data ? data.clock : data.because, data.dueAt].join(' '));
        expect(new Set(each).size).toBe(each.length);
        expect(noticed(level, at(LAST * 9), true)).toEqual([]);
      }),
    );
  });
});
