import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_STREAM } from '@hospital/kernel';
import { numbered } from '@hospital/kernel/testing';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';
import { Sqlite } from '../../libs/engines/src/embedded/sqlite';

const root = join(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
const file = join(folder, 'things.events.sqlite');

beforeAll(async () => {
  execFileSync(process.execPath, ['tools/build.mjs', 'verify'], { cwd: root });
  const store = new EmbeddedEventStore(file);
  for (const stream of ['thing-1', 'thing-2']) await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 3));
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

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
