import type { JsonObject, Metadata, Recorded } from '@hospital/kernel';

/**
 * A page of rows of `event` as one row, each column one text: a value across the driver's border costs more than reading and
 * parsing the event. As blobs, for the driver's own conversion of text is slow, and ends the process on bytes that are no UTF-8.
 */
export const PAGE_COLUMNS = [
  'group_concat(event.position)',
  `group_concat(stream, '","')`,
  'group_concat(revision)',
  `group_concat(id, '","')`,
  `group_concat(type, '","')`,
  'group_concat(data)',
  'group_concat(metadata)',
]
  .map((column) => `CAST(${column} AS BLOB)`)
  .join(', ');

/**
 * The events of a page. Most folds look at no metadata, and parsing it costs more than all the rest, so a page's is parsed when
 * the first of its events is asked; the property is the event's own and enumerable, like the others.
 *
 * @throws {Error} when the stored texts are not what was written; for metadata, when it is asked for
 */
export function decodePage([position, stream, revision, id, type, data, metadata]: readonly Buffer[]): readonly Recorded[] {
  const positions = list<number>(`[${position!.toString()}]`);
  const parse = <T>(text: string): readonly T[] => {
    const values = list<T>(text);
    if (values.length === positions.length) return values;
    throw new Error(`an event between positions ${positions[0]} and ${positions.at(-1)} is not what was written; verification names it`);
  };
  const streams = parse<string>(`["${stream!.toString()}"]`);
  const revisions = parse<number>(`[${revision!.toString()}]`);
  const ids = parse<string>(`["${id!.toString()}"]`);
  const types = parse<string>(`["${type!.toString()}"]`);
  const bodies = parse<JsonObject>(`[${data!.toString()}]`);
  let envelopes: readonly Metadata[] | undefined;
  return positions.map((at, n) => ({
    stream: streams[n]!,
    revision: revisions[n]!,
    position: BigInt(at),
    id: ids[n]!,
    type: types[n]!,
    data: bodies[n]!,
    get metadata() {
      return (envelopes ??= parse<Metadata>(`[${metadata!.toString()}]`))[n]!;
    },
  }));
}

/** Empty for what is no JSON: a page never is. */
function list<T>(text: string): readonly T[] {
  try {
    return JSON.parse(text) as readonly T[];
  } catch {
    return [];
  }
}
