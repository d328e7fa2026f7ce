import { join } from 'node:path';
import { atMost, type Figure, median } from './figures';
import { inFolder } from './folder';
import type { Load, Loaded } from './load';
import { program } from './programs';
import { startSuite, tokenOf } from './suite';

/** Mutations per second; each is followed by the query that shows it, so that twice as many requests arrive. */
const GOAL_RATE = 250;
const TURNS = 3;
/** A rate is sustained when all of it is answered as expected, and 99 of 100 pairs within this (ms). */
const BEARABLE = 50;
const STEP = 1.3;

const failuresOf = ({ failures }: Loaded): number => Object.values(failures).reduce((sum, count) => sum + count, 0);
const sustained = (loaded: Loaded): boolean => loaded.p99 <= BEARABLE && failuresOf(loaded) === 0;

type Part = Pick<Load, 'of' | 'rate' | 'seconds' | 'warmUpSeconds'>;

/** Loads a suite of its own, with nothing in it yet. */
const loading = <T>(work: (load: (part: Part) => Promise<Loaded>) => Promise<T>): Promise<T> =>
  inFolder(async (folder) => {
    const server = await startSuite(join(folder, 'data'));
    const tokens = {
      reporter: tokenOf(server, 'clinician'),
      technician: tokenOf(server, 'technician'),
      administrator: tokenOf(server, 'administrator'),
    };
    try {
      return await work((part) => program<Loaded>('load', JSON.stringify({ ...part, url: server.url, ...tokens } satisfies Load)));
    } finally {
      await server.stop();
    }
  });

/** Work that an overloaded suite has left undone would be charged to the next rate: this begins anew, and ends at the first too high. */
const highestRate = (): Promise<number> =>
  loading(async (load) => {
    let highest = 0;
    for (let rate = GOAL_RATE / STEP ** 5; ; rate *= STEP) {
      if (!sustained(await load({ of: 'mutations', rate, seconds: 3, warmUpSeconds: 1 }))) return highest;
      highest = rate;
    }
  });

/** From sending a mutation until the answer of a query that shows it, over HTTP; see {@link Load}. */
export async function visibleFigures(): Promise<readonly Figure[]> {
  const [own, floor]: [Loaded[], Loaded[]] = [[], []];
  await loading(async (load) => {
    for (let turn = 0; turn < TURNS; turn += 1) {
      floor.push(await load({ of: 'nothing', rate: GOAL_RATE, seconds: 3, warmUpSeconds: 0.5 }));
      own.push(await load({ of: 'mutations', rate: GOAL_RATE, seconds: 4, warmUpSeconds: 2 }));
    }
  });
  const figure = (what: string, of: (loaded: Loaded) => number) => ({
    what,
    ours: median(own.map(of)),
    unit: 'ms',
    peer: { what: 'two requests that do nothing', value: median(floor.map(of)) },
  });
  const requests = 2 * GOAL_RATE;
  return [
    figure(`mutation → visible in a query at ${requests} requests/s, p50`, ({ p50 }) => p50),
    { ...figure(`mutation → visible in a query at ${requests} requests/s, p99`, ({ p99 }) => p99), goal: atMost(5) },
    { what: 'of these pairs, answered otherwise than expected', ours: Math.max(...own.map(failuresOf)), unit: '', goal: atMost(0) },
    { what: `highest rate of one process with p99 ≤ ${BEARABLE} ms`, ours: 2 * (await highestRate()), unit: 'requests/s' },
  ];
}
