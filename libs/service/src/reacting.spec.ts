import { type Deadline, HOUR, millis, MINUTE, plus, type Policy, ShiftableClock, StoreUnavailable, to } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { keeping, reacting } from './reacting';
import { ERROR, eventsOf, eventually, freshFolder, type Opened, running, tell } from './testing/opened';
import { overdue, thing, things } from './testing/things';
import { Views } from './views';

const given = freshFolder();
const SOON = plus(AT, 30 * MINUTE);

/** Whoever is made is greeted, and so is the porter. */
const greet: Policy<number> = {
  name: 'greet',
  categories: ['thing'],
  on: ['ThingMade'],
  facts: async (_, ask) => (await ask('things', {})).length,
  react: ({ stream }, known) => [
    to(thing, stream.slice('thing-'.length), 'GreetThing', { text: `you are number ${known}` }),
    to(thing, 'porter', 'GreetThing', { text: stream }),
  ],
};

/** A context with its views. */
async function open(): Promise<{ context: Opened; views: Views }> {
  const context = await given.open();
  return { context, views: new Views([things], context) };
}

const withViews = async <T>(work: (context: Opened, views: Views) => Promise<T>): Promise<T> => {
  const { context, views } = await open();
  try {
    return await running(views, () => work(context, views));
  } finally {
    await context.close();
  }
};

const noted = async (context: Opened, id: string): Promise<readonly unknown[]> =>
  (await eventsOf(context, id)).filter(({ type }) => type === 'ThingOverdueNoted').map(({ data }) => data['dueAt']);

describe('given a policy', () => {
  it('when something happens, then its commands carry the correlation, the cause and the drill of the event', async () => {
    await withViews(async (context, views) => {
      await tell(context, 'a', 'MakeThing', { dueAt: null }, { correlationId: '00000000-0000-4000-8000-00000000abcd', drill: true });
      await running(reacting(context, views, greet), () => eventually(async () => (await eventsOf(context, 'porter')).length > 0));
      const [made, greeted] = await context.store.read('thing-a');
      expect(greeted).toMatchObject({
        type: 'ThingGreeted',
        data: { text: 'you are number 1' },
        metadata: { correlationId: '00000000-0000-4000-8000-00000000abcd', causationId: made!.id, drill: true, actor: { id: 'system' } },
      });
      const [told] = await context.store.read('thing-porter');
      expect(told!.metadata).toMatchObject({ causationId: made!.id, drill: true });
    });
  });

  it('when it is stopped with one of its commands done and another not, then after the restart each is done once', async () => {
    await withViews(async (context, views) => {
      await tell(context, 'a', 'MakeThing', { dueAt: null });
      let stopped = false;
      const halfway: Opened = {
        ...context,
        store: Object.create(context.store, {
          append: {
            value: async (...told: Parameters<typeof context.store.append>) => {
              if (told[0] !== 'thing-porter') return context.store.append(...told);
              stopped = true;
              throw new StoreUnavailable('killed');
            },
          },
        }),
      };
      const half = async (): Promise<boolean> => stopped && (await eventsOf(context, 'a')).length === 2;
      await running(reacting(halfway, views, greet), () => eventually(half));
      expect(await eventsOf(context, 'porter')).toEqual([]);
      await running(reacting(context, views, greet), () => eventually(async () => (await eventsOf(context, 'porter')).length > 0));
      expect([(await eventsOf(context, 'a')).length, (await eventsOf(context, 'porter')).length]).toEqual([2, 1]);
    });
  });

  it('when its place is lost, then it goes through everything again and nothing happens twice', async () => {
    await withViews(async (context, views) => {
      for (const id of ['a', 'b', 'c']) await tell(context, id, 'MakeThing', { dueAt: null });
      const porter = async (): Promise<number> => (await eventsOf(context, 'porter')).length;
      await running(reacting(context, views, greet), () => eventually(async () => (await porter()) === 3));
      await tell(context, 'd', 'MakeThing', { dueAt: null });
      // Another name keeps another place: this one begins at the beginning.
      const elsewhere = { ...context, name: 'elsewhere' };
      await running(reacting(elsewhere, views, greet), () => eventually(async () => (await porter()) === 4));
      expect((await eventsOf(context, 'a')).length).toBe(2);
    });
  });

  it('when it comes to an event hours later, then it looks and its commands decide as of now, and never as of before the event', async () => {
    await withViews(async (context, views) => {
      const asOf: Policy<string> = {
        ...greet,
        facts: async (_, __, now) => now,
        react: ({ stream }, now) => [to(thing, stream.slice('thing-'.length), 'GreetThing', { text: now })],
      };
      const greeted = async (id: string) => (await context.store.read(`thing-${id}`))[1];
      await tell(context, 'a', 'MakeThing', { dueAt: null });
      context.clock.advance(5 * HOUR);
      await tell(context, 'b', 'MakeThing', { dueAt: null });
      // Another replica takes over, whose clock is behind.
      const behind = { ...context, clock: new ShiftableClock(3 * HOUR, () => millis(AT)) };
      await running(reacting(behind, views, asOf), () => eventually(async () => (await greeted('b')) !== undefined));
      const late = plus(AT, 3 * HOUR);
      expect(await greeted('a')).toMatchObject({ data: { text: late }, metadata: { occurredAt: late } });
      const ahead = plus(AT, 5 * HOUR);
      expect(await greeted('b')).toMatchObject({ data: { text: ahead }, metadata: { occurredAt: ahead } });
    });
  });

  it('when it is refused, then that is logged and the next event is reacted to', async () => {
    const refused: Policy = {
      ...greet,
      facts: async () => undefined,
      react: ({ stream }) => [
        to({ ...thing, decide: () => ({ rejected: true, code: 'NO', message: 'No.' }) }, stream.slice(6), 'GreetThing', { text: '' }),
      ],
    };
    await withViews(async (context, views) => {
      for (const id of ['a', 'b']) await tell(context, id, 'MakeThing', { dueAt: null });
      const refusals = () => context.logged.filter((line) => line['code'] === 'NO').map((line) => line['aggregate']);
      await running(reacting(context, views, refused), () => eventually(() => refusals().length === 2));
      expect(refusals()).toEqual(['a', 'b']);
    });
  });
});

