/** An event as the wire carries it. `revision` is a text: a tombstone has 2^63-1. */
export interface Entry {
  readonly id: string;
  readonly stream: string;
  readonly revision: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  /** In units of 100 ns since 1970. */
  readonly created: string;
  /** Where its record begins, in bytes; commit and prepare position are the same. */
  readonly position: number;
  /** Where its record ends. */
  readonly next: number;
}

export type Draft = Pick<Entry, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;
export type Expected = number | 'any' | 'no stream' | 'stream exists';
export interface Place {
  readonly commit: number;
  readonly prepare: number;
}

export type Outcome =
  /** `position` is missing when the events were deleted since they were written. */
  | { readonly kind: 'written'; readonly revision: number; readonly position: number | undefined; readonly empty?: 'no stream' | 'stream' }
  /** -1: there is no stream. */
  | { readonly kind: 'wrong revision'; readonly current: number }
  | { readonly kind: 'deleted' };

export type StreamRead =
  { readonly kind: 'found'; readonly entries: readonly Entry[] } | { readonly kind: 'not found' } | { readonly kind: 'deleted' };

const TOMBSTONE = '9223372036854775807';
const SOFTLY_DELETED = Number(TOMBSTONE);
const text = (value: string): Uint8Array => Buffer.from(value);

interface Stream {
  /** By revision, scavenged ones too: their ids are remembered. */
  readonly ids: string[];
  readonly entries: Entry[];
  tombstone?: Entry;
}

/**
 * The log of one node, in memory, with the rules a real server was recorded to have: idempotency by id and expected revision,
 * soft deletes and tombstones, `$tb` and `$maxCount`, positions that are bytes, scavenging.
 */
export class Log {
  private entries: Entry[] = [];
  private readonly streams = new Map<string, Stream>();
  private scavenged = new Set<number>();
  private boundaries = new Set<number>();
  private end = 548;
  private created = Date.now() * 10_000;

  constructor(private readonly onEntries: (entries: readonly Entry[]) => void = () => undefined) {
    // What a fresh node holds before anybody writes.
    const system = (stream: string, type: string, data: string): void =>
      void this.write(stream, [
        {
          id: `00000000-0000-4000-8000-${String(this.entries.length).padStart(12, '0')}`,
          type,
          contentType: 'application/octet-stream',
          data: text(data),
          metadata: text(''),
        },
      ]);
    system('$$$scavenges', '$metadata', '{"$maxAge":2592000}');
    for (const name of ['', '$streams', '$stream_by_category', '$by_category', '$by_event_type'])
      system('$projections-$all', name === '' ? '$ProjectionsInitialized' : '$ProjectionCreated', name);
  }

  get length(): number {
    return this.entries.length;
  }

  append(stream: string, expected: Expected, drafts: readonly Draft[]): Outcome {
    const found = this.streams.get(stream);
    if (found?.tombstone || this.streams.get(ownerOf(stream))?.tombstone) return { kind: 'deleted' };
    const current = (found?.ids.length ?? 0) - 1;
    const deleted = this.isSoftlyDeleted(stream);
    const wrong: Outcome = { kind: 'wrong revision', current };
    if (expected === 'stream exists' && deleted) return { kind: 'deleted' };
    if (expected === 'stream exists' && current < 0) return wrong;
    if (drafts.length === 0) {
      if (typeof expected === 'number' && expected !== current) return wrong;
      return { kind: 'written', revision: Math.max(0, current), position: this.end, empty: current < 0 ? 'no stream' : 'stream' };
    }
    const first = expected === 'no stream' ? 0 : typeof expected === 'number' ? expected + 1 : (found?.ids.indexOf(drafts[0]!.id) ?? -1);
    const isExact = typeof expected === 'number' || expected === 'no stream';
    if (isExact ? first <= current : first >= 0) {
      const matching = drafts.findIndex(({ id }, n) => found?.ids[first + n] !== id);
      if (matching === -1) return this.alreadyWritten(stream, first + drafts.length - 1);
      if (matching > 0 || !(expected === 'no stream' && deleted)) return wrong;
    } else if (isExact && first > current + 1) return wrong;
    if (deleted) this.setMetadata(stream, { $tb: current + 1 });
    const written = this.write(stream, drafts);
    return { kind: 'written', revision: current + drafts.length, position: written.at(-1)!.position };
  }

  readStream(stream: string, from: number | 'start' | 'end', backwards: boolean, count: number): StreamRead {
    const found = this.streams.get(stream);
    if (found?.tombstone || this.streams.get(ownerOf(stream))?.tombstone) return { kind: 'deleted' };
    if (!found || this.isSoftlyDeleted(stream)) return { kind: 'not found' };
    const visible = this.visible(stream);
    const start = from === 'start' ? 0 : from === 'end' ? Infinity : from;
    const entries = backwards
      ? visible.filter(({ revision }) => Number(revision) <= start).reverse()
      : visible.filter(({ revision }) => Number(revision) >= start);
    return { kind: 'found', entries: entries.slice(0, count) };
  }

  /** Forwards inclusive, backwards exclusive. */
  *all(from: Place | 'start' | 'end', backwards = false): Generator<Entry> {
    const place = from === 'start' ? { commit: 0, prepare: 0 } : from === 'end' ? { commit: Infinity, prepare: Infinity } : from;
    const isBefore = ({ position }: Entry): boolean => position < place.commit || (position === place.commit && position < place.prepare);
    if (backwards) {
      for (let n = this.entries.length - 1; n >= 0; n -= 1) if (isBefore(this.entries[n]!)) yield this.entries[n]!;
      return;
    }
    for (let n = this.indexFrom(place.commit); n < this.entries.length; n += 1) if (!isBefore(this.entries[n]!)) yield this.entries[n]!;
  }

