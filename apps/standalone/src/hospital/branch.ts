import { publicEvent } from '@hospital/contracts';
import { KeyVault, type Engines } from '@hospital/engines';
import {
  type Actor,
  type Addressed,
  type AnyView,
  type Clock,
  type Deadline,
  handle,
  type History,
  type Instant,
  isRejection,
  type Journal,
  NAMESPACE,
  occasionId,
  type Policy,
  type Recorded,
  type Rejection,
  uuidV5,
} from '@hospital/kernel';
import { attributesOf, type Hears, Lease, SYSTEM, type Tells, Views } from '@hospital/service';
import type { Logger } from 'pino';
import { AheadStore } from './ahead-store';
import { Rows } from './rows';

/** A context apart from any machine: what it knows and does by itself while its history is written. */
export interface Parts {
  readonly name: string;
  readonly aggregates: readonly { readonly category: string }[];
  readonly history: History;
  readonly tells: Tells;
  readonly hears?: Hears;
  /** All of them, for the suite that starts. */
  readonly views: readonly AnyView[];
  readonly policies?: readonly Policy[];
  readonly deadlines?: readonly Deadline[];
}

export interface Surroundings {
  readonly clock: Clock;
  readonly engines: Engines;
  readonly masterKey: Buffer;
  readonly log: Logger;
  /** Has work done at an instant. */
  readonly later: (at: Instant, work: () => Promise<void>) => void;
  /** Sees every event, in order. */
  readonly watch: (event: Recorded) => void;
  /** Passes a public event on to the others. */
  readonly told: (from: string, event: ReturnType<typeof publicEvent>) => Promise<void>;
}

/**
 * One context on a virtual clock: its own deciders, policies and deadlines, on its own store, one command after the other. What the
 * running suite does by tasks of their own happens here at once, under the same ids, so that doing it again changes nothing.
 */
export class Branch {
  private readonly store: AheadStore;
  private readonly journal: Journal;
  private readonly rows: Rows;
  private readonly group: string;
  private readonly awaited = new Set<string>();
  private commands = 0;
  events = 0;

  constructor(
    private readonly parts: Parts,
    private readonly seed: number,
    private readonly around: Surroundings,
  ) {
    const { clock, engines, masterKey } = around;
    this.store = new AheadStore(engines.store);
    const vault = new KeyVault(this.store, clock, masterKey, parts.name);
    this.journal = { store: this.store, clock, history: parts.history, vault };
    this.rows = new Rows(parts.views);
    this.group = `${parts.name}.hear`;
  }

  get ask(): Rows['ask'] {
    return this.rows.ask;
  }

  /** Somebody's wish, and all that follows from it by itself. */
  async does(wish: Addressed, by: Actor): Promise<readonly Recorded[] | Rejection> {
    const id = this.nextId();
    const answer = await this.write(wish, { id, by, correlationId: id });
    if (!isRejection(answer)) await this.settle(answer);
    return answer;
  }

  /** Of a command to come: what it makes can be named after it. */
  nextId(): string {
    return uuidV5(NAMESPACE, `hospital/${this.seed}/${this.parts.name}/${(this.commands += 1)}`);
  }

  /** As the suite hears a message of another context. */
  async hear(message: ReturnType<typeof publicEvent>): Promise<void> {
    const { id: causationId, time: at, correlationid: correlationId } = message;
    for (const [n, command] of (this.parts.hears?.(message) ?? []).entries())
      await this.follow(command, { id: occasionId(this.group, causationId, n), at, correlationId, causationId });
  }

  /** Everything is on the disk, the views show it, and whoever goes through these events later goes on at their end. */
  async finish(owner: string, tasks: readonly string[]): Promise<void> {
    await this.store.settled();
    const { engines, clock, log } = this.around;
    const { aggregates, history, views } = this.parts;
    const categories = aggregates.map(({ category }) => category);
    const shown = new Views(views, { categories, store: engines.store, rows: engines.views, history, log, clock });
    await shown.onApplicationBootstrap();
    await shown.caughtUp();
    await shown.beforeApplicationShutdown();
    const end = this.store.end;
    for (const task of [...tasks, ...(this.parts.policies ?? []).map(({ name }) => name)]) {
      const { signal } = new AbortController();
      const lease = (await Lease.acquire(engines.store, clock, `${this.parts.name}.${task}`, { owner, signal }))!;
      if (end > 0n) await lease.advance(end);
      await lease.release();
    }
  }

  private async settle(events: readonly Recorded[]): Promise<void> {
    const { policies = [], tells, name } = this.parts;
    for (const event of events) {
      const told = tells(event);
      if (told) await this.around.told(name, publicEvent(name, told.type, told.data, attributesOf(event)));
      for (const policy of policies) {
        if (!policy.on.includes(event.type)) continue;
        const facts = await policy.facts(event, this.ask, this.around.clock.now());
        for (const command of policy.react(event, facts)) {
          const occasion = `${event.id}/${command.aggregate.category}-${command.id}/${command.type}`;
          const { correlationId } = event.metadata;
          await this.follow(command, { id: occasionId(policy.name, occasion), correlationId, causationId: event.id });
        }
      }
    }
  }

  private async follow(command: Addressed, occasion: Occasion): Promise<void> {
    const answer = await this.write(command, { ...occasion, by: SYSTEM });
    if (!isRejection(answer)) await this.settle(answer);
  }

  private async write({ aggregate, id, type, data }: Addressed, occasion: Occasion & { by: Actor }) {
    const handled = await handle(this.journal, aggregate, id, { at: this.around.clock.now(), ...occasion, type, data });
    if (isRejection(handled)) return handled;
    const events = handled.events.filter(({ metadata }) => metadata.commandId === occasion.id);
    this.events += events.length;
    this.rows.see(events, (view, key, row) => this.due(view, key, String(row['correlationId'] ?? '')));
    events.forEach(this.around.watch);
    return events;
  }

  /** What has become due at an instant is done then, unless it is due at another by then. */
  private due(view: string, key: string, correlationId: string): void {
    for (const deadline of this.parts.deadlines ?? []) {
      const dueAt = deadline.view === view ? this.rows.row(view, key)?.[deadline.column] : null;
      if (typeof dueAt !== 'string' || this.awaited.has(`${deadline.name}/${key}@${dueAt}`)) continue;
      this.awaited.add(`${deadline.name}/${key}@${dueAt}`);
      this.around.later(dueAt, async () => {
        if (this.rows.row(view, key)?.[deadline.column] !== dueAt) return;
        const id = occasionId(deadline.name, `${key}@${dueAt}`);
        await this.follow(deadline.whenDue(key, dueAt), { id, at: dueAt, correlationId: correlationId || id });
      });
    }
  }
}

interface Occasion {
  readonly id: string;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly at?: Instant;
}
