import {
  answers,
  connection,
  entity,
  historyOf,
  mutation,
  type PageArguments,
  type RequestContext,
  text,
  type Tools,
} from '@hospital/service';
import { z } from 'zod';
import { asset } from '../domain/asset';
import { assets } from '../views/assets';

export const assetResolvers = ({ context, journal, views }: Tools) => ({
  Query: {
    asset: (_: unknown, { id }: { id: string }, request: RequestContext) => entity(views, assets, id, request),
    assets: (_: unknown, page: PageArguments, request: RequestContext) => connection(views, assets, page, { orderBy: 'NAME_ASC' }, request),
  },

  Mutation: {
    registerAsset: mutation(context, journal, {
      aggregate: asset,
      view: assets,
      input: z.object({ name: text(200), kind: text(50) }),
      of: { makes: 'as' },
      to: (data) => ({ type: 'RegisterAsset', data }),
    }),
  },

  AssetAnswer: answers('Asset'),

  Asset: {
    __resolveReference: ({ id }: { id: string }, request: RequestContext) => entity(views, assets, id, request),
    ...historyOf(journal, asset.category),
  },
});