  /** A position that lies inside a record cannot be read from; one beyond the end can. */
  isReadable({ commit }: Place): boolean {
    return commit === 0 || commit >= this.end || this.boundaries.has(commit);
  }

  /** No event is there any more, though one was. */
  isScavenged(position: number): boolean {
    return this.scavenged.has(position);
  }

  get last(): Entry | undefined {
    return this.entries.at(-1);
  }

  /** `undefined`: it was not there, or not at that revision; then `current` tells. */
  delete(stream: string, expected: Expected, forGood: boolean): { position: number } | { current: number } | 'deleted' {
    const found = this.streams.get(stream);
    if (found?.tombstone) return 'deleted';
    const current = (found?.ids.length ?? 0) - 1;
    if ((!forGood && current < 0) || (typeof expected === 'number' && expected !== current)) return { current };
    if (!forGood) return { position: this.setMetadata(stream, {}, `{"$tb":${TOMBSTONE}}`).position };
    const [entry] = this.write(
      stream,
      [
        {
          id: '7278e8bb-f9d3-4759-91cc-fdc931a8bc87',
          type: '$streamDeleted',
          contentType: 'application/octet-stream',
          data: text(''),
          metadata: text(''),
        },
      ],
      TOMBSTONE,
    );
    this.streams.get(stream)!.tombstone = entry!;
    return { position: entry!.position };
  }

  metadataOf(stream: string): {
    readonly $tb?: number;
    readonly $maxCount?: number;
    readonly $acl?: { readonly $r?: string | readonly string[] };
  } {
    const last = this.streams.get(`$$${stream}`)?.entries.at(-1);
    return last ? (JSON.parse(Buffer.from(last.data).toString()) as object) : {};
  }

  /** Removes what no read shows any more, as a real scavenge does: all of a tombstoned stream, of others never the last event. */
  scavenge(): void {
    for (const [name, stream] of this.streams) {
      const kept = new Set([...(stream.tombstone ? [] : this.visible(name)), stream.tombstone ?? stream.entries.at(-1)]);
      for (const entry of stream.entries) if (!kept.has(entry)) this.scavenged.add(entry.position);
      stream.entries.splice(0, Infinity, ...stream.entries.filter((entry) => kept.has(entry)));
    }
    this.entries = this.entries.filter(({ position }) => !this.scavenged.has(position));
  }

  /** As if restored from a copy taken when the log had `length` entries. */
  restore(length: number): void {
    const kept = this.entries.slice(0, length);
    this.end = kept.at(-1)!.next;
    this.entries = kept;
    this.boundaries = new Set([...this.boundaries].filter((boundary) => boundary <= this.end));
    this.streams.clear();
    for (const entry of kept) this.index(entry);
  }

  private indexFrom(position: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private visible(stream: string): Entry[] {
    const { $tb = 0, $maxCount = Infinity } = this.metadataOf(stream);
    const entries = (this.streams.get(stream)?.entries ?? []).filter(({ revision }) => Number(revision) >= $tb);
    return entries.slice(Math.max(0, entries.length - $maxCount));
  }

  private isSoftlyDeleted(stream: string): boolean {
    return (this.metadataOf(stream).$tb ?? 0) >= SOFTLY_DELETED;
  }

  private alreadyWritten(stream: string, revision: number): Outcome {
    const entry = this.visible(stream).find((candidate) => Number(candidate.revision) === revision);
    return { kind: 'written', revision, position: entry?.position };
  }

  private setMetadata(stream: string, change: object, data = JSON.stringify({ ...this.metadataOf(stream), ...change })): Entry {
    const id = crypto.randomUUID();
    return this.write(`$$${stream}`, [
      { id, type: '$metadata', contentType: 'application/json', data: text(data), metadata: text('') },
    ])[0]!;
  }

  private write(stream: string, drafts: readonly Draft[], revision?: string): Entry[] {
    // Between two writes lie records of the index and of the system, of no fixed size.
    this.end += this.entries.length === 0 ? 0 : 11 + ((this.end * 7) % 901);
    const next = this.streams.get(stream)?.ids.length ?? 0;
    const written = drafts.map((draft, n): Entry => {
      const position = this.end;
      this.end += 84 + stream.length + draft.type.length + draft.data.length + draft.metadata.length;
      this.created += 7;
      return { ...draft, stream, revision: revision ?? String(next + n), created: String(this.created), position, next: this.end };
    });
    for (const entry of written) {
      this.entries.push(entry);
      this.index(entry);
    }
    this.onEntries(written);
    return written;
  }

  private index(entry: Entry): void {
    this.boundaries.add(entry.position).add(entry.next);
    const stream: Stream = this.streams.get(entry.stream) ?? { ids: [], entries: [] };
    this.streams.set(entry.stream, stream);
    stream.entries.push(entry);
    if (entry.revision === TOMBSTONE) stream.tombstone = entry;
    else stream.ids.push(entry.id);
  }
}

/** The stream whose metadata stream this is, or a name nobody has. */
const ownerOf = (stream: string): string => (stream.startsWith('$$') ? stream.slice(2) : '');
