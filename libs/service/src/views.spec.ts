import { copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type Batch, type EventStore, plus, StoreUnavailable, type View, type ViewStore } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { problemsOf } from './health';
import { ERROR, eventually, freshFolder, type Opened, running, tell } from './testing/opened';
import { type ThingRow, things } from './testing/things';
import { Views } from './views';

const given = freshFolder();
const greetingsOf = async (views: Views, id: string, view = things.name): Promise<unknown> =>
  (await views.query(view, { key: id }))[0]?.row['greetings'];
const greet = async (context: Opened, id: string, times = 1): Promise<void> => {
  for (let n = 0; n < times; n += 1) await tell(context, id, 'GreetThing', { text: String(n) });
};

/** The same rows, under another name. */
const others: View<ThingRow> = { ...things, name: 'others' };

/** Counts what is projected. */
function counted(view: View<ThingRow>) {
  const seen = {
    events: 0,
    view: { ...view, project: (...told: Parameters<typeof view.project>) => ((seen.events += 1), view.project(...told)) },
  };
  return seen;
}

/** Every event of the log as one batch. */
const inOneBatch = (store: EventStore): EventStore =>
  Object.create(store, {
    subscribe: {
      value: async function* ({ signal, ...from }: Parameters<EventStore['subscribe']>[0]): AsyncGenerator<Batch> {
        const batches: Batch[] = [];
        for await (const batch of store.readAll(from)) batches.push(batch);
        yield { events: batches.flatMap(({ events }) => events), position: batches.at(-1)!.position };
        yield* store.subscribe({ ...from, after: batches.at(-1)!.position, signal });
      },
    },
  });

describe('given events in the log', () => {
  it('when the views start, then they have caught up before anything is asked', async () => {
    const context = await given.open();
    await greet(context, 'a', 20);
    const views = new Views([things], context);
    await views.onApplicationBootstrap();
    expect(await greetingsOf(views, 'a')).toBe(20);
    expect([views.position, views.watermark]).toEqual([await context.store.head(['thing']), AT]);
    await views.beforeApplicationShutdown();
  });

  it('when they start again, then they go on after their checkpoint', async () => {
    const context = await given.open();
    await greet(context, 'a', 3);
    const first = counted(things);
    await running(new Views([first.view], context), async () => undefined);
    await greet(context, 'a', 2);
    const second = counted(things);
    const views = new Views([second.view], context);
    await running(views, async () => expect(await greetingsOf(views, 'a')).toBe(5));
    expect([first.events, second.events]).toEqual([3, 2]);
  });

  it('when they start again and nothing has happened since, then they are ready', async () => {
    const context = await given.open();
    await greet(context, 'a');
    const views = () => new Views([things], context);
    const position = await running(views(), () => context.store.head(['thing']));
    const again = views();
    expect(await running(again, async () => [again.position, await greetingsOf(again, 'a')])).toEqual([position, 1]);
  });

  it('when the version of one view is raised, then it alone is built again', async () => {
    const context = await given.open();
    await greet(context, 'a', 3);
    await running(new Views([things, others], context), async () => undefined);
    await greet(context, 'a');
    const [same, raised] = [counted(things), counted({ ...others, version: 2 })];
    const views = new Views([same.view, raised.view], context);
    await running(views, async () => expect([await greetingsOf(views, 'a'), await greetingsOf(views, 'a', 'others')]).toEqual([4, 4]));
    expect([same.events, raised.events]).toEqual([1, 4]);
  });

  it('when the store is restored from an older copy, then the rows are made anew from what it holds', async () => {
    let context = await given.open();
    const file = join(given.folder, 'staffing.events.sqlite');
    const view = (): Views => new Views([things, others], context);
    await greet(context, 'kept');
    await context.close();
    copyFileSync(file, `${file}.older`);
    context = await given.open();
    await running(view(), async () => greet(context, 'lost', 2));
    await context.close();
    renameSync(`${file}.older`, file);

    context = await given.open();
    const views = view();
    await running(views, async () => {
      await views.caughtUp();
      await greet(context, 'new');
      await eventually(async () => (await greetingsOf(views, 'new', 'others')) === 1);
      expect((await views.query(things.name, {})).map(({ key }) => key)).toEqual(['kept', 'new']);
      expect(problemsOf(views)).toEqual([]);
    });
  });

  it('when a thousand come in one batch, then each view is read once, and all are written at once', async () => {
    const context = await given.open();
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => tell(context, `t${n}`, 'GreetThing', { text: '' })));
    const calls = { current: 0, written: [] as Parameters<ViewStore['write']>[0][] };
    const rows: ViewStore = Object.create(context.rows, {
      current: { value: (...told: Parameters<ViewStore['current']>) => ((calls.current += 1), context.rows.current(...told)) },
      write: { value: (...told: Parameters<ViewStore['write']>) => (calls.written.push(told[0]), context.rows.write(...told)) },
    });
    await running(new Views([things, others], { ...context, rows, store: inOneBatch(context.store) }), async () => undefined);
    expect([calls.current, calls.written.map((changes) => [...changes.values()].map(({ length }) => length))]).toEqual([
      2,
      [[1_000, 1_000]],
    ]);
  });
});

