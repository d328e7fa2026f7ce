import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsFrom } from '@hospital/service';
import { type Backup, Backups, backupsFrom, type BackupSource, nextAt } from './backup';

let folder: string;
let made: Backup[];
let failed: unknown[];
let backups: Backups;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backups-'));
  [made, failed] = [[], []];
  mkdirSync(join(folder, 'data/photos/ab'), { recursive: true });
  writeFileSync(join(folder, 'data/photos/ab/abc'), 'a photo');
  writeFileSync(join(folder, 'data/master.key'), 'a secret');
  writeFileSync(join(folder, 'data/demo-clock.json'), '{}');
  writeFileSync(join(folder, 'verify.js'), `console.log('intact: 3 events');`);
});
afterEach(async () => {
  await backups.close();
  rmSync(folder, { recursive: true, force: true });
});

const to = (): string => join(folder, 'backups');
const there = (): readonly string[] => readdirSync(to());
function open(keep: number, more: Partial<BackupSource> = {}): void {
  const source: BackupSource = {
    copyInto: (into) => {
      for (const name of ['bus.sqlite', 'assets.events.sqlite']) writeFileSync(join(into, name), name);
    },
    dataFolder: join(folder, 'data'),
    photos: join(folder, 'data/photos'),
    verify: join(folder, 'verify.js'),
    ...more,
  };
  const tell = { made: (backup: Backup) => void made.push(backup), failed: (error: unknown) => void failed.push(error) };
  backups = new Backups({ folder: to(), hour: undefined, keep }, source, tell);
}

describe('given a house that is to be backed up', () => {
  it('when a backup is made, then it holds the files, the photos and what is the demo’s, for its owner only, and no key', async () => {
    open(7);
    await backups.now();
    expect(failed).toEqual([]);
    expect(made).toEqual([{ folder: join(to(), there()[0]!), verified: ['assets.events.sqlite: intact: 3 events'] }]);
    expect(readdirSync(made[0]!.folder).sort()).toEqual(['assets.events.sqlite', 'bus.sqlite', 'demo-clock.json', 'photos']);
    expect(readFileSync(join(made[0]!.folder, 'photos/ab/abc'), 'utf8')).toBe('a photo');
    expect(statSync(made[0]!.folder).mode & 0o777).toBe(0o700);
  });

  it('when more are made than are kept, then the newest stay, each with all photos, which they share on the disk', async () => {
    open(2);
    for (let n = 0; n < 3; n += 1) await backups.now();
    expect(there()).toEqual(made.slice(1).map((one) => one.folder.slice(to().length + 1)));
    expect(statSync(join(made[2]!.folder, 'photos/ab/abc')).nlink).toBe(2);
  });

  it('when the copy does not verify, then there is none, why is told, and those before stay', async () => {
    open(1);
    await backups.now();
    writeFileSync(join(folder, 'verify.js'), `console.log('thing-1: content changed at revision 1'); process.exitCode = 1;`);
    await backups.now();
    expect(there()).toHaveLength(1);
    expect(made).toHaveLength(1);
    expect(failed).toEqual([expect.objectContaining({ message: 'assets.events.sqlite: thing-1: content changed at revision 1' })]);
  });

  it('when the disk is full, then there is none, and nothing is left of it', async () => {
    const copyInto = (): void => {
      throw new Error('database or disk is full');
    };
    open(7, { copyInto });
    await backups.now();
    expect([there(), failed]).toEqual([[], [expect.objectContaining({ message: 'database or disk is full' })]]);
  });

  it('when a process was killed in the middle of one, then the next one clears that away', async () => {
    mkdirSync(join(to(), '2026-01-01T00-00-00-000Z.unfinished'), { recursive: true });
    mkdirSync(join(to(), 'of somebody else'));
    open(1);
    await backups.now();
    expect(there()).toEqual([made[0]!.folder.slice(to().length + 1), 'of somebody else']);
  });

  it('when it is asked for twice at a time, then one is made', async () => {
    open(7);
    await Promise.all([backups.now(), backups.now()]);
    expect(made).toHaveLength(1);
  });

  it('when the house ends meanwhile, then it is given up, and nothing is left of it', async () => {
    writeFileSync(
      join(folder, 'verify.js'),
      `require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'begun'))}, ''); setInterval(() => 0, 99);`,
    );
    open(7);
    const making = backups.now();
    while (!existsSync(join(folder, 'begun'))) await new Promise(setImmediate);
    await backups.close();
    await making;
    expect([there(), made, failed]).toEqual([[], [], []]);
  });
});

describe('given the settings of backups', () => {
  beforeEach(() => open(1));
  const read = (set: Record<string, string>) => backupsFrom(set, settingsFrom(set));

  it('when none are set, then there are no backups; when all are, then they are read', () => {
    expect(read({})).toBeUndefined();
    expect(read({ BACKUP_DIR: '/b' })).toEqual({ folder: '/b', hour: undefined, keep: 7 });
    expect(read({ BACKUP_DIR: '/b', BACKUP_HOUR: '2', BACKUP_KEEP: '30' })).toEqual({ folder: '/b', hour: 2, keep: 30 });
  });

  it.each([
    ['BACKUP_HOUR', { BACKUP_DIR: '/b', BACKUP_HOUR: '24' }],
    ['BACKUP_KEEP', { BACKUP_DIR: '/b', BACKUP_KEEP: '0' }],
    ['BACKUP_DIR', { BACKUP_HOUR: '2' }],
    ['BACKUP_DIR', { BACKUP_DIR: '/b', EVENTSTORE_URL: 'esdb://h:2113' }],
  ])('when %s is wrong, then it is refused by name', (name, set) => expect(() => read(set)).toThrow(new RegExp(`^${name}: `)));

  it.each([
    ['2026-03-01T01:59:59.999', '2026-03-01T02:00:00.000'],
    ['2026-03-01T02:00:00.000', '2026-03-02T02:00:00.000'],
    ['2026-12-31T23:00:00.000', '2027-01-01T02:00:00.000'],
  ])('when it is %s and the hour is two, then the next one is made at %s', (now, next) =>
    expect(nextAt(2, new Date(now))).toEqual(new Date(next)),
  );
});
