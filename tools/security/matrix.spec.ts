import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ask } from '@hospital/gateway';
import {
  admits,
  type Answer,
  ANONYMOUS,
  type Identity,
  refuse,
  type Role,
  ROLES,
  type Scope,
  scopeOf,
  start,
  Subgraph,
} from '@hospital/service';
import {
  buildSchema,
  getNamedType,
  type GraphQLError,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  isUnionType,
} from 'graphql';
import { Gateway } from '../../apps/gateway/src/gateway';
import { planHere } from '../../apps/gateway/src/plan/planning';
import supergraph from '../../apps/gateway/src/supergraph.graphql';
import { CONTEXTS } from '../../apps/standalone/src/suite';
import { surroundingsIn } from '@hospital/service/testing';

/**
 * Who may use what is said once, in the graph. Here it is asked for, generated from it: every field at the top as every role, at the gateway
 * and of its context. `WRITE=1` writes the lists of docs/security.md.
 */
const FILE = join(__dirname, '../../docs/security.md');
const schema = buildSchema(supergraph, { assumeValid: true });
const ROOTS = ['Query', 'Mutation', 'Subscription'];
const SUBJECT = 'pn_nobody';

type Field = GraphQLField<unknown, unknown>;
interface Said {
  readonly name: string;
  readonly type: GraphQLObjectType;
  readonly field: Field;
  readonly scope: Scope | undefined;
}
const fields: readonly Said[] = Object.values(schema.getTypeMap())
  .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
  .flatMap((type) =>
    Object.values((type as GraphQLObjectType).getFields()).map((field) => ({
      ...{ name: `${type.name}.${field.name}`, type: type as GraphQLObjectType, field, scope: scopeOf(field.astNode) },
    })),
  )
  .sort((a, b) => ROOTS.indexOf(a.type.name) - ROOTS.indexOf(b.type.name) || (a.name < b.name ? -1 : 1));
const atTop = fields.filter(({ type }) => ROOTS.includes(type.name));
const personal = fields.filter(({ type, scope }) => scope && !ROOTS.includes(type.name));

describe('GW-05 given the graph', () => {
  it('when a field at the top is looked at, then it says who may use it', () => {
    expect(atTop.filter(({ scope }) => !scope?.roles.length).map(({ name }) => name)).toEqual([]);
  });

  it('when it names roles, then there are such, each once, and those for all stand alone', () => {
    const known: readonly string[] = [...ROLES, 'anybody', 'account'];
    const good = ({ roles }: Scope) =>
      roles.every((role) => known.includes(role)) &&
      new Set(roles).size === roles.length &&
      (roles.length === 1 || !roles.some((role) => role === 'anybody' || role === 'account'));
    const types = Object.values(schema.getTypeMap()).map(({ name, astNode }) => ({ name, scope: scopeOf(astNode as never) }));
    expect([...fields, ...types].filter(({ scope }) => scope && !good(scope)).map(({ name }) => name)).toEqual([]);
  });

  it('when it says whose something is, then at the top by an argument there is', () => {
    const unknown = atTop.filter(({ field, scope }) => scope?.own?.some((own) => !field.args.some(({ name }) => name === own)));
    expect(unknown.map(({ name }) => name)).toEqual([]);
  });

  it('when a field is withheld from some, then it can be null', () => {
    expect(personal.filter(({ field }) => isNonNullType(field.type)).map(({ name }) => name)).toEqual([]);
  });
});

