import { type Ask, type Deadline, type Journal, occasionId, pause, plus, type Policy, type Recorded } from '@hospital/kernel';
import type { Lease } from './lease';
import { follow, SoleTask, type Solo } from './following';
import { because, send } from './sending';
import type { Views } from './views';

/** Runs the policies of a context over its events, each event once. */
export class Policies {
  private readonly tasks: readonly SoleTask[];

  constructor(
    context: string,
    policies: readonly Policy[],
    private readonly journal: Journal,
    private readonly views: Views,
    private readonly solo: Solo,
  ) {
    this.tasks = policies.map((policy) =>
      follow(`${context}.${policy.name}`, policy.categories, solo, async (events) => {
        for (const event of events) if (policy.on.includes(event.type)) await this.react(policy, event);
      }),
    );
  }

  onApplicationBootstrap(): void {
    for (const task of this.tasks) task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.tasks.map((task) => task.stop()));
  }

  private async react(policy: Policy, event: Recorded): Promise<void> {
    const ask: Ask = (view, query) => this.views.query(view, query, { waitFor: event.position });
    const commands = policy.react(event, await policy.facts(event, ask));
    for (const [n, command] of commands.entries())
      await send(this.journal, command, because(event, occasionId(policy.name, event.id, n), this.journal.clock.now()), this.solo.log);
  }
}

const PAGE = 100;
/** Views that move all the time are looked at this often (ms); what is recorded is the due instant, not this one. */
const LOOK_EVERY = 100;
const FAR = '9999-12-31T23:59:59.999Z';

/** Sends the commands that have become due, as of their due instant, also those that came due while nothing ran. */
export class Deadlines {
  private readonly tasks: readonly SoleTask[];

  constructor(
    context: string,
    deadlines: readonly Deadline[],
    private readonly journal: Journal,
    private readonly views: Views,
    private readonly solo: Solo,
  ) {
    this.tasks = deadlines.map((deadline) => new SoleTask(`${context}.${deadline.name}`, solo, (lease) => this.keep(deadline, lease)));
  }

  onApplicationBootstrap(): void {
    for (const task of this.tasks) task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.tasks.map((task) => task.stop()));
  }

  private async keep(deadline: Deadline, lease: Lease): Promise<void> {
    while (lease.held) {
      // Made before looking, so that nothing that moves meanwhile is missed.
      const moved = new AbortController();
      const wake = (): void => moved.abort();
      this.views.onMoved.add(wake);
      lease.signal.addEventListener('abort', wake, { once: true });
      try {
        const next = await this.settle(deadline);
        await this.journal.clock.until(next, moved.signal);
        if (moved.signal.aborted) await pause(LOOK_EVERY, lease.signal);
      } finally {
        this.views.onMoved.delete(wake);
        lease.signal.removeEventListener('abort', wake);
      }
    }
  }

  /** Does what is due; says when to look again at the latest. */
  private async settle({ name, view, column, correlation, whenDue }: Deadline): Promise<string> {
    const now = this.journal.clock.now();
    const rows = await this.views.query(view, { where: { [column]: { from: '', to: FAR } }, orderBy: { column }, limit: PAGE });
    const due = rows.filter(({ row }) => String(row[column]) <= now);
    for (const { key, row } of due) {
      const dueAt = String(row[column]);
      const id = occasionId(name, `${key}@${dueAt}`);
      await send(this.journal, whenDue(key, dueAt), { id, at: dueAt, correlationId: String(row[correlation] ?? id) }, this.solo.log);
    }
    if (due.length > 0) return plus(now, 1_000);
    return rows[0] ? String(rows[0].row[column]) : FAR;
  }
}
