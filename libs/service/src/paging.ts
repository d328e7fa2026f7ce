import type { JsonObject, Query, Scalar, ViewSchema } from '@hospital/kernel';
import { z } from 'zod';
import { legible } from './input';
import { refuse, type RequestContext } from './request';
import type { Views } from './views';

/** Arguments of a Relay connection; `first` is 1 to 200. */
export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
}

const LARGEST = 200;
const DEFAULT = 50;
const cursorShape = z.object({
  view: z.string(),
  by: z.string().nullable(),
  value: z.union([legible, z.number(), z.boolean(), z.null()]),
  key: legible,
});

const cursorOf = (view: string, by: string | null, row: JsonObject, key: string): string =>
  Buffer.from(JSON.stringify({ view, by, value: by === null ? null : ((row[by] ?? null) as Scalar), key })).toString('base64url');

function placeOf(cursor: string, view: string, by: string | null): { value: Scalar; key: string } {
  try {
    const place = cursorShape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    if (place.view === view && place.by === by) return place;
  } catch {
    // Refused below, like one of another list.
  }
  throw refuse('INVALID_CURSOR', 'This cursor is not one of this list in this order.', 'after');
}

/** A text that no row can hold is a mistake of the caller, and no store need see it. */
function refuseIllegible(where: Query['where']): void {
  for (const [column, condition] of Object.entries(where ?? {}))
    if (typeof condition === 'string' && !legible.safeParse(condition).success)
      throw refuse('INVALID_INPUT', `filter.${column} is not legible text.`, `filter.${column}`);
}

/** One page of a view as a Relay connection. The order is completed by the key, so pages neither repeat nor skip rows that stay. */
export async function connection(
  views: Views,
  view: ViewSchema,
  { first, after }: PageArguments,
  asked: Pick<Query, 'where' | 'orderBy'>,
  request: RequestContext,
) {
  const size = first ?? DEFAULT;
  if (size < 1 || size > LARGEST) throw refuse('INVALID_PAGE_SIZE', `first must be 1 to ${LARGEST}.`, 'first');
  refuseIllegible(asked.where);
  const by = asked.orderBy?.column ?? null;
  const place = after ? { after: placeOf(after, view.name, by) } : {};
  const found = await views.query(view.name, { ...asked, ...place, limit: size + 1 }, request);
  const edges = found.slice(0, size).map(({ key, row }) => ({ cursor: cursorOf(view.name, by, row, key), node: row }));
  return {
    edges,
    pageInfo: {
      hasNextPage: found.length > size,
      hasPreviousPage: Boolean(after),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: () => views.count(view.name, asked.where, request),
  };
}

/** The row of one entity, as the request sees it. */
export async function entity(views: Views, view: ViewSchema, id: string, request: RequestContext): Promise<JsonObject | null> {
  const [found] = await views.query(view.name, { key: id, limit: 1 }, request);
  return found?.row ?? null;
}
