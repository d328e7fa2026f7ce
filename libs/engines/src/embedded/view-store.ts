import type { Condition, Instant, JsonObject, Query, RowChange, Scalar, ViewSchema, ViewStore } from '@hospital/kernel';
import { type Bound, insertRows, Sqlite } from './sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS "view" (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    columns TEXT NOT NULL,
    checkpoint TEXT
  ) STRICT, WITHOUT ROWID;
`;

/** Rows of another format are made anew. `fields` holds the columns again, for indexes are made from that: a small text is sooner read. */
const FORMAT = 2;

const NAME = /^[A-Za-z][A-Za-z0-9_.-]*$/;
const COLUMN = /^[A-Za-z_][A-Za-z0-9_]*$/;

interface Table {
  readonly columns: ReadonlySet<string>;
  /** One row a key, quoted: what holds now. A key that is gone keeps a row without body, so that its time never runs backwards. */
  readonly current: string;
  /** What held before, quoted. */
  readonly past: string;
  readonly indexed: Set<string>;
}

type Found = Awaited<ReturnType<ViewStore['query']>>;

/**
 * Read models in one SQLite file: per view a table of what holds and one of what held. Building a view again writes rows and
 * nothing else: an index is made when a query first needs it, and is kept from then on.
 */
export class EmbeddedViewStore implements ViewStore {
  private readonly db: Sqlite;
  private readonly tables = new Map<string, Table>();

  /** @throws {FileInUse} @throws {FileUnusable} */
  constructor(file: string) {
    this.db = new Sqlite(file, { survives: 'crash', cacheMegabytes: 16 });
    // Emptying the log is part of some commit, for which everybody waits: rarer, it takes so much longer (4 MB; with 32 some 25 ms).
    this.db.pragma('wal_autocheckpoint = 500');
    this.db.exec(SCHEMA);
  }

  async open({ name, version, columns }: ViewSchema): Promise<void> {
    if (!NAME.test(name)) throw new RangeError(`view name ${JSON.stringify(name)}`);
    for (const column of columns) if (!COLUMN.test(column)) throw new RangeError(`view ${name}: column name ${JSON.stringify(column)}`);
    const table: Table = { columns: new Set(columns), current: `"${name} now"`, past: `"${name} past"`, indexed: new Set() };
    const shape = JSON.stringify([FORMAT, ...[...table.columns].sort()]);
    this.db.transaction(() => {
      const known = this.db.prepare('SELECT version, columns FROM "view" WHERE name = ?').first(name);
      if (known?.[0] === version && known[1] === shape) return;
      this.db.exec(`
        DROP TABLE IF EXISTS ${table.current};
        DROP TABLE IF EXISTS ${table.past};
        CREATE TABLE ${table.current} (key TEXT PRIMARY KEY NOT NULL, since TEXT NOT NULL, body TEXT, fields TEXT) STRICT;
        CREATE TABLE ${table.past} (key TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL, body TEXT NOT NULL, fields TEXT) STRICT;
        -- Of two changes of a key at one instant only the later ever held.
        CREATE TRIGGER "${name} closes" AFTER UPDATE ON ${table.current} WHEN NEW.since > OLD.since AND OLD.body IS NOT NULL BEGIN
          INSERT INTO ${table.past} VALUES (OLD.key, OLD.since, NEW.since, OLD.body, OLD.fields);
        END;`);
      this.db.prepare('INSERT OR REPLACE INTO "view" VALUES (?, ?, ?, NULL)').run(name, version, shape);
    });
    this.tables.set(name, table);
  }

  async checkpoint(view: string): Promise<bigint | undefined> {
    this.table(view);
    const text = this.db.prepare('SELECT checkpoint FROM "view" WHERE name = ?').first(view)?.[0];
    return typeof text === 'string' ? BigInt(text) : undefined;
  }

  async current(view: string, keys: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
    // One text for all rows: a value across the driver's border costs more than parsing the row.
    const [places, bodies] = this.db
      .prepare(
        `SELECT CAST(group_concat(wanted.key) AS BLOB), CAST(group_concat(row.body) AS BLOB)
         FROM json_each(?) AS wanted CROSS JOIN ${this.table(view).current} AS row ON row.key = wanted.value WHERE row.body IS NOT NULL`,
      )
      .first(JSON.stringify(keys))!;
    if (places === null) return new Map();
    const rows = JSON.parse(`[${String(bodies)}]`) as JsonObject[];
    return new Map((JSON.parse(`[${String(places)}]`) as number[]).map((place, n) => [keys[place]!, rows[n]!]));
  }

  async write(changes: ReadonlyMap<string, readonly RowChange[]>, checkpoint: bigint): Promise<void> {
    const names = JSON.stringify([...changes.keys()]);
    this.db.transaction(() => {
      for (const [view, rows] of changes) {
        const { current, columns } = this.table(view);
        insertRows(
          this.db,
          `INSERT INTO ${current} VALUES`,
          rows.map(({ key, at, row }) => [key, at, row && JSON.stringify(row), row && JSON.stringify(row, [...columns])]),
          'ON CONFLICT (key) DO UPDATE SET since = max(since, excluded.since), body = excluded.body, fields = excluded.fields',
        );
      }
      this.db.prepare('UPDATE "view" SET checkpoint = ? WHERE name IN (SELECT value FROM json_each(?))').run(String(checkpoint), names);
    });
  }

  async query(view: string, query: Query): Promise<Found> {
    const { orderBy, after, limit = -1 } = query;
    if (!Number.isSafeInteger(limit) || limit < -1) throw new RangeError(`view ${view}: limit ${limit}`);
    const order = orderBy && this.columnOf(view, orderBy.column);
    const rest = after && following(order, orderBy?.descending === true, after);
    const selection = this.select(view, query, orderBy?.column, rest);
    const direction = orderBy?.descending ? 'DESC' : 'ASC';
    const arms = selection.arms.map((arm) => `SELECT key, since, body, ${order ?? 'NULL'} AS place ${arm}`);
    return this.db
      .prepare(
        `SELECT key, since, body FROM (${arms.join(' UNION ALL ')} ORDER BY ${order ? `place ${direction},` : ''} key ${direction} LIMIT ?)`,
      )
      .all(...selection.values, limit)
      .map(([key, since, body]) => ({ key: key as string, row: JSON.parse(body as string) as JsonObject, validFrom: since as Instant }));
  }

  async count(view: string, query: Pick<Query, 'where' | 'asOf'>): Promise<number> {
    const { arms, values } = this.select(view, query);
    const [count] = this.db.prepare(`SELECT ${arms.map((arm) => `(SELECT count(*) ${arm})`).join(' + ')}`).first(...values) as [number];
    return count;
  }

  /** `FROM ... WHERE ...` over each table that can hold rows of that instant. */
  private select(view: string, { key, where = {}, asOf }: Query, order?: string, rest?: Clause) {
    const table = this.table(view);
    // One index leads to the rows, the others would only be in the way: left to itself, SQLite may go by one over two values.
    const lead = [...table.columns].find((column) => column in where && where[column] !== false);
    const clauses = Object.entries(where).map(([name, is]) => conditionOf((name === lead ? '' : '+') + this.columnOf(view, name), is));
    if (key !== undefined) clauses.push(oneOf('key', typeof key === 'string' ? [key] : key));
    if (rest) clauses.push(rest);
    const begun: readonly Clause[] = asOf === undefined ? [] : [{ sql: 'since <= ?', values: [asOf] }];
    const sources = [{ from: table.current, clauses: [{ sql: 'body IS NOT NULL', values: [] }, ...begun, ...clauses] }];
    const columns = new Set([lead, order].filter((column) => column !== undefined));
    for (const column of columns) this.index(table, table.current, column, `${fieldOf(column)}, key`);
    if (asOf !== undefined) {
      sources.push({ from: table.past, clauses: [...begun, { sql: 'until > ?', values: [asOf] }, ...clauses] });
      this.index(table, table.past, 'key', 'key, until');
      this.index(table, table.past, 'until', 'until');
      for (const column of columns) this.index(table, table.past, `row ${column}`, `${fieldOf(column)}, until`);
    }
    return {
      arms: sources.map(({ from, clauses }) => `FROM ${from} WHERE ${clauses.map(({ sql }) => `(${sql})`).join(' AND ')}`),
      values: sources.flatMap(({ clauses }) => clauses.flatMap(({ values }) => values)),
    };
  }

  private index({ indexed }: Table, on: string, name: string, expressions: string): void {
    const index = `${on.slice(0, -1)} by ${name}"`;
    if (!indexed.has(index)) this.db.exec(`CREATE INDEX IF NOT EXISTS ${index} ON ${on} (${expressions})`);
    indexed.add(index);
  }

  private columnOf(view: string, column: string): string {
    if (!this.table(view).columns.has(column)) throw new RangeError(`view ${view} has no column ${JSON.stringify(column)}`);
    return fieldOf(column);
  }

  private table(view: string): Table {
    const table = this.tables.get(view);
    if (!table) throw new RangeError(`view ${JSON.stringify(view)} is not open`);
    return table;
  }

  async close(): Promise<void> {
    this.tables.clear();
    this.db.close();
  }
}

