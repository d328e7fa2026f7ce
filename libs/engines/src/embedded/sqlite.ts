import { basename, join } from 'node:path';
import Driver from 'libsql';

/** What may be bound. Booleans, `undefined`, `NaN` and buffers abort the process or become NULL in the driver. */
export type Bound = string | number | bigint | null;

/** What comes back: INTEGER and REAL as number, TEXT as string, BLOB as buffer. */
export type Cell = string | number | Buffer | null;
export type Row = readonly Cell[];

/** Another process, or another store in this one, works in this file. */
export class FileInUse extends Error {
  override readonly name = 'FileInUse';
  constructor(file: string) {
    super(`${file} is in use: only one process may work in a data folder`);
  }
}

export class FileUnusable extends Error {
  override readonly name = 'FileUnusable';
  constructor(file: string, cause: Error) {
    const remedy = /\.views\.sqlite$/.test(file) ? 'It may be removed: it is built again.' : 'docs/operating.md says how to go on.';
    super(`${file} cannot be used: ${cause.message}. ${remedy}`, { cause });
  }
}

export interface OpenOptions {
  /**
   * `power loss`: a commit is on the disk when it returns. `crash`: it survives the end of the process; after a power loss the
   * newest commits may be gone, the file is whole.
   */
  readonly survives: 'power loss' | 'crash';
  /** Pages kept in memory, 2 unless told; grows only as it is used. */
  readonly cacheMegabytes?: number;
}

/** The SQLite error code (`SQLITE_FULL`, `SQLITE_IOERR_WRITE`, ...), `undefined` for any other error. */
export const sqliteCode = (error: unknown): string | undefined =>
  error instanceof Driver.SqliteError && typeof error.code === 'string' ? error.code : undefined;

/** A damaged file is named, whenever that comes to light. @throws {FileUnusable} */
function naming<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw /CORRUPT|NOTADB/.test(sqliteCode(error) ?? '') ? new FileUnusable(file, error as Error) : error;
  }
}

/**
 * One SQLite file, owned by this connection alone. Everything is synchronous. Deleted rows are overwritten with zeros. A call that the
 * driver would answer wrongly or not survive is a fault of the program: a TypeError.
 *
 * @throws {FileInUse} @throws {FileUnusable}
 */
export class Sqlite {
  private readonly driver: Driver.Database;
  private readonly statements = new Map<string, Statement>();

  constructor(
    readonly file: string,
    { survives, cacheMegabytes = 2 }: OpenOptions,
  ) {
    try {
      this.driver = new Driver(file);
    } catch (error) {
      throw new FileUnusable(file, error as Error);
    }
    try {
      // Exclusive before WAL: then no shared-memory file is made, and the lock is held until `close`.
      this.pragma('locking_mode = EXCLUSIVE');
      // Every commit on its way to the disk is whole pages; where that is rare, larger pages hold rows with less waste.
      this.pragma(`page_size = ${survives === 'power loss' ? 4_096 : 8_192}`);
      this.pragma('journal_mode = WAL');
      this.pragma(`synchronous = ${survives === 'power loss' ? 'FULL' : 'NORMAL'}`);
      this.pragma('secure_delete = ON');
      // What a statement may have to undo, kept out of temporary files.
      this.pragma('temp_store = MEMORY');
      this.pragma(`cache_size = -${cacheMegabytes * 1024}`);
      this.exec('BEGIN EXCLUSIVE; COMMIT');
    } catch (error) {
      this.driver.close();
      throw sqliteCode(error)?.startsWith('SQLITE_BUSY') ? new FileInUse(file) : new FileUnusable(file, error as Error);
    }
  }

  /** Statements without parameters or results. */
  exec(sql: string): void {
    naming(this.file, () => this.driver.exec(sql));
  }

  pragma(text: string): void {
    naming(this.file, () => this.driver.prepare(`PRAGMA ${text}`).all([]));
  }

