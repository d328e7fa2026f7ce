import { type Command, type Decider, reject, type Rejection } from '@hospital/kernel';

export type Medium = 'electricity' | 'water' | 'gas';

/** A meter. 计量表 */
export type MeterFacts = { name: string; medium: Medium; unit: string };
export type MeterCommand = Command<'RegisterMeter', MeterFacts>;
export type MeterEvent = { type: 'MeterRegistered'; data: MeterFacts };
export type Meter = { readonly registered: boolean };

export const meter: Decider<Meter, MeterCommand, MeterEvent> = {
  category: 'meter',
  initial: { registered: false },
  decide: ({ data }, { registered }): readonly MeterEvent[] | Rejection =>
    registered ? reject('ALREADY_REGISTERED', 'This meter exists.', 'idempotencyKey') : [{ type: 'MeterRegistered', data }],
  evolve: (state, { type }) => (type === 'MeterRegistered' ? { registered: true } : state),
};
