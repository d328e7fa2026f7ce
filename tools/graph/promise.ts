import {
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLSchema,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';
import { apiSchemaOf } from '../../apps/gateway/src/graphiql/api-schema';

/** The graph that front-ends were promised: written when somebody decides so, never by the way. */
export const PROMISED = 'docs/graph.graphql';

/** Names and types of the graph as front-ends see it; what is said of them may change at any time. */
export function promiseOf(supergraph: string): string {
  const spoken = parse(printSchema(lexicographicSortSchema(apiSchemaOf(supergraph))));
  const mute = visit(spoken, { enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined) });
  return `${print(mute)}\n`;
}

export interface Changes {
  /** Front-ends that are in use would fail. */
  readonly breaking: readonly string[];
  /** They would meet something new where they may not expect it: allowed, and worth a look. */
  readonly dangerous: readonly string[];
}

export function changesSince(promised: string, supergraph: string): Changes {
  const [before, now] = [buildSchema(promised), apiSchemaOf(supergraph)];
  const told = (changes: readonly { readonly description: string }[]) => changes.map(({ description }) => description).sort();
  return { breaking: told(findBreakingChanges(before, now)), dangerous: told(findDangerousChanges(before, now)) };
}

/** For whoever made those changes. */
export const advice = ({ breaking, dangerous }: Changes): string =>
  [
    ...listed('The graph breaks what it promised:', breaking),
    ...(breaking.length === 0 ? [] : [REMEDY]),
    ...listed('New where a front-end may not expect it:', dangerous),
  ].join('\n');

const REMEDY = 'Deprecate first (docs/front-end.md, "What changes, and what does not"). When its day has come: npm run graph -- --promise';
const listed = (heading: string, changes: readonly string[]) =>
  changes.length === 0 ? [] : [heading, ...changes.map((change) => `- ${change}`)];

/** What takes its place, and the first day on which it may be gone. */
const SAID = /^Use .+; goes on \d{4}-\d{2}-\d{2} or later\.$/;

/** Where a deprecation does not say that. */
export function unexplained(schema: GraphQLSchema): readonly string[] {
  const faults: string[] = [];
  const document = parse(printSchema(schema));
  const path: string[] = [];
  visit(document, {
    enter(node) {
      if ('name' in node && node.name && /Definition$/.test(node.kind)) path.push(node.name.value);
      if (node.kind !== 'Directive' || node.name.value !== 'deprecated') return;
      const reason = node.arguments?.find(({ name }) => name.value === 'reason')?.value;
      if (reason?.kind !== 'StringValue' || !SAID.test(reason.value)) faults.push(path.join('.'));
    },
    leave(node) {
      if ('name' in node && node.name && /Definition$/.test(node.kind)) path.pop();
    },
  });
  return faults;
}
