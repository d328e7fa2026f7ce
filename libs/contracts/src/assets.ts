import { code, idOf, label, promise } from './promise';

const asset = promise('asset', { assetId: idOf('as', 'The asset 资产') });

export const assets = {
  AssetRegistered: asset('A building, a room or a piece of equipment was entered in the register 资产登记.', {
    name: label('As it is written on it, never the name of a person'),
    kind: code('What it is: building, floor, room, equipment …'),
    parentId: idOf('as', 'The asset it is in').optional(),
  }),
} as const;
