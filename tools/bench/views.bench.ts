import { join } from 'node:path';
import { type Proposed } from '@hospital/kernel';
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

/** Program `rebuild`: the work orders' own view, from nothing, by the piece that every context runs. */
export async function rebuild(folder: string): Promise<Rebuilt> {
  const store = new EmbeddedEventStore(eventsIn(folder));
  const rows = new EmbeddedViewStore(join(folder, 'workorders.views.sqlite'));
  const views = new Views([workOrders], [workOrder.category], store, rows, history, pino({ level: 'silent' }));
  const started = performance.now();
  await views.onApplicationBootstrap();
  const rebuilt = performance.now();
  await views.query(workOrders.name, { where: { status: 'closed' }, orderBy: { column: 'reportedAt' }, limit: 50 });
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
    const { eventsPerSecond, peakMegabytes, firstQueryMs } = await program<Rebuilt>('rebuild', folder);
    const events = EVENTS.toLocaleString('en');
    return [
      { what: `rebuild the view of work orders from ${events} events`, ours: eventsPerSecond, unit: 'events/s', goal: atLeast(150_000) },
      { what: 'memory while rebuilding, peak', ours: peakMegabytes, unit: 'MB', goal: atMost(200) },
      { what: 'first filtered query after it (makes its indexes)', ours: firstQueryMs, unit: 'ms' },
    ];
  });
