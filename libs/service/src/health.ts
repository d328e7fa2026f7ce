import { type Bus, type EventStore, OutcomeUnknown, StoreUnavailable } from '@hospital/kernel';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

/** What does not work, and whether nothing should be asked here for it. */
export type Problem = { readonly problem: string; readonly stops: boolean };

/** What last failed and has not worked since: part of the health of a process, and a line in the log when it begins and when it ends. */
export class Health {
  private readonly failing = new Set<string>();

  constructor(private readonly log: Logger) {}

  /** `what` is an activity: `publishing to the bus`. */
  fails(what: string, error: unknown): void {
    if (!this.failing.has(what)) this.log.error({ err: error }, `${what} fails`);
    this.failing.add(what);
  }

  works(what: string): void {
    if (this.failing.delete(what)) this.log.warn(`${what} works again`);
  }

  watch<T>(what: string, work: Promise<T>, counts = (_error: unknown): boolean => true): Promise<T> {
    return work.finally(() => work.then(() => this.works(what)).catch((error) => void (counts(error) && this.fails(what, error))));
  }

  /** None of it stops a process: what was written can be read, and one that is asked nothing would not learn that it works again. */
  get problems(): readonly Problem[] {
    return [...this.failing].map((what) => ({ problem: `${what} fails`, stops: false }));
  }
}

/** What a command cannot do without. */
export const APPENDING = 'appending to the event store';
export const isStoreAway = (error: unknown): error is Error => error instanceof StoreUnavailable || error instanceof OutcomeUnknown;

/** Of each context for itself: a bus may be shared. */
export function watchEngines<Engines extends { store: EventStore; bus: Bus }>(engines: Engines, health: Health): Engines {
  const { store, bus } = engines;
  const append = store.append.bind(store);
  store.append = (...asked) => health.watch(APPENDING, append(...asked), isStoreAway);
  const publish: Bus['publish'] = (...asked) => health.watch('publishing to the bus', bus.publish(...asked));
  const subscribe: Bus['subscribe'] = (asked) => health.watch('listening to the bus', bus.subscribe(asked));
  return { ...engines, bus: { publish, subscribe, close: () => bus.close() } };
}

/** `/health/live`: the process answers. `/health/ready`: whether it can serve (503 when not), and what does not work. */
export function serveHealth(http: FastifyInstance, problemsNow: () => readonly Problem[]): void {
  http.get('/health/live', async () => ({ status: 'live' }));
  http.get('/health/ready', async (_request, reply) => {
    const problems = problemsNow().map(({ problem }) => problem);
    if (problemsNow().some(({ stops }) => stops)) return reply.code(503).send({ status: 'not ready', problems });
    return { status: problems.length > 0 ? 'degraded' : 'ready', problems };
  });
}

/** Of read models. */
export function problemsOf({ stuck, ready }: { readonly stuck: string | undefined; readonly ready: boolean }): readonly Problem[] {
  if (stuck === undefined && ready) return [];
  return [{ problem: stuck === undefined ? 'the read models are catching up' : `the read models stand still: ${stuck}`, stops: true }];
}
