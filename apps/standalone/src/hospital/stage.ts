import { assets } from '@hospital/assets';
import { energy } from '@hospital/energy';
import type { Engines } from '@hospital/engines';
import { inventory } from '@hospital/inventory';
import {
  type Actor,
  type Addressed,
  DAY,
  idFrom,
  idOf,
  type Instant,
  isRejection,
  later as laterOf,
  millis,
  MINUTE,
  plus,
  type Recorded,
} from '@hospital/kernel';
import { staffing } from '@hospital/staffing';
import { workorders } from '@hospital/workorders';
import type { Logger } from 'pino';
import { Agenda } from './agenda';
import { Branch, type Parts } from './branch';
import { Chance } from './chance';

export interface Plan {
  readonly seed: number;
  readonly months: number;
  readonly requestsPerMonth: number;
  /** The instant at which history ends and the suite goes on. */
  readonly end: Instant;
}

export type Machines = Readonly<Record<'workorders' | 'staffing' | 'assets' | 'inventory' | 'energy', Engines>>;

export const MONTH = (365 / 12) * DAY;

export const actor = (id: string, role: string): Actor => ({ id, kind: 'person', roles: [role] });
export const ADMINISTRATOR = actor('demo-setup', 'administrator');
export const DESK = actor('demo-dispatcher', 'dispatcher');

export const dateOf = (at: Instant): string => at.slice(0, 10);

/** What somebody does when something was recorded of an entity. */
type Answer = (id: string, event: Recorded) => void;

/** The hospital on a virtual clock: its five contexts, and what its people are going to do next. */
export class Stage {
  readonly start: Instant;
  readonly chance: Chance;
  readonly orders: Branch;
  readonly staff: Branch;
  readonly things: Branch;
  readonly stores: Branch;
  readonly meters: Branch;
  now: Instant;
  private readonly agenda = new Agenda();
  private readonly branches = new Map<string, Branch>();
  private readonly recorded: Recorded[] = [];
  private readonly answers = new Map<string, Answer[]>();

  constructor(
    readonly plan: Plan,
    machines: Machines,
    masterKey: Buffer,
    log: Logger,
  ) {
    this.start = this.now = plus(plan.end, -plan.months * MONTH);
    this.chance = new Chance(plan.seed);
    const branch = (parts: Parts): Branch => {
      const made = new Branch(parts, plan.seed, {
        ...{
          clock: { now: () => this.now, until: async () => undefined },
          engines: machines[parts.name as keyof Machines],
          masterKey,
          log,
        },
        later: this.later,
        watch: (event) => this.recorded.push(event),
        told: async (from, event) => {
          for (const [name, other] of this.branches) if (name !== from) await other.hear(event);
        },
      });
      this.branches.set(parts.name, made);
      return made;
    };
    // News of a year ago would reach nobody: who is told of what is left out.
    const policies = workorders.policies.filter(({ name }) => name !== 'tell-concerned');
    this.orders = branch({ ...workorders, name: 'workorders', policies });
    this.staff = branch(staffing);
    this.things = branch(assets);
    this.stores = branch(inventory);
    this.meters = branch(energy);
  }

  readonly later = (at: Instant, work: () => Promise<void>): void => this.agenda.add(at, work);

  /** A while from now, in minutes. */
  within(low: number, high: number): Instant {
    return plus(this.now, this.chance.between(low, high) * MINUTE);
  }

  /** The id of something that the next command makes. */
  named(of: Branch, prefix: string): string {
    return idFrom(prefix, '', of.nextId());
  }

  /** From now on somebody looks at what happens to the entities of a category. */
  watch(category: string, answer: Answer): void {
    this.answers.set(category, [...(this.answers.get(category) ?? []), answer]);
  }

  /** A wish of somebody, and what people do about what it led to; false when it was refused. */
  async does(of: Branch, wish: Addressed, by: Actor): Promise<boolean> {
    const answer = await of.does(wish, by);
    this.answer();
    return !isRejection(answer);
  }

  /** Everything that was planned, and what it leads to, until history ends. */
  async run(progress: (share: number) => void): Promise<void> {
    const { end } = this.plan;
    const span = millis(end) - millis(this.start);
    for (let entry = this.agenda.next(); entry && entry.at < end; entry = this.agenda.next()) {
      this.now = laterOf(this.now, entry.at);
      await entry.work();
      this.answer();
      progress((millis(this.now) - millis(this.start)) / span);
    }
    this.now = end;
  }

  /** Everything is on the disk; how many events that are. */
  async finish(owner: string): Promise<number> {
    await this.orders.finish(owner, [
      'tell',
      'forget-TechnicianForgotten',
      'forget-ReporterContactForgotten',
      'forget-VendorContactForgotten',
      'tell-concerned',
    ]);
    await this.staff.finish(owner, ['tell', 'forget-PersonForgotten']);
    for (const other of [this.things, this.stores, this.meters]) await other.finish(owner, ['tell']);
    return [...this.branches.values()].reduce((sum, { events }) => sum + events, 0);
  }

  private answer(): void {
    for (const event of this.recorded.splice(0))
      for (const answer of this.answers.get(event.stream.slice(0, event.stream.indexOf('-'))) ?? []) answer(idOf(event.stream), event);
  }
}
