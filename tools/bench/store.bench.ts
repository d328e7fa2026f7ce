import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_STREAM, type Proposed } from '@hospital/kernel';
import { proposedAt } from '@hospital/kernel/testing';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';

/** One measurement; `ratio` is against the peer measured in the same run. */
export interface BenchRow {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly ratio?: number;
  readonly goal?: string;
}

const workOrder = (stream: string, expected: number, count: number): readonly Proposed[] =>
  proposedAt(
    stream,
    expected,
    Array.from({ length: count }, (_, n) => ({
      type: 'WorkOrderAssigned',
      data: { technician: `pn_${n}`, note: '三楼手术室空调故障，请尽快处理', priority: 'high', room: 'OR-3', minutes: n },
    })),
  );

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-store-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One caller, one durable event at a time, against one write and `fdatasync` of the same bytes. */
export const durableAppend = (appends = 2_000): Promise<readonly BenchRow[]> =>
  inFolder(async (folder) => {
    const store = new EmbeddedEventStore(join(folder, 'events.db'));
    const log = openSync(join(folder, 'log'), 'w');
    const [bare, durable]: [number[], number[]] = [[], []];
    for (let n = 0; n < appends; n += 1) {
      const events = workOrder('workOrder-1', n - 1, 1);
      const line = JSON.stringify(events);
      const started = performance.now();
      writeSync(log, line);
      fdatasyncSync(log);
      const between = performance.now();
      await store.append('workOrder-1', n - 1, events);
      bare.push(between - started);
      durable.push(performance.now() - between);
    }
    closeSync(log);
    await store.close();
    const [peer, own] = [median(bare) * 1_000, median(durable) * 1_000];
    return [
      { name: 'write and fdatasync, p50', value: peer, unit: 'µs' },
      { name: 'durable append, one caller, p50', value: own, unit: 'µs', ratio: own / peer, goal: 'ratio ≤ 1.5' },
    ];
  });

/** The least a durable log can do: lines that wait together are written and synced together. */
class BareLog {
  private waiting: { line: string; done: () => void }[] = [];
  constructor(private readonly file: number) {}
  append(events: readonly Proposed[]): Promise<void> {
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
}

/** Many callers, each with a stream of its own, each waiting for its answer before it appends again. */
export const concurrentAppends = (callers = 256, each = 40): Promise<readonly BenchRow[]> =>
  inFolder(async (folder) => {
    const prepared = Array.from({ length: callers }, (_, caller) =>
      Array.from({ length: each }, (_, n) => workOrder(`workOrder-${caller}`, n - 1, 1)),
    );
    const rate = async (append: (stream: string, expected: number, events: readonly Proposed[]) => Promise<unknown>): Promise<number> => {
      const started = performance.now();
      await Promise.all(
        prepared.map(async (appends, caller) => {
          for (const [n, events] of appends.entries()) await append(`workOrder-${caller}`, n - 1, events);
        }),
      );
      return (callers * each * 1_000) / (performance.now() - started);
    };
    const store = new EmbeddedEventStore(join(folder, 'events.db'));
    const file = openSync(join(folder, 'log'), 'w');
    const log = new BareLog(file);
    const peer = await rate((_, __, events) => log.append(events));
    const own = await rate((stream, expected, events) => store.append(stream, expected, events));
    closeSync(file);
    await store.close();
    return [
      { name: `bare group-commit log, ${callers} callers`, value: peer, unit: 'appends/s' },
      { name: `durable append, ${callers} callers`, value: own, unit: 'appends/s', ratio: own / peer, goal: 'ratio ≥ 0.45' },
    ];
  });

/** Reading a long stream and folding it. */
export const rehydrate = (length = 10_000, times = 9): Promise<readonly BenchRow[]> =>
  inFolder(async (folder) => {
    const store = new EmbeddedEventStore(join(folder, 'events.db'));
    for (let at = NO_STREAM; at < length - 1; at += 500) await store.append('workOrder-1', at, workOrder('workOrder-1', at, 500));
    const runs: number[] = [];
    for (let n = 0; n < times; n += 1) {
      const started = performance.now();
      let minutes = 0;
      for (const { data } of await store.read('workOrder-1')) minutes += data['minutes'] as number;
      runs.push(performance.now() - started);
      if (minutes === 0) throw new Error('nothing was folded');
    }
    await store.close();
    return [{ name: `read and fold a stream of ${length} events, p50`, value: median(runs), unit: 'ms', goal: '≤ 30 ms' }];
  });
