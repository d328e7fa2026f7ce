import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import Driver from 'libsql';
import { instant, type Query, type ViewSchema } from '@hospital/kernel';
import { viewStoreContract } from '@hospital/kernel/testing';
import { FileInUse } from './sqlite';
import { EmbeddedViewStore } from './view-store';

const folder = mkdtempSync(join(tmpdir(), 'views-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => join(folder, `${(files += 1)}.db`);

viewStoreContract('the embedded store', async () => {
  const store = new EmbeddedViewStore(newFile());
  return { store, close: () => store.close() };
});

describe('the embedded view store in its file', () => {
  const VIEW: ViewSchema = { name: 'wards', version: 1, columns: ['batch', 'status'] };
  let file: string;
  let store: EmbeddedViewStore;
  beforeEach(() => {
    file = newFile();
    store = new EmbeddedViewStore(file);
  });
  afterEach(() => store.close());

  it('given an open store, when another opens its file, then that is refused with the name of the file', () => {
    expect(() => new EmbeddedViewStore(file)).toThrow(FileInUse);
    expect(() => new EmbeddedViewStore(file)).toThrow(file);
  });

  it('given rows and a checkpoint, when the store is opened again, then they are kept', async () => {
    await store.open(VIEW);
    await store.write(new Map([['wards', [{ key: 'a', at: instant(0), row: { status: 'open' } }]]]), 7n);
    await store.close();
    store = new EmbeddedViewStore(file);
    await store.open(VIEW);
    expect(await store.checkpoint('wards')).toBe(7n);
    expect(await store.query('wards', { where: { status: 'open' } })).toHaveLength(1);
  });

  it.each([
    ['view', { ...VIEW, name: 'x" (a); DROP TABLE "view' }],
    ['view', { ...VIEW, name: '' }],
    ['column', { ...VIEW, columns: [`a') --`] }],
  ])('given a %s with a name that is none, when it is opened, then that is refused', async (_, schema) => {
    await expect(store.open(schema)).rejects.toThrow(RangeError);
  });

  it.each([
    ['a condition', `json_extract(fields, '$.status') IS 'open'`],
    ['one of several', `json_extract(fields, '$.status') IN (SELECT value FROM json_each('["open"]'))`],
    ['an order', `TRUE ORDER BY json_extract(fields, '$.status'), key LIMIT 10`],
  ])('given a column that was asked for once, when it is asked for %s, then an index answers', async (_, condition) => {
    await store.open(VIEW);
    await store.query('wards', { where: { status: 'open' } });
    await store.close();
    const driver = new Driver(file);
    const plan = driver.prepare(`EXPLAIN QUERY PLAN SELECT key FROM "wards now" WHERE ${condition}`).all() as { detail: string }[];
    driver.close();
    expect(plan.map(({ detail }) => detail)).toContainEqual(expect.stringMatching(/USING (COVERING )?INDEX wards now by status/));
  });

  it.each<[string, NonNullable<Query['where']>, string[]]>([
    ['two columns', { status: 'open', batch: 1 }, ['batch']],
    ['two columns, the first of which does not hold', { status: { in: ['open'] }, batch: false }, ['status']],
    ['nothing that leads to few', { batch: false }, []],
    ['a range', { status: { from: 'a' }, batch: false }, ['status']],
  ])('given conditions on %s, when it is asked, then indexes are of what leads to the fewest rows', async (_, where, columns) => {
    await store.open(VIEW);
    await store.query('wards', { where });
    await store.close();
    const driver = new Driver(file);
    const made = driver.prepare(`SELECT name FROM sqlite_schema WHERE name LIKE 'wards now by %' ORDER BY name`).all();
    driver.close();
    expect(made).toEqual(columns.map((column) => ({ name: `wards now by ${column}` })));
  });

  it('given a process killed while it writes, when its file is opened, then rows and checkpoint are of one batch', async () => {
    const outfile = `${file}.cjs`;
    buildSync({
      stdin: {
        contents: `
          import { EmbeddedViewStore } from './view-store';
          const store = new EmbeddedViewStore(process.argv[2]!);
          (async () => {
            await store.open(${JSON.stringify(VIEW)});
            for (let n = Number((await store.checkpoint('wards')) ?? 0n) + 1; ; n += 1) {
              const changes = Array.from({ length: 200 }, (_, k) => ({ key: 'k' + k, at: new Date(n).toISOString(), row: { batch: n } }));
              await store.write(new Map([['wards', changes]]), BigInt(n));
              process.stdout.write(n + '\\n');
            }
          })();`,
        resolveDir: __dirname,
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['libsql'],
      outfile,
    });
    await store.close();
    for (const lines of [1, 30, 60]) {
      const child = spawn(process.execPath, [outfile, file], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, NODE_PATH: join(__dirname, '../../../../node_modules') },
      });
      let heard = 0;
      let written = 0;
      for await (const line of createInterface(child.stdout)) {
        written = Number(line);
        if ((heard += 1) === lines) child.kill('SIGKILL');
      }
      store = new EmbeddedViewStore(file);
      await store.open(VIEW);
      const checkpoint = Number(await store.checkpoint('wards'));
      expect(checkpoint).toBeGreaterThanOrEqual(written);
      expect(await store.count('wards', { where: { batch: checkpoint } })).toBe(200);
      expect(await store.count('wards', { asOf: instant(checkpoint - 1) })).toBe(checkpoint > 1 ? 200 : 0);
      await store.close();
    }
  });
});