interface Clause {
  readonly sql: string;
  readonly values: readonly Bound[];
}

/** Absent and `null` are NULL, `true` is 1, `false` is 0; NULL sorts before numbers, numbers before texts. */
const fieldOf = (column: string): string => `json_extract(fields, '$.${column}')`;
const bound = (value: Scalar): Bound => (typeof value === 'boolean' ? Number(value) : value);

const oneOf = (field: string, values: readonly Scalar[]): Clause => ({
  sql: `${field} IN (SELECT value FROM json_each(?))${values.includes(null) ? ` OR ${field} IS NULL` : ''}`,
  values: [JSON.stringify(values)],
});

function conditionOf(field: string, condition: Condition): Clause {
  if (typeof condition !== 'object' || condition === null) return { sql: `${field} IS ?`, values: [bound(condition)] };
  if ('in' in condition) return oneOf(field, condition.in);
  const { from = null, to = null } = condition;
  const bounds = Object.entries({ '>=': from, '<': to }).filter(([, value]) => value !== null);
  return { sql: bounds.map(([sign]) => `${field} ${sign} ?`).join(' AND ') || 'TRUE', values: bounds.map(([, value]) => bound(value)) };
}

/** What comes after a row in an order whose direction the key shares. NULL is first upwards and last downwards. */
function following(order: string | undefined, descending: boolean, { value, key }: NonNullable<Query['after']>): Clause {
  const beyond = descending ? '<' : '>';
  if (order === undefined) return { sql: `key ${beyond} ?`, values: [key] };
  if (value === null) return { sql: descending ? `${order} IS NULL AND key < ?` : `${order} IS NOT NULL OR key > ?`, values: [key] };
  return { sql: `(${order}, key) ${beyond} (?, ?)${descending ? ` OR ${order} IS NULL` : ''}`, values: [bound(value), key] };
}
