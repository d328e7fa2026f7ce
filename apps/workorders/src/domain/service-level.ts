import { type Instant, later, millis, MINUTE } from '@hospital/kernel';
import { afterBusinessTime, businessTime, type CalendarTerms, NEVER, ROUND_THE_CLOCK } from './business-time';
import { earlier, inStages, type Lasting, order, overlap, type Span, without } from './spans';

export type Priority = 'P1' | 'P2' | 'P3' | 'P4';
/** Until somebody accepts it (time to own), until it is restored (time to resolve). */
export type Clock = 'own' | 'resolve';
const CLOCKS: readonly Clock[] = ['own', 'resolve'];
/** Minutes of business time. */
export type Limits = Readonly<Record<Priority, number>>;

/** What was agreed when the order was reported; later agreements do not change it. */
export type Terms = {
  readonly agreementId: string;
  readonly version: number;
  /** From dispatch to acceptance, on the wall clock. */
  readonly respondMinutes: number;
  readonly own: Limits;
  readonly resolve: Limits;
  /** Share of a limit after which a warning is due. */
  readonly warnAt: number;
  readonly calendar: CalendarTerms;
  readonly vendorArrivalMinutes: number;
  readonly ratingDays: number;
  /** How long the contact of somebody without an account is kept after the request; orders of before this was agreed with them have none. */
  readonly contactDays?: number;
};

type Each<T> = Readonly<Record<Clock, T>>;

/** Both clocks of one order, as intervals: what has elapsed is always counted anew from these, never added up. */
export interface ServiceLevel {
  readonly terms: Terms;
  readonly priority: Priority;
  readonly openedAt: Instant;
  /** Which calendar counts from when: one that changes later does not change what has elapsed. */
  readonly calendars: readonly { readonly calendar: CalendarTerms; readonly from: Instant }[];
  readonly pauses: readonly (Lasting & { readonly reason: string; readonly note: string | null })[];
  /** Since when a clock stands still because its purpose is reached; null: it is not. */
  readonly stopped: Each<Instant | null>;
  /** From a stop until the clock went on. */
  readonly gaps: Each<readonly Span[]>;
  /** Nothing is due before: the opening, or the latest change of priority or terms, or reopening. */
  readonly baseline: Each<Instant>;
  /** The due instant that was warned of since the baseline. */
  readonly warned: Each<Instant | null>;
  /** The due instant that was noted as passed since the baseline. */
  readonly noted: Each<Instant | null>;
  /** Every due instant that passed and was not found kept afterwards, also of former baselines, and who had the order then. */
  readonly passed: Each<readonly { readonly dueAt: Instant; readonly technicianId: string | null }[]>;
  /** In order, a hundred together, so that one that is entered copies few of those before. */
  readonly stages: readonly (readonly { readonly stage: string; readonly from: Instant }[])[];
}

export type ServiceLevelEvent =
  | { type: 'WorkOrderLimitWarned'; data: { clock: Clock; dueAt: Instant } }
  | { type: 'WorkOrderLimitPassed'; data: { clock: Clock; dueAt: Instant; stage: string; spent: Readonly<Record<string, number>> } }
  | { type: 'WorkOrderLimitKept'; data: { clock: 'resolve'; dueAt: Instant; technicianId: string | null; at: Instant } }
  | { type: 'WorkOrderEscalated'; data: { to: 'dispatcher' | 'director'; because: 'response' | Clock; dueAt: Instant } };

const each = <T>(value: T): Each<T> => ({ own: value, resolve: value });

export const opened = (terms: Terms, priority: Priority, at: Instant, stage: string): ServiceLevel => ({
  terms,
  priority,
  openedAt: at,
  calendars: [{ calendar: calendarOf(terms), from: at }],
  pauses: [],
  stopped: each(null),
  gaps: each([]),
  baseline: each(at),
  warned: each(null),
  noted: each(null),
  passed: each([]),
  stages: [[{ stage, from: at }]],
});

/** A stage of the order begins. */
export function entered(level: ServiceLevel, stage: string, at: Instant): ServiceLevel {
  const last = level.stages.at(-1)!;
  const next = { stage, from: later(last.at(-1)!.from, at) };
  return { ...level, stages: last.length < 100 ? [...level.stages.slice(0, -1), [...last, next]] : [...level.stages, [next]] };
}

/** Both clocks stand still. */
export const paused = (level: ServiceLevel, reason: string, at: Instant, note: string | null = null): ServiceLevel => ({
  ...level,
  pauses: [...level.pauses, { from: at, until: null, reason, note }],
});

