import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShiftableClock } from '@hospital/kernel';
import { logger, settingsFrom, start, Subgraph } from '@hospital/service';
import { AssetsModule } from '../../apps/assets/src/app.module';
import { feedsFrom, type News } from '../../apps/gateway/src/live/feed';
import { inEveryForm } from './forms';
import { liveJourney, silentFeedJourney } from './live.journey';

inEveryForm(liveJourney, silentFeedJourney);

describe('given a context in a process of its own', () => {
  it('when a gateway reads its feed, then it hears what is recorded, until one of them ends; without a token it hears nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hospital-'));
    const settings = settingsFrom({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
    const app = await start(AssetsModule, {
      settings,
      clock: new ShiftableClock(),
      log: logger(settings, 'assets'),
      verify: async (authorization) => {
        if (authorization !== 'Bearer good') throw new Error('nobody');
        return { id: 'registrar', kind: 'person', roles: ['administrator'] };
      },
      masterKey: Buffer.alloc(32),
    });
    await app.listen(0, '127.0.0.1');
    const feed = feedsFrom([`assets=${await app.getUrl()}/graphql`]).get('assets')!;
    const register = (key: string) =>
      app.get(Subgraph, { strict: false }).execute(
        {
          query: `mutation { registerAsset(input: { name: "电梯", kind: "lift" }, idempotencyKey: "${key}") { ... on Asset { id } } }`,
        },
        new Map([['authorization', 'Bearer good']]),
      );
    const leaving = new AbortController();
    const reading = feed(undefined, 'Bearer good', leaving.signal)[Symbol.asyncIterator]() as AsyncIterator<News, void>;
    expect((await reading.next()).value).toMatchObject({ changes: [] });
    const { data } = await register('one');
    let told: News;
    // Where others have written meanwhile is told as well.
    do told = (await reading.next()).value as News;
    while (told.changes.length === 0);
    expect(told.changes).toMatchObject([
      { id: (data!['registerAsset'] as { id: string }).id, type: 'AssetRegistered', position: told.position },
    ]);
    const again = feed(told.position, 'Bearer good', leaving.signal)[Symbol.asyncIterator]();
    expect((await again.next()).value).toEqual({ position: told.position, changes: [] });
    await expect(
      feed(told.position + 1_000n, 'Bearer good', leaving.signal)
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toMatchObject({
      extensions: { code: 'INVALID_POSITION' },
    });
    await expect(feed(undefined, 'Bearer bad', leaving.signal)[Symbol.asyncIterator]().next()).rejects.toThrow('answered');
    const ended = again.next();
    const both = [expect(reading.next()).rejects.toThrow(), expect(ended).rejects.toThrow()];
    await app.close();
    await Promise.all(both);
    rmSync(folder, { recursive: true, force: true });
  });
});
