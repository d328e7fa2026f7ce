import { deadLetters, publicEvent, toKafka, topic } from '@hospital/contracts';
import { type Bus, type Delivered, type EventStore, type Message, sha256, StoreUnavailable, to } from '@hospital/kernel';
import { AT, commandsBy } from '@hospital/kernel/testing';
import { Hear, type Hears, parking } from './hearing';
import { send } from './sending';
import { eventsOf, eventually, freshFolder, type Opened, running } from './testing/opened';
import { thing } from './testing/things';

const given = freshFolder();
const TOPIC = topic('staffing', 'person');
const RETRIES = [1, 1];
const command = commandsBy({ id: 'pn_admin', kind: 'person', roles: ['administrator'] });

const message = (id: string, person = 'a', text = 'plumber'): Message =>
  toKafka(
    publicEvent(
      'staffing',
      'PersonRegistered',
      { personId: `pn_${person}`, trade: text },
      {
        id: `00000000-0000-4000-8000-${id.padStart(12, '0')}`,
        subject: `person-${person}`,
        time: AT,
        recordedat: AT,
        correlationid: '00000000-0000-4000-8000-0000000000c0',
        causationid: '00000000-0000-4000-8000-0000000000ca',
      },
    ),
  );

/** Each person is greeted with the trade. */
const greets: Hears = ({ name, data, subject }) =>
  name === 'PersonRegistered' ? [to(thing, subject.slice('person-'.length), 'GreetThing', { text: data.trade })] : [];

const greetings = async (context: Opened, id: string): Promise<readonly unknown[]> =>
  (await eventsOf(context, id)).map(({ data }) => data['text']);

async function deadLettersIn(bus: Bus): Promise<readonly Delivered[]> {
  const dead: Delivered[] = [];
  const signal = new AbortController().signal;
  await bus.subscribe({ group: 'dead', topics: [deadLetters('staffing.hear')], signal, handle: async (letter) => void dead.push(letter) });
  return dead;
}

