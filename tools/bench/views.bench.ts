import { join } from 'node:path';
import { type AnyView, type JsonObject, type Proposed, type Query, ShiftableClock, type View } from '@hospital/kernel';
import { pino } from 'pino';
import { workOrder } from '../../apps/workorders/src/domain/work-order';
import { history } from '../../apps/workorders/src/history';
import { workOrders } from '../../apps/workorders/src/views/work-orders';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';
import { EmbeddedViewStore } from '../../libs/engines/src/embedded/view-store';
import { Views } from '../../libs/service/src/views';
import { atLeast, atMost, type Figure } from './figures';
import { inFolder } from './folder';
import { nextOf } from './orders';
import { program } from './programs';

const EVENTS = 1_000_000;
/** Events of each work order, from report to rating. */
const LIFE = 5;
/** Work orders that are open at the same time: their events lie between each other's, as in a hospital. */
const OPEN = 1_000;

interface Standing extends JsonObject {
  readonly last: string;
  readonly technicianId: string | null;
  readonly changes: number;
}

/** The least one would keep of an order: rows of some 80 bytes, where the orders' own have more than a kilobyte. */
const standing: View<Standing> = {
  name: 'standing',
  version: 1,
  columns: ['last', 'technicianId'],
  categories: [workOrder.category],
  project: (row, { type, data }) => ({
    last: type,
    technicianId: typeof data['technicianId'] === 'string' ? data['technicianId'] : (row?.technicianId ?? null),
    changes: (row?.changes ?? 0) + 1,
  }),
};

/** View, and a column to ask by after it was rebuilt. */
const VIEWS: Readonly<Record<string, { readonly view: AnyView; readonly where: NonNullable<Query['where']> }>> = {
  'work orders': { view: workOrders, where: { status: 'closed' } },
  standing: { view: standing, where: { last: 'WorkOrderRated' } },
};

const eventsIn = (folder: string): string => join(folder, 'workorders.events.sqlite');

/** Program `fill`: writes the events that `rebuild` reads. */
export async function fill(folder: string): Promise<{ events: number }> {
  const store = new EmbeddedEventStore(eventsIn(folder));
  for (let base = 0; base * LIFE < EVENTS; base += OPEN) {
    const lasts: (Proposed | undefined)[] = [];
    for (let expected = -1; expected < LIFE - 1; expected += 1)
      await Promise.all(
        Array.from({ length: OPEN }, (_, n) => {
          const { stream, events } = nextOf(`workOrder-wo_${base + n}`, expected, 1, lasts[n]?.metadata.hash);
          lasts[n] = events[0];
          return store.append(stream, expected, events);
        }),
      );
  }
  await store.close();
  return { events: EVENTS };
}

interface Rebuilt {
  readonly eventsPerSecond: number;
  /** Highest resident size of the process, from its start. */
  readonly peakMegabytes: number;
  readonly firstQueryMs: number;
}

/** Program `rebuild`: a view from nothing, by the piece that every context runs. */
export async function rebuild(folder: string, name: string): Promise<Rebuilt> {
  const { view, where } = VIEWS[name]!;
  const store = new EmbeddedEventStore(eventsIn(folder));
  const rows = new EmbeddedViewStore(join(folder, `${name}.views.sqlite`));
  const views = new Views([view], {
    categories: [workOrder.category],
    store,
    rows,
    history,
    clock: new ShiftableClock(),
    log: pino({ level: 'silent' }),
  });
  const started = performance.now();
  await views.onApplicationBootstrap();
  await views.caughtUp();
  const rebuilt = performance.now();
  await views.query(view.name, { where, limit: 50 });
  const asked = performance.now();
  await views.beforeApplicationShutdown();
  await rows.close();
  await store.close();
  return {
    eventsPerSecond: (EVENTS * 1_000) / (rebuilt - started),
    peakMegabytes: process.resourceUsage().maxRSS / 1_024,
    firstQueryMs: asked - rebuilt,
  };
}

export const viewFigures = (): Promise<readonly Figure[]> =>
  inFolder(async (folder) => {
    await program('fill', folder);
    const figures: Figure[] = [];
    for (const name of Object.keys(VIEWS)) {
      const { eventsPerSecond, peakMegabytes, firstQueryMs } = await program<Rebuilt>('rebuild', folder, name);
      const what = `rebuild ${name} from ${EVENTS.toLocaleString('en')} events`;
      figures.push(
        { what, ours: eventsPerSecond, unit: 'events/s', goal: atLeast(150_000) },
        { what: `${what}: memory, peak`, ours: peakMegabytes, unit: 'MB', goal: atMost(200) },
        { what: `${what}: first filtered query (makes its index)`, ours: firstQueryMs, unit: 'ms' },
      );
    }
    return figures;
  });
