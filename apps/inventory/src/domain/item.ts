import { type Command, type Decider, reject, type Rejection } from '@hospital/kernel';

/** Something that is kept in store. 物资 */
export type ItemFacts = { name: string; unit: string };
export type ItemCommand = Command<'RegisterItem', ItemFacts>;
export type ItemEvent = { type: 'ItemRegistered'; data: ItemFacts };
export type Item = { readonly registered: boolean };

export const item: Decider<Item, ItemCommand, ItemEvent> = {
  category: 'item',
  initial: { registered: false },
  decide: ({ data }, { registered }): readonly ItemEvent[] | Rejection =>
    registered ? reject('ALREADY_REGISTERED', 'This item exists.', 'idempotencyKey') : [{ type: 'ItemRegistered', data }],
  evolve: (state, { type }) => (type === 'ItemRegistered' ? { registered: true } : state),
};
