import { getEventListeners } from 'node:events';
import type { Recorded } from '@hospital/kernel';
import { follow } from './following';
import { ERROR, eventually, freshFolder, running, tell } from './testing/opened';
import { thing } from './testing/things';

const given = freshFolder();

describe('given a task that follows the events of a context', () => {
  it('when it is stopped and started again, then it goes on after its place, and skips nothing', async () => {
    const seen: string[] = [];
    const keep = async (events: readonly Recorded[]): Promise<void> => void seen.push(...events.map(({ stream }) => stream));
    for (const [n, id] of ['a', 'b', 'c'].entries()) {
      const context = await given.open();
      await tell(context, id, 'MakeThing', { dueAt: null });
      await running(follow(context, 'watch', [thing.category], keep), () => eventually(() => seen.length > n));
      await context.close();
    }
    expect(seen).toEqual(['thing-a', 'thing-b', 'thing-c']);
  });

  it('when it throws, then the same events come again, the failure is logged by name, and later ones follow in order', async () => {
    const context = await given.open();
    const seen: string[] = [];
    const task = follow(context, 'watch', [thing.category], async (events) => {
      seen.push(...events.map(({ stream }) => stream));
      if (seen.length === 1) throw new Error('not today');
    });
    await tell(context, 'a', 'MakeThing', { dueAt: null });
    await running(task, async () => {
      await eventually(() => seen.length === 2);
      await tell(context, 'b', 'MakeThing', { dueAt: null });
      await eventually(() => seen.length === 3);
    });
    expect(seen).toEqual(['thing-a', 'thing-a', 'thing-b']);
    expect(context.logged.filter(({ level }) => level === ERROR)).toMatchObject([{ task: 'watch', err: { message: 'not today' } }]);
  });

  it('when events were written in an older shape, then they come in the one of today', async () => {
    const old = await given.open();
    await tell(old, 'a', 'GreetThing', { text: 'hello' });
    await old.close();
    const context = await given.open({
      history: { ThingGreeted: { version: 2, up: { 1: ({ text }) => ({ text: `${String(text)}, dear` }) } } },
    });
    const seen: Recorded[] = [];
    const keep = async (events: readonly Recorded[]): Promise<void> => void seen.push(...events);
    await running(follow(context, 'watch', [thing.category], keep), () => eventually(() => seen.length > 0));
    expect(seen.map(({ data }) => data)).toEqual([{ text: 'hello, dear' }]);
  });

  it('when hundreds of batches have gone by, then no more listens for its end than after the first', async () => {
    const context = await given.open();
    let batches = 0;
    const listeners = new Set<number>();
    const task = follow(context, 'watch', [thing.category], async (_, lease) => {
      batches += 1;
      listeners.add(getEventListeners(lease.signal, 'abort').length);
    });
    await running(task, async () => {
      for (let n = 0; n < 200; n += 1) {
        await tell(context, `t${n}`, 'MakeThing', { dueAt: null });
        await eventually(() => batches > n);
      }
    });
    expect([...listeners]).toEqual([0]);
  });

  it('when it is stopped while it works, then what it works on comes again', async () => {
    const context = await given.open();
    await tell(context, 'a', 'MakeThing', { dueAt: null });
    let times = 0;
    const task = () =>
      follow(context, 'watch', [thing.category], async (events, { signal }) => {
        // A batch without events only says how far the log has been looked through.
        if (events.length === 0 || (times += 1) > 1) return;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        signal.throwIfAborted();
      });
    await running(task(), () => eventually(() => times === 1));
    await running(task(), () => eventually(() => times === 2));
    expect(context.logged.filter(({ level }) => level === ERROR)).toEqual([]);
  });
});
