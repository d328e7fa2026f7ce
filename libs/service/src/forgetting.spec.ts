import { ERASED, type JsonObject, personal, type Recorded } from '@hospital/kernel';
import { forgetting } from './forgetting';
import { eventually, freshFolder, running, tell } from './testing/opened';
import { thing } from './testing/things';

const given = freshFolder();

describe('given what was recorded about two people', () => {
  it('when one of them is to be forgotten, then only the other can still be read, also after another start', async () => {
    const context = await given.open();
    const sealed = [await context.vault.seal({ name: personal('a', '陈建国') }), await context.vault.seal({ name: personal('b', '李明') })];
    const read = () => Promise.all(sealed.map(async (data) => (await context.vault.open(data))['name'] as unknown));
    expect(await read()).toEqual(['陈建国', '李明']);
    await tell(context, 'b', 'GreetThing', { text: 'hello' });
    await tell(context, 'a', 'ForgetThing', {});
    const forgotten = async (): Promise<boolean> => (await read())[0] === ERASED;
    await running(forgetting(context, thing.category, 'ThingForgotten'), () => eventually(forgotten));
    await running(forgetting(context, thing.category, 'ThingForgotten'), async () => expect(await read()).toEqual([ERASED, '李明']));
  });

  it('when two kinds of events forget, one of them others than it is about, then each keeps its own place and both are done', async () => {
    const context = await given.open();
    const sealed = await context.vault.seal({ a: personal('a', '陈建国'), c: personal('c', '李明'), d: personal('d', '王志强') });
    const named = ({ data }: Recorded) => [String(data['text'])];
    await tell(context, 'a', 'ForgetThing', {});
    await tell(context, 'b', 'GreetThing', { text: 'c' });
    const pieces = [forgetting(context, thing.category, 'ThingForgotten'), forgetting(context, thing.category, 'ThingGreeted', named)];
    const forgotten = async (): Promise<boolean> => {
      const read = await context.vault.open<JsonObject>(sealed);
      return read['a'] === ERASED && read['c'] === ERASED;
    };
    await running(pieces[0]!, () => running(pieces[1]!, () => eventually(forgotten)));
    expect((await context.vault.open(sealed))['d']).toBe('王志强');
  });
});
