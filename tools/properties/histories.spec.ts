import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  type AnyView,
  categoryOf,
  type Clock,
  type Command,
  type Decider,
  type Event,
  fold,
  foldRow,
  handle,
  type History,
  instant,
  isRejection,
  type Journal,
  type JsonObject,
  keysOfBatch,
  projectBatch,
  type Recorded,
  upcast,
  verifyChain,
} from '@hospital/kernel';
import { KeyVault } from '../../libs/engines/src/vault';
import { proposedAt } from '@hospital/kernel/testing';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';
import { EmbeddedViewStore } from '../../libs/engines/src/embedded/view-store';
import { contexts, programIn, root } from '../house-plan';
import { type Shape, Shapes } from './shapes';

type AnyDecider = Decider<unknown, Command, Event>;

interface Aggregate {
  readonly decider: AnyDecider;
  readonly events: readonly Shape[];
  readonly commands: readonly Shape[];
}

const exportsOf = (path: string): readonly unknown[] => Object.values(jest.requireActual<object>(join(root, path)));
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isDecider = (value: unknown): value is AnyDecider => isObject(value) && 'decide' in value && 'evolve' in value;
const isView = (value: unknown): value is AnyView => isObject(value) && 'project' in value && 'columns' in value;

const shapes = new Shapes(contexts.flatMap(({ domain }) => domain.map(({ path }) => join(root, path))));
const all = contexts.map(({ name, domain }) => ({
  name,
  history: jest.requireActual<{ history: History }>(join(root, `apps/${name}/src/history`)).history,
  views: programIn(`apps/${name}/src/views`).flatMap(({ path }) => exportsOf(path).filter(isView)),
  aggregates: domain.flatMap(({ path }) =>
    exportsOf(path)
      .filter(isDecider)
      .map((decider): Aggregate => {
        const file = join(root, path);
        return { decider, events: shapes.of('Event', file), commands: shapes.of('Command', file) };
      }),
  ),
}));

const any = (of: readonly Shape[]): fc.Arbitrary<{ type: string; data: JsonObject }> =>
  fc.oneof(...of.map(({ type, data }) => fc.record({ type: fc.constant(type), data })));

/** So that a fold that changes what it was given fails. */
function frozen<T>(value: T): T {
  if (isObject(value)) for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

const aggregates = all.flatMap((context) => context.aggregates.map((aggregate) => ({ ...aggregate, name: aggregate.decider.category })));

describe.each(aggregates)('given the aggregate $name', ({ decider, events }) => {
  it('when any of its events come in any order, then they fold to a state, the same each time, and stay as they are', () => {
    expect(events).not.toEqual([]);
    fc.assert(
      fc.property(fc.array(any(events), { maxLength: 30 }), (history) => {
        const kept = frozen(history);
        const state = fold({ ...decider, initial: frozen(decider.initial) }, kept);
        expect(state).toBeDefined();
        expect(fold(decider, kept)).toEqual(state);
      }),
      { numRuns: 200 },
    );
  });

  it('when an event of a newer version comes, then it changes nothing', () => {
    fc.assert(
      fc.property(fc.array(any(events), { maxLength: 10 }), (history) => {
        expect(fold(decider, [...history, { type: 'ThingNobodyKnowsYetHappened', data: {} }])).toEqual(fold(decider, history));
      }),
    );
  });
});

const START = Date.parse('2026-03-01T04:00:00.000Z');
const MASTER_KEY = Buffer.alloc(32, 1);

/** A machine's clock as bad as they come: it stands, jumps, and runs backwards. */
class BadClock implements Clock {
  ms = START;
  now = (): string => instant(this.ms);
  until = (): Promise<void> => Promise.resolve();
}

/** One command to an aggregate, by its shape: the one of several that leads furthest. */
interface Step {
  readonly to: Aggregate;
  readonly id: string;
  readonly candidates: readonly { readonly type: string; readonly data: JsonObject }[];
  readonly actor: string;
  /** Milliseconds the clock moves before. */
  readonly move: number;
}

const stepsOf = (of: readonly Aggregate[]): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      ...of.map((to) =>
        fc.record({
          to: fc.constant(to),
          id: fc.constantFrom('x_1', 'x_1', 'x_1', 'x_2'),
          candidates: fc.array(any(to.commands), { minLength: 12, maxLength: 12 }),
          actor: fc.constantFrom('pn_1', 'pn_2'),
          move: fc.constantFrom(0, 0, 1, 7, -5, 3_600_000, -3_600_000),
        }),
      ),
    ),
    { minLength: 1, maxLength: 60, size: 'max' },
  );

const commandOf = (n: number, { type, data }: Step['candidates'][number], actor: string, at: string): Command => ({
  ...{ id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, correlationId: '00000000-0000-4000-8000-0000000000c0' },
  ...{ type, data, at, by: { id: actor, kind: 'person', roles: [] } },
});

