import { HOUR, idOf, type JsonObject, MINUTE, plus, reject, StoreUnavailable, to, type View } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { Views } from '@hospital/service';
import { eventsOf, eventually, freshFolder, type Opened, running, tell, thing, type ThingRow, things } from '@hospital/service/testing';
import { delivering, type Delivery, Undelivered } from './delivering';

const given = freshFolder();

/** Things on their way to whoever the part of their id before the dot names. */
interface ParcelRow extends ThingRow {
  readonly whose: string;
  readonly tries: number;
}
const parcels: View<ParcelRow> = {
  ...things,
  name: 'parcels',
  columns: ['dueAt'],
  project(row, event) {
    const next = things.project(row, event, '') as ThingRow | undefined;
    const tries = (row?.tries ?? 0) + (event.type === 'ThingMoved' ? 1 : 0);
    return next && { ...next, whose: idOf(event.stream).split('.')[0]!, tries };
  },
};

/** Brought: nothing is due any more. Not brought: a minute later. */
const parcelPost = (bring: Delivery['bring']): Delivery => ({
  name: 'parcel-post',
  view: 'parcels',
  column: 'dueAt',
  recipient: 'whose',
  tries: 'tries',
  correlation: 'correlationId',
  bring,
  outcome: (key, row, failure) =>
    failure
      ? to(thing, key, 'MoveThing', { dueAt: plus(String(row['dueAt']), MINUTE) })
      : to(thing, key, 'NoteOverdue', { dueAt: row['dueAt'] as string }),
});

const withParcels = async (work: (context: Opened, views: Views) => Promise<void>, ...ids: readonly string[]): Promise<void> => {
  const context = await given.open();
  try {
    for (const id of ids) await tell(context, id, 'MakeThing', { dueAt: AT });
    const views = new Views([parcels], context);
    await running(views, () => work(context, views));
  } finally {
    await context.close();
  }
};
const post = (context: Opened, views: Views, bring: Delivery['bring'], pace?: Parameters<typeof delivering>[3]) =>
  delivering(context, views, parcelPost(bring), pace);
const arrived = async (context: Opened, id: string): Promise<boolean> =>
  (await eventsOf(context, id)).some(({ type }) => type === 'ThingOverdueNoted');
const typesOf = async (context: Opened, id: string) => (await eventsOf(context, id)).map(({ type }) => type);

/** Ends only when it is told to. */
const hanging = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

