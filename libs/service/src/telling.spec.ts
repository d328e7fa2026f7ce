import { topic } from '@hospital/contracts';
import type { Bus, Delivered } from '@hospital/kernel';
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
          if (failures-- > 0) throw new Error('the acknowledgement was lost');
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
    });
  });
});
