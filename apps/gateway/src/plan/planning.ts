import { Worker } from 'node:worker_threads';
import { refuse } from '@hospital/service';
import { type DocumentNode, parse } from 'graphql';
import { personalIn, scopesIn } from '../scopes';
import type { Graph, Planned, Types } from './planner';

/** Finds out how documents run that nobody has sent before. */
export interface Planning {
  /** The supergraph. */
  readonly graph: DocumentNode;
  readonly types: Promise<Types>;
  plan(query: string, operationName: string | undefined): Promise<Planned>;
  end(): Promise<void>;
}

type Given = Omit<Graph, 'personal'>;

function read(given: Given): { readonly graph: DocumentNode; readonly whole: Graph } {
  const graph = parse(given.supergraph, { noLocation: true });
  return { graph, whole: { ...given, personal: personalIn(scopesIn(graph)) } };
}

/** In this thread: what is planned is waited for by everybody. */
export function planHere(given: Given): Planning {
  const { graph, whole } = read(given);
  // Whoever plans beside needs no planner here.
  const planner = import('./planner').then(({ plannerOf }) => plannerOf(whole));
  return {
    graph,
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

/** Young objects of the planner's thread (MB): what it would keep beyond saves it no time that could be measured. */
const YOUNG_MB = 12;
/** So many documents wait at most; who sends one more is sent away. */
const WAITING = 500;

/** In a thread of its own, which runs the bundle `file`; one that ends is replaced with the next document. */
export function planBeside(file: string, given: Given): Planning {
  const { graph, whole } = read(given);
  const waiting = new Map<number, { resolve: (planned: Planned) => void; reject: (error: Error) => void }>();
  let asked = 0;
  let thread: Worker | undefined;
  let begun: (types: Types) => void;
  let broken: (error: Error) => void;
  const types = new Promise<Types>((resolve, reject) => ([begun, broken] = [resolve, reject]));
  // Whoever waits for it is told; nobody may.
  types.catch(() => undefined);

  const begin = (): Worker => {
    const started = new Worker(file, { workerData: whole, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
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
    graph,
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
