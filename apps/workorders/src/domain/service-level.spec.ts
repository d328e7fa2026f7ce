import { HOUR, MINUTE } from '@hospital/kernel';
import { type CalendarTerms, NEVER, ROUND_THE_CLOCK, weekOf } from './business-time';
import {
  dueAt,
  elapsed,
  entered,
  evolveLevel,
  isPaused,
  keptAfterAll,
  nextAt,
  noticed,
  opened,
  paused,
  restarted,
  resumed,
  retermed,
  type ServiceLevel,
  type ServiceLevelEvent,
  spent,
  stopped,
  type Terms,
  warnAt,
} from './service-level';

const TERMS: Terms = {
  agreementId: 'ct_electrical',
  version: 1,
  respondMinutes: 30,
  own: { P1: 15, P2: 30, P3: 60, P4: 120 },
  resolve: { P1: 60, P2: 120, P3: 240, P4: 480 },
  warnAt: 0.8,
  calendar: ROUND_THE_CLOCK,
  vendorArrivalMinutes: 120,
  ratingDays: 7,
};
const OFFICE: CalendarTerms = { zone: 'Asia/Shanghai', week: weekOf((day) => (day < '6' ? [['08:00', '17:00']] : [])), exceptions: {} };

/** Minutes after eight in the morning of Monday, 2 March 2026, in Shanghai. */
const at = (minutes: number): string => new Date(Date.UTC(2026, 2, 2) + minutes * MINUTE).toISOString();
const minutes = (level: ServiceLevel, clock: 'own' | 'resolve', until: number): number => elapsed(level, clock, at(until)) / MINUTE;
/** While pn_chen has the order. */
const noted = (level: ServiceLevel, ...events: readonly ServiceLevelEvent[]): ServiceLevel =>
  events.reduce((before, event) => evolveLevel(before, event, 'pn_chen'), level);
const notedAt = (level: ServiceLevel, until: number): ServiceLevel => noted(level, ...noticed(level, at(until), true));
/** What is said, in short. */
const told = (events: readonly ServiceLevelEvent[]) =>
  events.map(({ type, data }) => [type.replace('WorkOrder', ''), 'clock' in data ? data.clock : data.to, data.dueAt]);

const reported = opened(TERMS, 'P2', at(0), 'waiting');