describe('given a context that hears', () => {
  it('when the same message comes twice, then it has one effect, with the correlation and cause of the message', async () => {
    const context = await given.open();
    await context.bus.publish(TOPIC, [message('1'), message('1'), message('2', 'a', 'guard')]);
    await running(new Hear(context, [TOPIC], greets), () => eventually(async () => (await greetings(context, 'a')).length > 1));
    expect(await greetings(context, 'a')).toEqual(['plumber', 'guard']);
    const [first] = await context.store.read('thing-a');
    expect(first!.metadata).toMatchObject({
      correlationId: '00000000-0000-4000-8000-0000000000c0',
      causationId: '00000000-0000-4000-8000-000000000001',
      occurredAt: AT,
      actor: { id: 'system' },
    });
  });

  it('when a message cannot be handled for a while, then it is tried again', async () => {
    const context = await given.open();
    let failures = RETRIES.length;
    const slow: Hears = (heard) => {
      if (failures-- > 0) throw new Error('not yet');
      return greets(heard);
    };
    await context.bus.publish(TOPIC, [message('1')]);
    await running(new Hear(context, [TOPIC], slow, RETRIES), () => eventually(async () => (await greetings(context, 'a')).length > 0));
    expect(await context.store.head(['parking'])).toBeUndefined();
  });

  it('when the store is away for longer than it is patient, then the message comes again, and nothing is parked', async () => {
    const context = await given.open();
    let away = RETRIES.length + 2;
    const store: EventStore = Object.create(context.store, {
      read: {
        value: async (...asked: Parameters<EventStore['read']>) => {
          if (asked[0] === 'thing-a' && away-- > 0) throw new StoreUnavailable('away');
          return context.store.read(...asked);
        },
      },
    });
    await context.bus.publish(TOPIC, [message('1'), message('2', 'a', 'guard')]);
    await running(new Hear({ ...context, store }, [TOPIC], greets, RETRIES), () =>
      eventually(async () => (await greetings(context, 'a')).length > 1),
    );
    expect([await greetings(context, 'a'), await context.store.head(['parking'])]).toEqual([['plumber', 'guard'], undefined]);
  });

  it('when one is poison, then it and the later ones of its key are parked and told as dead letters, and other keys flow', async () => {
    const context = await given.open();
    const poisonous: Hears = (heard) => {
      if (heard.subject === 'person-a' && 'trade' in heard.data && heard.data.trade === 'poison') throw new Error('cannot be swallowed');
      return greets(heard);
    };
    const dead = await deadLettersIn(context.bus);
    await running(new Hear(context, [TOPIC], poisonous, RETRIES), async () => {
      await context.bus.publish(TOPIC, [message('1', 'a', 'poison'), message('2', 'b'), message('3', 'a', 'later')]);
      await eventually(async () => dead.length === 2 && (await greetings(context, 'b')).length === 1);
    });
    expect(await greetings(context, 'a')).toEqual([]);
    expect(dead.map(({ value, headers }) => [value['trade'], headers['reason']])).toEqual([
      ['poison', 'cannot be swallowed'],
      ['later', 'waits behind an earlier one of its key'],
    ]);

    // Mended: what was parked is handled at the next start, in its order, before what comes new.
    await context.bus.publish(TOPIC, [message('4', 'a', 'new')]);
    await running(new Hear(context, [TOPIC], greets, RETRIES), () => eventually(async () => (await greetings(context, 'a')).length > 2));
    expect(await greetings(context, 'a')).toEqual(['poison', 'later', 'new']);

    // Cleared: yet another start finds nothing to do.
    await running(
      new Hear(
        context,
        [TOPIC],
        () => {
          throw new Error('nothing should come');
        },
        RETRIES,
      ),
      async () => undefined,
    );
    expect(dead.length).toBe(2);
  });

  it('when one is still poison at the next start, then it and those behind it stay parked, in order', async () => {
    const context = await given.open();
    const refusing: Hears = () => {
      throw new Error('cannot be swallowed');
    };
    const dead = await deadLettersIn(context.bus);
    await context.bus.publish(TOPIC, [message('1'), message('2', 'a', 'later')]);
    await running(new Hear(context, [TOPIC], refusing, RETRIES), () => eventually(() => dead.length === 2));
    await running(new Hear(context, [TOPIC], refusing, RETRIES), async () => undefined);
    expect(context.logged.filter(({ msg }) => msg === 'stays parked').length).toBe(1);
    await running(new Hear(context, [TOPIC], greets, RETRIES), async () => undefined);
    expect(await greetings(context, 'a')).toEqual(['plumber', 'later']);
  });

  it('when there is a long log, then a start finds what is parked without reading it', async () => {
    const context = await given.open();
    const refusing: Hears = () => {
      throw new Error('cannot be swallowed');
    };
    const dead = await deadLettersIn(context.bus);
    await context.bus.publish(TOPIC, [message('1'), message('2', 'b', 'guard')]);
    await running(new Hear(context, [TOPIC], refusing, []), () => eventually(() => dead.length === 2));
    const readAll = (): never => {
      throw new Error('the whole log');
    };
    const store: EventStore = Object.create(context.store, { readAll: { value: readAll } });
    await running(new Hear({ ...context, store }, [TOPIC], greets, []), async () => undefined);
    expect([await greetings(context, 'a'), await greetings(context, 'b')]).toEqual([['plumber'], ['guard']]);
  });

  it('when two processes start at once after it was mended, then each letter is handled, and none is lost', async () => {
    const context = await given.open();
    const dead = await deadLettersIn(context.bus);
    const refusing: Hears = () => {
      throw new Error('cannot be swallowed');
    };
    await context.bus.publish(
      TOPIC,
      ['1', '2', '3', '4'].map((id) => message(id, 'a', `trade ${id}`)),
    );
    await running(new Hear(context, [TOPIC], refusing, []), () => eventually(() => dead.length === 4));
    const both = [new Hear(context, [TOPIC], greets), new Hear(context, [TOPIC], greets)];
    await Promise.all(both.map((hear) => running(hear, async () => undefined)));
    expect(await greetings(context, 'a')).toEqual(['trade 1', 'trade 2', 'trade 3', 'trade 4']);
  });

  it.each([
    ['no envelope at all', { key: 'person-a', value: {}, headers: {} }],
    ['data that breaks its promise', { ...message('1'), value: { personId: 'not one' } }],
  ])('when a message has %s, then it goes to the dead letters at once, and the next of its key is heard', async (_, malformed) => {
    const context = await given.open();
    const dead = await deadLettersIn(context.bus);
    await context.bus.publish(TOPIC, [malformed, message('2')]);
    // Endless patience: waiting for it once would be for ever.
    await running(new Hear(context, [TOPIC], greets, [2 ** 30]), () =>
      eventually(async () => dead.length === 1 && (await greetings(context, 'a')).length > 0),
    );
    expect(dead[0]!.headers).toMatchObject({ origin_topic: TOPIC, reason: expect.any(String) as string });
    expect(await context.store.head(['parking'])).toBeUndefined();
  });

  it('when one that nobody can ever handle was parked in former times, then the next start puts it away, and hears those behind it', async () => {
    const context = await given.open();
    const dead = await deadLettersIn(context.bus);
    const lot = `staffing.hear.${sha256('person-a').slice(0, 32)}`;
    const occasion = (id: string) => ({ id: id.padStart(36, '00000000-0000-4000-8000-000000000000'), at: AT, correlationId: 'c' });
    await send(context, to(parking, 'staffing.hear', 'OpenLot', { id: lot }), occasion('1'));
    for (const [n, { key, value, headers }] of [{ ...message('1'), headers: {} }, message('2')].entries())
      await send(
        context,
        to(parking, lot, 'ParkLetter', { id: `letter ${n}`, letter: { topic: TOPIC, key, value, headers }, reason: 'no envelope' }),
        occasion(String(n + 2)),
      );
    const hear = new Hear(context, [TOPIC], greets);
    await running(hear, () => eventually(() => dead.length === 1));
    expect(await greetings(context, 'a')).toEqual(['plumber']);
    expect(await hear.waiting(lot)).toEqual([]);
  });

  it('when one that fails is too large to be parked, then it goes to the dead letters, the log says so, and the next of its key is heard', async () => {
    const context = await given.open();
    const dead = await deadLettersIn(context.bus);
    const poisonous: Hears = (heard) => {
      if (heard.id.endsWith('1')) throw new Error('cannot be swallowed');
      return greets(heard);
    };
    const large = message('1');
    await context.bus.publish(TOPIC, [{ ...large, headers: { ...large.headers, note: 'x'.repeat(1_048_576) } }, message('2')]);
    await running(new Hear(context, [TOPIC], poisonous, []), () => eventually(async () => (await greetings(context, 'a')).length > 0));
    expect(dead.map(({ headers }) => headers['reason'])).toEqual(['cannot be swallowed']);
    expect(context.logged.filter(({ msg }) => msg.startsWith('not parked'))).toHaveLength(1);
  });

  it('when a bus says where a message stood, then its dead letter does, and what is parked keeps it', async () => {
    const context = await given.open();
    const dead = await deadLettersIn(context.bus);
    const origin = { origin_topic: 'prefix.there', origin_partition: '3', origin_offset: '7' };
    const placing: Bus = Object.create(context.bus, {
      subscribe: {
        value: ({ handle, ...more }: Parameters<Bus['subscribe']>[0]) =>
          context.bus.subscribe({ ...more, handle: (heard) => handle({ ...heard, origin }) }),
      },
    });
    const refusing: Hears = () => {
      throw new Error('cannot be swallowed');
    };
    await context.bus.publish(TOPIC, [message('1')]);
    const hear = new Hear({ ...context, bus: placing }, [TOPIC], refusing, []);
    await running(hear, () => eventually(() => dead.length === 1));
    expect(dead[0]!.headers).toMatchObject(origin);
    const [lot] = await hear.lots();
    expect((await hear.waiting(lot!)).map(({ letter }) => letter.origin)).toEqual([origin]);
  });

  it('when what is parked is skipped, then those behind it are heard once they are retried; nobody skips what does not wait', async () => {
    const context = await given.open();
    const dead = await deadLettersIn(context.bus);
    const poisonous: Hears = (heard) => {
      if (heard.id.endsWith('1')) throw new Error('cannot be swallowed');
      return greets(heard);
    };
    await context.bus.publish(TOPIC, [message('1'), message('2', 'a', 'later')]);
    const hear = new Hear(context, [TOPIC], poisonous, []);
    await running(hear, async () => {
      await eventually(() => dead.length === 2);
      const lot = (await hear.lots())[0]!;
      await hear.retry(lot);
      const [first, second] = await hear.waiting(lot);
      expect([first?.reason, second?.reason]).toEqual(['cannot be swallowed', 'waits behind an earlier one of its key']);
      expect(parking.decide(command('SkipLetter', { id: 'another' }, AT), [first!])).toMatchObject({ code: 'UNKNOWN_LETTER' });
      expect(await send(context, to(parking, lot, 'SkipLetter', { id: first!.id }), command('SkipLetter', { id: first!.id }, AT))).toBe(
        true,
      );
      await hear.retry(lot);
      expect(await hear.waiting(lot)).toEqual([]);
      expect(await greetings(context, 'a')).toEqual(['later']);
      // And what comes then need not wait.
      await context.bus.publish(TOPIC, [message('3', 'a', 'new')]);
      await eventually(async () => (await greetings(context, 'a')).length > 1);
    });
    expect(dead).toHaveLength(2);
  });

  it('when it is closed while it handles a message, then that is finished first, and the store is still there for it', async () => {
    const context = await given.open();
    let begun = false;
    const hear = new Hear(context, [TOPIC], (heard) => ((begun = true), greets(heard)));
    await context.bus.publish(TOPIC, [message('1')]);
    await running(hear, () => eventually(() => begun));
    expect(await greetings(context, 'a')).toEqual(['plumber']);
  });
});
