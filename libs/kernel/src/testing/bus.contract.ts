import { randomUUID } from 'node:crypto';
import type { Bus, Delivered, Message } from '../index';

/** What a subscription heard, in order; tests wait for a condition on it, never for time. */
class Ear {
  readonly heard: Delivered[] = [];
  private readonly waiting = new Set<() => void>();

  note(message: Delivered): void {
    this.heard.push(message);
    for (const look of [...this.waiting]) look();
  }

  until(satisfied: (heard: readonly Delivered[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!satisfied(this.heard)) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  hears(count: number): Promise<void> {
    return this.until((heard) => heard.length >= count);
  }

  hearsAllOf(messages: readonly Message[]): Promise<void> {
    return this.until((heard) => {
      const numbers = new Set(heard.map(numberOf));
      return messages.every((message) => numbers.has(numberOf(message)));
    });
  }

  /** Numbers heard on a key, repetitions left out. */
  on(key: string): readonly number[] {
    return [...new Set(this.heard.filter((message) => message.key === key).map(numberOf))];
  }
}

const numberOf = ({ value }: Message): number => value['n'] as number;
const numbered = (key: string, n: number): Message => ({ key, value: { n }, headers: { n: String(n) } });
const range = (length: number): readonly number[] => Array.from({ length }, (_, n) => n);
const numbersOn = (messages: readonly Message[], key: string): readonly number[] =>
  messages.filter((message) => message.key === key).map(numberOf);

/** A door that a handler waits at until the test opens it. */
function door(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/**
 * The sentences every Bus keeps. `open` connects to the same bus each time it is called; a test closes what it opened before it
 * opens again. The bus may hold foreign topics and groups, must spread keys over several partitions, and should be given a back-off
 * of some milliseconds. Pass `describe.skip` as `suite` where the engine cannot run.
 */
export function busContract(name: string, open: () => Promise<Bus>, suite: jest.Describe = describe): void {
  suite(`${name} keeps the contract of a bus`, () => {
    let opened: Bus[] = [];
    let topic = '';
    let group = '';

    const bus = async (): Promise<Bus> => {
      const next = await open();
      opened.push(next);
      return next;
    };

    /** Subscribes for the length of the test, or until the returned function is called. */
    const listen = async (
      to: Bus,
      options: {
        readonly group?: string;
        readonly topics?: readonly string[];
        readonly handle?: (message: Delivered) => Promise<void>;
        readonly ear?: Ear;
      } = {},
    ): Promise<{ readonly ear: Ear; readonly leave: () => void }> => {
      const ear = options.ear ?? new Ear();
      const leaving = new AbortController();
      await to.subscribe({
        group: options.group ?? group,
        topics: options.topics ?? [topic],
        handle: async (message) => {
          await options.handle?.(message);
          ear.note(message);
        },
        signal: leaving.signal,
      });
      return { ear, leave: () => leaving.abort() };
    };

    beforeEach(() => {
      const run = randomUUID();
      topic = `contract.${run}.events.v1`;
      group = `contract.${run}.group`;
    });

    afterEach(async () => {
      const closing = opened;
      opened = [];
      await Promise.all(closing.map((each) => each.close()));
    });

    describe('what travels', () => {
      it('given a message in Chinese with headers, when a group hears it, then topic, key, value and headers are what was sent', async () => {
        const message: Message = {
          key: 'workOrder-3号楼',
          value: {
            title: '手术室漏水 💧',
            control: 'line\nbreak \u0000 \u2028',
            nested: { list: [1, -0.5, 9_007_199_254_740_991, null, true, '', {}] },
          },
          headers: { ce_id: 'e-1', ce_subject: '工单 №7 "急" 💧', ce_empty: '', 'content-type': 'application/json' },
        };
        const one = await bus();
        await one.publish(topic, [message]);
        const { ear } = await listen(one);
        await ear.hears(1);
        expect(ear.heard.map(({ origin: _, ...rest }) => rest)).toEqual([{ topic, ...message }]);
      });

      it('given a message of almost 1 MiB between two small ones, when a group hears them, then all three arrive whole and in order', async () => {
        const large: Message = { key: 'k', value: { n: 1, text: '病'.repeat(349_000) }, headers: {} };
        const one = await bus();
        await one.publish(topic, [numbered('k', 0)]);
        await one.publish(topic, [large]);
        await one.publish(topic, [numbered('k', 2)]);
        const { ear } = await listen(one);
        await ear.hears(3);
        expect(ear.heard.map(numberOf)).toEqual([0, 1, 2]);
        expect(ear.heard[1]?.value).toEqual(large.value);
      });

      it('given nothing to publish, when it is published, then that succeeds', async () => {
        await expect((await bus()).publish(topic, [])).resolves.toBeUndefined();
      });
    });

    describe('durable', () => {
      it('given publish has resolved, when the bus is closed and opened again, then a group still hears every message', async () => {
        const messages = range(20).map((n) => numbered(`k${n % 4}`, n));
        const before = await bus();
        await before.publish(topic, messages);
        await before.close();
        const { ear } = await listen(await bus());
        await ear.hearsAllOf(messages);
        for (const key of ['k0', 'k1', 'k2', 'k3']) expect(ear.on(key)).toEqual(numbersOn(messages, key));
      });

      it('given publishes at the same time, when all have resolved, then every message is heard', async () => {
        const messages = range(50).map((n) => numbered(`k${n}`, n));
        const one = await bus();
        await Promise.all(messages.map((message) => one.publish(topic, [message])));
        const { ear } = await listen(one);
        await ear.hearsAllOf(messages);
        expect(ear.heard).toHaveLength(50);
      });
    });

    describe('in order', () => {
      it('given messages of many keys published one call after the other, when a group hears them, then each key has kept its order', async () => {
        const messages = range(100).map((n) => numbered(`k${n % 7}`, n));
        const one = await bus();
        const { ear } = await listen(one);
        for (const from of range(10)) await one.publish(topic, messages.slice(from * 10, from * 10 + 10));
        await ear.hearsAllOf(messages);
        for (const key of range(7).map((k) => `k${k}`)) expect(ear.on(key)).toEqual(numbersOn(messages, key));
      });

      it('given a handler that takes turns to finish, when messages of one key come, then the next begins only after the one before ended', async () => {
        const one = await bus();
        let inside = 0;
        let most = 0;
        const { ear } = await listen(one, {
          handle: async () => {
            most = Math.max(most, (inside += 1));
            for (const _ of range(5)) await new Promise((resolve) => setImmediate(resolve));
            inside -= 1;
          },
        });
        await one.publish(
          topic,
          range(20).map((n) => numbered('k', n)),
        );
        await ear.hears(20);
        expect(most).toBe(1);
        expect(ear.on('k')).toEqual(range(20));
      });
    });

    describe('groups', () => {
      it('given two groups, when messages are published, then each group hears one copy of each', async () => {
        const one = await bus();
        const first = await listen(one, { group: `${group}.1` });
        const second = await listen(one, { group: `${group}.2` });
        const messages = range(10).map((n) => numbered('k', n));
        await one.publish(topic, messages);
        await Promise.all([first.ear.hears(10), second.ear.hears(10)]);
        // One key is in order: were there second copies, they would be in front of this one.
        await one.publish(topic, [numbered('k', 10)]);
        for (const { ear } of [first, second]) {
          await ear.hearsAllOf([numbered('k', 10)]);
          expect(ear.heard.map(numberOf)).toEqual(range(11));
        }
      });

      it('given a group whose handler keeps failing, when another group listens to the same topic, then that one is not held up', async () => {
        const one = await bus();
        await one.publish(topic, [numbered('k', 0), numbered('k', 1)]);
        let failing = true;
        const stuck = await listen(one, {
          group: `${group}.stuck`,
          handle: () => (failing ? Promise.reject(new Error('not yet')) : Promise.resolve()),
        });
        const free = await listen(one, { group: `${group}.free` });
        await free.ear.hears(2);
        expect(stuck.ear.heard).toEqual([]);
        failing = false;
        await stuck.ear.hears(2);
      });

      it('given messages from before, when a new group subscribes, then it starts at the beginning', async () => {
        const one = await bus();
        const old = await listen(one, { group: `${group}.old` });
        const messages = range(10).map((n) => numbered('k', n));
        await one.publish(topic, messages.slice(0, 5));
        await old.ear.hears(5);
        const young = await listen(one, { group: `${group}.young` });
        await one.publish(topic, messages.slice(5));
        await young.ear.hears(10);
        expect(young.ear.heard.map(numberOf)).toEqual(range(10));
      });

      it('given a group that has handled messages, when it is closed and comes again, then it goes on after the last of them', async () => {
        const before = await bus();
        const first = await listen(before);
        await before.publish(
          topic,
          range(10).map((n) => numbered('k', n)),
        );
        await first.ear.hears(10);
        await before.close();
        const after = await bus();
        await after.publish(topic, [numbered('k', 10)]);
        const second = await listen(after);
        await second.ear.hears(1);
        expect(second.ear.heard.map(numberOf)).toEqual([10]);
      });

      it('given a topic that nobody has published to, when a group subscribes and then something is published, then it is heard', async () => {
        const one = await bus();
        const { ear } = await listen(one);
        await one.publish(topic, [numbered('k', 0)]);
        await ear.hears(1);
      });

      it('given a group on two topics, when both are published to, then it hears both and can tell them apart', async () => {
        const topics = [`${topic}.a`, `${topic}.b`];
        const one = await bus();
        const { ear } = await listen(one, { topics });
        await one.publish(topics[0]!, [numbered('k', 0)]);
        await one.publish(topics[1]!, [numbered('k', 1)]);
        await ear.hears(2);
        expect(new Map(ear.heard.map((message) => [message.topic, numberOf(message)]))).toEqual(
          new Map([
            [topics[0], 0],
            [topics[1], 1],
          ]),
        );
      });

      it('given a handler that publishes, when a message comes, then what it published is heard as well', async () => {
        const one = await bus();
        const answers = await listen(one, { group: `${group}.answers`, topics: [`${topic}.answers`] });
        await listen(one, { handle: (message) => one.publish(`${topic}.answers`, [numbered(message.key, numberOf(message) + 100)]) });
        await one.publish(topic, [numbered('k', 1)]);
        await answers.ear.hears(1);
        expect(answers.ear.heard.map(numberOf)).toEqual([101]);
      });
    });

    describe('a handler that throws', () => {
      it('given a handler that fails three times, when it succeeds, then it was given the same message each time and none of its key overtook', async () => {
        const one = await bus();
        const given: number[] = [];
        const { ear } = await listen(one, {
          handle: async (message) => {
            given.push(numberOf(message));
            if (numberOf(message) === 1 && given.filter((n) => n === 1).length <= 3) throw new Error('not yet');
          },
        });
        await one.publish(
          topic,
          range(4).map((n) => numbered('k', n)),
        );
        await ear.hearsAllOf([numbered('k', 3)]);
        expect(given).toEqual([0, 1, 1, 1, 1, 2, 3]);
      });

      it('given one key that keeps failing, when others are published, then they flow meanwhile, and in the end nothing is missing', async () => {
        const one = await bus();
        const failed = door();
        let failing = true;
        const { ear } = await listen(one, {
          handle: async (message) => {
            if (message.key !== 'stuck' || !failing) return;
            failed.open();
            throw new Error('not yet');
          },
        });
        await one.publish(topic, [numbered('stuck', 0), numbered('stuck', 1)]);
        await failed.opened;
        const others = range(64).map((n) => numbered(`k${n}`, n + 2));
        await one.publish(topic, others);
        // Keys that share the stuck one's partition may wait with it; most do not.
        await ear.hears(32);
        expect(ear.on('stuck')).toEqual([]);
        failing = false;
        await ear.hearsAllOf([...others, numbered('stuck', 1)]);
        expect(ear.on('stuck')).toEqual([0, 1]);
      });

      it('given a message that failed until the bus was closed, when the group comes again, then that message comes first', async () => {
        const before = await bus();
        const failed = door();
        await listen(before, {
          handle: async (message) => {
            if (numberOf(message) !== 2) return;
            failed.open();
            throw new Error('never');
          },
        });
        await before.publish(
          topic,
          range(5).map((n) => numbered('k', n)),
        );
        await failed.opened;
        await before.close();
        const { ear } = await listen(await bus());
        await ear.hearsAllOf([numbered('k', 4)]);
        expect(ear.on('k')).toEqual([2, 3, 4]);
      });
    });

    describe('members of one group', () => {
      it('given two members, when many keys are published, then they share them: each message goes to one of them, both get some', async () => {
        const one = await bus();
        const all = new Ear();
        const members = [new Ear(), new Ear()];
        for (const member of members) await listen(one, { ear: all, handle: async (message) => member.note(message) });
        const messages = range(64).map((n) => numbered(`k${n}`, n));
        await one.publish(topic, messages);
        await all.hearsAllOf(messages);
        expect(all.heard).toHaveLength(64);
        for (const member of members) expect(member.heard.length).toBeGreaterThan(0);
      });

      it('given two members, when one leaves, then the other soon hears every key, and nothing was lost on the way', async () => {
        const one = await bus();
        const all = new Ear();
        const [leaver, stayer] = [new Ear(), new Ear()];
        const { leave } = await listen(one, { ear: all, handle: async (message) => leaver.note(message) });
        await listen(one, { ear: all, handle: async (message) => stayer.note(message) });
        leave();
        const inRound = (ear: Ear, from: number): boolean => ear.heard.some((message) => numberOf(message) >= from);
        let from = 0;
        for (; from === 0 || inRound(leaver, from - 64); from += 64) {
          const round = range(64).map((n) => numbered(`k${n}`, from + n));
          await one.publish(topic, round);
          await all.hearsAllOf(round);
        }
        for (const n of range(64)) expect(all.on(`k${n}`)).toEqual(range(from / 64).map((round) => round * 64 + n));
      });
    });

    describe('closing', () => {
      it('given a handler at work, when the bus is closed, then it waits for that handler, and the group later goes on without a gap', async () => {
        const before = await bus();
        const ear = new Ear();
        const [reached, leave] = [door(), door()];
        await listen(before, {
          ear,
          handle: async (message) => {
            if (numberOf(message) !== 5) return;
            reached.open();
            await leave.opened;
          },
        });
        const messages = range(20).map((n) => numbered('k', n));
        await before.publish(topic, messages);
        await reached.opened;
        let finished = false;
        const closing = before.close().then(() => (finished = true));
        await new Promise((resolve) => setImmediate(resolve));
        expect(finished).toBe(false);
        leave.open();
        await closing;
        expect(ear.on('k')).toEqual(range(ear.on('k').length));

        await listen(await bus(), { ear });
        await ear.hearsAllOf(messages);
        expect(ear.on('k')).toEqual(range(20));
      });

      it('given a handler at work, when its subscription is aborted and the bus closed, then closing waits for it, and nothing is handed over after it', async () => {
        const before = await bus();
        const handed: number[] = [];
        const [reached, leave] = [door(), door()];
        const { ear, leave: abort } = await listen(before, {
          handle: async (message) => {
            handed.push(numberOf(message));
            reached.open();
            await leave.opened;
            await before.publish(`${topic}.answers`, [numbered('k', 100)]);
          },
        });
        const messages = range(5).map((n) => numbered('k', n));
        await before.publish(topic, messages);
        await reached.opened;
        abort();
        let finished = false;
        const closing = before.close().then(() => (finished = true));
        await new Promise((resolve) => setImmediate(resolve));
        expect(finished).toBe(false);
        leave.open();
        await closing;
        expect(handed).toEqual([0]);
        expect(ear.on('k')).toEqual([0]);

        const after = await bus();
        const rest = await listen(after, { ear });
        await rest.ear.hearsAllOf(messages);
        expect(ear.on('k')).toEqual(range(5));
        const answers = await listen(after, { group: `${group}.answers`, topics: [`${topic}.answers`] });
        await answers.ear.hears(1);
        expect(answers.ear.heard.map(numberOf)).toEqual([100]);
      });

      it('given a closed bus, when something is published, then that is refused', async () => {
        const one = await bus();
        await one.close();
        await expect(one.publish(topic, [numbered('k', 0)])).rejects.toThrow('closed');
      });

      it('given a closed bus, when it is closed again, then that is no error', async () => {
        const one = await bus();
        await one.close();
        await expect(one.close()).resolves.toBeUndefined();
      });
    });
  });
}
