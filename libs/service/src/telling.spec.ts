import { topic } from '@hospital/contracts';
import type { Bus, Delivered, Message } from '@hospital/kernel';
import { telling } from './telling';
import { eventually, freshFolder, running, tell } from './testing/opened';
import { tellsOfThings } from './testing/things';

const given = freshFolder();
const TOPIC = topic('staffing', 'thing');

/** Everything that was ever published, as it comes. */
async function ear(bus: Bus) {
  const heard: Delivered[] = [];
  const signal = new AbortController().signal;
  await bus.subscribe({ group: 'ear', topics: [TOPIC], signal, handle: async (message) => void heard.push(message) });
  return heard;
}

describe('given a context that tells', () => {
  it('when something it promised has happened, then the others hear it once, over a restart as well', async () => {
    const bus = await given.bus();
    const heard = await ear(bus);
    for (const [n, id] of ['a', 'b'].entries()) {
      const context = await given.open({ bus });
      await tell(context, id, 'MakeThing', { dueAt: null });
      await tell(context, id, 'GreetThing', { text: 'nobody else may know' });
      await running(telling(context, tellsOfThings), () => eventually(() => heard.length > n));
      await context.close();
    }
    expect(heard.map(({ key, value }) => [key, value])).toEqual([
      ['thing-a', { personId: 'pn_a', trade: 'plumber' }],
      ['thing-b', { personId: 'pn_b', trade: 'plumber' }],
    ]);
  });

  it('when the bus fails after it was given messages, then they are told again, with the same ids and in the same order', async () => {
    const bus = await given.bus();
    const heard = await ear(bus);
    let failures = 1;
    const forgetful: Bus = Object.create(bus, {
      publish: {
        value: async (...told: Parameters<Bus['publish']>) => {
          await bus.publish(...told);
          if (told[1].length > 0 && failures-- > 0) throw new Error('the acknowledgement was lost');
        },
      },
    });
    const context = await given.open({ bus: forgetful });
    for (const _ of [1, 2, 3]) await tell(context, 'a', 'MakeThing', { dueAt: null });
    await running(telling(context, tellsOfThings), () => eventually(() => heard.length === 6));
    const ids = heard.map(({ headers }) => headers['ce_id']);
    const events = (await context.store.read('thing-a')).map(({ id }) => id);
    expect(ids).toEqual([...events, ...events]);
  });

  it('when it is an exercise, then nobody hears of it', async () => {
    const bus = await given.bus();
    const heard = await ear(bus);
    const context = await given.open({ bus });
    await tell(context, 'drill', 'MakeThing', { dueAt: null }, { drill: true });
    await tell(context, 'real', 'MakeThing', { dueAt: null });
    await running(telling(context, tellsOfThings), () => eventually(() => heard.length > 0));
    expect(heard.map(({ key }) => key)).toEqual(['thing-real']);
  });

  it('when a message is told, then it carries when it happened, when it was recorded, and what it goes back to', async () => {
    const bus = await given.bus();
    const heard = await ear(bus);
    const context = await given.open({ bus });
    await tell(context, 'a', 'MakeThing', { dueAt: null });
    await running(telling(context, tellsOfThings), () => eventually(() => heard.length > 0));
    const [{ metadata }] = (await context.store.read('thing-a')) as [Awaited<ReturnType<typeof context.store.read>>[number]];
    expect(heard[0]!.headers).toMatchObject({
      ce_time: metadata.occurredAt,
      ce_recordedat: metadata.recordedAt,
      ce_correlationid: metadata.correlationId,
      ce_causationid: metadata.causationId,
      ce_subject: 'thing-a',
      ce_sequence: '0000000000',
    });
  });

  it('when it starts, then every topic it promises is there before anything is told, also when the bus is away for a while', async () => {
    const bus = await given.bus();
    const made: string[] = [];
    let failures = 1;
    const making: Bus = Object.create(bus, {
      publish: {
        value: async (name: string, messages: readonly Message[]) => {
          if (failures-- > 0) throw new Error('no broker');
          expect(messages).toEqual([]);
          made.push(name);
        },
      },
    });
    const context = await given.open({ bus: making });
    await running(telling(context, tellsOfThings), () => eventually(() => made.length >= 4));
    expect(made).toEqual(['person', 'certificate', 'shift', 'rota'].map((aggregate) => topic('staffing', aggregate)));
  });

  it('when another bus takes the place of the one that was told, then that one is told everything, and the first nothing again', async () => {
    const bus = await given.bus();
    const heard = await ear(bus);
    const named = (name: string): Bus => Object.create(bus, { identity: { value: async () => name } });
    for (const [n, name] of ['one', 'other', 'one', 'other'].entries()) {
      const context = await given.open({ bus: named(name) });
      if (n === 0) await tell(context, 'a', 'MakeThing', { dueAt: null });
      if (n === 3) await tell(context, 'b', 'MakeThing', { dueAt: null });
      await running(telling(context, tellsOfThings), () => eventually(() => heard.length >= [1, 2, 2, 3][n]!));
      await context.close();
    }
    expect(heard.map(({ key }) => key)).toEqual(['thing-a', 'thing-a', 'thing-b']);
    expect(new Set(heard.map(({ headers }) => headers['ce_id'])).size).toBe(2);
  });
});