describe('WO-10 given an order with 30 minutes to be owned and 120 to be resolved', () => {
  it('when nothing happens, then both limits are due, and warned of at four fifths', () => {
    expect([dueAt(reported, 'own'), dueAt(reported, 'resolve')]).toEqual([at(30), at(120)]);
    expect([warnAt(reported, 'own'), warnAt(reported, 'resolve')]).toEqual([at(24), at(96)]);
    expect(nextAt(reported)).toBe(at(24));
  });

  it('when each deadline comes in its turn, then it is noted with its instant, once, and the next one follows', () => {
    const seen: unknown[] = [];
    let level = reported;
    for (let next = nextAt(level); next !== null; next = nextAt(level)) {
      const events = noticed(level, next, true);
      seen.push(...told(events));
      level = noted(level, ...events);
      expect(noticed(level, next, true)).toEqual([]);
    }
    expect(seen).toEqual([
      ['LimitWarned', 'own', at(30)],
      ['LimitPassed', 'own', at(30)],
      ['Escalated', 'dispatcher', at(30)],
      ['LimitWarned', 'resolve', at(120)],
      ['LimitPassed', 'resolve', at(120)],
      ['Escalated', 'director', at(120)],
    ]);
    expect(noticed(level, at(10_000), true)).toEqual([]);
  });

  it('when nobody was there to note it, then it is noted later with the instants at which it was due, without warnings of what has passed', () => {
    expect(told(noticed(reported, at(500), false))).toEqual([
      ['LimitPassed', 'own', at(30)],
      ['Escalated', 'dispatcher', at(30)],
      ['LimitPassed', 'resolve', at(120)],
      ['Escalated', 'director', at(120)],
    ]);
    expect(told(noticed(reported, at(100), false))).toEqual([
      ['LimitPassed', 'own', at(30)],
      ['Escalated', 'dispatcher', at(30)],
      ['LimitWarned', 'resolve', at(120)],
    ]);
  });

  it('when it is accepted at the very instant that it is due, then it is in time; a millisecond later it is not', () => {
    expect(told(noticed(notedAt(reported, 24), at(30), false))).toEqual([]);
    expect(told(noticed(notedAt(reported, 24), at(30 + 1 / MINUTE), false))).toContainEqual(['LimitPassed', 'own', at(30)]);
    const accepted = stopped(notedAt(reported, 24), 'own', at(30));
    expect(noticed(accepted, at(60), true)).toEqual([]);
    expect([dueAt(accepted, 'own'), warnAt(accepted, 'own')]).toEqual([null, null]);
  });

  it('when it is restored before its limit, then nothing more is due', () => {
    const restored = stopped(stopped(reported, 'own', at(10)), 'resolve', at(90));
    expect(nextAt(restored)).toBeNull();
    expect(noticed(restored, at(1_000), true)).toEqual([]);
  });

  it('when it is restored after its limit and nobody had noted that, then that is still to be noted', () => {
    const restored = stopped(stopped(reported, 'own', at(10)), 'resolve', at(130));
    expect(nextAt(restored)).toBe(at(120));
    expect(told(noticed(restored, at(1_000), true))).toContainEqual(['LimitPassed', 'resolve', at(120)]);
  });

  it('when it becomes overdue, then the stage at which the clock ran longest is named, with the time spent in each', () => {
    const history = entered(entered(reported, 'dispatched', at(10)), 'accepted', at(30));
    const level = resumed(paused(stopped(history, 'own', at(30)), 'waiting-parts', at(50)), at(250));
    const [overdue] = noticed(level, at(2_000), false);
    expect(overdue).toEqual({
      type: 'WorkOrderLimitPassed',
      data: {
        clock: 'resolve',
        dueAt: at(320),
        stage: 'accepted',
        spent: { waiting: 10 * MINUTE, dispatched: 20 * MINUTE, accepted: 90 * MINUTE, paused: 200 * MINUTE },
      },
    });
  });
});

describe('WO-10 given an order that counts by office hours', () => {
  it('when it becomes overdue after a weekend that nothing counted in, then the stage that used most of the limit is named', () => {
    // Reported on Friday, ten minutes before the office closes; accepted on Monday, ten minutes after it opened.
    const friday = opened({ ...TERMS, calendar: OFFICE }, 'P4', at(-2 * 1_440 - 910), 'waiting');
    const sent = entered(friday, 'dispatched', at(5));
    const level = stopped(entered(sent, 'accepted', at(10)), 'own', at(10));
    const passed = noticed(level, at(1_440), true).find(({ type }) => type === 'WorkOrderLimitPassed');
    expect(passed).toMatchObject({
      data: { clock: 'resolve', dueAt: at(470), stage: 'accepted', spent: { accepted: 460 * MINUTE, dispatched: 5 * MINUTE } },
    });
    expect((passed!.data as { spent: Record<string, number> }).spent['waiting']).toBeGreaterThan(2 * 1_440 * MINUTE);
  });
});

describe('WO-10 given a limit that was noted before somebody said that it had been restored', () => {
  const late = notedAt(stopped(reported, 'own', at(10)), 120);

  it('when it had been restored in time, also at that very instant, then the limit was kept after all, once', () => {
    const kept = { type: 'WorkOrderLimitKept', data: { clock: 'resolve', dueAt: at(120), technicianId: 'pn_chen', at: at(150) } } as const;
    for (const restored of [100, 120]) expect(keptAfterAll(late, at(restored), at(150))).toEqual([kept]);
    expect(keptAfterAll(late, at(121), at(150))).toEqual([]);
    expect(keptAfterAll(noted(late, kept), at(100), at(160))).toEqual([]);
  });

  it('when the priority was judged anew in between, then each limit that came after the repair was kept, one before it was not', () => {
    const twice = notedAt(retermed(late, { priority: 'P3' }, at(130)), 240);
    expect(told(keptAfterAll(twice, at(110), at(300)))).toEqual([
      ['LimitKept', 'resolve', at(120)],
      ['LimitKept', 'resolve', at(240)],
    ]);
    expect(told(keptAfterAll(twice, at(200), at(300)))).toEqual([['LimitKept', 'resolve', at(240)]]);
  });
});

