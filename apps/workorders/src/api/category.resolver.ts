import { readStream } from '@hospital/kernel';
import {
  answers,
  connection,
  entity,
  historyOf,
  id,
  mutation,
  type PageArguments,
  type RequestContext,
  text,
  type Tools,
} from '@hospital/service';
import { z } from 'zod';
import { category, type CategoryDefinition, type FieldDefinition, USUAL_AGREEMENT } from '../domain/category';
import { calendar } from '../domain/calendar';
import { type Criterion, dispatchRule, type Level, type Rule } from '../domain/dispatch-rule';
import type { Criticality } from '../domain/intake';
import { place } from '../domain/place';
import { categories, dispatchRules, type PlaceRow, places, type RuleRow } from '../views/reference';
import { fromEnum, toEnum } from './enums';

const minutes = z.number().int().min(1, 'must be at least 1').max(5_256_000, 'must be at most ten years');
const limits = z.object({ P1: minutes, P2: minutes, P3: minutes, P4: minutes }).nullish();
const agreement = z
  .object({
    respondMinutes: minutes.nullish(),
    own: limits,
    resolve: limits,
    warnAt: z.number().min(0.1, 'must be 0.1 to 1').max(1, 'must be 0.1 to 1').nullish(),
    calendarId: id.nullish(),
    vendorArrivalMinutes: minutes.nullish(),
    ratingDays: z.number().int().min(1, 'must be 1 to 365').max(365, 'must be 1 to 365').nullish(),
    contactDays: z.number().int().min(0, 'must be 0 to 3,650').max(3_650, 'must be 0 to 3,650').nullish(),
  })
  .nullish()
  .transform((told) => ({
    ...USUAL_AGREEMENT,
    ...(Object.fromEntries(Object.entries(told ?? {}).filter(([, value]) => value !== null && value !== undefined)) as object),
  }));
const field = z.object({
  key: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,49}$/, 'must be letters, digits and dashes'),
  label: text(100),
  labelEn: text(100),
  kind: z.enum(['TEXT', 'NUMBER', 'YES_NO', 'CHOICE', 'PHOTO']).transform((kind) => fromEnum<FieldDefinition['kind']>(kind)),
  required: z.boolean(),
  options: z
    .array(text(100))
    .max(50, 'must have at most 50 entries')
    .nullish()
    .transform((options) => options ?? []),
});
const definition = z.object({
  name: text(100),
  nameEn: text(100),
  trade: text(50),
  minimumLevel: z.enum(['JUNIOR', 'MIDDLE', 'SENIOR']).nullish(),
  certificate: text(50).nullish(),
  fields: z.array(field).max(50, 'must have at most 50 entries').nullish(),
  openToPatients: z.boolean().nullish(),
  agreement,
  ruleId: id.nullish(),
});
const definedBy = ({ minimumLevel, certificate, ...told }: z.infer<typeof definition>): CategoryDefinition => ({
  ...{ name: told.name, nameEn: told.nameEn, trade: told.trade, agreement: told.agreement },
  requires: { minimumLevel: minimumLevel ? fromEnum<Level>(minimumLevel) : null, certificate: certificate ?? null },
  fields: told.fields ?? [],
  openToPatients: told.openToPatients ?? true,
  ruleId: told.ruleId ?? null,
});
const rule = z.object({
  name: text(100),
  zoneRequired: z.boolean().nullish(),
  maxOpenOrders: z.number().int().min(1, 'must be at least 1').max(1_000, 'must be at most 1,000').nullish(),
  mode: z.enum(['ASSIGN', 'OFFER']).nullish(),
  order: z.array(z.enum(['ZONE', 'OPEN_ORDERS', 'LEVEL', 'LONGEST_IDLE', 'FREE', 'NAME'])),
});
const ruledBy = ({
  name,
  zoneRequired,
  maxOpenOrders,
  mode,
  order,
}: z.infer<typeof rule>): Omit<Rule, 'id' | 'version'> & { name: string } => ({
  name,
  zone: zoneRequired ? 'required' : 'any',
  maxOpenOrders: maxOpenOrders ?? null,
  mode: fromEnum<Rule['mode']>(mode ?? 'ASSIGN'),
  order: order.map((criterion) => fromEnum<Criterion>(criterion)),
});
const position = z
  .object({ latitude: z.number(), longitude: z.number(), radiusMetres: z.number().nullish() })
  .nullish()
  .transform((given) => (given ? { ...given, radiusMetres: given.radiusMetres ?? 200 } : null));
