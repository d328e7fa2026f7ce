import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Role, ROLES } from '@hospital/service';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  isUnionType,
  isCompositeType,
  getNamedType,
} from 'graphql';
import supergraph from '../../apps/gateway/src/supergraph.graphql';
import type { Hospital } from '../journeys/hospital';
import { oneProcess } from '../journeys/one-process';

/** Who may ask what, found by asking: every field at the top of the graph as every role. `WRITE=1` writes it into docs/security.md. */
const FILE = join(__dirname, '../../docs/security.md');
const [BEGIN, END] = ['<!-- matrix -->', '<!-- /matrix -->'];
const schema = buildSchema(supergraph, { assumeValid: true });

/** The least that the types of the graph allow; roles are looked at before what it says. */
function least(type: GraphQLInputType): string {
  if (isNonNullType(type)) return least(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type))
    return `{ ${Object.values(type.getFields())
      .filter((field) => isNonNullType(field.type))
      .map((field) => `${field.name}: ${least(field.type)}`)
      .join(', ')} }`;
  if (!isScalarType(type)) throw new Error(`${String(type)} is no input`);
  if (type.name === 'Int' || type.name === 'Float') return '1';
  return type.name === 'Boolean' ? 'false' : type.name === 'DateTime' ? '"2026-03-01T00:00:00Z"' : '"probe"';
}

function documentFor(root: 'query' | 'mutation', { name, args, type }: GraphQLField<unknown, unknown>): string {
  const needed = args.filter((arg) => isNonNullType(arg.type)).map((arg) => `${arg.name}: ${least(arg.type)}`);
  const named = getNamedType(type);
  const rejection = isUnionType(named) ? '... on Rejection { code }' : '';
  const below = isCompositeType(named) ? ` { __typename ${rejection} }` : '';
  return `${root} { ${name}${needed.length > 0 ? `(${needed.join(', ')})` : ''}${below} }`;
}

interface Reply {
  readonly data?: Readonly<Record<string, { readonly code?: string } | null>> | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

let hospital: Hospital;
const tokens = new Map<string, string>();
beforeAll(async () => {
  hospital = await oneProcess();
  for (const role of [...ROLES, 'none'] as const)
    tokens.set(role, await hospital.token('pn_nobody', ...(role === 'none' ? [] : [role as Role])));
});
afterAll(() => hospital?.close());

async function codesOf(query: string, name: string, token?: string): Promise<readonly string[]> {
  const response = await fetch(`${hospital.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query }),
  });
  const { data, errors = [] } = (await response.json()) as Reply;
  const codes = [...errors.map(({ extensions }) => extensions.code), data?.[name]?.code ?? ''];
  if (codes.some((code) => /VALIDATION|PARSE|INTERNAL|RATE/.test(code))) throw new Error(`${query}: ${codes.join(' ')}`);
  return codes;
}

/** Anybody, every token, or the roles that are not refused. */
async function allowed(query: string, name: string): Promise<string> {
  if (!(await codesOf(query, name)).includes('UNAUTHENTICATED')) return 'anybody';
  const may: string[] = [];
  for (const [role, token] of tokens) if (!(await codesOf(query, name, token)).includes('FORBIDDEN')) may.push(role);
  return may.length === tokens.size ? 'every token' : may.length === 0 ? 'nobody' : may.join(', ');
}

it('given every field at the top of the graph, when each role asks for it, then those may who are in docs/security.md', async () => {
  const rows: string[] = [];
  for (const root of ['query', 'mutation'] as const) {
    const type = root === 'query' ? schema.getQueryType()! : schema.getMutationType()!;
    for (const field of Object.values(type.getFields()).sort((a, b) => (a.name < b.name ? -1 : 1)))
      rows.push(`- \`${type.name}.${field.name}\`: ${await allowed(documentFor(root, field), field.name)}`);
  }
  expect(rows.filter((row) => row.endsWith('nobody'))).toEqual([]);
  const table = `${BEGIN}\n\n${rows.join('\n')}\n\n${END}`;
  const text = readFileSync(FILE, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END) + END.length];
  if (process.env['WRITE'] === '1') writeFileSync(FILE, text.slice(0, from) + table + text.slice(to));
  else expect(text.slice(from, to)).toBe(table);
}, 120_000);