describe('WO-04 given an order that is paused', () => {
  const waitingForParts = paused(reported, 'waiting-parts', at(20));

  it('when it is asked what is due, then nothing is while the clocks stand still', () => {
    expect([dueAt(waitingForParts, 'own'), warnAt(waitingForParts, 'own'), nextAt(waitingForParts)]).toEqual([null, null, null]);
    expect([isPaused(waitingForParts), isPaused(resumed(waitingForParts, at(30)))]).toEqual([true, false]);
    expect(noticed(waitingForParts, at(10_000), true)).toEqual([]);
    expect(minutes(waitingForParts, 'own', 10_000)).toBe(20);
  });

  it('when it is resumed, then both limits are later by the pause', () => {
    const level = resumed(waitingForParts, at(80));
    expect([dueAt(level, 'own'), dueAt(level, 'resolve'), warnAt(level, 'own')]).toEqual([at(90), at(180), at(84)]);
    expect(minutes(level, 'resolve', 100)).toBe(40);
  });

  it('when pauses overlap, then the time they share is left out once', () => {
    const level = resumed(paused(waitingForParts, 'no-access', at(50)), at(80));
    expect(dueAt(level, 'own')).toBe(at(90));
    const backdated = resumed(paused(level, 'vendor', at(60)), at(100));
    expect(dueAt(backdated, 'own')).toBe(at(110));
    const within = resumed(paused(backdated, 'vendor', at(30)), at(40));
    expect(dueAt(within, 'own')).toBe(at(110));
  });

  it('when it was paused from the start for what was missing, then its limits begin when that is provided', () => {
    const incomplete = paused(opened(TERMS, 'P2', at(0), 'needs-information'), 'needs-information', at(0));
    expect(nextAt(incomplete)).toBeNull();
    const complete = entered(resumed(incomplete, at(45)), 'waiting', at(45));
    expect(dueAt(complete, 'own')).toBe(at(75));
    expect(spent(complete, at(50))).toEqual({ waiting: 5 * MINUTE, paused: 45 * MINUTE });
  });

  it('when the limit had passed before the pause and nobody had noted it, then that is still to be noted', () => {
    const late = paused(notedAt(reported, 24), 'vendor', at(40));
    expect(nextAt(late)).toBe(at(30));
    expect(told(noticed(late, at(60), false))).toContainEqual(['LimitPassed', 'own', at(30)]);
  });

  it('when it had been warned of before, then it is not warned of again after the pause', () => {
    const level = resumed(paused(notedAt(reported, 24), 'vendor', at(25)), at(125));
    expect([warnAt(level, 'own'), dueAt(level, 'own')]).toEqual([null, at(130)]);
  });

  it('when it is resumed though it was not paused, or at an instant before the pause, then no time is lost or won', () => {
    expect(dueAt(resumed(reported, at(10)), 'own')).toBe(at(30));
    expect(dueAt(resumed(waitingForParts, at(10)), 'own')).toBe(at(30));
  });
});

