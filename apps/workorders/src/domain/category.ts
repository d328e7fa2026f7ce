import { type Command, type Decider, reject, type Rejection } from '@hospital/kernel';

/** A kind of fault that can be reported, and the trade it takes. */
export type CategoryCommand = Command<'DefineCategory', { name: string; nameEn: string; trade: string }>;
export type CategoryEvent = { type: 'CategoryDefined'; data: { name: string; nameEn: string; trade: string } };
export type Category = { readonly defined: boolean };

export const category: Decider<Category, CategoryCommand, CategoryEvent> = {
  category: 'category',
  initial: { defined: false },
  decide: ({ data }, { defined }): readonly CategoryEvent[] | Rejection =>
    defined ? reject('ALREADY_DEFINED', 'This category exists.', 'idempotencyKey') : [{ type: 'CategoryDefined', data }],
  evolve: (state, { type }) => (type === 'CategoryDefined' ? { defined: true } : state),
};
