import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { NO_STREAM, ForeignPosition, StoreUnavailable, StreamErased } from '@hospital/kernel';
import { eventStoreContract, numbered, proposedAt } from '@hospital/kernel/testing';
import { verifyStored } from '../../../../tools/evidence/verify-stored';
import { EmbeddedEventStore } from './event-store';
import { FileInUse, type Sqlite } from './sqlite';

const folder = mkdtempSync(join(tmpdir(), 'events-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => join(folder, `${(files += 1)}.db`);

eventStoreContract('the embedded store', async () => {
  const store = new EmbeddedEventStore(newFile());
  return { store, close: () => store.close() };
});

/** A program of its own, given as TypeScript; `store` is an {@link EmbeddedEventStore} on the file of the first argument. */
function program(body: string): string {
  const outfile = `${newFile()}.cjs`;
  buildSync({
    stdin: {
      contents: `
        import { EmbeddedEventStore } from './event-store';
        import { numbered } from '../../../kernel/src/testing/streams';
        const store = new EmbeddedEventStore(process.argv[2]!);
        const say = (line: string) => process.stdout.write(line + '\\n');
        ${body}`,
      resolveDir: __dirname,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['libsql'],
    outfile,
  });
  return outfile;
}
const environment = { ...process.env, NODE_PATH: join(__dirname, '../../../../node_modules') };

describe('the embedded store in its file', () => {
  let file: string;
  let store: EmbeddedEventStore;
  beforeEach(() => {
    file = newFile();
    store = new EmbeddedEventStore(file);
  });
  afterEach(() => store.close());
  const restart = async (): Promise<void> => {
    await store.close();
    store = new EmbeddedEventStore(file);
  };

  it('given an open store, when another opens its file, then that is refused with the name of the file', () => {
    expect(() => new EmbeddedEventStore(file)).toThrow(FileInUse);
    expect(() => new EmbeddedEventStore(file)).toThrow(file);
  });

  it('given written events, when the store is opened again, then they are there and positions go on', async () => {
    const { position } = await store.append('a-1', NO_STREAM, numbered('a-1', NO_STREAM, 3));
    await store.append('b-1', NO_STREAM, numbered('b-1', NO_STREAM, 1));
    await restart();
    expect(await store.read('a-1')).toHaveLength(3);
    expect(await store.head(['a'])).toBe(position);
    expect(await store.head(['a', 'b'])).toBe(position + 1n);
    expect((await store.append('a-1', 2, numbered('a-1', 2, 1))).position).toBe(position + 2n);
  });

  it.each(['at once', 'after a restart'])(
    'given the newest events erased, when others are appended %s, then no position is given twice',
    async (when) => {
      const { position } = await store.append('lease-1', NO_STREAM, numbered('lease-1', NO_STREAM, 3));
      await store.erase('lease-1');
      if (when === 'after a restart') await restart();
      expect(await store.head(['lease'])).toBeUndefined();
      const signal = AbortSignal.abort();
      for await (const batch of store.subscribe({ after: position, categories: ['lease'], signal })) expect(batch).toBeUndefined();
      await expect(store.readAll({ after: position + 1n, categories: ['lease'] }).next()).rejects.toBeInstanceOf(ForeignPosition);
      expect((await store.append('a-1', NO_STREAM, numbered('a-1', NO_STREAM, 1))).position).toBe(position + 1n);
    },
  );

  it('given one of two streams of a category erased, when its head is asked, at once or after a restart, then it is the other one', async () => {
    const { position } = await store.append('lease-1', NO_STREAM, numbered('lease-1', NO_STREAM, 1));
    await store.append('lease-2', NO_STREAM, numbered('lease-2', NO_STREAM, 1));
    await store.append('leaseholder-1', NO_STREAM, numbered('leaseholder-1', NO_STREAM, 1));
    await store.erase('lease-2');
    expect(await store.head(['lease'])).toBe(position);
    await restart();
    expect(await store.head(['lease'])).toBe(position);
  });

  it.each(['at once', 'after a restart'])('given an erased stream, when it is written again %s, then that is refused', async (when) => {
    await store.append('key-1', NO_STREAM, numbered('key-1', NO_STREAM, 3));
    await store.erase('key-1');
    if (when === 'after a restart') await restart();
    await expect(store.append('key-1', NO_STREAM, numbered('key-1', NO_STREAM, 1))).rejects.toBeInstanceOf(StreamErased);
  });

  it('given one event among many of another category, when its category is read, then it is found and the end is reached', async () => {
    for (let at = NO_STREAM; at < 11_999; at += 1_000) await store.append('a-1', at, numbered('a-1', at, 1_000));
    const { position } = await store.append('b-1', NO_STREAM, numbered('b-1', NO_STREAM, 1));
    const { position: end } = await store.append('a-1', 11_999, numbered('a-1', 11_999, 1));
    const found: bigint[] = [];
    let reached = 0n;
    for await (const batch of store.readAll({ categories: ['b'] })) {
      found.push(...batch.events.map((event) => event.position));
      reached = batch.position;
    }
    expect([found, reached]).toEqual([[position], end]);
    await restart();
    expect([await store.head(['b']), await store.head(['a'])]).toEqual([position, end]);
  });

  it('given two appends that follow each other in one turn, when committed together, then both are written in order', async () => {
    const answers = await Promise.all([
      store.append('a-1', NO_STREAM, numbered('a-1', NO_STREAM, 2)),
      store.append('a-1', 1, numbered('a-1', 1, 1)),
      store.append('a-1', 2, numbered('a-1', 2, 1)),
    ]);
    expect(answers.map(({ revision }) => revision)).toEqual([1, 2, 3]);
    expect((await store.read('a-1')).map(({ data }) => data['n'])).toEqual([0, 1, 2, 3]);
  });

  it('given the same append twice in one turn, when committed together, then it is written once and answered twice', async () => {
    const [first, second] = [numbered('a-1', NO_STREAM, 2), numbered('a-1', 1, 2)];
    const answers = await Promise.all([
      store.append('a-1', NO_STREAM, first),
      store.append('a-1', 1, second),
      store.append('a-1', NO_STREAM, first),
      store.append('a-1', 0, [first[1]!, second[0]!]),
    ]);
    expect(answers).toEqual([
      { revision: 1, position: 2n },
      { revision: 3, position: 4n },
      { revision: 1, position: 2n },
      { revision: 2, position: 3n },
    ]);
    expect(await store.read('a-1')).toHaveLength(4);
  });

  it('given more appends in one turn than one transaction takes, when committed, then all are written', async () => {
    const streams = Array.from({ length: 2_300 }, (_, n) => `a-${n}`);
    await Promise.all(streams.map((stream) => store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1))));
    const read: string[] = [];
    for await (const { events } of store.readAll({ categories: ['a'] })) read.push(...events.map(({ stream }) => stream));
    expect(read).toEqual(streams);
  });

  it('given large events, when read, then no page holds them all and none is missing', async () => {
    const text = '维'.repeat(200_000);
    for (let at = NO_STREAM; at < 19; at += 1) await store.append('a-1', at, proposedAt('a-1', at, [{ data: { text } }]));
    const sizes: number[] = [];
    for await (const { events } of store.readAll({ categories: ['a'] })) sizes.push(events.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(20);
    expect(Math.max(...sizes)).toBeLessThan(10);
    expect(await store.read('a-1')).toHaveLength(20);
  });

  it('given appends that wait, when the store is closed, then they are written first; later ones are refused', async () => {
    const waiting = [1, 2, 3].map((n) => store.append(`a-${n}`, NO_STREAM, numbered(`a-${n}`, NO_STREAM, 1)));
    await store.close();
    expect((await Promise.all(waiting)).map(({ position }) => position)).toEqual([1n, 2n, 3n]);
    await expect(store.append('a-4', NO_STREAM, numbered('a-4', NO_STREAM, 1))).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.read('a-1')).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.head(['a'])).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.readAll({ categories: ['a'] }).next()).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('given a live subscription, when the store is closed, then it ends', async () => {
    const batches = store.subscribe({ categories: ['a'], signal: new AbortController().signal });
    const next = batches.next();
    await store.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('given an erased stream, when its file is searched, then none of its bytes are left', async () => {
    const secret = 'wrapped-key-of-a-forgotten-person';
    const found = (): boolean =>
      readdirSync(folder)
        .map((name) => join(folder, name))
        .filter((path) => path.startsWith(file))
        .some((path) => readFileSync(path).includes(secret));
    await store.append('key-1', NO_STREAM, proposedAt('key-1', NO_STREAM, Array(20).fill({ data: { wrapped: secret.repeat(300) } })));
    await store.append('key-2', NO_STREAM, numbered('key-2', NO_STREAM, 50));
    expect(found()).toBe(true);
    await store.erase('key-1');
    expect(found()).toBe(false);
    expect(await store.read('key-2')).toHaveLength(50);

    // Ended after the commit, before the log was emptied; whoever erased it does so again.
    await store.append('key-3', NO_STREAM, proposedAt('key-3', NO_STREAM, Array(20).fill({ data: { wrapped: secret.repeat(300) } })));
    const emptied = jest.spyOn((store as unknown as { db: Sqlite }).db, 'checkpoint').mockImplementationOnce(() => {
      throw new Error('killed');
    });
    await expect(store.erase('key-3')).rejects.toThrow('killed');
    expect(found()).toBe(true);
    await store.erase('key-3');
    expect([found(), emptied.mock.calls.length]).toEqual([false, 2]);
    emptied.mockRestore();
  });

  it('given a process killed at any moment, when its file is opened, then every acknowledged event is there and nothing is torn', async () => {
    const script = program(`
      const write = async (stream: string) => {
        for (let at = (await store.read(stream)).length - 1; ; at += 2) {
          const events = numbered(stream, at, 2, (await store.read(stream, { direction: 'backwards', limit: 1 }))[0]?.metadata.hash);
          const { revision } = await store.append(stream, at, events);
          say(stream + ' ' + revision + ' ' + events[1]!.id);
        }
      };
      for (let n = 0; n < 16; n += 1) void write('a-' + n);`);
    await store.close();
    const acknowledged = new Map<string, string>();
    for (const lines of [1, 150, 400]) {
      const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
      let heard = 0;
      for await (const line of createInterface(child.stdout)) {
        const [stream, revision, id] = line.split(' ');
        if (id?.length === 36) acknowledged.set(`${stream} ${revision}`, id);
        if ((heard += 1) === lines) child.kill('SIGKILL');
      }
      expect(heard).toBeGreaterThanOrEqual(lines);

      store = new EmbeddedEventStore(file);
      const stored = new Map<string, string>();
      for await (const { events } of store.readAll({ categories: ['a'] }))
        for (const { stream, revision, id } of events) stored.set(`${stream} ${revision}`, id);
      for (const [place, id] of acknowledged) expect([place, stored.get(place)]).toEqual([place, id]);
      await store.close();
      expect((await verifyStored(file)).breaks).toEqual([]);
    }
  });

  it('given a full disk, when appends fail, then each is refused as not written, and the store goes on when there is room', async () => {
    await store.append('a-1', NO_STREAM, numbered('a-1', NO_STREAM, 1));
    const { db } = store as unknown as { readonly db: Sqlite };
    const [pages] = db.prepare('SELECT page_count FROM pragma_page_count').first() as [number];
    const large = proposedAt('a-2', NO_STREAM, [{ data: { text: 'x'.repeat(500_000) } }]);
    db.pragma(`max_page_count = ${pages}`);
    const refused = await Promise.allSettled([store.append('a-2', NO_STREAM, large), store.append('a-1', 0, numbered('a-1', 0, 1))]);
    for (const outcome of refused) expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'StoreUnavailable' } });
    expect(await store.read('a-2')).toEqual([]);
    db.pragma(`max_page_count = ${pages + 1_000}`);
    expect(await store.append('a-1', 0, numbered('a-1', 0, 1))).toEqual({ revision: 1, position: 2n });
  });

  it('given a write that fails, when the file is opened again, then every acknowledged event is there and the stream goes on', async () => {
    const script = program(`
      (async () => {
        let hash = '';
        for (let at = -1; ; at += 50) {
          const events = numbered('a-1', at, 50, hash);
          hash = events[49]!.metadata.hash;
          await store.append('a-1', at, events).catch(async (error) => {
            say(error.name + ' ' + (await store.read('a-1')).length);
            process.exit();
          });
          say('acknowledged ' + (at + 51));
        }
      })();`);
    await store.close();
    // The largest file the child may write, in blocks of 512 bytes; past it a write fails, and the signal that tells is ignored.
    const child = spawn('sh', ['-c', `trap '' XFSZ; ulimit -f 2000; exec "$0" "$@"`, process.execPath, script, file], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: environment,
    });
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) lines.push(line);
    const acknowledged = Number(lines.at(-2)!.replace('acknowledged ', ''));
    expect(acknowledged).toBeGreaterThan(50);
    expect(lines.at(-1)).toBe(`OutcomeUnknown ${acknowledged}`);
    store = new EmbeddedEventStore(file);
    const { length } = await store.read('a-1');
    expect([acknowledged, acknowledged + 50]).toContain(length);
    expect(
      (await store.append('a-1', length - 1, numbered('a-1', length - 1, 1, (await store.read('a-1')).at(-1)!.metadata.hash))).revision,
    ).toBe(length);
    await store.close();
    expect((await verifyStored(file)).breaks).toEqual([]);
  });

  it.each(['{', '{},{}'])('given stored data that reads %s, when the stream is read, then the error tells where', async (text) => {
    for (const stream of ['a-1', 'a-2']) await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 4));
    const { db } = store as unknown as { readonly db: Sqlite };
    db.prepare('UPDATE event SET data = ?, metadata = ? WHERE position = 2').run(text, text);
    db.prepare('UPDATE event SET metadata = ? WHERE position = 6').run(text);
    await expect(store.read('a-1')).rejects.toThrow('between positions 1 and 4');
    const [event] = await store.read('a-2');
    expect(() => event!.metadata).toThrow('between positions 5 and 8');
  });
});
