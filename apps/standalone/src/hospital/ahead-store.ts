import { type Appended, type EventStore, NO_STREAM, OutcomeUnknown, type Proposed, type Recorded, WrongRevision } from '@hospital/kernel';

/** What is on its way to the disk at a time. */
const AHEAD = 2_000;

/**
 * A new store of one writer, read from memory and written behind: what is appended is known at once, and reaches the disk in the
 * same order, many appends in a commit. Nothing counts before {@link settled} resolves; a crash before that leaves a part.
 */
export class AheadStore implements EventStore {
  readonly shared = false;
  private readonly streams = new Map<string, Recorded[]>();
  private behind: Promise<void>[] = [];
  end = 0n;

  constructor(private readonly disk: EventStore) {}

  async append(stream: string, expected: number, events: readonly Proposed[]): Promise<Appended> {
    const known = this.streams.get(stream) ?? [];
    const actual = known.length === 0 ? NO_STREAM : known.length - 1;
    if (actual !== expected) throw new WrongRevision(stream, expected, actual);
    for (const event of events) known.push({ ...event, stream, revision: known.length, position: (this.end += 1n) });
    this.streams.set(stream, known);
    const position = this.end;
    this.behind.push(
      this.disk.append(stream, expected, events).then((appended) => {
        if (appended.position !== position) throw new OutcomeUnknown(`${stream}: written at ${appended.position}, not at ${position}`);
      }),
    );
    if (this.behind.length >= AHEAD) await this.settled();
    return { revision: known.length - 1, position };
  }

  async read(
    stream: string,
    { direction, limit = Infinity }: NonNullable<Parameters<EventStore['read']>[1]> = {},
  ): Promise<readonly Recorded[]> {
    const known = this.streams.get(stream) ?? [];
    return direction === 'backwards' ? [...known].reverse().slice(0, limit) : [...known];
  }

  readonly readAll: EventStore['readAll'] = (from) => this.disk.readAll(from);
  readonly subscribe: EventStore['subscribe'] = (from) => this.disk.subscribe(from);
  readonly head: EventStore['head'] = (categories, seen) => this.disk.head(categories, seen);
  readonly erase: EventStore['erase'] = (stream) => this.disk.erase(stream);
  readonly cap: EventStore['cap'] = (stream, keep) => this.disk.cap(stream, keep);
  readonly close = (): Promise<void> => this.disk.close();

  /** Everything appended so far is on the disk. */
  async settled(): Promise<void> {
    await Promise.all(this.behind.splice(0));
  }
}
