import type { JsonObject, Metadata, Recorded } from '@hospital/kernel';

/**
 * A page of events as one row, each column one text: a value across the driver's border costs more than reading and parsing the
 * event. As blobs, for the driver's own conversion of text is slow, and ends the process on bytes that are no UTF-8.
 */
export const PAGE_COLUMNS = ['position', 'stream', 'revision', 'id', 'type', 'data', 'metadata']
  .map((column) => (['stream', 'id', 'type'].includes(column) ? `${column}, '","'` : column))
  .map((joined) => `CAST(group_concat(${joined}) AS BLOB)`)
  .join(', ');

/** @throws {Error} when the stored texts are not what was written; for metadata, when it is asked for */
export function decodePage([position, stream, revision, id, type, data, metadata]: readonly Buffer[]): readonly Recorded[] {
  const positions = JSON.parse(`[${position!.toString()}]`) as readonly number[];
  const parse = <T>(text: string): readonly T[] => {
    try {
      const values = JSON.parse(text) as readonly T[];
      if (values.length === positions.length) return values;
    } catch {
      // As wrong as too many values, or too few.
    }
    throw new Error(`an event between positions ${positions[0]} and ${positions.at(-1)} is not what was written; verification names it`);
  };
  const streams = parse<string>(`["${stream!.toString()}"]`);
  const revisions = parse<number>(`[${revision!.toString()}]`);
  const ids = parse<string>(`["${id!.toString()}"]`);
  const types = parse<string>(`["${type!.toString()}"]`);
  const bodies = parse<JsonObject>(`[${data!.toString()}]`);
  let envelopes: readonly Metadata[] | undefined;
  const metadataOf = (n: number): Metadata => (envelopes ??= parse<Metadata>(`[${metadata!.toString()}]`))[n]!;
  return positions.map((at, n) => new StoredEvent(streams[n]!, revisions[n]!, BigInt(at), ids[n]!, types[n]!, bodies[n]!, metadataOf, n));
}

/**
 * Most folds look at no metadata, and parsing it costs more than all the rest, so a page's is parsed when the first of its events
 * is asked. The property is the event's own and enumerable, like the others; one getter for all, or each event would have a shape
 * of its own.
 */
class StoredEvent implements Recorded {
  declare readonly metadata: Metadata;
  readonly #metadataOf: (n: number) => Metadata;
  readonly #n: number;

  private static readonly METADATA: PropertyDescriptor & ThisType<StoredEvent> = {
    enumerable: true,
    get() {
      return this.#metadataOf(this.#n);
    },
  };

  constructor(
    readonly stream: string,
    readonly revision: number,
    readonly position: bigint,
    readonly id: string,
    readonly type: string,
    readonly data: JsonObject,
    metadataOf: (n: number) => Metadata,
    n: number,
  ) {
    this.#metadataOf = metadataOf;
    this.#n = n;
    Object.defineProperty(this, 'metadata', StoredEvent.METADATA);
  }
}
