import type { Instant } from '@hospital/kernel';
import { dateAt, yearsBetween } from './local-time';
import { UNCLASSIFIED } from './person';

/** What counts somebody: everyone registered who has not left. */
export interface Member {
  readonly id: string;
  readonly trade: string;
  readonly trades: readonly string[];
}

const sorted = <T>(counts: ReadonlyMap<string, T>): readonly (readonly [string, T])[] =>
  [...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

/** Everyone once, under their main trade; the total is the sum, never a figure of its own. */
export function headcountOf(members: readonly Member[]) {
  const counts = new Map([[UNCLASSIFIED, 0]]);
  for (const { trade } of members) counts.set(trade, (counts.get(trade) ?? 0) + 1);
  const byTrade = sorted(counts).map(([trade, people]) => ({ trade, people }));
  return { total: byTrade.reduce((sum, { people }) => sum + people, 0), byTrade };
}

/** Whole years at that instant; null for a date that is unknown or erased. */
export const ageAt = (birthDate: string | null, at: Instant): number | null => {
  const years = birthDate === null ? NaN : yearsBetween(birthDate, dateAt(at));
  return Number.isInteger(years) ? years : null;
};

export function ageProfileOf(birthDates: readonly (string | null)[], at: Instant) {
  const ages = birthDates.map((date) => ageAt(date, at)).filter((age) => age !== null);
  const share = (count: number): number | null => (ages.length === 0 ? null : count / ages.length);
  return {
    meanAge: share(ages.reduce((sum, age) => sum + age, 0)),
    share50AndOver: share(ages.filter((age) => age >= 50).length),
    known: ages.length,
    unknown: birthDates.length - ages.length,
  };
}

/** Whether somebody is on their planned shift at that instant: whoever went home within it has left it. */
export const worksAt = (at: Instant, { from, until }: { from: Instant; until: Instant }, wentOffAt: Instant | null): boolean =>
  from <= at && at < until && (wentOffAt === null || wentOffAt < from || at < wentOffAt);

/** Who of a trade, as main or further trade, holds a certificate, of all and of those on shift. */
export function coverageOf(members: readonly Member[], holders: ReadonlySet<string>, onShift: ReadonlySet<string>) {
  const count = (of: readonly Member[]) => {
    const holding = of.filter(({ id }) => holders.has(id));
    const present = of.filter(({ id }) => onShift.has(id));
    return {
      people: of.length,
      holders: holding.length,
      rate: of.length === 0 ? null : holding.length / of.length,
      onShift: present.length,
      onShiftHolders: present.filter(({ id }) => holders.has(id)).length,
    };
  };
  const byTrade = new Map<string, Member[]>();
  for (const member of members)
    for (const trade of new Set([member.trade, ...member.trades])) byTrade.set(trade, [...(byTrade.get(trade) ?? []), member]);
  return { overall: count(members), byTrade: sorted(byTrade).map(([trade, of]) => ({ trade, ...count(of) })) };
}
