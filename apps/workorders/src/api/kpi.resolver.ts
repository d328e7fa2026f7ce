import type { Instant } from '@hospital/kernel';
import { connection, dateTime, type PageArguments, refuse, type RequestContext, told, type Tools } from '@hospital/service';
import { counted, type Figures, type Formula, formulaOf, FORMULAS, type Part, type Selection } from '../domain/kpi';
import type { Arrival, Observed, Rating, Timeline } from '../domain/timeline';
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

const LARGEST = 100;
const DEFAULT = 50;

function windowFrom({ from, until }: Asked): Window {
  const window = { from: told(dateTime, from, 'from'), until: told(dateTime, until, 'until') };
  if (window.from >= window.until) throw refuse('INVALID_WINDOW', 'A window ends after it begins.', 'until');
  return window;
}

/** A page of ids; the cursor of one is itself. */
function pageOf(ids: readonly string[], { first, after }: PageArguments): readonly string[] {
  const size = first ?? DEFAULT;
  if (size < 1 || size > LARGEST) throw refuse('INVALID_PAGE_SIZE', `first must be 1 to ${LARGEST}.`, 'first');
  const start = after ? ids.indexOf(after) + 1 : 0;
  if (after && start === 0) throw refuse('INVALID_CURSOR', 'This cursor is not one of this list.', 'after');
  return ids.slice(start, start + size);
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
      orderIds: ({ figures }: Answer, page: PageArguments) => pageOf(figures.orderIds, page),
      orders: ({ figures: { orderIds } }: Answer, page: PageArguments, request: RequestContext) =>
        connection(views, workOrders, page, { orderBy: 'REPORTED_ASC', where: { id: { in: orderIds } } }, request),
    },

    KpiPart: { orderIds: ({ orderIds }: Part, page: PageArguments) => pageOf(orderIds, page) },

    RepairRating: {
      technician: ({ technicianId }: Rating) => (technicianId === null ? null : { __typename: 'Person', id: technicianId }),
    },

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
