import {
  type AnyView,
  type Ask,
  type Condition,
  type JsonObject,
  keysOfBatch,
  projectBatch,
  type Query,
  type Recorded,
  type Scalar,
} from '@hospital/kernel';

type Value = Scalar | undefined;

/** Rows of views as they are now, in memory: enough of a view store to ask what policies ask. */
export class Rows {
  private readonly tables = new Map<string, Table>();

  constructor(private readonly views: readonly AnyView[]) {
    for (const { name } of views) this.tables.set(name, new Table());
  }

  /** Every row these events changed. */
  see(events: readonly Recorded[], changed: (view: string, key: string, row: JsonObject) => void): void {
    for (const view of this.views) {
      const seen = events.filter(({ stream }) => view.categories.includes(stream.slice(0, stream.indexOf('-'))));
      if (seen.length === 0) continue;
      const table = this.tables.get(view.name)!;
      const keys = keysOfBatch(view, seen);
      const current = new Map(keys.flatMap((key) => (table.rows.has(key) ? [[key, table.rows.get(key)!] as const] : [])));
      for (const { key, row } of projectBatch(view, seen, current)) {
        table.put(key, row);
        if (row) changed(view.name, key, row);
      }
    }
  }

  readonly ask: Ask = async (view, query) => this.tables.get(view)!.query(query);

  row(view: string, key: string): JsonObject | undefined {
    return this.tables.get(view)!.rows.get(key);
  }
}

class Table {
  readonly rows = new Map<string, JsonObject>();
  /** Keys by column and value, made when a column is first asked for by its value. */
  private readonly indexes = new Map<string, Map<Value, Set<string>>>();

  put(key: string, row: JsonObject | null): void {
    const before = this.rows.get(key);
    for (const [column, index] of this.indexes) {
      if (before) index.get(valueOf(before, column))?.delete(key);
      if (row) into(index, valueOf(row, column), key);
    }
    if (row) this.rows.set(key, row);
    else this.rows.delete(key);
  }

  query({ key, where = {}, orderBy, limit = Infinity }: Query): readonly { key: string; row: JsonObject }[] {
    const conditions = Object.entries(where);
    const found: { key: string; row: JsonObject }[] = [];
    for (const candidate of key === undefined ? this.candidates(conditions) : [key].flat()) {
      const row = this.rows.get(candidate);
      if (row && conditions.every(([column, condition]) => holds(valueOf(row, column), condition))) found.push({ key: candidate, row });
    }
    const place = ({ row }: { row: JsonObject }): string => (orderBy ? String(valueOf(row, orderBy.column)) : '');
    const sign = orderBy?.descending ? -1 : 1;
    found.sort((a, b) => sign * (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : a.key < b.key ? -1 : 1));
    return found.slice(0, limit);
  }

  /** By the index that leaves the fewest; only these are gathered. */
  private candidates(conditions: readonly (readonly [string, Condition])[]): Iterable<string> {
    let [best, fewest]: [readonly ReadonlySet<string>[] | undefined, number] = [undefined, Infinity];
    for (const [column, condition] of conditions) {
      const index = wantedBy(condition) && this.index(column);
      if (!index) continue;
      const sets = wantedBy(condition)!.flatMap((value) => index.get(value) ?? []);
      const size = sets.reduce((sum, set) => sum + set.size, 0);
      if (size < fewest) [best, fewest] = [sets, size];
    }
    return best ? best.flatMap((set) => [...set]) : this.rows.keys();
  }

  private index(column: string): Map<Value, Set<string>> {
    const known = this.indexes.get(column);
    if (known) return known;
    const made = new Map<Value, Set<string>>();
    for (const [key, row] of this.rows) into(made, valueOf(row, column), key);
    this.indexes.set(column, made);
    return made;
  }
}

const valueOf = (row: JsonObject, column: string): Value => (row[column] as Value) ?? null;

function into(index: Map<Value, Set<string>>, value: Value, key: string): void {
  const keys = index.get(value);
  if (keys) keys.add(key);
  else index.set(value, new Set([key]));
}

/** The values a condition names, unless it names a range. */
const wantedBy = (condition: Condition): readonly Scalar[] | undefined =>
  typeof condition !== 'object' || condition === null ? [condition] : 'in' in condition ? condition.in : undefined;

function holds(value: Value, condition: Condition): boolean {
  const wanted = wantedBy(condition);
  if (wanted) return wanted.includes(value ?? null);
  const { from = null, to = null } = condition as { from?: Scalar; to?: Scalar };
  if (value === null || value === undefined) return false;
  return (from === null || value >= from) && (to === null || value < to);
}
