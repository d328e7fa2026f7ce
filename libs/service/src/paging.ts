import { type Condition, type Json, type JsonObject, NAMESPACE, type Query, type Scalar, uuidV5, type ViewSchema } from '@hospital/kernel';
import { z } from 'zod';
import { dateTime, legible } from './input';
import { refuse, type RequestContext } from './request';
import type { Views } from './views';

/** What every list of the graph is asked with; `first` is 1 to 100. */
export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  /** A list: any of these values of an enum. `…From` and `…To`: bounds of an instant; whether there is one: a Boolean. Else: equal. */
  readonly filter?: Readonly<Record<string, unknown>> | null;
  /** `FILED_DESC`: a column, and which way. */
  readonly orderBy?: string | null;
}

/** What a list demands of its rows, whatever is asked, and its order unless another is asked for. */
type Own = { readonly orderBy: string; readonly where?: Query['where'] };

const [DEFAULT, LARGEST] = [50, 100];
const cursorShape = z.object({ list: z.string(), value: z.union([legible, z.number(), z.boolean(), z.null()]), key: legible });

/** What a query was told. Text that no row can hold is a mistake of the caller, and no store need see it. */
export function told<T>(shape: z.ZodType<T>, value: unknown, field: string): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refuse('INVALID_INPUT', `${field} ${parsed.error.issues[0]!.message}.`, field);
}

/** `filed` in the graph, or `FILED`, is `filedAt` in rows, and `GIVEN_UP` is `given-up`. */
const columnOf = ({ columns }: ViewSchema, name: string): string =>
  columns.find((column) => new RegExp(`^${name.replaceAll('_', '')}(at)?$`, 'i').test(column)) ?? name;
const spellings = (value: string): readonly string[] => [value, value.toLowerCase().replaceAll('_', '-')];

function whereOf(view: ViewSchema, filter: PageArguments['filter']): Record<string, Condition> {
  const where: Record<string, Condition> = {};
  for (const [name, value] of Object.entries(filter ?? {})) {
    if (value === null) continue;
    const [, bounded = name, side] = (view.columns.includes(name) ? null : /^(.+)(From|To)$/.exec(name)) ?? [];
    const column = columnOf(view, bounded);
    if (side) where[column] = { ...(where[column] as object), [side.toLowerCase()]: told(dateTime, value, `filter.${name}`) };
    else if (typeof value === 'boolean' && column !== name) where[column] = value ? { from: '' } : null;
    else if (Array.isArray(value)) where[column] = { in: (value as string[]).flatMap(spellings) };
    else where[column] = typeof value === 'string' ? told(legible, value, `filter.${name}`) : (value as Scalar);
  }
  return where;
}

/**
 * One page of a view as a Relay connection. The order is completed by the key, so pages neither repeat nor skip rows that stay. A cursor
 * is of one list in one order with one filter.
 */
export async function connection(views: Views, view: ViewSchema, asked: PageArguments, own: Own, request: RequestContext) {
  const { first, after, filter, orderBy } = asked;
  const size = first ?? DEFAULT;
  if (size < 1 || size > LARGEST) throw refuse('INVALID_PAGE_SIZE', `first must be 1 to ${LARGEST}.`, 'first');
  const by = orderBy ?? own.orderBy;
  const order = { column: columnOf(view, by.replace(/_(ASC|DESC)$/, '')), descending: by.endsWith('_DESC') };
  const wanted = whereOf(view, filter);
  const where = { ...wanted, ...own.where };
  const list = uuidV5(NAMESPACE, JSON.stringify([view.name, order, wanted]));
  const place = after ? { after: placeOf(after, list) } : {};
  const found = await views.query(view.name, { where, orderBy: order, ...place, limit: size + 1 }, request);
  const cursorOf = (value: Json, key: string) => Buffer.from(JSON.stringify({ list, value, key })).toString('base64url');
  const edges = found.slice(0, size).map(({ key, row }) => ({ cursor: cursorOf(row[order.column] ?? null, key), node: row }));
  const ends = { startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null };
  const pageInfo = { hasNextPage: found.length > size, hasPreviousPage: Boolean(after), ...ends };
  return { edges, pageInfo, totalCount: () => views.count(view.name, where, request) };
}

function placeOf(cursor: string, list: string): { value: Scalar; key: string } {
  try {
    const place = cursorShape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    if (place.list === list) return place;
  } catch {
    // Refused below, like one of another list.
  }
  throw refuse('INVALID_CURSOR', 'This cursor is not one of this list in this order with this filter.', 'after');
}

/** The row of one entity, as the request sees it. */
export async function entity(views: Views, view: ViewSchema, id: string, request: RequestContext): Promise<JsonObject | null> {
  const [found] = await views.query(view.name, { key: id, limit: 1 }, request);
  return found?.row ?? null;
}
