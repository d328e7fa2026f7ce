import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

/** The house as its files tell it: what there is, and what it is called. */
export const root = join(__dirname, '..');

export interface Source {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

export const entries = (folder: string) =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true }) : [];

export const pathOf = ({ parentPath, name }: { parentPath: string; name: string }): string =>
  relative(root, join(parentPath, name)).replaceAll('\\', '/');

export const filesIn = (folder: string, ending: RegExp): readonly Source[] =>
  entries(folder)
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map(pathOf)
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const isTest = ({ path }: Source): boolean => /\.spec\.ts$|\/testing\//.test(path);
export const programIn = (folder: string): readonly Source[] => filesIn(folder, /\.ts$/).filter((file) => !isTest(file));

const statementsOf = (text: string) => ts.createSourceFile('domain.ts', text, ts.ScriptTarget.Latest, true).statements;
const messagesIn = (text: string, kind: RegExp): readonly ts.TypeAliasDeclaration[] =>
  statementsOf(text).filter(
    (statement): statement is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(statement) && kind.test(statement.name.text),
  );
const membersOf = (type: ts.TypeNode): readonly ts.TypeNode[] => {
  if (ts.isUnionTypeNode(type)) return type.types.flatMap(membersOf);
  return ts.isParenthesizedTypeNode(type) ? membersOf(type.type) : [type];
};

/** `type WorkOrderEvent = Event<'WorkOrderOpened', …> | { type: 'WorkOrderClosed'; … }`: the names in such a union. */
export function namesOf(kind: 'Event' | 'Command', text: string): readonly string[] {
  const literal = (node: ts.TypeNode | undefined): readonly string[] =>
    node && ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal) ? [node.literal.text] : [];
  const nameIn = (member: ts.TypeNode): readonly string[] => {
    if (ts.isTypeReferenceNode(member)) return literal(member.typeArguments?.[0]);
    if (!ts.isTypeLiteralNode(member)) return [];
    const type = member.members.find(
      (property) => property.name !== undefined && ts.isIdentifier(property.name) && property.name.text === 'type',
    );
    return type && ts.isPropertySignature(type) ? literal(type.type) : [];
  };
  return messagesIn(text, new RegExp(`${kind}$`)).flatMap(({ type }) => membersOf(type).flatMap(nameIn));
}

/**
 * `type WorkOrderEvent = AssignmentEvent | clocks.ServiceLevelEvent | …` with `AssignmentEvent` from `./assignment` and `* as clocks` from
 * `./service-level`: the files whose messages it takes as its own.
 */
export function partsOf(text: string): readonly string[] {
  const taken = messagesIn(text, /(Event|Command)$/)
    .flatMap(({ type }) => membersOf(type))
    .flatMap((member) => (ts.isTypeReferenceNode(member) ? [member.typeName] : []))
    .map((name) => (ts.isIdentifier(name) ? name.text : name.left.getText()));
  return statementsOf(text)
    .filter(ts.isImportDeclaration)
    .filter(({ importClause }) => {
      const named = importClause?.namedBindings;
      if (!named) return false;
      if (ts.isNamespaceImport(named)) return taken.includes(named.name.text);
      return named.elements.some(({ name }) => taken.includes(name.text) && /(Event|Command)$/.test(name.text));
    })
    .map(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text)
    .filter((from) => from.startsWith('./'));
}

export interface Context {
  readonly name: string;
  readonly domain: readonly Source[];
  /** Everything a person wrote for this context: TypeScript and the graph's promise. */
  readonly own: readonly Source[];
}

export const contexts: readonly Context[] = entries('apps')
  .filter((entry) => entry.isDirectory() && entry.name === 'domain')
  .map(pathOf)
  .filter((path) => /^apps\/\w+\/src\/domain$/.test(path))
  .map((path) => ({
    name: path.split('/')[1]!,
    domain: programIn(path),
    own: filesIn(join(path, '..'), /\.(ts|graphql)$/).filter((file) => !isTest(file)),
  }));
