import { HOUR, type Instant, millis } from '@hospital/kernel';
import { addDays, instantOf } from './local-time';

/** Who is called for a trade, and who when they do not answer, from an instant until another. */
export type OnCallSlot = {
  readonly slotId: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly primaryId: string;
  readonly backupId: string;
};
/** Nobody is called, and it says why. */
export type DeclaredGap = { readonly gapId: string; readonly from: Instant; readonly until: Instant; readonly reason: string };
export type OnCallPlan = { readonly slots: readonly OnCallSlot[]; readonly gaps: readonly DeclaredGap[] };

type Span = { readonly from: Instant; readonly until: Instant };
export const covers = ({ from, until }: Span, at: Instant): boolean => from <= at && at < until;
export const overlaps = (a: Span, b: Span): boolean => a.from < b.until && b.from < a.until;

/** One slot, or a gap with its reason, or a gap that nobody declared. A slot set over a declared gap fills it. */
export function onCallAt({ slots, gaps }: OnCallPlan, at: Instant): { slot: OnCallSlot } | { slot: null; gap: DeclaredGap | null } {
  const slot = slots.find((one) => covers(one, at));
  return slot ? { slot } : { slot: null, gap: gaps.find((one) => covers(one, at)) ?? null };
}

/** Every stretch of a period in which nobody is called, each with its declaration, if there is one. */
export function gapsIn(plan: OnCallPlan, { from, until }: Span): readonly (Span & { readonly gap: DeclaredGap | null })[] {
  const found: (Span & { gap: DeclaredGap | null })[] = [];
  const edges = [...plan.slots, ...plan.gaps].flatMap((one) => [one.from, one.until]).filter((at) => from < at && at < until);
  const starts = [...new Set([from, ...edges])].sort();
  for (const [n, start] of starts.entries()) {
    const answer = onCallAt(plan, start);
    if (answer.slot) continue;
    const last = found.at(-1);
    const end = starts[n + 1] ?? until;
    if (last?.until === start && last.gap?.gapId === answer.gap?.gapId) found[found.length - 1] = { ...last, until: end };
    else found.push({ from: start, until: end, gap: answer.gap });
  }
  return found;
}

/** People take turns; the one after is the back-up. The hand-over is at a local time, so a slot is an hour longer or shorter when clocks change. */
export type Rotation = {
  readonly zone: string;
  readonly firstDay: string;
  readonly days: number;
  /** Local days until the next hand-over. */
  readonly slotDays: number;
  /** `HH:mm` */
  readonly handOverTime: string;
  readonly people: readonly string[];
};

export function slotsOf({ zone, firstDay, days, slotDays, handOverTime, people }: Rotation): readonly Omit<OnCallSlot, 'slotId'>[] {
  return Array.from({ length: Math.ceil(days / slotDays) }, (_, n) => {
    const handOver = (day: number): Instant => instantOf(addDays(firstDay, Math.min(day, days)), handOverTime, zone);
    return {
      from: handOver(n * slotDays),
      until: handOver((n + 1) * slotDays),
      primaryId: people[n % people.length]!,
      backupId: people[(n + 1) % people.length]!,
    };
  });
}

const hours = ({ from, until }: Span): number => (millis(until) - millis(from)) / HOUR;
const within = (span: Span, { from, until }: Span): Span => ({
  from: span.from > from ? span.from : from,
  until: span.until < until ? span.until : until,
});

/** More than this many times the mean is too much. */
const OVERLOAD = 1.25;

/**
 * How good a plan is, 0 to 100: the share of the period in which somebody is called, times how evenly the primaries share it
 * (1: all the same; less by the share of the hours that would have to change hands).
 */
export function qualityOf(plan: OnCallPlan, period: Span) {
  const gapHours = gapsIn(plan, period).reduce((sum, gap) => sum + hours(gap), 0);
  const load = new Map<string, number>();
  for (const slot of plan.slots.filter((one) => overlaps(one, period))) {
    load.set(slot.primaryId, (load.get(slot.primaryId) ?? 0) + hours(within(slot, period)));
    load.set(slot.backupId, load.get(slot.backupId) ?? 0);
  }
  const total = [...load.values()].reduce((sum, one) => sum + one, 0);
  const mean = load.size === 0 ? 0 : total / load.size;
  const moved = [...load.values()].reduce((sum, one) => sum + Math.max(0, one - mean), 0);
  const covered = 1 - gapHours / hours(period);
  const balance = total === 0 ? 0 : 1 - moved / total;
  const people = [...load].map(([personId, primaryHours]) => ({ personId, primaryHours, overloaded: primaryHours > OVERLOAD * mean }));
  return { score: Math.round(100 * covered * balance), covered, balance, gapHours, people };
}