describe('WO-10 given an order whose priority or terms change', () => {
  it('when it becomes less urgent, then it has more time from the same beginning', () => {
    const level = retermed(reported, { priority: 'P3' }, at(20));
    expect([dueAt(level, 'own'), dueAt(level, 'resolve')]).toEqual([at(60), at(240)]);
    expect(minutes(level, 'resolve', 50)).toBe(50);
  });

  it('when it becomes so urgent that its limit has passed, then it is due at the instant of the change, not before', () => {
    const level = retermed(notedAt(reported, 24), { priority: 'P1' }, at(28));
    expect([dueAt(level, 'own'), warnAt(level, 'own')]).toEqual([at(28), null]);
    expect(told(noticed(level, at(29), false))).toEqual([
      ['LimitPassed', 'own', at(28)],
      ['Escalated', 'dispatcher', at(28)],
    ]);
  });

  it('when it becomes so urgent that only its warning has passed, then it is warned of at the instant of the change', () => {
    const level = retermed(reported, { priority: 'P1' }, at(14));
    expect(warnAt(level, 'own')).toBe(at(14));
    expect(told(noticed(level, at(14), true))).toEqual([['LimitWarned', 'own', at(15)]]);
  });

  it('when it had been warned of and is given more time, then it is warned of again when that is nearly over', () => {
    expect(warnAt(retermed(notedAt(reported, 24), { priority: 'P3' }, at(25)), 'own')).toBe(at(48));
  });

  it('when that happens while it is paused, then nothing is due before it is resumed', () => {
    const level = retermed(paused(reported, 'vendor', at(25)), { priority: 'P1' }, at(100));
    expect(nextAt(level)).toBeNull();
    expect(dueAt(resumed(level, at(200)), 'own')).toBe(at(200));
  });

  it('when it was accepted in time, then a later change does not make that late', () => {
    const level = retermed(stopped(reported, 'own', at(25)), { priority: 'P1' }, at(40));
    expect(told(noticed(level, at(41), true)).filter(([, clock]) => clock !== 'resolve')).toEqual([]);
  });

  it('when it was overdue and is given more time, then it can become overdue again, once', () => {
    const level = retermed(notedAt(reported, 30), { priority: 'P4' }, at(40));
    expect(dueAt(level, 'own')).toBe(at(120));
    expect(told(noticed(level, at(120), true))).toContainEqual(['LimitPassed', 'own', at(120)]);
    expect(told(noticed(notedAt(level, 120), at(130), true))).toEqual([]);
  });

  it('when nothing in them changes, then what was noted stays noted', () => {
    const level = notedAt(reported, 30);
    expect(retermed(level, { priority: 'P2', terms: { ...TERMS } }, at(40))).toEqual(level);
  });

  it('when another calendar counts from now on, then what has elapsed stays', () => {
    // At 18:40 the office has been closed for 100 minutes, and 640 minutes had elapsed round the clock.
    const level = retermed(reported, { terms: { ...TERMS, calendar: OFFICE, resolve: { ...TERMS.resolve, P2: 700 } } }, at(640));
    expect(minutes(level, 'resolve', 640)).toBe(640);
    expect(minutes(level, 'resolve', 900)).toBe(640);
    expect(dueAt(level, 'resolve')).toBe(at(24 * 60 + 60));
    // A change told late does not reach back before the one that is known.
    const back = retermed(level, { terms: TERMS }, at(100));
    expect(minutes(back, 'resolve', 700)).toBe(700);
  });

  it('when they change often, then each calendar is kept once while it stays the same', () => {
    const level = retermed(retermed(reported, { priority: 'P1' }, at(5)), { priority: 'P3', terms: { ...TERMS, version: 2 } }, at(6));
    expect(level.calendars).toEqual([{ calendar: ROUND_THE_CLOCK, from: at(0) }]);
  });
});

