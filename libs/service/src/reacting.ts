import { type Addressed, type Deadline, type Instant, later, occasionId, pause, type Policy, type Query } from '@hospital/kernel';
import type { Context } from './context';
import { follow, SoleTask } from './following';
import type { Lease } from './lease';
import { because, send } from './sending';
import type { Views } from './views';

/** Runs a policy over the context's events, each event once. */
export const reacting = (context: Context, views: Views, policy: Policy): SoleTask =>
  follow(context, policy.name, policy.categories, async (events, lease) => {
    for (const event of events.filter(({ type }) => policy.on.includes(type))) {
      lease.signal.throwIfAborted();
      const now = later(context.clock.now(), event.metadata.recordedAt);
      const facts = await policy.facts(event, (view, query) => views.query(view, query, { waitFor: event.position }), now);
      // By its receiver, not by its place in the list: done again after a crash, the facts and with them the list may differ.
      const idOf = ({ aggregate, id, type }: Addressed): string =>
        occasionId(policy.name, `${event.id}/${aggregate.category}-${id}/${type}`);
      // At once: what waits together is written together.
      await Promise.all(policy.react(event, facts).map((command) => send(context, command, because(event, idOf(command), now))));
    }
  });

const PAGE = 100;
/** Views that move all the time are looked at this often (ms); what is recorded is the due instant, not this one. */
export const LOOK_EVERY = 100;
export const FAR: Instant = '9999-12-31T23:59:59.999Z';

/** Sends the commands that have become due, as of their due instant, also those that came due while nothing ran. */
export const keeping = (context: Context, views: Views, deadline: Deadline): SoleTask =>
  new SoleTask(context, deadline.name, async (lease) => {
    let sent: ReadonlySet<string> = new Set();
    while (lease.held) {
      // Made before looking, so that nothing that moves meanwhile is missed.
      const moved = new AbortController();
      const wake = (): void => moved.abort();
      views.onMoved.add(wake);
      lease.signal.addEventListener('abort', wake);
      try {
        const { due, next } = await settle(context, views, deadline, lease, sent);
        sent = due;
        await context.clock.until(next, moved.signal);
        if (moved.signal.aborted) await pause(LOOK_EVERY, lease.signal);
      } finally {
        views.onMoved.delete(wake);
        lease.signal.removeEventListener('abort', wake);
      }
    }
  });

/** Rows in the order in which they become due. */
export async function* inOrder(views: Views, { view, column }: Pick<Deadline, 'view' | 'column'>) {
  const page = { where: { [column]: { from: '', to: FAR } }, orderBy: { column }, limit: PAGE };
  let after: Query['after'];
  do {
    const rows = await views.query(view, { ...page, ...(after ? { after } : {}) });
    for (const { key, row } of rows) yield { key, row, dueAt: String(row[column]) };
    const last = rows.at(-1);
    after = last && rows.length === PAGE ? { value: String(last.row[column]), key: last.key } : undefined;
  } while (after);
}

/**
 * Does what is due and was not sent yet; says what is due, and when the next will be. A row stays due until the view has seen what
 * its command led to, or for ever when that was nothing. One that fails holds up no other.
 */
async function settle(context: Context, views: Views, deadline: Deadline, lease: Lease, sent: ReadonlySet<string>) {
  const now = context.clock.now();
  const due = new Set<string>();
  const failures: unknown[] = [];
  let next = FAR;
  for await (const { key, row, dueAt } of inOrder(views, deadline)) {
    if (dueAt > now) next = dueAt;
    if (dueAt > now || !lease.held) break;
    const id = occasionId(deadline.name, `${key}@${dueAt}`);
    due.add(id);
    if (sent.has(id)) continue;
    const occasion = { id, at: dueAt, correlationId: String(row[deadline.correlation] ?? id), drill: row['drill'] === true };
    try {
      await send(context, deadline.whenDue(key, dueAt), occasion);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of what is due could not be done`);
  return { due, next };
}