/** Whatever paused the clocks is over. */
export const resumed = (level: ServiceLevel, at: Instant): ServiceLevel => ({
  ...level,
  pauses: level.pauses.map((pause) => (pause.until === null ? { ...pause, until: later(pause.from, at) } : pause)),
});

export const pauseOf = ({ pauses }: ServiceLevel) => pauses.find(({ until }) => until === null);
export const isPaused = (level: ServiceLevel): boolean => pauseOf(level) !== undefined;

/** The order was accepted (own) or restored (resolve). */
export const stopped = (level: ServiceLevel, clock: Clock, at: Instant): ServiceLevel =>
  level.stopped[clock] === null ? { ...level, stopped: { ...level.stopped, [clock]: at } } : level;

/** Reopened: the clock goes on with what had elapsed; the time since it stopped does not count. */
export function restarted(level: ServiceLevel, clock: Clock, at: Instant): ServiceLevel {
  const from = level.stopped[clock];
  if (from === null) return level;
  const gaps = { ...level.gaps, [clock]: [...level.gaps[clock], { from, until: later(from, at) }] };
  return { ...rebaselined(level, [clock], at), stopped: { ...level.stopped, [clock]: null }, gaps };
}

/** Limits change, what has elapsed does not. */
export function retermed(level: ServiceLevel, change: { terms?: Terms; priority?: Priority }, at: Instant): ServiceLevel {
  const { terms, priority } = { ...level, ...change };
  if (same([terms, priority], [level.terms, level.priority])) return level;
  const last = level.calendars.at(-1)!;
  const next = { calendar: calendarOf(terms), from: later(last.from, at) };
  const calendars = same(next.calendar, last.calendar) ? level.calendars : [...level.calendars, next];
  return { ...rebaselined(level, CLOCKS, at), terms, priority, calendars };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const calendarOf = (terms: Terms | undefined): CalendarTerms => terms?.calendar ?? ROUND_THE_CLOCK;

function rebaselined(level: ServiceLevel, clocks: readonly Clock[], at: Instant): ServiceLevel {
  const put = <T>(all: Each<T>, value: T): Each<T> => ({ ...all, ...Object.fromEntries(clocks.map((clock) => [clock, value])) });
  return { ...level, baseline: put(level.baseline, at), warned: put(level.warned, null), noted: put(level.noted, null) };
}

/** Milliseconds of business time that the clock has run until then. */
export const elapsed = (level: ServiceLevel, clock: Clock, at: Instant): number =>
  running(level, clock, at).reduce((sum, { calendar, from, until }) => sum + businessTime(calendar, from, until), 0);

/** When the limit is reached; null while the clock stands still. Acceptance or restoration at that very instant is in time. */
export const dueAt = (level: ServiceLevel, clock: Clock): Instant | null => (stands(level, clock) ? null : due(level, clock));

/** When to warn of it; null once warned, or while the clock stands still. */
export const warnAt = (level: ServiceLevel, clock: Clock): Instant | null => (stands(level, clock) ? null : warning(level, clock));

/** When there is something to note next. */
export function nextAt(level: ServiceLevel): Instant | null {
  const open = CLOCKS.filter((clock) => level.noted[clock] === null);
  const all = open.flatMap((clock) => [warning(level, clock), due(level, clock)]);
  return all.filter((at) => at !== null).sort()[0] ?? null;
}

/** Milliseconds on the wall clock that the order has been in each stage, or paused. */
export function spent(level: ServiceLevel, at: Instant): Record<string, number> {
  const stages = inStages(level.stages.flat(), without(level.pauses, level.openedAt, at), onTheWall);
  const rest = millis(at) - millis(level.openedAt) - Object.values(stages).reduce((sum, ms) => sum + ms, 0);
  return rest > 0 ? { ...stages, paused: rest } : stages;
}

/** What came due before `at` (inclusive: or then) and is not noted yet, in order; no warning of a limit that has passed too. */
export function noticed(level: ServiceLevel, at: Instant, inclusive: boolean): readonly ServiceLevelEvent[] {
  const passed = (instant: Instant | null): instant is Instant => instant !== null && (instant < at || (inclusive && instant === at));
  const open = CLOCKS.filter((clock) => level.noted[clock] === null);
  const found = open.flatMap((clock) => {
    const [limit, warn] = [due(level, clock), warning(level, clock)];
    if (passed(limit)) return [{ at: limit, events: overdue(level, clock, limit) }];
    return passed(warn) ? [{ at: warn, events: warned(level, clock, warn) }] : [];
  });
  return found.sort((a, b) => order(a.at, b.at)).flatMap(({ events }) => events);
}

/** Limits that were noted as passed before anybody said that it had been restored in time. */
export function keptAfterAll({ passed }: ServiceLevel, restoredAt: Instant, at: Instant): readonly ServiceLevelEvent[] {
  const kept = new Map(passed.resolve.filter(({ dueAt }) => dueAt >= restoredAt).map((limit) => [limit.dueAt, limit]));
  return [...kept.values()].map((limit) => ({ type: 'WorkOrderLimitKept', data: { clock: 'resolve', ...limit, at } }));
}

/** `technicianId`: who has the order. */
export function evolveLevel(level: ServiceLevel, { type, data }: ServiceLevelEvent, technicianId: string | null): ServiceLevel {
  if (type === 'WorkOrderEscalated') return level;
  const { clock, dueAt } = data;
  const passed = (limits: ServiceLevel['passed'][Clock]) => ({ ...level.passed, [clock]: limits });
  switch (type) {
    case 'WorkOrderLimitWarned':
      return { ...level, warned: { ...level.warned, [clock]: dueAt } };
    case 'WorkOrderLimitPassed':
      return { ...level, noted: { ...level.noted, [clock]: dueAt }, passed: passed([...level.passed[clock], { dueAt, technicianId }]) };
    case 'WorkOrderLimitKept':
      return { ...level, passed: passed(level.passed[clock].filter((limit) => limit.dueAt !== dueAt)) };
  }
}

/** The due instant as it was foreseen at the warning. */
function warned(level: ServiceLevel, clock: Clock, at: Instant): readonly ServiceLevelEvent[] {
  const foreseen = afterBusinessTime(calendarOf(level.terms), at, limitOf(level, clock) - elapsed(level, clock, at));
  return [{ type: 'WorkOrderLimitWarned', data: { clock, dueAt: foreseen } }];
}

/** The stage named is the one that used most of this clock's time. */
function overdue(level: ServiceLevel, clock: Clock, at: Instant): readonly ServiceLevelEvent[] {
  const used = Object.entries(inStages(level.stages.flat(), running(level, clock, at), inBusiness));
  const [stage] = used.reduce((most, one) => (one[1] > most[1] ? one : most), used[0] ?? [level.stages[0]![0]!.stage, 0]);
  return [
    { type: 'WorkOrderLimitPassed', data: { clock, dueAt: at, stage, spent: spent(level, at) } },
    { type: 'WorkOrderEscalated', data: { to: clock === 'own' ? 'dispatcher' : 'director', because: clock, dueAt: at } },
  ];
}

const stands = (level: ServiceLevel, clock: Clock): boolean => isPaused(level) || level.stopped[clock] !== null;

/** NaN where none was agreed. */
const limitOf = ({ terms, priority }: ServiceLevel, clock: Clock): number => Math.round(terms?.[clock]?.[priority] * MINUTE);

/** Also one that passed before the clock was paused or stopped: it may still have to be noted. */
const due = (level: ServiceLevel, clock: Clock): Instant | null => reached(level, clock, limitOf(level, clock));

function warning(level: ServiceLevel, clock: Clock): Instant | null {
  if ([level.warned, level.noted, level.stopped].some((since) => since[clock] !== null)) return null;
  const [at, limit] = [reached(level, clock, Math.round(limitOf(level, clock) * level.terms?.warnAt)), due(level, clock)];
  return at !== null && limit !== null && at >= limit ? null : at;
}

/** The first instant, not before the baseline and not while the clock stands still, at which so much has elapsed. */
function reached(level: ServiceLevel, clock: Clock, ms: number): Instant | null {
  if (Number.isNaN(ms)) return null;
  let left = ms;
  for (const { calendar, from, until } of running(level, clock, NEVER)) {
    const at = later(afterBusinessTime(calendar, from, left), level.baseline[clock]);
    if (at <= until) return at === level.stopped[clock] ? null : at;
    left -= businessTime(calendar, from, until);
  }
  return null;
}

/** When the clock ran, in order, each piece under one calendar. */
function running(level: ServiceLevel, clock: Clock, until: Instant): readonly (Span & { readonly calendar: CalendarTerms })[] {
  const { openedAt, pauses, gaps, calendars } = level;
  const pieces = without([...pauses, ...gaps[clock]], openedAt, earlier(level.stopped[clock] ?? NEVER, until));
  return pieces.flatMap((piece) =>
    calendars.flatMap(({ calendar, from }, n) => {
      const part = overlap(piece, { from, until: calendars[n + 1]?.from ?? NEVER });
      return part.from < part.until ? [{ ...part, calendar }] : [];
    }),
  );
}

const onTheWall = ({ from, until }: Span): number => millis(until) - millis(from);
const inBusiness = ({ from, until }: Span, { calendar }: { readonly calendar: CalendarTerms }): number =>
  businessTime(calendar, from, until);
