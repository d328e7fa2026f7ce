import type { FetchDataRewrite, FetchNode, PlanNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { Answer, Operation } from '@hospital/service';
import type { GraphQLFormattedError } from 'graphql';
import type { Variables } from '../limits';
import type { Types } from './planner';

type Row = Record<string, unknown>;
type Path = readonly (string | number)[];

/** What one request asks of the contexts while its plan runs. */
export interface Running {
  /** Questions that the plan asks more than once. */
  readonly repeated: ReadonlySet<string>;
  readonly ask: (context: string, operation: Operation) => Promise<Answer>;
  /** As they were sent. */
  readonly variables: Variables;
  /** The same with their defaults. */
  readonly known: Variables;
  readonly subtypes: Types['subtypes'];
}

export interface Told {
  readonly data: Row;
  readonly faults: readonly GraphQLFormattedError[];
}

/** Asks the contexts as the plan says, and puts together what they tell. What goes wrong is told beside what went well. */
export async function execute(plan: PlanNode | undefined, running: Running): Promise<Told> {
  const execution = new Execution(running);
  if (plan) await execution.run(plan, []);
  return execution;
}

class Execution implements Told {
  readonly data: Row = {};
  readonly faults: GraphQLFormattedError[] = [];
  private readonly asked = new Map<string, Promise<Answer>>();

  constructor(private readonly running: Running) {}

  async run(node: PlanNode, path: Path): Promise<void> {
    switch (node.kind) {
      case 'Sequence':
        for (const one of node.nodes) await this.run(one, path);
        return;
      case 'Parallel':
        return void (await Promise.all(node.nodes.map((one) => this.run(one, path))));
      case 'Flatten':
        return this.run(node.node, [...path, ...node.path]);
      case 'Condition': {
        const chosen = this.running.known[node.condition] === true ? node.ifClause : node.elseClause;
        return chosen && this.run(chosen, path);
      }
      case 'Fetch':
        return this.fetch(node, path).catch((error: Error) => {
          this.faults.push({ message: error.message, extensions: { code: 'INTERNAL_SERVER_ERROR', serviceName: node.serviceName } });
        });
      case 'Defer':
        throw new Error('Nothing is answered later here.');
    }
  }

  private async fetch(node: FetchNode, path: Path): Promise<void> {
    const targets = rowsAt(this.data, path);
    if (targets.length === 0) return;
    const variables: Row = {};
    for (const name of node.variableUsages ?? []) {
      const value = Object.hasOwn(this.running.variables, name) ? this.running.variables[name] : undefined;
      if (value !== undefined) variables[name] = value;
    }
    if (node.requires) return this.fetchEntities(node, path, targets, variables, node.requires);
    const { data, errors } = await this.ask(node, variables);
    for (const error of errors ?? []) this.fault(node, error, error.path && [...pathsTo(this.data, path)[0]!, ...error.path]);
    if (!data) return;
    this.rewrite(node.outputRewrites, data);
    const several = targets.length > 1 || this.running.repeated.has(node.operation);
    for (const target of targets) merge(target, data, several);
  }

  /** Each entity is asked for once, in however many places it stands. */
  private async fetchEntities(
    node: FetchNode,
    path: Path,
    targets: readonly Row[],
    variables: Row,
    requires: readonly QueryPlanSelectionNode[],
  ): Promise<void> {
    const representations: Row[] = [];
    /** Places among the targets, by place among the representations. */
    const places: number[][] = [];
    const known = new Map<string, number[]>();
    for (const [at, target] of targets.entries()) {
      const representation = this.pick(target, requires);
      if (!representation?.['__typename']) continue;
      this.rewrite(node.inputRewrites, representation);
      const key = JSON.stringify(representation);
      const same = known.get(key);
      if (same) {
        same.push(at);
        continue;
      }
      const first = [at];
      known.set(key, first);
      places.push(first);
      representations.push(representation);
    }
    if (representations.length === 0) return;
    const { data, errors } = await this.ask(node, { ...variables, representations });
    if (errors) {
      const paths = pathsTo(this.data, path);
      for (const error of errors) {
        const [, at, ...rest] = error.path ?? [];
        const where = typeof at === 'number' ? places[at] : undefined;
        if (where) for (const place of where) this.fault(node, error, [...paths[place]!, ...rest]);
        else this.fault(node, error, error.path && [...path, ...error.path]);
      }
    }
    if (!data) return;
    const entities = data['_entities'];
    if (!Array.isArray(entities) || entities.length !== representations.length)
      throw new Error(`The ${node.serviceName} context did not answer with ${representations.length} entities.`);
    for (const [at, entity] of (entities as (Row | null)[]).entries()) {
      if (!entity) continue;
      // Rewriting looks at it.
      if (node.outputRewrites) {
        entity['__typename'] ??= targets[places[at]![0]!]!['__typename'];
        this.rewrite(node.outputRewrites, entity);
      }
      const several = places[at]!.length > 1 || this.running.repeated.has(node.operation);
      for (const place of places[at]!) merge(targets[place]!, entity, several);
    }
  }

  /** The same question is asked once, within this one request. */
  private ask({ serviceName, operation: query, operationName, operationKind }: FetchNode, variables: Row): Promise<Answer> {
    const operation: Operation = { query, variables, ...(operationName === undefined ? {} : { operationName }) };
    if (operationKind !== 'query' || !this.running.repeated.has(query)) return this.running.ask(serviceName, operation);
    const key = `${serviceName} ${query} ${JSON.stringify(variables)}`;
    let answer = this.asked.get(key);
    if (!answer) this.asked.set(key, (answer = this.running.ask(serviceName, operation)));
    return answer;
  }

  private fault({ serviceName }: FetchNode, { message, extensions }: GraphQLFormattedError, path: Path | undefined): void {
    this.faults.push({ message, ...(path ? { path } : {}), extensions: { ...extensions, serviceName } });
  }

  /** What another context needs to know of an entity; nothing when that is not all there. */
  private pick(told: Row | null, selections: readonly QueryPlanSelectionNode[]): Row | null {
    if (told === null) return null;
    const picked: Row = {};
    for (const one of selections) {
      if (one.kind === 'InlineFragment') {
        if (one.typeCondition !== undefined && this.isA(told, one.typeCondition)) merge(picked, this.pick(told, one.selections), false);
        continue;
      }
      const name = one.alias ?? one.name;
      const value = own(told, name);
      if (value === undefined) return null;
      const { selections: below } = one;
      if (Array.isArray(value)) picked[name] = below ? value.map((item) => this.pick(item as Row, below)) : value;
      else picked[name] = below ? this.pick(value as Row, below) : value;
    }
    return picked;
  }

  private isA(told: Row, type: string, unsaid = false): boolean {
    const name = told['__typename'];
    if (typeof name !== 'string') return unsaid;
    return name === type || (own(this.running.subtypes, type) as readonly string[] | undefined)?.includes(name) === true;
  }

  private rewrite(rewrites: readonly FetchDataRewrite[] | undefined, told: unknown): void {
    for (const rewrite of rewrites ?? []) this.rewriteAt(rewrite, rewrite.path, told);
  }

  private rewriteAt(rewrite: FetchDataRewrite, [first = '', ...rest]: readonly string[], told: unknown): void {
    if (Array.isArray(told)) return told.forEach((one) => this.rewriteAt(rewrite, [first, ...rest], one));
    if (typeof told !== 'object' || told === null) return;
    const row = told as Row;
    if (first.startsWith(ON)) {
      if (this.isA(row, first.slice(ON.length), true)) this.rewriteAt(rewrite, rest, row);
    } else if (rest.length > 0) this.rewriteAt(rewrite, rest, own(row, first));
    else if (rewrite.kind === 'ValueSetter') put(row, first, rewrite.setValueTo);
    else if (own(row, first)) {
      put(row, rewrite.renameKeyTo, row[first]);
      row[first] = undefined;
    }
  }
}

/** In the path of a rewrite: only what is of this type. */
const ON = '... on ';
/** In the path of a fetch: each member of the list. */
const EACH = '@';

/** Names are the client's: some of them every object of JavaScript has. */
const own = (row: object, name: string): unknown => (Object.hasOwn(row, name) ? (row as Row)[name] : undefined);

function put(row: Row, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
  else row[name] = value;
}

/** What stands at a path, in order; what is null or missing is left out. */
function rowsAt(data: Row, path: Path): readonly Row[] {
  let rows: unknown[] = [data];
  for (const step of path) rows = (step === EACH ? rows.flat() : rows.map((row) => own(row as Row, String(step)))).filter(there);
  return rows as Row[];
}
const there = (value: unknown): boolean => value !== null && value !== undefined;

/** Where those rows stand, in the same order. */
function pathsTo(data: Row, path: Path): readonly Path[] {
  const found: Path[] = [];
  const walk = (value: unknown, at: number, way: Path): void => {
    if (!there(value)) return;
    if (Array.isArray(value)) return value.forEach((one, n) => walk(one, path[at] === EACH ? at + 1 : at, [...way, n]));
    if (at === path.length) return void found.push(way);
    walk(own(value as Row, String(path[at])), at + 1, [...way, path[at]!]);
  };
  walk(data, 0, []);
  return found;
}

/** What was told goes to what is known. What goes to several places is copied: none of them may show what is told to another. */
function merge(known: Row, told: Row | null, copy: boolean): void {
  for (const name in told) {
    const value = told[name];
    if (value !== undefined) put(known, name, merged(own(known, name), value, copy));
  }
}

function merged(before: unknown, value: unknown, copy: boolean): unknown {
  if (typeof value !== 'object' || value === null || (before === undefined && !copy)) return value;
  if (Array.isArray(value)) {
    const old = Array.isArray(before) && before.length === value.length ? before : [];
    return value.map((one, at) => merged(old[at], one, copy));
  }
  const row = typeof before === 'object' && before !== null && !Array.isArray(before) ? (before as Row) : {};
  merge(row, value as Row, copy);
  return row;
}

/** The texts that a plan has for more than one question, so that answers to the others need not be kept. */
export function repeatedIn(plan: PlanNode | undefined): ReadonlySet<string> {
  const [once, again] = [new Set<string>(), new Set<string>()];
  const look = (node: PlanNode | undefined): void => {
    if (node?.kind === 'Fetch') (once.has(node.operation) ? again : once).add(node.operation);
    else if (node?.kind === 'Flatten') look(node.node);
    else if (node?.kind === 'Condition') [node.ifClause, node.elseClause].forEach(look);
    else if (node?.kind === 'Sequence' || node?.kind === 'Parallel') node.nodes.forEach(look);
  };
  look(plan);
  return again;
}
