import { type Addressed, type JsonObject, occasionId, pause } from '@hospital/kernel';
import { type Context, FAR, inOrder, LOOK_EVERY, send, SoleTask, type Views } from '@hospital/service';

/** What is to be brought to somebody outside: rows of a view, each when the instant in its column has come. */
export interface Delivery {
  /** Kebab-case, for ever: part of the commands' ids. */
  readonly name: string;
  readonly view: string;
  /** Holds an instant, or null when there is nothing (more) to bring. */
  readonly column: string;
  /** Holds whose it is: each recipient is brought one thing at a time, so that nobody waits for somebody else. */
  readonly recipient: string;
  /** Holds how often it was tried before, which tells one attempt from another. */
  readonly tries: string;
  /** Holds the correlation id that the outcome goes on with. */
  readonly correlation: string;
  /** Brings it, personal values opened. After a crash it is brought again: the key must go along. @throws {Undelivered} */
  bring(key: string, row: JsonObject, signal: AbortSignal): Promise<void>;
  /** What to record of it. */
  outcome(key: string, row: JsonObject, failure: Undelivered | undefined): Addressed;
}

/** It did not arrive, as far as anybody knows. */
export class Undelivered extends Error {
  override readonly name = 'Undelivered';
  constructor(
    /** Short, SCREAMING_SNAKE, without a personal word. */
    readonly code: string,
    /** The same again would fare no better. */
    readonly hopeless = false,
  ) {
    super(code);
  }
}

/** While nobody more can be served, no more rows than this are looked at. */
const LOOK_AT = 1_000;

type Due = { readonly id: string; readonly key: string; readonly row: JsonObject };

/**
 * Brings what is due, to `atOnce` recipients at a time, who have `patience` (ms): outside at least once each time, on record exactly
 * once. An exercise never leaves the house.
 */
export const delivering = (context: Context, views: Views, delivery: Delivery, { atOnce = 8, patience = 10_000 } = {}): SoleTask =>
  new SoleTask(context, delivery.name, async (lease) => {
    const { clock, vault, log } = context;
    /** Recipients that are being served. */
    const busy = new Map<string, Promise<void>>();
    /** On record, though the view may not have seen it yet. */
    let done = new Set<string>();
    /** What keeps outcomes from being recorded: then nothing more may leave. */
    let broken: unknown;
    let moved = new AbortController();
    const wake = (): void => moved.abort();

    const serve = async ({ id, key, row }: Due): Promise<void> => {
      const opened = await vault.open(row);
      if (!lease.held || broken !== undefined) return;
      const failure = await within(patience, lease.signal, (signal) => delivery.bring(key, opened, signal));
      // Interrupted: nobody knows, so it is brought again.
      if (failure && lease.signal.aborted) return;
      if (failure) log.warn({ delivery: delivery.name, key, code: failure.code }, 'could not be delivered');
      const correlationId = String(row[delivery.correlation] ?? id);
      await send(context, delivery.outcome(key, row, failure), { id, at: clock.now(), correlationId });
      done.add(id);
    };
    /** More may be put into the queue meanwhile. */
    const serveAll = async (queue: readonly Due[]): Promise<void> => {
      for (const one of queue) await serve(one);
    };

    /** Begins with what is due for whoever is not being served; says until when there is nothing more to do. */
    const begin = async (): Promise<string> => {
      const due = new Set<string>();
      const begun = new Map<string, Due[]>();
      let next = FAR;
      for await (const { key, row, dueAt } of inOrder(views, delivery)) {
        if (dueAt > clock.now()) {
          next = dueAt;
          break;
        }
        const id = occasionId(delivery.name, `${key}/${String(row[delivery.tries])}@${dueAt}`);
        due.add(id);
        if (done.has(id) || row['drill'] === true) continue;
        const whose = String(row[delivery.recipient]);
        if (busy.has(whose)) begun.get(whose)?.push({ id, key, row });
        else if (busy.size < atOnce) {
          const queue = [{ id, key, row }];
          begun.set(whose, queue);
          const work = serveAll(queue).catch((error: unknown) => (broken ??= error));
          const freed = work.then(() => void busy.delete(whose)).then(wake);
          busy.set(whose, freed);
        } else if (due.size >= LOOK_AT) return FAR; // Whoever is finished wakes us.
      }
      done = new Set([...done].filter((id) => due.has(id)));
      return next;
    };

    views.onMoved.add(wake);
    lease.signal.addEventListener('abort', wake);
    try {
      while (lease.held && broken === undefined) {
        // Made before looking, so that nothing that moves meanwhile is missed.
        moved = new AbortController();
        await clock.until(await begin(), moved.signal);
        if (moved.signal.aborted) await pause(LOOK_EVERY, lease.signal);
      }
    } finally {
      views.onMoved.delete(wake);
      lease.signal.removeEventListener('abort', wake);
      await Promise.all(busy.values());
    }
    if (broken !== undefined) throw broken as Error;
  });

/** What went wrong, if anything did, in bounded time also when the work does not listen to its signal. */
async function within(ms: number, stop: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<Undelivered | undefined> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  stop.addEventListener('abort', end);
  try {
    const working = work(ending.signal);
    await Promise.race([working, pause(ms, ending.signal).then(() => Promise.reject(new Undelivered('TIMEOUT')))]);
    return undefined;
  } catch (error) {
    // Its text may hold an address: only a code is kept.
    return error instanceof Undelivered ? error : new Undelivered('FAILED');
  } finally {
    stop.removeEventListener('abort', end);
    end();
  }
}
