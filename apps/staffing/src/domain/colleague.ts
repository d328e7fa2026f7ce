import { reject, type Rejection } from '@hospital/kernel';

/** What others need to know of a person to plan with them; looked up before a command is sent. */
export type Colleague = { readonly id: string; readonly trades: readonly string[]; readonly employed: boolean };

/** Why this person cannot be planned for work of a trade, if so. */
export function unfit(colleague: Colleague | null | undefined, trade: string, field: string): Rejection | undefined {
  if (!colleague) return reject('UNKNOWN_PERSON', 'There is no such person.', field);
  if (!colleague.employed) return reject('LEFT', `${colleague.id} has left.`, field);
  return colleague.trades.includes(trade) ? undefined : reject('TRADE_NOT_HELD', `${colleague.id} is no ${trade}.`, field);
}