/** The least that the types of the graph allow; who asks is looked at before what it says. */
function least(type: GraphQLInputType): string {
  if (isNonNullType(type)) return least(type.ofType);
  if (isListType(type)) return `[${least(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type))
    return `{ ${Object.values(type.getFields())
      .filter((field) => isNonNullType(field.type))
      .map((field) => `${field.name}: ${least(field.type)}`)
      .join(', ')} }`;
  if (!isScalarType(type)) throw new Error(`${String(type)} is no input`);
  if (type.name === 'Int' || type.name === 'Float') return '1';
  return type.name === 'Boolean' ? 'false' : type.name === 'DateTime' ? '"2026-03-01T00:00:00Z"' : '"wo_probe"';
}

/** `own`: arguments that name who asks. */
function documentFor({ type: root, field: { name, args, type } }: Said, own: readonly string[]): string {
  const valueOf = (arg: Field['args'][number]) => (own.includes(arg.name) ? `"${SUBJECT}"` : least(arg.type));
  const needed = args.filter((arg) => isNonNullType(arg.type) || own.includes(arg.name)).map((arg) => `${arg.name}: ${valueOf(arg)}`);
  const named = getNamedType(type);
  const rejection = isUnionType(named) ? '... on Rejection { code }' : '';
  const below = isCompositeType(named) ? ` { __typename ${rejection} }` : '';
  return `${root.name.toLowerCase()} { ${name}${needed.length > 0 ? `(${needed.join(', ')})` : ''}${below} }`;
}

const ASKERS = ['nobody', 'none', ...ROLES];
const identityOf = (asker: string): Identity => ({ id: SUBJECT, kind: 'person', roles: asker === 'none' ? [] : [asker as Role] });
const headersOf = (asker: string) => new Map(asker === 'nobody' ? [] : [['authorization', `Bearer ${asker}`]]);

describe('GW-05 given the five contexts and the gateway before them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'matrix-'));
  const ends: (() => Promise<void>)[] = [];
  const contexts = new Map<string, Ask>();
  let gateway: Gateway;
  /** How often a context was asked something. */
  let asked = 0;

  beforeAll(async () => {
    const verify = async (authorization = '') => identityOf(authorization.slice('Bearer '.length));
    for (const [name, module] of Object.entries(CONTEXTS)) {
      const app = await start(module, surroundingsIn(join(folder, name), { verify }));
      ends.unshift(() => app.close());
      const subgraph = app.get(Subgraph, { strict: false });
      contexts.set(name, (operation, headers) => {
        asked += 1;
        return subgraph.execute(operation, headers);
      });
    }
    const { clock, log } = surroundingsIn(folder);
    gateway = new Gateway(
      planHere({ supergraph, introspection: true }),
      contexts,
      async (token) => {
        if (token === undefined) throw refuse('UNAUTHENTICATED', 'A bearer token is needed.', 'authorization', 401);
        return verify(token);
      },
      clock,
      log,
    );
    ends.unshift(() => gateway.stop());
    await gateway.start();
  });
  afterAll(async () => {
    for (const end of ends) await end();
    rmSync(folder, { recursive: true });
  });

  const ofGateway = async (query: string, asker: string): Promise<Answer> => {
    const headers = headersOf(asker);
    const asking = await gateway.contextOf({ get: (name) => headers.get(name) }, { body: { query } } as never).then(
      (contextValue) => ({ contextValue }),
      (error: GraphQLError) => ({ errors: [error.toJSON()] }),
    );
    if ('errors' in asking) return asking;
    const { contextValue } = asking;
    return (await gateway.answer({ query }, contextValue)).answer as Answer;
  };
  /** Absent: the gateway answers it itself. */
  const contextOf = ({ field }: Said): Ask | undefined => {
    const joined = field.astNode!.directives!.find(({ name }) => name.value === 'join__field');
    const graph = joined!.arguments!.find(({ name }) => name.value === 'graph')!.value as { readonly value: string };
    return contexts.get(graph.value.toLowerCase());
  };

  /** What is not as the graph says, of every field at the top that is asked as everybody. */
  async function astray(said: readonly Said[], ask: (said: Said, query: string, asker: string) => Promise<Answer>, counted: boolean) {
    const wrong: string[] = [];
    for (const one of said)
      for (const own of one.scope!.own ? [[], one.scope!.own] : [[]])
        for (const asker of ASKERS) {
          const query = documentFor(one, own);
          const identity = asker === 'nobody' ? ANONYMOUS : identityOf(asker);
          const admitted = admits(one.scope!, identity, Object.fromEntries(own.map((name) => [name, SUBJECT])));
          asked = 0;
          const { errors = [] } = await ask(one, query, asker);
          const codes = errors.map(({ extensions }) => String(extensions!['code']));
          if (codes.some((code) => /VALIDATION|PARSE|INTERNAL|RATE/.test(code))) throw new Error(`${query}: ${JSON.stringify(errors)}`);
          const refused = codes.includes(asker === 'nobody' ? 'UNAUTHENTICATED' : 'FORBIDDEN');
          if (refused === admitted || (counted && asked > 0 === refused)) wrong.push(`${asker}: ${query} → ${codes.join()}, ${asked}`);
        }
    return wrong;
  }

  it.each(['Query', 'Mutation'])(
    'when every field of %s is asked of the gateway as every role, then no context hears of what is refused',
    async (root) => {
      const said = atTop.filter(({ type }) => type.name === root);
      expect(await astray(said, (_, query, asker) => ofGateway(query, asker), true)).toEqual([]);
    },
    120_000,
  );

  it.each(['Query', 'Mutation'])(
    'when every field of %s is asked of its context as every role, then that refuses the same',
    async (root) => {
      const said = atTop.filter((one) => one.type.name === root && contextOf(one));
      expect(await astray(said, (one, query, asker) => contextOf(one)!({ query }, headersOf(asker)), false)).toEqual([]);
    },
    120_000,
  );
});

describe('GW-05 given docs/security.md', () => {
  const WORDS: Readonly<Record<string, string>> = { anybody: 'anybody', account: 'every account' };
  const row = ({ name, scope }: Said): string => {
    const own = scope!.own ? `; or whoever is its \`${scope!.own.join('`, `')}\`` : '';
    return `- \`${name}\`: ${scope!.roles.map((role) => WORDS[role] ?? role).join(', ')}${own}`;
  };

  it.each([
    ['matrix', 'who may use the fields at the top', atTop],
    ['personal', 'who sees what is personal', personal],
  ])('when its list %s is read, then it says %s as the graph does', (mark, _, said) => {
    const [begin, end] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
    const list = `${begin}\n\n${said.map(row).join('\n')}\n\n${end}`;
    const text = readFileSync(FILE, 'utf8');
    const [from, to] = [text.indexOf(begin), text.indexOf(end) + end.length];
    if (process.env['WRITE'] === '1') writeFileSync(FILE, text.slice(0, from) + list + text.slice(to));
    else expect(text.slice(from, to)).toBe(list);
  });
});