describe('given a query', () => {
  it('when it asks for a past instant, then it waits for everything recorded so far', async () => {
    const context = await given.open();
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const views = new Views([things], {
      ...context,
      rows: Object.create(context.rows, {
        write: { value: async (...told: Parameters<ViewStore['write']>) => (await gate, context.rows.write(...told)) },
      }),
    });
    await running(views, async () => {
      await greet(context, 'a');
      const [current, past] = [await views.query('things', {}), views.query('things', {}, { asOf: AT })];
      expect(current).toEqual([]);
      open();
      expect((await past).map(({ row }) => row['greetings'])).toEqual([1]);
      expect(await views.count('things', undefined, { asOf: plus(AT, -1) })).toBe(0);
    });
  });

  it('when it waits for what it has just written, then it sees it', async () => {
    const context = await given.open();
    const views = new Views([things], context);
    await running(views, async () => {
      for (let n = 1; n <= 20; n += 1) {
        await greet(context, 'a');
        const [found] = await views.query('things', { key: 'a' }, { waitFor: await context.store.head(['thing']) });
        expect(found!.row['greetings']).toBe(n);
      }
    });
  });

  it('when it waits for what never comes, then it is told so after a bounded time, and nothing is left waiting', async () => {
    const context = await given.open();
    const views = new Views([things], context);
    await running(views, async () => {
      await greet(context, 'a');
      const code = await views.query('things', {}, { waitFor: 10n ** 19n }).catch((error: { extensions: unknown }) => error.extensions);
      expect(code).toMatchObject({ code: 'NOT_YET_VISIBLE', http: { status: 503 } });
      expect(views.onMoved.size).toBe(0);
    });
  });

  it('when the process stops meanwhile, then it does not wait any longer', async () => {
    const context = await given.open();
    const views = new Views([things], context);
    const waiting = await running(views, async () => {
      const waits = views.query('things', {}, { waitFor: 10n ** 19n }).catch((error: Error) => error.message);
      await eventually(() => views.onMoved.size === 1);
      return { waits };
    });
    expect(views.onMoved.size).toBe(0);
    expect(await waiting.waits).toContain('not caught up');
  });
});

describe('given a projection that throws', () => {
  const broken = { mended: false };
  const fragile: View<ThingRow> = {
    ...things,
    name: 'fragile',
    project(row, event, key) {
      if (key === 'bad' && !broken.mended) throw new Error('cannot be projected');
      return things.project(row, event, key);
    },
  };
  beforeEach(() => (broken.mended = false));

  it('when its event comes, then readiness names it, the others keep what they have, and once mended nothing was lost or doubled', async () => {
    const context = await given.open();
    const views = new Views([things, fragile, others], context);
    const problems = () => problemsOf(views).map(({ problem }) => problem);
    await running(views, async () => {
      await greet(context, 'good', 2);
      await eventually(async () => (await greetingsOf(views, 'good', 'others')) === 2);
      expect(problems()).toEqual([]);

      await greet(context, 'bad');
      await greet(context, 'good');
      await eventually(() => problems().length > 0);
      expect(problems()).toEqual([expect.stringContaining('fragile')]);
      expect(await greetingsOf(views, 'good', 'others')).toBe(2);
      expect(context.logged.find(({ level }) => level === ERROR)).toMatchObject({
        stuck: 'fragile',
        err: { message: 'cannot be projected' },
      });

      broken.mended = true;
      await eventually(async () => problems().length === 0);
      for (const view of ['things', 'fragile', 'others'])
        expect([view, await greetingsOf(views, 'good', view), await greetingsOf(views, 'bad', view)]).toEqual([view, 3, 1]);
    });
  });

  it('when it throws at the start, then the process starts all the same and says so, and answers nothing half-built', async () => {
    const context = await given.open();
    await greet(context, 'bad');
    const views = new Views([things, fragile], context);
    await running(views, async () => {
      await eventually(() => problemsOf(views).some(({ problem }) => problem.includes('fragile')));
      const early = views.query('things', {});
      broken.mended = true;
      expect((await early).length).toBe(1);
    });
  });
});

describe('given views that have seen everything', () => {
  it('when they start again, then only what came since is looked for in the log', async () => {
    const context = await given.open();
    await greet(context, 'a');
    const before = new Views([things], context);
    await running(before, () => before.caughtUp());
    const asked: unknown[] = [];
    const head: EventStore['head'] = (categories, seen) => (asked.push(seen), context.store.head(categories, seen));
    const again = new Views([things], { ...context, store: Object.create(context.store, { head: { value: head } }) });
    await running(again, () => again.caughtUp());
    expect(asked[0]).toBe(before.position);
    expect(before.position).toEqual(expect.any(BigInt));
  });
});

describe('given an event store that is away', () => {
  it('when it comes back and nothing new has happened, then the views are ready again', async () => {
    const context = await given.open();
    await greet(context, 'a');
    await running(new Views([things], context), async () => undefined);
    let [away, asked] = [false, 0];
    const reachable = (): void => {
      asked += 1;
      if (away) throw new StoreUnavailable('away');
    };
    const store: EventStore = Object.create(context.store, {
      head: { value: async (categories: readonly string[], seen?: bigint) => (reachable(), context.store.head(categories, seen)) },
      subscribe: {
        value: async function* (told: Parameters<EventStore['subscribe']>[0]): AsyncGenerator<Batch> {
          reachable();
          if (asked > 3) return yield* context.store.subscribe(told);
          away = true;
          throw new StoreUnavailable('cut off');
        },
      },
    });
    const views = new Views([things], { ...context, store });
    await running(views, async () => {
      await eventually(() => asked > 4);
      expect(problemsOf(views)).toEqual([{ problem: expect.stringContaining('the event store'), stops: true }]);
      away = false;
      await eventually(() => views.stuck === undefined);
      expect(await greetingsOf(views, 'a')).toBe(1);
    });
  });
});