const ofId = ({ id: named }: { id: string }): string => named;

/** What an administrator defines without a release: kinds of faults, dispatch rules, what places mean. */
export const categoryResolvers = ({ context, journal, views }: Tools) => {
  const ofCategory = { aggregate: category, view: categories };
  const ofRule = { aggregate: dispatchRule, view: dispatchRules };
  const isThere = async (category: string, named: string) => (await readStream(journal, `${category}-${named}`)).length > 0;
  /** The definition, and what it names that is not there. */
  const found = async (told: z.infer<typeof definition>) => {
    const said = definedBy(told);
    const { ruleId, agreement: agreed } = said;
    const rule = ruleId === null || (await isThere(dispatchRule.category, ruleId));
    const hours = agreed.calendarId === null || (await isThere(calendar.category, agreed.calendarId));
    return { ...said, unknown: [...(rule ? [] : (['ruleId'] as const)), ...(hours ? [] : (['agreement.calendarId'] as const))] };
  };
  return {
    Query: {
      faultCategories: (_: unknown, page: PageArguments, request: RequestContext) =>
        connection(views, categories, page, { orderBy: 'NAME_EN_ASC' }, request),
      dispatchRules: (_: unknown, page: PageArguments, request: RequestContext) =>
        connection(views, dispatchRules, page, { orderBy: 'NAME_ASC' }, request),
      classifiedPlace: (_: unknown, { id: named }: { id: string }, request: RequestContext) => entity(views, places, named, request),
    },

    Mutation: {
      defineFaultCategory: mutation(context, journal, {
        ...ofCategory,
        input: definition,
        of: { makes: 'ct' },
        to: async (told) => ({ type: 'DefineCategory', data: await found(told) }),
      }),
      reviseFaultCategory: mutation(context, journal, {
        ...ofCategory,
        input: definition.extend({ id }),
        of: ofId,
        to: async (told) => ({ type: 'ReviseCategory', data: await found(told) }),
      }),
      retireFaultCategory: mutation(context, journal, {
        ...ofCategory,
        input: z.object({ id, reason: text(500) }),
        of: ofId,
        to: ({ reason }) => ({ type: 'RetireCategory', data: { reason } }),
      }),
      defineDispatchRule: mutation(context, journal, {
        ...ofRule,
        input: rule,
        of: { makes: 'dr' },
        to: (told, { id: ruleId }) => ({ type: 'DefineDispatchRule', data: { ...ruledBy(told), id: ruleId } }),
      }),
      reviseDispatchRule: mutation(context, journal, {
        ...ofRule,
        input: rule.extend({ id }),
        of: ofId,
        to: (told) => ({ type: 'ReviseDispatchRule', data: { ...ruledBy(told), id: told.id } }),
      }),
      classifyPlace: mutation(context, journal, {
        aggregate: place,
        view: places,
        input: z.object({
          id,
          zone: text(50).nullish(),
          criticality: z.number().int().min(1, 'must be 1 to 3').max(3, 'must be 1 to 3'),
        }),
        of: ofId,
        to: ({ zone, criticality }) => ({ type: 'ClassifyPlace', data: { zone: zone ?? null, criticality: criticality as Criticality } }),
      }),
      locatePlace: mutation(context, journal, {
        aggregate: place,
        view: places,
        input: z.object({ id, position }),
        of: ofId,
        to: ({ position: where }) => ({ type: 'LocatePlace', data: { position: where } }),
      }),
    },

    FaultCategoryAnswer: answers('FaultCategory'),
    DispatchRuleAnswer: answers('DispatchRule'),
    ClassifiedPlaceAnswer: answers('ClassifiedPlace'),
    FaultCategory: {
      __resolveReference: ({ id: named }: { id: string }, request: RequestContext) => entity(views, categories, named, request),
      ...historyOf(journal, category.category),
    },
    DispatchRule: {
      __resolveReference: ({ id: named }: { id: string }, request: RequestContext) => entity(views, dispatchRules, named, request),
      zoneRequired: ({ zone }: RuleRow) => zone === 'required',
      mode: ({ mode }: RuleRow) => toEnum(mode),
      order: ({ order }: RuleRow) => order.map(toEnum),
      ...historyOf(journal, dispatchRule.category),
    },
    ClassifiedPlace: {
      placeId: ({ id: named }: PlaceRow) => named,
      place: ({ id: named }: PlaceRow) => ({ __typename: 'Asset', id: named }),
      ...historyOf(journal, place.category),
    },
  };
};