describe('given something to deliver', () => {
  it('when its instant has come, then it is brought once and recorded once, and not before', async () => {
    const brought: string[] = [];
    await withParcels(async (context, views) => {
      await tell(context, 'a.later', 'MakeThing', { dueAt: plus(AT, HOUR) }, { correlationId: '00000000-0000-4000-8000-00000000abcd' });
      await running(
        post(context, views, async (key) => void brought.push(key)),
        async () => {
          await eventually(() => arrived(context, 'a.now'));
          expect(brought).toEqual(['a.now']);
          context.clock.advance(2 * HOUR);
          await eventually(() => arrived(context, 'a.later'));
        },
      );
      expect(brought).toEqual(['a.now', 'a.later']);
      expect((await context.store.read('thing-a.later'))[1]!.metadata).toMatchObject({
        occurredAt: plus(AT, 2 * HOUR),
        correlationId: '00000000-0000-4000-8000-00000000abcd',
        actor: { id: 'system' },
      });
    }, 'a.now');
  });

  it('when it fails twice, then it is brought a third time, each when its instant has come', async () => {
    let attempts = 0;
    const bring = async (): Promise<void> => {
      if (++attempts < 3) throw new Undelivered('BUSY');
    };
    await withParcels(async (context, views) => {
      await running(post(context, views, bring), async () => {
        for (const failures of [1, 2]) {
          await eventually(async () => (await typesOf(context, 'a')).length === failures + 1);
          expect(attempts).toBe(failures);
          context.clock.advance(MINUTE);
        }
        await eventually(() => arrived(context, 'a'));
      });
      expect(await typesOf(context, 'a')).toEqual(['ThingMade', 'ThingMoved', 'ThingMoved', 'ThingOverdueNoted']);
    }, 'a');
  });

  it('when the process ends between bringing and recording, then it is brought again under its key, and recorded once', async () => {
    const brought: string[] = [];
    const bring = async (key: string): Promise<void> => void brought.push(key);
    await withParcels(async (context, views) => {
      let tried = false;
      const dying: Opened = {
        ...context,
        store: Object.create(context.store, {
          append: {
            value: async (...told: Parameters<typeof context.store.append>) => {
              if (told[0] !== 'thing-a') return context.store.append(...told);
              tried = true;
              throw new StoreUnavailable('killed');
            },
          },
        }),
      };
      await running(post(dying, views, bring), () => eventually(() => tried));
      expect(await typesOf(context, 'a')).toEqual(['ThingMade']);
      const before = brought.length;
      await running(post(context, views, bring), () => eventually(() => arrived(context, 'a')));
      expect(brought.length).toBe(before + 1);
      expect(new Set(brought)).toEqual(new Set(['a']));
      expect(await typesOf(context, 'a')).toEqual(['ThingMade', 'ThingOverdueNoted']);
    }, 'a');
  });

  it('when it is stopped in the middle, then nothing is recorded, and it is brought again', async () => {
    let attempts = 0;
    await withParcels(async (context, views) => {
      const begun = post(context, views, (_, __, signal) => ((attempts += 1), hanging(signal)));
      await running(begun, () => eventually(() => attempts === 1));
      expect(await typesOf(context, 'a')).toEqual(['ThingMade']);
      await running(
        post(context, views, async () => void (attempts += 1)),
        () => eventually(() => arrived(context, 'a')),
      );
      expect(attempts).toBe(2);
    }, 'a');
  });

  it('when one recipient does not answer, then the others are served meanwhile, and that one has one thing on its way', async () => {
    const begun: string[] = [];
    const bring = (key: string, _: JsonObject, signal: AbortSignal): Promise<void> => {
      begun.push(key);
      return key.startsWith('a') ? hanging(signal) : Promise.resolve();
    };
    const others = ['b.1', 'b.2', 'c.1', 'c.2', 'c.3'];
    await withParcels(
      async (context, views) => {
        await running(post(context, views, bring, { atOnce: 2, patience: 600_000 }), () =>
          eventually(async () => (await Promise.all(others.map((id) => arrived(context, id)))).every(Boolean)),
        );
        expect(begun.filter((key) => key.startsWith('a'))).toEqual(['a.1']);
        expect(begun.filter((key) => !key.startsWith('a')).sort()).toEqual(others);
      },
      'a.1',
      'a.2',
      'a.3',
      ...others,
    );
  });

  it('when one does not answer in its time, also deaf to being told so, then that is a failure', async () => {
    const codes: string[] = [];
    await withParcels(async (context, views) => {
      const delivery = parcelPost(() => new Promise(() => undefined));
      const noting: Delivery = {
        ...delivery,
        outcome: (key, row, failure) => (codes.push(String(failure?.code)), delivery.outcome(key, row, failure)),
      };
      await running(delivering(context, views, noting, { patience: 1 }), () =>
        eventually(async () => (await typesOf(context, 'a')).includes('ThingMoved')),
      );
      expect(codes).toEqual(['TIMEOUT']);
    }, 'a');
  });

  it('when many are due, then all are brought, and never to more recipients at a time than told', async () => {
    const ids = Array.from({ length: 250 }, (_, n) => `r${n % 5}.${n}`);
    const brought: string[] = [];
    let now = 0;
    let most = 0;
    const bring = async (key: string): Promise<void> => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      brought.push(key);
    };
    await withParcels(
      async (context, views) => {
        await running(post(context, views, bring, { atOnce: 4 }), () => eventually(() => brought.length >= ids.length));
        expect(brought.sort()).toEqual([...ids].sort());
        expect(most).toBe(4);
      },
      ...ids,
    );
  });

  it('when it belongs to a drill, then it is never brought', async () => {
    const brought: string[] = [];
    await withParcels(async (context, views) => {
      await tell(context, 'a.drill', 'MakeThing', { dueAt: AT }, { drill: true });
      await tell(context, 'a.real', 'MakeThing', { dueAt: plus(AT, 1) });
      context.clock.advance(HOUR);
      await running(
        post(context, views, async (key) => void brought.push(key)),
        () => eventually(() => arrived(context, 'a.real')),
      );
      expect(brought).toEqual(['a.real']);
    });
  });

  it('when its outcome is refused, then it is not brought again and again, and the others are brought', async () => {
    const brought: string[] = [];
    await withParcels(async (context, views) => {
      const delivery = parcelPost(async (key) => void brought.push(key));
      const refused = { ...thing, decide: () => reject('NO', 'No.') };
      const outcome: Delivery['outcome'] = (key, row, failure) =>
        key === 'a' ? to(refused, key, 'NoteOverdue', { dueAt: AT }) : delivery.outcome(key, row, failure);
      await running(delivering(context, views, { ...delivery, outcome }), async () => {
        for (const id of ['b', 'c', 'd']) {
          await tell(context, id, 'MakeThing', { dueAt: AT });
          await eventually(() => arrived(context, id));
        }
      });
      expect(brought).toEqual(['a', 'b', 'c', 'd']);
    }, 'a');
  });

  it('when it fails in a way nobody foresaw, then a code is kept and none of its words', async () => {
    const codes: string[] = [];
    await withParcels(async (context, views) => {
      const delivery = parcelPost(async () => {
        throw new Error('no mailbox of zhang.san@hospital.example');
      });
      const noting: Delivery = {
        ...delivery,
        outcome: (key, row, failure) => (codes.push(String(failure?.code)), delivery.outcome(key, row, failure)),
      };
      await running(delivering(context, views, noting), () => eventually(async () => (await typesOf(context, 'a')).includes('ThingMoved')));
      expect(codes).toEqual(['FAILED']);
      expect(context.logged).toContainEqual(expect.objectContaining({ key: 'a', code: 'FAILED' }));
      expect(JSON.stringify(context.logged)).not.toContain('zhang.san');
    }, 'a');
  });
});
