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
import { item } from '../domain/item';
import { items } from '../views/items';

export const itemResolvers = ({ context, journal, views }: Tools) => ({
  Query: {
    item: (_: unknown, { id }: { id: string }, request: RequestContext) => entity(views, items, id, request),
    items: (_: unknown, page: PageArguments, request: RequestContext) => connection(views, items, page, { orderBy: 'NAME_ASC' }, request),
  },

  Mutation: {
    registerItem: mutation(context, journal, {
      aggregate: item,
      view: items,
      input: z.object({ name: text(200), unit: text(20) }),
      of: { makes: 'it' },
      to: (data) => ({ type: 'RegisterItem', data }),
    }),
  },

  ItemAnswer: answers('Item'),

  Item: {
    __resolveReference: ({ id }: { id: string }, request: RequestContext) => entity(views, items, id, request),
    ...historyOf(journal, item.category),
  },
});
