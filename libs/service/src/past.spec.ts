import { randomUUID } from 'node:crypto';
import { ShiftableClock } from '@hospital/kernel';
import { Subgraph } from './graphql';
import { start } from './start';
import { surroundingsIn, ThingsModule } from './testing/app';
import { freshFolder } from './testing/opened';

const given = freshFolder();
const clock = new ShiftableClock();
let subgraph: Subgraph;
beforeEach(async () => {
  subgraph = given.keep(await start(ThingsModule, surroundingsIn(given.folder, { clock }))).get(Subgraph, { strict: false });
});

/** The beginning of a millisecond, so that much of what is begun there is recorded in it. */
function dawn(): string {
  for (const before = clock.now(); clock.now() === before;);
  return clock.now();
}

describe('given a past that has only just begun', () => {
  it('when it is asked for, then it is over before anything is looked at', async () => {
    for (let round = 0; round < 20; round += 1) {
      const at = dawn();
      await subgraph.contextOf(new Map([['x-as-of', at]]));
      expect(clock.now() > at).toBe(true);
    }
  });

  it('when commands are being handled meanwhile, then what it answers is what it answers ever after', async () => {
    const ask = async (query: string, headers: Record<string, string> = {}): Promise<unknown> => {
      const { data, errors } = await subgraph.execute(
        { query },
        new Map(Object.entries({ authorization: 'Bearer dispatcher', ...headers })),
      );
      if (errors) throw new Error(errors[0]!.message);
      return data;
    };
    const make = () => ask(`mutation { made: makeThing(input: {}, idempotencyKey: "${randomUUID()}") { __typename } }`);
    const question = '{ things(first: 1) { totalCount edges { node { history { id } } } } }';
    const told: { at: string; answer: unknown }[] = [];
    for (let round = 0; round < 60; round += 1) {
      const at = dawn();
      await Promise.all([make(), make(), ask(question, { 'x-as-of': at }).then((answer) => told.push({ at, answer })), make(), make()]);
    }
    for (const { at, answer } of told) expect(await ask(question, { 'x-as-of': at })).toEqual(answer);
  });
});
