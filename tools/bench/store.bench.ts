import { closeSync, fdatasyncSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fold, NO_STREAM, type Proposed, readStream } from '@hospital/kernel';
import { workOrder } from '../../apps/workorders/src/domain/work-order';
import { history } from '../../apps/workorders/src/history';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';
import { atLeast, atMost, byTurns, type Figure, median, quantile } from './figures';
import { inFolder } from './folder';
import { nextOf, type Place } from './orders';

/** The least a durable log can do: lines that wait together are written and synced together. */
class BareLog {
  private readonly file: number;
  private waiting: { line: string; done: () => void }[] = [];

  constructor(path: string) {
    this.file = openSync(path, 'w');
  }

  append({ events }: Place): Promise<void> {
    const line = JSON.stringify(events);
    return new Promise((done) => {
      if (this.waiting.push({ line, done }) === 1) setImmediate(() => this.flush());
    });
  }

  private flush(): void {
    const group = this.waiting.splice(0);
    writeSync(this.file, group.map(({ line }) => line).join('\n'));
    fdatasyncSync(this.file);
    for (const { done } of group) done();
  }

  close(): void {
    closeSync(this.file);
  }
}

/** One caller, one durable event after the other, each beside one write and `fdatasync` of the same bytes. */
const oneByOne = (appends = 2_000): Promise<readonly Figure[]> =>
  inFolder(async (folder) => {
    const store = new EmbeddedEventStore(join(folder, 'events.sqlite'));
    const log = openSync(join(folder, 'log'), 'w');
    const [bare, durable]: [number[], number[]] = [[], []];
    for (let n = 0; n < appends; n += 1) {
      const { stream, expected, events } = nextOf(`workOrder-${n}`, NO_STREAM, 1);
      const started = performance.now();
      writeSync(log, JSON.stringify(events));
      fdatasyncSync(log);
      const between = performance.now();
      await store.append(stream, expected, events);
      bare.push(between - started);
      durable.push(performance.now() - between);
    }
    closeSync(log);
    await store.close();
    return [
      {
        what: 'durable append, 1 caller, p50',
        ours: median(durable) * 1_000,
        unit: 'µs',
        peer: { what: 'write and fdatasync', value: median(bare) * 1_000 },
        goal: atMost(1.5, 'ratio'),
      },
    ];
  });

/** Many callers, each with a stream of its own, each waiting for its answer before it appends again. */
const together = (callers: number, each: number, turns = 7): Promise<readonly Figure[]> =>
  inFolder(async (folder) => {
    const store = new EmbeddedEventStore(join(folder, 'events.sqlite'));
    const log = new BareLog(join(folder, 'log'));
    let turn = 0;
    const rate = async (append: (place: Place) => Promise<unknown>): Promise<number> => {
      turn += 1;
      const work = Array.from({ length: callers }, (_, caller) =>
        Array.from({ length: each }, (_, n) => nextOf(`workOrder-${turn}.${caller}`, n - 1, 1)),
      );
      const started = performance.now();
      await Promise.all(
        work.map(async (places) => {
          for (const place of places) await append(place);
        }),
      );
      return (callers * each * 1_000) / (performance.now() - started);
    };
    const { ours, peer } = await byTurns(
      turns,
      () => rate(({ stream, expected, events }) => store.append(stream, expected, events)),
      () => rate((place) => log.append(place)),
    );
    log.close();
    await store.close();
    return [
      {
        what: `durable appends, ${callers} caller${callers === 1 ? '' : 's'}`,
        ours,
        unit: '/s',
        peer: { what: 'bare group-commit log', value: peer },
        ...(callers === 256 ? { goal: atLeast(0.45, 'ratio') } : {}),
      },
    ];
  });

/** A long stream read and folded by the rules of work orders, against parsing the same events from a file. */
const rehydrate = (length = 10_000, turns = 9): Promise<readonly Figure[]> =>
  inFolder(async (folder) => {
    const store = new EmbeddedEventStore(join(folder, 'events.sqlite'));
    const stream = 'workOrder-1';
    let last: Proposed | undefined;
    for (let at = NO_STREAM; at < length - 1; at += 500) {
      const { events } = nextOf(stream, at, 500, last?.metadata.hash);
      await store.append(stream, at, events);
      last = events.at(-1);
    }
    const file = join(folder, 'events.json');
    writeFileSync(
      file,
      JSON.stringify(await store.read(stream), (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
    );

    const timed = async (work: () => Promise<number>): Promise<number> => {
      const started = performance.now();
      if ((await work()) !== length) throw new Error('events are missing');
      return performance.now() - started;
    };
    const { ours, peer } = await byTurns(
      turns,
      () =>
        timed(async () => {
          const events = await readStream({ store, history }, stream);
          return fold(workOrder, events).status === 'unknown' ? 0 : events.length;
        }),
      () => timed(async () => (JSON.parse(readFileSync(file, 'utf8')) as readonly unknown[]).length),
    );
    await store.close();
    return [
      {
        what: `rehydrate a stream of ${length.toLocaleString('en')} events, p50`,
        ours,
        unit: 'ms',
        peer: { what: 'JSON.parse of the same from a file', value: peer },
        goal: atMost(30),
      },
    ];
  });

/** From the call of `append` until a subscription has handed the event over; one event at a time. */
const appendToHandler = (appends = 2_000): Promise<readonly Figure[]> =>
  inFolder(async (folder) => {
    const store = new EmbeddedEventStore(join(folder, 'events.sqlite'));
    const stopping = new AbortController();
    let handled: () => void = () => undefined;
    const following = (async () => {
      for await (const { events } of store.subscribe({ categories: ['workOrder'], signal: stopping.signal }))
        if (events.length > 0) handled();
    })();
    const [durable, delivered]: [number[], number[]] = [[], []];
    for (let n = 0; n < appends; n += 1) {
      const { stream, expected, events } = nextOf(`workOrder-${n}`, NO_STREAM, 1);
      const seen = new Promise<void>((resolve) => (handled = resolve));
      const started = performance.now();
      await store.append(stream, expected, events);
      durable.push(performance.now() - started);
      await seen;
      delivered.push(performance.now() - started);
    }
    stopping.abort();
    await following;
    await store.close();
    return [0.5, 0.99].map((share) => ({
      what: `append → handler, p${share * 100}`,
      ours: quantile(delivered, share) * 1_000,
      unit: 'µs',
      peer: { what: 'the append alone', value: quantile(durable, share) * 1_000 },
    }));
  });

export async function storeFigures(): Promise<readonly Figure[]> {
  return [
    ...(await oneByOne()),
    ...(await together(1, 1_000)),
    ...(await together(16, 250)),
    ...(await together(256, 40)),
    ...(await rehydrate()),
    ...(await appendToHandler()),
  ];
}
