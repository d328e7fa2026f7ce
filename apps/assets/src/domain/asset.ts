import { type Command, type Decider, reject, type Rejection } from '@hospital/kernel';

/** A building or device. 资产 */
export type AssetFacts = { name: string; kind: string };
export type AssetCommand = Command<'RegisterAsset', AssetFacts>;
export type AssetEvent = { type: 'AssetRegistered'; data: AssetFacts };
export type Asset = { readonly registered: boolean };

export const asset: Decider<Asset, AssetCommand, AssetEvent> = {
  category: 'asset',
  initial: { registered: false },
  decide: ({ data }, { registered }): readonly AssetEvent[] | Rejection =>
    registered ? reject('ALREADY_REGISTERED', 'This asset exists.', 'idempotencyKey') : [{ type: 'AssetRegistered', data }],
  evolve: (state, { type }) => (type === 'AssetRegistered' ? { registered: true } : state),
};
