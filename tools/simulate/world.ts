import { createHash } from 'node:crypto';
import {
  type Actor,
  type Addressed,
  type AnyView,
  type Ask,
  canonicalText,
  type Deadline,
  type EventStore,
  handle,
  type History,
  instant,
  type Instant,
  isRejection,
  type Journal,
  type JsonObject,
  keysOfBatch,
  mapPersonal,
  NAMESPACE,
  occasionId,
  type Policy,
  projectBatch,
  type Recorded,
  type Rejection,
  uuidV5,
  type Vault,
} from '@hospital/kernel';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';
import { EmbeddedViewStore } from '../../libs/engines/src/embedded/view-store';

/** A context apart from any machine: what it shows and does by itself. */
export interface Parts {
  readonly views: readonly AnyView[];
  readonly policies: readonly Policy[];
  readonly deadlines: readonly Deadline[];
  readonly history: History;
}

const SYSTEM: Actor = { id: 'system', kind: 'system', roles: [] };
const FAR: Instant = '9999-12-31T23:59:59.999Z';

/** Seals nothing: keys are random, and a world of the same seed must be the same to the byte. A stand-in for simulations only. */
const OPEN: Vault = {
  seal: async (data) => mapPersonal(data, ({ personal }) => ({ personal, sealed: '' })) as JsonObject,
  open: async (data) => data,
  forget: async () => undefined,
};

/**
 * One context on a virtual clock, in memory: its own deciders, policies, deadlines and views on the embedded engines, one command
 * after the other, so that the same wishes give the same events to the byte.
 */
export class World {
  private at: number;
  private readonly store = new EmbeddedEventStore(':memory:');
  private readonly rows = new EmbeddedViewStore(':memory:');
  private readonly journal: Journal;
  private readonly sent = new Set<string>();
  /** Every stream as it was last answered; nobody else writes. */
  private readonly streams = new Map<string, readonly Recorded[]>();
  private readonly digest = createHash('sha256');
  private commands = 0;
  /** Rejections of commands nobody waits for, by code. */
  readonly refused = new Map<string, number>();
  events = 0;

  private constructor(
    private readonly parts: Parts,
    start: Instant,
    /** Sees every event, in order. */
    private readonly watch: (event: Recorded) => void,
  ) {
    this.at = Date.parse(start);
    const clock = { now: () => this.now, until: async () => undefined };
    const read = async (stream: string): Promise<readonly Recorded[]> => this.streams.get(stream) ?? [];
    const store: EventStore = Object.create(this.store, { read: { value: read } });
    this.journal = { store, clock, history: parts.history, vault: OPEN };
  }

  static async begun(parts: Parts, start: Instant, watch: (event: Recorded) => void): Promise<World> {
    const world = new World(parts, start, watch);
    for (const view of parts.views) await world.rows.open(view);
    return world;
  }

  get now(): Instant {
    return instant(this.at);
  }

  readonly ask: Ask = (view, query) => this.rows.query(view, query);

  /** Somebody's wish, and all that follows from it by itself. */
  async does(wish: Addressed, by: Actor): Promise<readonly Recorded[] | Rejection> {
    const id = uuidV5(NAMESPACE, `simulated/${(this.commands += 1)}`);
    const answer = await this.write(wish, { id, by, correlationId: id });
    if (!isRejection(answer)) await this.settle(answer);
    return answer;
  }

  /** The world goes on to that instant; what becomes due before is done when it is due. */
  async until(at: Instant): Promise<void> {
    for (;;) {
      const due = await this.nextDue(at);
      if (!due) break;
      this.at = Math.max(this.at, Date.parse(due.dueAt));
      const { deadline, key, dueAt, correlationId } = due;
      const id = occasionId(deadline.name, `${key}@${dueAt}`);
      this.sent.add(id);
      await this.follow(deadline.whenDue(key, dueAt), { id, correlationId, at: dueAt });
    }
    this.at = Math.max(this.at, Date.parse(at));
  }

  /** SHA-256 of every event in its order: ids, contents, metadata. */
  fingerprint(): string {
    return this.digest.copy().digest('hex');
  }

  async close(): Promise<void> {
    await Promise.all([this.store.close(), this.rows.close()]);
  }

  private async nextDue(before: Instant) {
    let first: { deadline: Deadline; key: string; dueAt: Instant; correlationId: string } | undefined;
    for (const deadline of this.parts.deadlines) {
      const { view, column, correlation } = deadline;
      const due = await this.ask(view, { where: { [column]: { from: '', to: before } }, orderBy: { column } });
      const found = due.find(({ key, row }) => !this.sent.has(occasionId(deadline.name, `${key}@${String(row[column])}`)));
      const dueAt = String(found?.row[column] ?? FAR);
      if (found && dueAt < (first?.dueAt ?? FAR))
        first = { deadline, key: found.key, dueAt, correlationId: String(found.row[correlation] ?? '') };
    }
    return first;
  }

  private async settle(events: readonly Recorded[]): Promise<void> {
    for (const event of events)
      for (const policy of this.parts.policies) {
        if (!policy.on.includes(event.type)) continue;
        const facts = await policy.facts(event, this.ask, this.now);
        for (const command of policy.react(event, facts)) {
          const occasion = `${event.id}/${command.aggregate.category}-${command.id}/${command.type}`;
          const { correlationId } = event.metadata;
          await this.follow(command, { id: occasionId(policy.name, occasion), correlationId, causationId: event.id });
        }
      }
  }

  private async follow(
    command: Addressed,
    occasion: { id: string; correlationId: string; causationId?: string; at?: Instant },
  ): Promise<void> {
    const answer = await this.write(command, { ...occasion, by: SYSTEM });
    if (!isRejection(answer)) return this.settle(answer);
    this.refused.set(answer.code, (this.refused.get(answer.code) ?? 0) + 1);
  }

  private async write({ aggregate, id, type, data }: Addressed, occasion: { id: string; by: Actor; correlationId: string; at?: Instant }) {
    const handled = await handle(this.journal, aggregate, id, { at: this.now, ...occasion, type, data });
    if (isRejection(handled)) return handled;
    if (!handled.repeated) this.streams.set(`${aggregate.category}-${id}`, handled.events);
    const events = handled.events.filter(({ metadata }) => metadata.commandId === occasion.id);
    for (const event of events) {
      this.events += 1;
      const { position: _, ...told } = event;
      this.digest.update(canonicalText(told as unknown as JsonObject));
    }
    await this.show(events);
    events.forEach(this.watch);
    return events;
  }

  private async show(events: readonly Recorded[]): Promise<void> {
    const last = events.at(-1);
    if (!last) return;
    const changed = new Map<string, ReturnType<typeof projectBatch>>();
    for (const view of this.parts.views) {
      const seen = events.filter(({ stream }) => view.categories.includes(stream.slice(0, stream.indexOf('-'))));
      if (seen.length === 0) continue;
      const changes = projectBatch(view, seen, await this.rows.current(view.name, keysOfBatch(view, seen)));
      if (changes.length > 0) changed.set(view.name, changes);
    }
    await this.rows.write(changed, last.position);
  }
}
