import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Bound, FileInUse, FileUnusable, insertRows, Sqlite } from './sqlite';

const folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the guarded SQLite driver', () => {
  let files = 0;
  let db: Sqlite;
  beforeEach(() => {
    db = new Sqlite(join(folder, `${(files += 1)}.db`), { survives: 'crash' });
    db.exec('CREATE TABLE t (a, b)');
  });
  afterEach(() => db.close());

  const echo = (value: Bound) => db.prepare('SELECT ?, typeof(?)').first(value, value);

  it('given text, numbers, whole numbers and null, when bound, then they come back as they were', () => {
    expect(echo('三楼 👩🏽‍🔧')).toEqual(['三楼 👩🏽‍🔧', 'text']);
    expect(echo('')).toEqual(['', 'text']);
    expect(echo(1.5)).toEqual([1.5, 'real']);
    expect(echo(-42n)).toEqual([-42, 'integer']);
    expect(echo(null)).toEqual([null, 'null']);
  });

  it.each<[string, unknown]>([
    ['a boolean', true],
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['infinity', Infinity],
    ['text with a NUL', 'a\0b'],
    ['a buffer', Buffer.from('a')],
    ['an array', ['a']],
    ['an object', { a: 1 }],
    ['a date', new Date(0)],
    ['a symbol', Symbol('a')],
    ['an integer beyond 64 bits', 2n ** 63n],
  ])('given %s, when it is to be bound, then that is refused before the driver sees it', (_, value) => {
    for (const call of ['run', 'first', 'all'] as const)
      expect(() => db.prepare(call === 'run' ? 'INSERT INTO t VALUES (?, 1)' : 'SELECT ?')[call](value as Bound)).toThrow(TypeError);
    expect(db.prepare('SELECT count(*) FROM t').first()).toEqual([0]);
  });

  it('given too few or too many values, when a statement runs, then that is refused, whatever was bound before', () => {
    const insert = db.prepare(`INSERT INTO t VALUES (?, '?' || ?)`);
    expect(insert.run('x', 'y')).toBe(1);
    for (const values of [[], ['x'], ['x', 'y', 'z']]) expect(() => insert.run(...values)).toThrow(TypeError);
    expect(db.prepare('SELECT a, b FROM t').all()).toEqual([['x', '?y']]);
  });

  it.each(['SELECT ?1', 'SELECT :name', 'SELECT @name', 'SELECT $name'])(
    'given parameters with a name or a number (%s), when prepared, then that is refused',
    (sql) => expect(() => db.prepare(sql)).toThrow(TypeError),
  );

  it('given an integer beyond 2^53, when read, then that is refused instead of rounded', () => {
    db.prepare('INSERT INTO t VALUES (?, ?)').run(2n ** 53n + 1n, 2n ** 53n - 1n);
    expect(() => db.prepare('SELECT a FROM t').first()).toThrow(TypeError);
    expect(db.prepare('SELECT b FROM t').first()).toEqual([2 ** 53 - 1]);
  });

  it('given an empty blob, when read, then the process lives', () => {
    expect(db.prepare(`SELECT x'', x'61ff'`).first()).toEqual([Buffer.alloc(0), Buffer.from([0x61, 0xff])]);
  });

  it('given a statement without result, when run, then it says how many rows changed; nothing found is undefined', () => {
    db.exec(`INSERT INTO t VALUES (1, 1), (2, 1)`);
    expect(db.prepare('UPDATE t SET b = 2').run()).toBe(2);
    expect(db.prepare('SELECT a FROM t WHERE a = ?').first(9)).toBeUndefined();
  });

  it('given rows of any number, when inserted together, then all are there', () => {
    for (const count of [0, 1, 7, 8, 63, 64, 65, 200]) {
      db.exec('DELETE FROM t');
      insertRows(
        db,
        'INSERT INTO t VALUES',
        Array.from({ length: count }, (_, n) => [n, `${n}`]),
      );
      expect(db.prepare('SELECT count(*), count(DISTINCT a) FROM t').first()).toEqual([count, count]);
    }
  });

  it('given a transaction that throws, when it ends, then nothing of it is left and its error comes out', () => {
    expect(() =>
      db.transaction(() => {
        db.exec('INSERT INTO t VALUES (1, 1)');
        throw new Error('enough');
      }),
    ).toThrow('enough');
    expect(db.transaction(() => db.prepare('SELECT count(*) FROM t').first())).toEqual([0]);
  });

  it('given an open file, when it is opened again, then that is refused with its name, until it is closed', () => {
    expect(() => new Sqlite(db.file, { survives: 'crash' })).toThrow(FileInUse);
    expect(() => new Sqlite(db.file, { survives: 'crash' })).toThrow(db.file);
    db.close();
    const again = new Sqlite(db.file, { survives: 'power loss' });
    expect(again.prepare('SELECT count(*) FROM t').first()).toEqual([0]);
    again.close();
  });

  it('given a closed file, when looked for, then everything is in the one file', () => {
    db.exec(`INSERT INTO t VALUES ('kept in the file', 1)`);
    db.close();
    expect(existsSync(`${db.file}-wal`)).toBe(false);
    expect(readFileSync(db.file).includes('kept in the file')).toBe(true);
    expect(() => db.close()).not.toThrow();
  });

  it.each([
    ['events', 'docs/operating.md'],
    ['views', 'may be removed'],
  ])('given damaged %s, when they are opened or read, then the file is named, and how to go on', (what, remedy) => {
    const file = join(folder, `damaged.${what}.sqlite`);
    const written = new Sqlite(file, { survives: 'power loss' });
    written.exec('CREATE TABLE t (a)');
    const rows = Array.from({ length: 1_000 }, (_, n) => [`row ${n}`]);
    insertRows(written, 'INSERT INTO t VALUES', rows);
    written.close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xff, 2 * 4_096));
    const opened = new Sqlite(file, { survives: 'power loss' });
    const read = (): unknown => opened.prepare('SELECT count(*) FROM t').first();
    for (const part of [FileUnusable, file, 'malformed', remedy]) expect(read).toThrow(part);
    opened.close();
    writeFileSync(file, bytes.fill(0xff, 100));
    const open = (): unknown => new Sqlite(file, { survives: 'power loss' }).prepare('SELECT count(*) FROM t').first();
    for (const part of [FileUnusable, file, remedy]) expect(open).toThrow(part);
  });

  it('given an open file, when it is copied into a folder, then the copy holds what is committed, and the file stays its own', () => {
    const copies = mkdtempSync(join(folder, 'copies of '));
    db.exec('INSERT INTO t VALUES (1, 2)');
    db.copyInto(copies);
    db.exec('INSERT INTO t VALUES (3, 4)');
    expect(() => new Sqlite(db.file, { survives: 'crash' })).toThrow(FileInUse);
    const copy = new Sqlite(join(copies, basename(db.file)), { survives: 'crash' });
    expect(copy.prepare('SELECT a, b FROM t').all()).toEqual([[1, 2]]);
    copy.close();
    expect(() => db.copyInto(copies)).toThrow('already exists');
  });

  it('given a path that cannot be opened, or a file of another kind, when opened, then the error names it', () => {
    const missing = join(folder, 'missing', 'a.db');
    expect(() => new Sqlite(missing, { survives: 'crash' })).toThrow(FileUnusable);
    const other = join(folder, 'other.db');
    writeFileSync(other, 'this is a letter and not a database '.repeat(200));
    expect(() => new Sqlite(other, { survives: 'crash' })).toThrow(FileUnusable);
    expect(() => new Sqlite(other, { survives: 'crash' })).toThrow(other);
  });
});