  /** The same text gives the same prepared statement. Parameters are bare `?`. */
  prepare(sql: string): Statement {
    const statement = this.statements.get(sql) ?? naming(this.file, () => new Statement(this.driver.prepare(sql), sql, this.file));
    this.statements.set(sql, statement);
    return statement;
  }

  /** All or nothing: commits what `work` did, or rolls it back and passes its error on. */
  transaction<T>(work: () => T): T {
    this.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec('COMMIT');
      return result;
    } catch (error) {
      try {
        // Some errors (a full disk) have already rolled back.
        if (this.driver.inTransaction) this.exec('ROLLBACK');
      } catch {
        // The error that led here says more; what is still open is noticed at the next BEGIN, which then fails.
      }
      throw error;
    }
  }

  /** Moves everything from the log into the file and empties the log, so that no overwritten page lives on in it. */
  checkpoint(): void {
    this.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** All that is committed, under the same name in another folder. */
  copyInto(folder: string): void {
    this.prepare('VACUUM INTO ?').run(join(folder, basename(this.file)));
  }

  close(): void {
    if (!this.driver.open) return;
    try {
      // The driver lets go of a file only when its statements are collected; leaving WAL mode releases the lock now.
      this.pragma('journal_mode = DELETE');
      this.pragma('locking_mode = NORMAL');
      this.driver.prepare('SELECT count(*) FROM sqlite_schema').raw().all([]);
    } finally {
      this.statements.clear();
      this.driver.close();
    }
  }
}

export class Statement {
  private readonly arity: number;

  constructor(
    private readonly statement: Driver.Statement,
    private readonly sql: string,
    private readonly file: string,
  ) {
    this.arity = countParameters(sql);
    if (statement.reader) statement.raw();
  }

  /** @returns rows changed */
  run(...values: readonly Bound[]): number {
    return naming(this.file, () => this.statement.run(this.checked(values)).changes);
  }

  all(...values: readonly Bound[]): readonly Row[] {
    const rows = naming(this.file, () => this.statement.all(this.checked(values)) as Row[]);
    if (rows.some((row) => row.some((cell) => Number.isInteger(cell) && !Number.isSafeInteger(cell))))
      throw new TypeError(`an integer beyond 2^53 lost digits: ${this.sql}`);
    return rows;
  }

  first(...values: readonly Bound[]): Row | undefined {
    return this.all(...values)[0];
  }

  private checked(values: readonly Bound[]): readonly Bound[] {
    if (values.length !== this.arity) throw new TypeError(`${values.length} values for ${this.arity} parameters: ${this.sql}`);
    for (const value of values) {
      const fault = faultOf(value);
      if (fault) throw new TypeError(`${fault} cannot be bound: ${this.sql}`);
    }
    return values;
  }
}

/** Rows one statement takes, largest first: a call into the driver costs more than a row. */
const CHUNKS = [64, 8, 1];

/** `insert` is everything up to and with `VALUES`, `otherwise` what follows the rows. All rows are of one length. */
export function insertRows(db: Sqlite, insert: string, rows: readonly (readonly Bound[])[], otherwise = ''): void {
  const first = rows[0];
  if (first === undefined) return;
  const row = `(${first.map(() => '?').join(', ')})`;
  let done = 0;
  for (const size of CHUNKS) {
    if (done + size > rows.length) continue;
    const statement = db.prepare(`${insert} ${Array(size).fill(row).join(', ')} ${otherwise}`);
    for (; done + size <= rows.length; done += size) statement.run(...rows.slice(done, done + size).flat());
  }
}

function faultOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? 'text with a NUL' : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value);
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? undefined : 'an integer beyond 64 bits';
  return value === null ? undefined : `a value of type ${typeof value}`;
}

/** Bare `?` outside of literals; named and numbered ones would be bound silently as NULL when one is missing. */
function countParameters(sql: string): number {
  const code = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '');
  if (/\?\d|[:@$][A-Za-z_]/.test(code)) throw new TypeError(`parameters must be bare question marks: ${sql}`);
  return code.split('?').length - 1;
}