describe('WO-10 given an order that is reopened', () => {
  const completed = entered(stopped(stopped(reported, 'own', at(10)), 'resolve', at(90)), 'completed', at(90));
  const again = entered(restarted(completed, 'resolve', at(1_000)), 'waiting', at(1_000));

  it('when the time it was taken for done is over, then the clock goes on with what had elapsed before', () => {
    expect(minutes(completed, 'resolve', 900)).toBe(90);
    expect(minutes(again, 'resolve', 1_010)).toBe(100);
    expect(dueAt(again, 'resolve')).toBe(at(1_030));
  });

  it('when it had been overdue already, then it is due at the reopening, and noted once more', () => {
    const late = restarted(stopped(notedAt(stopped(reported, 'own', at(10)), 120), 'resolve', at(150)), 'resolve', at(1_000));
    expect(dueAt(late, 'resolve')).toBe(at(1_000));
    expect(told(noticed(late, at(1_001), false))).toEqual([
      ['LimitPassed', 'resolve', at(1_000)],
      ['Escalated', 'director', at(1_000)],
    ]);
  });

  it('when the stage is named that used most of the limit, then the time it was taken for done is not it', () => {
    const [overdue] = noticed(notedAt(again, 1_000), at(2_000), false);
    expect(overdue?.data).toMatchObject({ stage: 'waiting', spent: { waiting: 120 * MINUTE, completed: 910 * MINUTE } });
  });

  it('when only one clock goes on, then what the other has come to stays', () => {
    const declined = restarted(stopped(notedAt(reported, 120), 'own', at(130)), 'own', at(140));
    expect([dueAt(declined, 'resolve'), dueAt(declined, 'own')]).toEqual([at(120), at(140)]);
    expect(told(noticed(declined, at(150), true))).toEqual([
      ['LimitPassed', 'own', at(140)],
      ['Escalated', 'dispatcher', at(140)],
    ]);
  });

  it('when it is reopened twice, then neither time counts; one that runs is not restarted', () => {
    const twice = restarted(stopped(again, 'resolve', at(1_010)), 'resolve', at(2_000));
    expect(dueAt(twice, 'resolve')).toBe(at(2_020));
    expect(restarted(reported, 'resolve', at(50))).toBe(reported);
    expect(stopped(completed, 'resolve', at(95))).toBe(completed);
  });
});

describe('WO-10 given limits that count by office hours', () => {
  const level = opened({ ...TERMS, calendar: OFFICE }, 'P3', at(8 * 60), 'waiting');

  it('when an order is reported an hour before closing, then the rest of its limit runs the next morning', () => {
    expect([dueAt(level, 'own'), dueAt(level, 'resolve')]).toEqual([at(9 * 60), at(27 * 60)]);
  });

  it('when it is paused over the night only, then it is due as if it had not been', () => {
    expect(dueAt(resumed(paused(level, 'no-access', at(9 * 60)), at(24 * 60)), 'resolve')).toBe(at(27 * 60));
  });
});

describe('given terms that say less than they should', () => {
  it('when there are none, or none for this priority, then nothing is ever due', () => {
    for (const terms of [undefined, {}, { ...TERMS, own: {}, resolve: {} }]) {
      const level = opened(terms as unknown as Terms, 'P2', at(0), 'waiting');
      expect([nextAt(level), dueAt(level, 'own'), noticed(level, at(9_999), true)]).toEqual([null, null, []]);
      expect(minutes(level, 'own', 60)).toBe(60);
    }
  });

  it('when a limit is none at all, or endless, then it is due at once, or at the end of time', () => {
    const level = opened({ ...TERMS, own: { ...TERMS.own, P2: -5 }, resolve: { ...TERMS.resolve, P2: 1e300 } }, 'P2', at(0), 'waiting');
    expect([dueAt(level, 'own'), warnAt(level, 'own'), dueAt(level, 'resolve')]).toEqual([at(0), null, NEVER]);
    expect(told(noticed(level, at(0), true))[0]).toEqual(['LimitPassed', 'own', at(0)]);
  });

  it('when it was stored and read again, then it is the same', () => {
    const level = notedAt(restarted(stopped(paused(reported, 'vendor', at(5)), 'resolve', at(9)), 'resolve', at(12)), 40);
    expect(JSON.parse(JSON.stringify(level))).toEqual(level);
  });

  it('when time is asked for before it was opened, then none has passed', () => {
    expect([minutes(reported, 'own', -60), spent(reported, at(-60))]).toEqual([0, {}]);
    expect(elapsed(reported, 'own', at(48 * 60))).toBe(48 * HOUR);
  });

  it('when a stage is told late, then no time is counted twice', () => {
    const level = entered(entered(reported, 'dispatched', at(20)), 'accepted', at(10));
    expect(spent(level, at(50))).toEqual({ waiting: 20 * MINUTE, accepted: 30 * MINUTE });
  });
});
