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

/** From sending a mutation until the answer of a query that shows it, over HTTP; see {@link Load}. */
export const visibleFigures = (): Promise<readonly Figure[]> =>
  inFolder(async (folder) => {
    const server = await startSuite(join(folder, 'data'));
    try {
      const load = (part: Pick<Load, 'of' | 'rate' | 'seconds' | 'warmUpSeconds'>): Promise<Loaded> => {
        const tokens = {
          reporter: tokenOf(server, 'clinician'),
          technician: tokenOf(server, 'technician'),
          administrator: tokenOf(server, 'administrator'),
        };
        const whole: Load = { ...part, url: server.url, ...tokens };
        return program<Loaded>('load', JSON.stringify(whole));
      };
      const [own, floor]: [Loaded[], Loaded[]] = [[], []];
      for (let turn = 0; turn < TURNS; turn += 1) {
        floor.push(await load({ of: 'nothing', rate: GOAL_RATE, seconds: 3, warmUpSeconds: 0.5 }));
        own.push(await load({ of: 'mutations', rate: GOAL_RATE, seconds: 4, warmUpSeconds: 2 }));
      }
      let highest = 0;
      for (let rate = GOAL_RATE / STEP ** 2; ; rate *= STEP) {
        if (!sustained(await load({ of: 'mutations', rate, seconds: 3, warmUpSeconds: 1 }))) break;
        highest = rate;
      }
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
        { what: `highest rate of one process with p99 ≤ ${BEARABLE} ms`, ours: 2 * highest, unit: 'requests/s' },
      ];
    } finally {
      await server.stop();
    }
  });
