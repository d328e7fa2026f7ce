import { Worker } from 'node:worker_threads';
import { refuse } from '@hospital/service';
import { parse } from 'graphql';
import { personalIn, scopesIn } from '../scopes';
import type { Graph, Planned, Types } from './planner';

/** Finds out how documents run that nobody has sent before. */
export interface Planning {
  readonly types: Promise<Types>;
  plan(query: string, operationName: string | undefined): Promise<Planned>;
  end(): Promise<void>;
}

type Given = Omit<Graph, 'personal'>;
const wholeOf = (graph: Given): Graph => ({ ...graph, personal: personalIn(scopesIn(parse(graph.supergraph))) });

/** In this thread: what is planned is waited for by everybody. */
export function planHere(graph: Given): Planning {
  // Whoever plans beside needs no planner here.
  const planner = import('./planner').then(({ plannerOf }) => plannerOf(wholeOf(graph)));
  return {
    types: planner.then(({ types }) => types),
    plan: async (query, operationName) => (await planner).plan(query, operationName),
    end: async () => undefined,
  };
}

export interface Question {
  readonly id: number;
  readonly query: string;
  readonly operationName: string | undefined;
}
export interface Reply {
  /** Absent: of no question, the planner has begun. */
  readonly id?: number;
  readonly types?: Types;
  readonly planned?: Planned;
  readonly failed?: string;
}

/** So many documents wait at most; who sends one more is sent away. */
const WAITING = 500;

/** In a thread of its own, which runs the bundle `file`; one that ends is replaced with the next document. */
export function planBeside(file: string, graph: Given): Planning {
  const waiting = new Map<number, { resolve: (planned: Planned) => void; reject: (error: Error) => void }>();
  let asked = 0;
  let thread: Worker | undefined;
  let begun: (types: Types) => void;
  let broken: (error: Error) => void;
  const types = new Promise<Types>((resolve, reject) => ([begun, broken] = [resolve, reject]));
  // Whoever waits for it is told; nobody may.
  types.catch(() => undefined);

  const begin = (): Worker => {
    const started = new Worker(file, { workerData: wholeOf(graph) });
    const lost = (why: Error): void => {
      if (thread === started) thread = undefined;
      broken(why);
      for (const { reject } of waiting.values()) reject(why);
      waiting.clear();
    };
    started.on('message', ({ id, types: said, planned, failed }: Reply) => {
      if (id === undefined) return begun(said!);
      const asker = waiting.get(id);
      waiting.delete(id);
      if (planned) asker?.resolve(planned);
      else asker?.reject(new Error(`The planner failed: ${failed}`));
    });
    started.on('error', lost).on('exit', () => lost(new Error('The planner has ended.')));
    return started;
  };
  thread = begin();

  return {
    types,
    async plan(query, operationName) {
      if (waiting.size >= WAITING) throw refuse('TOO_MANY_NEW_DOCUMENTS', 'Too many documents are new at once; try again.', 'query', 503);
      const id = (asked += 1);
      thread ??= begin();
      thread.postMessage({ id, query, operationName } satisfies Question);
      return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    },
    async end() {
      await thread?.terminate();
    },
  };
}
