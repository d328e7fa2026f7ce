import type { Instant } from '@hospital/kernel';
import { dateTime, type PageArguments, refuse, type RequestContext, type Tools } from '@hospital/service';
import { counted, type Figures, type Formula, formulaOf, FORMULAS, type Part, type Selection } from '../domain/kpi';
import type { Arrival, Observed, Timeline } from '../domain/timeline';
import { complaints } from '../views/complaints';
import { arrivals, timeline } from '../views/timeline';
import { workOrders } from '../views/work-orders';
import { fromEnum, toEnum } from './enums';

interface Window {
  readonly from: Instant;
  readonly until: Instant;
}
interface Asked extends Window {
  readonly filter?: Selection | null;
}

const LARGEST = 200;
const DEFAULT = 50;

function windowFrom({ from, until }: Asked): Window {
  const window: Record<string, Instant> = {};
  for (const [field, value] of Object.entries({ from, until })) {
    const told = dateTime.safeParse(value);
    if (!told.success) throw refuse('INVALID_INPUT', `${field} ${told.error.issues[0]!.message}.`, field);
    window[field] = told.data;
  }
  if (window['from']! >= window['until']!) throw refuse('INVALID_WINDOW', 'A window ends after it begins.', 'until');
  return window as unknown as Window;
}

/** A page of ids; the cursor of one is itself. */
function pageOf(ids: readonly string[], { first, after }: PageArguments) {
  const size = first ?? DEFAULT;
  if (size < 1 || size > LARGEST) throw refuse('INVALID_PAGE_SIZE', `first must be 1 to ${LARGEST}.`, 'first');
  const start = after ? ids.indexOf(after) + 1 : 0;
  if (after && start === 0) throw refuse('INVALID_CURSOR', 'This cursor is not one of this list.', 'after');
  return { page: ids.slice(start, start + size), hasNextPage: ids.length > start + size };
}

export function kpiResolvers({ views }: Tools) {
  const arrivalsFor = async (orderIds: readonly string[], request: RequestContext): Promise<readonly Arrival[]> =>
    (await views.query(arrivals.name, { where: { orderId: { in: orderIds } } }, request)).map(({ row }) => row as unknown as Arrival);

  /** Reads the rows of the window alone: whatever else is asked is looked for among those. */
  async function observed({ from, until }: Window, selection: Selection, request: RequestContext): Promise<Observed> {
    const within = { from, to: until };
    const rows = await views.query(timeline.name, { where: { reportedAt: within }, orderBy: { column: 'reportedAt' } }, request);
    const orders = counted(
      rows.map(({ row }) => row as unknown as Timeline),
      selection,
    );
    const filed = (await views.query(complaints.name, { where: { filedAt: within } }, request)).map(({ row }) => row);
    const about = filed.flatMap(({ drill, orderId }) => (drill === true ? [] : [{ orderId: orderId as string | null }]));
    const key = about.flatMap(({ orderId }) => (orderId === null ? [] : [orderId]));
    const their = (await views.query(timeline.name, { key }, request)).map(({ row }) => row as unknown as Timeline);
    const selected = new Set(counted(their, selection).map(({ id }) => id));
    const isWhole = Object.values(selection).every((value) => value === null || value === undefined);
    return {
      orders,
      arrivals: await arrivalsFor(
        orders.map(({ id }) => id),
        request,
      ),
      complaints: about.filter(({ orderId }) => (orderId === null ? isWhole : selected.has(orderId))),
    };
  }

  const answer = ({ name, version, formula, unit, target, of }: Formula, window: Window, all: Observed) => ({
    ...{ name: toEnum(name), formula, formulaVersion: version, unit, target },
    ...window,
    figures: of(all),
  });
  type Answer = ReturnType<typeof answer>;
  const figure = (field: keyof Figures) => (kpi: Answer) => kpi.figures[field];

  return {
    Query: {
      async kpi(_: unknown, asked: Asked & { name: string; formulaVersion?: number | null }, request: RequestContext) {
        const window = windowFrom(asked);
        const formula = formulaOf(fromEnum(asked.name), asked.formulaVersion ?? null);
        if (formula === null) throw refuse('UNKNOWN_FORMULA', 'There is no such version of this formula.', 'formulaVersion');
        return answer(formula, window, await observed(window, asked.filter ?? {}, request));
      },
      async kpis(_: unknown, asked: Asked, request: RequestContext) {
        const window = windowFrom(asked);
        const all = await observed(window, asked.filter ?? {}, request);
        const names = new Set(FORMULAS.map(({ name }) => name));
        return [...names].map((name) => answer(formulaOf(name, null)!, window, all));
      },
    },

    Kpi: {
      n: figure('n'),
      value: figure('value'),
      p50: figure('p50'),
      p90: figure('p90'),
      parts: figure('parts'),
      orderIds: ({ figures }: Answer, page: PageArguments) => pageOf(figures.orderIds, page).page,
      async orders({ figures: { orderIds } }: Answer, asked: PageArguments, request: RequestContext) {
        const { page, hasNextPage } = pageOf(orderIds, asked);
        const rows = new Map((await views.query(workOrders.name, { key: page }, request)).map(({ key, row }) => [key, row]));
        const edges = page.flatMap((id) => (rows.has(id) ? [{ cursor: id, node: rows.get(id) }] : []));
        const ends = { startCursor: page[0] ?? null, endCursor: page.at(-1) ?? null };
        return { edges, pageInfo: { hasNextPage, hasPreviousPage: Boolean(asked.after), ...ends }, totalCount: orderIds.length };
      },
    },

    KpiPart: { orderIds: ({ orderIds }: Part, page: PageArguments) => pageOf(orderIds, page).page },

    WorkOrder: {
      async timeline({ id }: { id: string }, _: unknown, request: RequestContext) {
        const [found] = await views.query(timeline.name, { key: id }, request);
        if (!found) return null;
        const came = (await arrivalsFor([id], request)).flatMap(({ arrivedAt }) => (arrivedAt === null ? [] : [arrivedAt]));
        return { ...found.row, arrivedAt: came.sort()[0] ?? null };
      },
    },
  };
}
