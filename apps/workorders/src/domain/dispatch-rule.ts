import type { Instant } from '@hospital/kernel';

/** A candidate as known at the moment of dispatch; recorded with the choice, so that anyone can make it again. */
export type Technician = {
  readonly id: string;
  readonly trade: string;
  readonly onShiftFrom: Instant | null;
  readonly onShiftUntil: Instant | null;
  /** Orders dispatched to or accepted by this person and not completed. */
  readonly openOrders: number;
};

/** One candidate and why this one was, or was not, the one. */
export type Considered = Technician & { readonly eligible: boolean; readonly reasons: readonly string[] };

export type Choice = {
  readonly technicianId: string | null;
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly considered: readonly Considered[];
};

const RULE = { ruleId: 'trade-on-shift-least-loaded', ruleVersion: 1 };

/** The trade that is needed, on shift at that instant; of those the one with the fewest open orders, then by id. Pure. */
export function choose(trade: string, technicians: readonly Technician[], at: Instant): Choice {
  const judged = technicians.map((technician): Considered => {
    const { onShiftFrom: from, onShiftUntil: until } = technician;
    const rightTrade = technician.trade === trade;
    const onShift = from !== null && until !== null && from <= at && at < until;
    return {
      ...technician,
      eligible: rightTrade && onShift,
      reasons: [
        rightTrade ? `trade is ${trade}` : `trade is ${technician.trade}, needed is ${trade}`,
        onShift ? `on shift until ${until}` : 'not on shift',
        `${technician.openOrders} open orders`,
      ],
    };
  });
  const byLoad = (a: Considered, b: Considered): number => a.openOrders - b.openOrders || (a.id < b.id ? -1 : 1);
  const considered = [...judged].sort((a, b) => Number(b.eligible) - Number(a.eligible) || byLoad(a, b));
  const first = considered[0];
  return { technicianId: first?.eligible ? first.id : null, ...RULE, considered };
}
