import type { Instant } from './clock';
import type { JsonObject } from './json';
import { idOf, type Recorded } from './messages';

export type Scalar = string | number | boolean | null;

export interface ViewSchema {
  readonly name: string;
  /** Raise it when `project` changes: the view is then built again from the streams. */
  readonly version: number;
  /** Row fields that can be filtered and sorted by; those that lead to the fewest rows first, for a search goes by one. */
  readonly columns: readonly string[];
}

/**
 * A read model as a pure fold. Each event concerns some keys (by default the id of its stream); `project` says what the row of
 * that key is afterwards (`null`: gone; `undefined`: as it was, so that events of a newer version change nothing). Personal values stay sealed in rows and are opened when read.
 */
export interface View<Row extends JsonObject = JsonObject> extends ViewSchema {
  readonly columns: readonly (keyof Row & string)[];
  readonly categories: readonly string[];
  keys?(event: Recorded): readonly string[];
  project(row: Row | undefined, event: Recorded, key: string): Row | null | undefined;
}

/** A view, whatever its rows. */
export type AnyView = View<any>; // eslint-disable-line @typescript-eslint/no-explicit-any

export interface RowChange {
  readonly key: string;
  /** Recorded instant from which the row holds. */
  readonly at: Instant;
  readonly row: JsonObject | null;
}

export type Condition = { readonly in: readonly Scalar[] } | { readonly from?: Scalar; readonly to?: Scalar } | Scalar;

export interface Query {
  readonly key?: string | readonly string[];
  /** By column. A bare value: equals; `from` is inclusive, `to` exclusive. All must hold. */
  readonly where?: Readonly<Record<string, Condition>>;
  /** Key order completes every order, so that paging is stable. */
  readonly orderBy?: { readonly column: string; readonly descending?: boolean };
  /** The row after which to go on: its value of the order column (`null` when ordered by key alone) and its key. */
  readonly after?: { readonly value: Scalar; readonly key: string };
  readonly limit?: number;
  /** Rows as they were recorded at that instant, that instant included. */
  readonly asOf?: Instant | undefined;
}

const keysOf = (view: AnyView, event: Recorded): readonly string[] => view.keys?.(event) ?? [idOf(event.stream)];

/** Every key a batch of events concerns. */
export function keysOfBatch(view: AnyView, events: readonly Recorded[]): readonly string[] {
  return [...new Set(events.flatMap((event) => keysOf(view, event)))];
}

/** What a batch of events changes, given the current rows of its keys. Pure; a row that stays the same object is no change. */
export function projectBatch<Row extends JsonObject>(
  view: View<Row>,
  events: readonly Recorded[],
  current: ReadonlyMap<string, JsonObject>,
): RowChange[] {
  const rows = new Map<string, Row | undefined>(current as ReadonlyMap<string, Row>);
  const changes: RowChange[] = [];
  for (const event of events)
    for (const key of keysOf(view, event)) {
      const before = rows.get(key);
      const after = view.project(before, event, key);
      if (after === undefined || after === (before ?? null)) continue;
      rows.set(key, after ?? undefined);
      changes.push({ key, at: event.metadata.recordedAt, row: after });
    }
  return changes;
}

/** One row by folding events: what a command answers with, and what every stored row is checked against. */
export function foldRow<Row extends JsonObject>(
  view: View<Row>,
  key: string,
  events: readonly Recorded[],
  asOf?: Instant,
): Row | undefined {
  let row: Row | undefined;
  for (const event of events) {
    if ((asOf !== undefined && event.metadata.recordedAt > asOf) || !keysOf(view, event).includes(key)) continue;
    const after = view.project(row, event, key);
    if (after !== undefined) row = after ?? undefined;
  }
  return row;
}
