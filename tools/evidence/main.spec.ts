import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_STREAM } from '@hospital/kernel';
import { numbered } from '@hospital/kernel/testing';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';
import { Sqlite } from '../../libs/engines/src/embedded/sqlite';

const root = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
const file = join(folder, 'things.events.sqlite');

/** Has all that the other file holds, all of it still beside its own file, and is gone. */
const DIES = `
  const db = new (require('libsql'))(process.argv[1]);
  db.prepare('PRAGMA locking_mode = EXCLUSIVE').all([]);
  db.prepare('PRAGMA journal_mode = WAL').all([]);
  db.exec("ATTACH '" + process.argv[2] + "' AS other");
  for (const { sql } of db.prepare("SELECT sql FROM other.sqlite_schema WHERE sql IS NOT NULL").all([])) db.exec(sql);
  for (const table of ['event', 'shortened']) db.exec('INSERT INTO main.' + table + ' SELECT * FROM other.' + table);
  db.exec('DETACH other');
  process.kill(process.pid, 'SIGKILL');`;

beforeAll(async () => {
  execFileSync(process.execPath, ['tools/build.mjs', 'verify'], { cwd: root });
  const store = new EmbeddedEventStore(file);
  for (const stream of ['thing-1', 'thing-2']) await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 3));
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Every file of a folder, byte for byte. */
const contentOf = (of: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(of).map((name) => [name, readFileSync(join(of, name)).toString('hex')]));

function verify(...named: string[]): unknown {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/verify.js', ...named], {
    cwd: root,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, said: stdout + stderr };
}

describe('the program that verifies a file', () => {
  it('given a file as it was written, when it is named, then it is called intact', () => {
    expect(verify(file)).toEqual({ status: 0, said: 'intact: 6 events\n' });
  });

  it('given a file that is open, when it is named, then the answer is that it is in use', async () => {
    const store = new EmbeddedEventStore(file);
    expect(verify(file)).toEqual({ status: 2, said: expect.stringContaining(`${file} is in use`) });
    await store.close();
  });

  it('given evidence, when it is verified, then neither the file nor the folder has changed', () => {
    const before = contentOf(folder);
    expect(verify(file)).toEqual({ status: 0, said: 'intact: 6 events\n' });
    expect(contentOf(folder)).toEqual(before);
  });

  it('given the files of a store that was killed, when they are verified, then its last commits count, and nothing has changed', () => {
    const killed = join(folder, 'killed #1?');
    mkdirSync(killed);
    const ended = spawnSync(process.execPath, ['-e', DIES, join(killed, 'things.events.sqlite'), file], { cwd: root, encoding: 'utf8' });
    expect([ended.signal, ended.stderr]).toEqual(['SIGKILL', '']);
    const before = contentOf(killed);
    expect(Object.keys(before)).toEqual(['things.events.sqlite', 'things.events.sqlite-wal']);
    expect(verify(join(killed, 'things.events.sqlite'))).toEqual({ status: 0, said: 'intact: 6 events\n' });
    expect(contentOf(killed)).toEqual(before);
  });

  it('given a damaged file, when it is verified, then it is named', () => {
    const damaged = join(folder, 'damaged.events.sqlite');
    copyFileSync(file, damaged);
    const bytes = readFileSync(damaged);
    bytes.fill(0xff, 4_096, 4_196);
    writeFileSync(damaged, bytes);
    expect(verify(damaged)).toEqual({ status: 2, said: expect.stringMatching(new RegExp(`^${damaged} .*malformed`)) });
  });

  it('given no file, or one that is not there or no store, when it is named, then nothing is called intact and nothing made', () => {
    const [missing, other] = [join(folder, 'missing'), join(folder, 'other')];
    writeFileSync(other, 'a letter');
    for (const named of [[], [missing], [other]])
      expect(verify(...named)).toEqual({ status: 2, said: expect.not.stringContaining('intact') });
    expect(existsSync(missing)).toBe(false);
  });

  it('given two streams changed, one of them twice, when the file is named, then the first break of each is told', () => {
    const db = new Sqlite(file, { survives: 'crash' });
    db.exec(`UPDATE event SET type = 'ThingForged' WHERE stream = 'thing-1' AND revision > 0`);
    db.exec(`DELETE FROM event WHERE stream = 'thing-2' AND revision = 1`);
    db.close();
    expect(verify(file)).toEqual({
      status: 1,
      said: 'thing-1: content changed at revision 1\nthing-2: event missing at revision 1\n',
    });
  });
});