describe('given a deadline', () => {
  it('when it came due while nothing ran, then it is noted once, as of its due instant, with the correlation of its row', async () => {
    await withViews(async (context) => {
      await tell(context, 'a', 'MakeThing', { dueAt: SOON }, { correlationId: '00000000-0000-4000-8000-00000000abcd' });
    });
    for (const _ of ['once', 'and again'])
      await withViews(async (context, views) => {
        context.clock.advance(5 * HOUR);
        await running(keeping(context, views, overdue), () => eventually(async () => (await noted(context, 'a')).length > 0));
        expect(await noted(context, 'a')).toEqual([SOON]);
        expect((await context.store.read('thing-a'))[1]!.metadata).toMatchObject({
          occurredAt: SOON,
          correlationId: '00000000-0000-4000-8000-00000000abcd',
          recordedAt: plus(AT, 5 * HOUR),
        });
      });
  });

  it('when the clock is advanced by hours, then it wakes, and not before', async () => {
    await withViews(async (context, views) => {
      await tell(context, 'a', 'MakeThing', { dueAt: SOON });
      await running(keeping(context, views, overdue), async () => {
        context.clock.advance(29 * MINUTE);
        await tell(context, 'b', 'MakeThing', { dueAt: AT });
        await eventually(async () => (await noted(context, 'b')).length > 0);
        expect(await noted(context, 'a')).toEqual([]);
        context.clock.advance(6 * HOUR);
        await eventually(async () => (await noted(context, 'a')).length > 0);
      });
      expect(await noted(context, 'a')).toEqual([SOON]);
    });
  });

  it('when it has moved away, then it is not noted for the instant that was', async () => {
    await withViews(async (context, views) => {
      await tell(context, 'a', 'MakeThing', { dueAt: SOON });
      await tell(context, 'a', 'MoveThing', { dueAt: plus(SOON, HOUR) });
      await tell(context, 'b', 'MakeThing', { dueAt: plus(SOON, 1) });
      await running(keeping(context, views, overdue), async () => {
        context.clock.advance(45 * MINUTE);
        await eventually(async () => (await noted(context, 'b')).length > 0);
        expect(await noted(context, 'a')).toEqual([]);
        context.clock.advance(HOUR);
        await eventually(async () => (await noted(context, 'a')).length > 0);
      });
      expect(await noted(context, 'a')).toEqual([plus(SOON, HOUR)]);
    });
  });

  it('when more are due at one instant than a page holds, then each is noted once', async () => {
    const ids = Array.from({ length: 250 }, (_, n) => `t${n}`);
    await withViews(async (context, views) => {
      await Promise.all(ids.map((id) => tell(context, id, 'MakeThing', { dueAt: SOON })));
      await running(keeping(context, views, overdue), async () => {
        context.clock.advance(HOUR);
        await eventually(async () => (await Promise.all(ids.map((id) => noted(context, id)))).every((found) => found.length > 0));
      });
      expect(await Promise.all(ids.map((id) => noted(context, id)))).toEqual(ids.map(() => [SOON]));
    });
  });

  it('when hundreds of due rows lead to nothing, then they hold up none behind them and are not sent again', async () => {
    let sent = 0;
    const lazy: Deadline = {
      ...overdue,
      whenDue: (id, dueAt) => ((sent += 1), to(thing, id, 'NoteOverdue', { dueAt: id === 'last' ? dueAt : AT })),
    };
    await withViews(async (context, views) => {
      await Promise.all(Array.from({ length: 150 }, (_, n) => tell(context, `t${n}`, 'MakeThing', { dueAt: SOON })));
      await tell(context, 'last', 'MakeThing', { dueAt: plus(SOON, 1) });
      context.clock.advance(HOUR);
      await running(keeping(context, views, lazy), async () => {
        await eventually(async () => (await noted(context, 'last')).length > 0);
        await tell(context, 'last', 'MoveThing', { dueAt: plus(SOON, 2) });
        await eventually(async () => (await noted(context, 'last')).length > 1);
      });
      expect(sent).toBe(152);
    });
  });

  it('when one of them cannot be sent, then the others are, and it is logged', async () => {
    const broken: Deadline = {
      ...overdue,
      whenDue(id, dueAt) {
        if (id === 'a') throw new Error('no such thing');
        return overdue.whenDue(id, dueAt);
      },
    };
    await withViews(async (context, views) => {
      for (const id of ['a', 'b']) await tell(context, id, 'MakeThing', { dueAt: SOON });
      context.clock.advance(HOUR);
      await running(keeping(context, views, broken), () =>
        eventually(async () => (await noted(context, 'b')).length > 0 && context.logged.some(({ level }) => level === ERROR)),
      );
      expect(context.logged.find(({ level }) => level === ERROR)).toMatchObject({ task: 'overdue', context: 'staffing' });
    });
  });

  it('when it belongs to an exercise, then what it leads to does as well', async () => {
    await withViews(async (context, views) => {
      await tell(context, 'a', 'MakeThing', { dueAt: AT }, { drill: true });
      await running(keeping(context, views, overdue), () => eventually(async () => (await noted(context, 'a')).length > 0));
      expect((await context.store.read('thing-a'))[1]!.metadata.drill).toBe(true);
    });
  });

  it('when the views move a thousand times, then it looks once, and leaves nothing listening', async () => {
    await withViews(async (context, views) => {
      let looks = 0;
      const listeners = new Set<number>();
      const query = views.query.bind(views);
      views.query = async (...asked) => {
        looks += 1;
        listeners.add(views.onMoved.size);
        return query(...asked);
      };
      await tell(context, 'a', 'MakeThing', { dueAt: SOON });
      await eventually(() => views.watermark !== undefined);
      await running(keeping(context, views, overdue), async () => {
        for (let round = 1; round <= 5; round += 1) {
          await eventually(() => looks === round && views.onMoved.size === 1);
          for (let n = 0; n < 1_000; n += 1) for (const moved of [...views.onMoved]) moved();
        }
        await eventually(() => looks === 6);
      });
      expect([looks, [...listeners], views.onMoved.size]).toEqual([6, [1], 0]);
    });
  });
});