/** Most wishes are refused; what leads to something this history has not seen goes first, so that it gets anywhere. */
function furthest(decider: AnyDecider, history: readonly Recorded[], commands: readonly Command[]): Command {
  const state = fold(decider, history);
  const seen = new Set(history.map(({ type }) => type));
  const reach = (command: Command): number => {
    const decided = decider.decide(command, state);
    if (isRejection(decided) || decided.length === 0) return 0;
    return decided.some(({ type }) => !seen.has(type)) ? 2 : 1;
  };
  return commands.reduce((best, command) => (reach(command) > reach(best) ? command : best));
}

describe.each(all)('given the context $name', ({ aggregates: own, views, history }) => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'histories-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  let runs = 0;

  /** Stores of their own for one run of a property. */
  async function inStores(work: (store: EmbeddedEventStore, rows: EmbeddedViewStore) => Promise<void>): Promise<void> {
    runs += 1;
    const store = new EmbeddedEventStore(join(folder, `${runs}.events`));
    const rows = new EmbeddedViewStore(join(folder, `${runs}.views`));
    try {
      await work(store, rows);
    } finally {
      await Promise.all([store.close(), rows.close()]);
    }
  }

  async function logOf(store: EmbeddedEventStore): Promise<readonly Recorded[]> {
    const log: Recorded[] = [];
    for await (const { events } of store.readAll({ categories: own.map(({ decider }) => decider.category) }))
      log.push(...events.map((event) => upcast(history, event)));
    return log;
  }

  /** Projects the log in batches of these sizes, then of what is left, as a follower of the log does. */
  async function project(view: AnyView, rows: EmbeddedViewStore, log: readonly Recorded[], sizes: readonly number[]): Promise<void> {
    await rows.open(view);
    const news = log.filter(({ stream }) => view.categories.includes(categoryOf(stream)));
    for (let start = 0, n = 0; start < news.length; n += 1) {
      const batch = news.slice(start, (start += sizes[n] ?? news.length));
      const current = await rows.current(view.name, keysOfBatch(view, batch));
      await rows.write(new Map([[view.name, projectBatch(view, batch, current)]]), batch.at(-1)!.position);
    }
  }

  /** At every instant something was recorded, a moment before and after each, and now. */
  async function compare(view: AnyView, rows: EmbeddedViewStore, log: readonly Recorded[]): Promise<void> {
    const concerned = log.filter(({ stream }) => view.categories.includes(categoryOf(stream)));
    const told = concerned.map(({ metadata }) => Date.parse(metadata.recordedAt));
    const instants = [...new Set(told.flatMap((ms) => [ms - 1, ms, ms + 1]))].map(instant);
    for (const asOf of [undefined, ...instants]) {
      const expected = keysOfBatch(view, concerned).flatMap((key) => {
        const row = foldRow(view, key, concerned, asOf);
        return row === undefined ? [] : [[key, JSON.parse(JSON.stringify(row)) as JsonObject] as const];
      });
      const stored = await rows.query(view.name, { asOf });
      expect(new Map(stored.map(({ key, row }) => [key, row]))).toEqual(new Map(expected));
    }
  }

  it('when anything is asked of it, then its views are, at any instant, the fold of what was recorded until then', async () => {
    expect(views).not.toEqual([]);
    await fc.assert(
      fc.asyncProperty(stepsOf(own), fc.array(fc.integer({ min: 1, max: 5 })), (steps, sizes) =>
        inStores(async (store, rows) => {
          const clock = new BadClock();
          const journal: Journal = { store, clock, history, vault: new KeyVault(store, clock, MASTER_KEY) };
          for (const [n, { to, id, candidates, actor, move }] of steps.entries()) {
            clock.ms += move;
            const commands = candidates.map((candidate) => commandOf(n, candidate, actor, clock.now()));
            const history = await store.read(`${to.decider.category}-${id}`);
            await handle(journal, to.decider, id, furthest(to.decider, history, commands));
          }
          const log = await logOf(store);
          for (const stream of new Set(log.map((event) => event.stream))) expect(verifyChain(await store.read(stream))).toBeUndefined();
          for (const view of views) {
            await project(view, rows, log, sizes);
            await compare(view, rows, log);
          }
        }),
      ),
      { numRuns: 25 },
    );
  });

  it('when its events come in an order no rule would allow, then its views are still the fold of them', async () => {
    const histories = fc.tuple(
      ...own.map(({ events }) => fc.array(fc.record({ event: any(events), after: fc.constantFrom(0, 1, 50) }), { maxLength: 12 })),
    );
    await fc.assert(
      fc.asyncProperty(histories, fc.array(fc.integer({ min: 1, max: 5 })), (streams, sizes) =>
        inStores(async (store, rows) => {
          for (const [n, events] of streams.entries()) {
            const stream = `${own[n]!.decider.category}-x_1`;
            let ms = START;
            const proposals = events.map(({ event, after }) => ({ ...event, at: instant((ms += after)) }));
            if (proposals.length > 0) await store.append(stream, -1, proposedAt(stream, -1, proposals));
          }
          const log = await logOf(store);
          for (const view of views) {
            await project(view, rows, log, sizes);
            await compare(view, rows, log);
          }
        }),
      ),
      { numRuns: 25 },
    );
  });
});
