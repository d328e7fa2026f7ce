import { getEventListeners } from 'node:events';
import { type EventStore, StoreUnavailable } from '@hospital/kernel';
import { Lease } from './lease';
import { eventually, freshFolder, type Opened } from './testing/opened';

const given = freshFolder();
let context: Opened;
/** The embedded store, as processes see it that share one. */
let store: EventStore;
const forEver = new AbortController().signal;
const never = (_: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

beforeEach(async () => {
  context = await given.open();
  store = Object.assign(context.store, { shared: true });
});

const acquire = (owner: string, wait = never, signal = forEver, from = store, beat = 60_000): Promise<Lease | undefined> =>
  Lease.acquire(from, context.clock, 'task', { owner, signal, wait, beat });

/** So many beats go by at once, and no more. */
function quickly(count: number) {
  let gone = 0;
  const wait = (ms: number, signal: AbortSignal): Promise<void> => (gone < count ? ((gone += 1), Promise.resolve()) : never(ms, signal));
  return { wait, gone: () => gone };
}

/** Waits as often as told, each time doing something first; then the candidate stops. */
function beats(count: number, each: (n: number) => Promise<unknown> = async () => undefined) {
  const stop = new AbortController();
  let n = 0;
  const wait = async (): Promise<void> => {
    if (n === count) return stop.abort();
    await each((n += 1));
  };
  return { signal: stop.signal, wait, count: () => n };
}

describe('given a lease that nobody holds', () => {
  it('when it is acquired, then it is held, and starts from no place', async () => {
    const lease = (await acquire('a'))!;
    expect([lease.held, lease.checkpoint]).toEqual([true, undefined]);
    await lease.release();
    expect([lease.held, lease.signal.aborted]).toEqual([false, true]);
  });

  it('when two want it at once, then one gets it, and the other waits', async () => {
    const stop = new AbortController();
    const both = [acquire('a', never, stop.signal), acquire('b', never, stop.signal)];
    const first = (await Promise.race(both))!;
    expect(first.held).toBe(true);
    stop.abort();
    expect((await Promise.all(both)).filter((lease) => lease !== undefined)).toEqual([first]);
    await first.release();
  });
});

describe('given a lease that another process holds', () => {
  it('when the owner is silent for three of the candidate own beats, then the candidate takes over where the owner was', async () => {
    const owner = (await acquire('a'))!;
    await owner.advance(41n);
    await owner.release();
    const candidate = quickly(3);
    const taken = (await acquire('b', candidate.wait))!;
    expect([candidate.gone(), taken.held, taken.checkpoint]).toEqual([3, true, 41n]);
    await taken.release();
  });

  it('when the owner beats at least at every third of the candidate beats, then the candidate never takes over', async () => {
    const owner = (await acquire('a'))!;
    const candidate = beats(9, async (n) => n % 3 === 0 && (await owner.advance(BigInt(n))));
    expect(await acquire('b', candidate.wait, candidate.signal)).toBeUndefined();
    expect(owner.held).toBe(true);
    await owner.release();
  });

  it('when the same owner starts again, then it has its lease at once', async () => {
    const before = (await acquire('a'))!;
    await before.advance(7n);
    const wait = jest.fn(never);
    const after = (await acquire('a', wait))!;
    expect(after.checkpoint).toBe(7n);
    await before.release();
    await after.release();
    // Its own beat waits; acquiring did not.
    expect(wait).toHaveBeenCalledTimes(1);
  });

  it('when the owner was only paused and wakes up, then it can record nothing any more', async () => {
    const paused = (await acquire('a'))!;
    await paused.advance(1n);
    const taken = (await acquire('b', quickly(3).wait))!;
    await taken.advance(2n);
    await expect(paused.advance(99n)).rejects.toThrow();
    expect([paused.held, paused.signal.aborted]).toEqual([false, true]);
    await expect(paused.advance(100n)).rejects.toThrow('lost');
    expect((await store.read('lease-task')).at(-1)!.data).toEqual({ owner: 'b', checkpoint: '2' });
    await taken.release();
    await paused.release();
  });

  it('when the owner could not beat in time, then it does not hold the lease, although nobody has taken it', async () => {
    const slow = (await acquire('a', never, forEver, store, 0))!;
    expect([slow.held, slow.signal.aborted]).toEqual([false, false]);
    await slow.release();
  });
});

describe('given a store that is away', () => {
  it('when it comes back, then the lease is acquired', async () => {
    let away = 2;
    const flaky: EventStore = Object.create(store, {
      read: {
        value: async (...told: Parameters<EventStore['read']>) => {
          if (away-- > 0) throw new StoreUnavailable('away');
          return store.read(...told);
        },
      },
    });
    const { wait, gone } = quickly(2);
    const lease = (await acquire('a', wait, forEver, flaky))!;
    expect([gone(), lease.held]).toEqual([2, true]);
    await lease.release();
  });
});

describe('given a lease that its owner holds', () => {
  it('when a beat is due, then it is written, and the place is told when there is one', async () => {
    const beat = quickly(1);
    const lease = (await acquire('a', beat.wait))!;
    await eventually(async () => (await store.read('lease-task')).length === 2);
    await lease.advance(6n);
    expect((await store.read('lease-task')).map(({ data }) => data)).toEqual([
      { owner: 'a' },
      { owner: 'a' },
      { owner: 'a', checkpoint: '6' },
    ]);
    await lease.release();
  });

  it('when the process stops, then the task is told, and may still record its place', async () => {
    const stop = new AbortController();
    const lease = (await acquire('a', never, stop.signal))!;
    stop.abort();
    expect([lease.signal.aborted, lease.held]).toEqual([true, false]);
    await lease.advance(12n);
    await lease.release();
    expect((await acquire('a', never))!.checkpoint).toBe(12n);
  });

  it('when it is acquired and released many times, then nothing still listens for the end of the process', async () => {
    const stop = new AbortController();
    for (let n = 0; n < 20; n += 1) await (await acquire('a', never, stop.signal))!.release();
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('when it has advanced hundreds of times, then its stream is still short', async () => {
    const lease = (await acquire('a'))!;
    for (let place = 1n; place <= 250n; place += 1n) await lease.advance(place);
    expect((await store.read('lease-task')).length).toBeLessThanOrEqual(110);
    await lease.release();
    expect((await acquire('a'))!.checkpoint).toBe(250n);
  });
});

describe('given a store that only this process writes to', () => {
  it('when another owner held the lease, then it is ours at once, and no beat is written', async () => {
    await (await acquire('a'))!.advance(3n);
    const wait = jest.fn(never);
    const own: EventStore = Object.create(store, { shared: { value: false } });
    const lease = (await acquire('b', wait, forEver, own))!;
    expect([lease.checkpoint, lease.held]).toEqual([3n, true]);
    expect(wait).not.toHaveBeenCalled();
    await lease.release();
  });
});
