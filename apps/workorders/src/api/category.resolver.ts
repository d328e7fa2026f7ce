import { answers, entity, mutation, type RequestContext, text, type Tools } from '@hospital/service';
import { z } from 'zod';
import { category } from '../domain/category';
import { categories } from '../views/reference';

export const categoryResolvers = ({ context, journal, views }: Tools) => ({
  Query: {
    faultCategories: async (_: unknown, __: unknown, request: RequestContext) =>
      (await views.query(categories.name, { orderBy: { column: 'nameEn' } }, request)).map(({ row }) => row),
  },

  Mutation: {
    defineFaultCategory: mutation(context, journal, {
      aggregate: category,
      view: categories,
      roles: ['administrator'],
      input: z.object({ name: text(100), nameEn: text(100), trade: text(50) }),
      of: { makes: 'ct' },
      to: (data) => ({ type: 'DefineCategory', data }),
    }),
  },

  FaultCategoryAnswer: answers('FaultCategory'),
  FaultCategory: {
    __resolveReference: ({ id }: { id: string }, request: RequestContext) => entity(views, categories, id, request),
  },
});
