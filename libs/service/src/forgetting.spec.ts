import { ERASED, personal } from '@hospital/kernel';
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
});
