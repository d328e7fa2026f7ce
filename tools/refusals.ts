import ts from 'typescript';
import { programIn, type Source } from './house-plan';

/** A place in the program that refuses something. */
export interface Refusal {
  readonly code: string;
  /** In an answer as a `Rejection`, or beside it as an error with this `extensions.code`. */
  readonly as: 'data' | 'error';
  /** With `…` for what depends on the case. */
  readonly message: string | undefined;
  readonly field: string | undefined;
  /** A context, `gateway`, or `all`. */
  readonly by: string;
}

const CODE = /^[A-Z][A-Z_]{3,}$/;

/** A literal text, `…` for what is put into it. */
function textOf(node: ts.Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}

const memberOf = (node: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined =>
  node.properties.filter(ts.isPropertyAssignment).find((property) => property.name.getText() === name)?.initializer;

/** Where it says who refuses: its folder. */
const whoseIs = (path: string): string => (path.startsWith('apps/') ? path.split('/')[1]! : 'all');

/** Every refusal that a source can make, by a call of `reject`, `refuse` or `ended`, or as an error with a code. */
export function refusalsIn({ path, text }: Source): readonly Refusal[] {
  const found: Refusal[] = [];
  const by = whoseIs(path);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const [code, message, field] = node.arguments.map(textOf);
      const as = ({ reject: 'data', refuse: 'error', ended: 'error' } as const)[node.expression.text];
      if (as && code !== undefined && CODE.test(code)) found.push({ code, as, message, field, by });
    }
    if (ts.isObjectLiteralExpression(node)) {
      const code = textOf(memberOf(node, 'code'));
      if (code !== undefined && CODE.test(code)) {
        const around = node.parent.parent;
        const beside = ts.isObjectLiteralExpression(around) ? memberOf(around, 'message') : undefined;
        const before = ts.isNewExpression(around.parent) ? around.parent.arguments?.[0] : undefined;
        const message = [memberOf(node, 'message'), beside, before].map(textOf).find((said) => said !== undefined);
        // Rules list the faults of an input before they refuse it.
        const as = path.includes('/domain/') ? 'data' : 'error';
        found.push({ code, as, message, field: textOf(memberOf(node, 'field')), by });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

export const refusals = (): readonly Refusal[] =>
  ['apps/assets', 'apps/energy', 'apps/gateway', 'apps/inventory', 'apps/staffing', 'apps/workorders', 'libs']
    .flatMap(programIn)
    .flatMap(refusalsIn);

const cell = (values: readonly (string | undefined)[]): string =>
  [...new Set(values.filter((value) => value !== undefined))].sort().join('<br>').replaceAll('|', '\\|');

/** The table of one kind: a row a code. */
function tableOf(all: readonly Refusal[], as: Refusal['as']): string {
  const codes = [...new Set(all.filter((one) => one.as === as).map(({ code }) => code))].sort();
  const rows = codes.map((code) => {
    const those = all.filter((one) => one.as === as && one.code === code);
    const fields = those.map(({ field }) => field && `\`${field}\``);
    return `| \`${code}\` | ${cell(those.map(({ message }) => message))} | ${cell(fields)} | ${cell(those.map(({ by }) => by))} |`;
  });
  return ['| code | says | field | who |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

export const documentOf = (all: readonly Refusal[]): string => `# Refusals

Written from the program (\`WRITE=1 npx jest tools/refusals\`); a test compares. \`…\` stands for what depends on the case, a field is the path of the input at fault. Switch on the code, give the switch a default: codes are added, and none changes its meaning.

## As data

Expected refusals: the \`Rejection\` of a mutation's answer, with \`code\`, \`message\` and \`field\`. Nothing was recorded.

${tableOf(all, 'data')}

## As errors

In \`errors\`, as \`extensions.code\`, most with \`extensions.field\`. One with \`extensions.retryable\` may be sent again as it is, with the same idempotency key.

${tableOf(all, 'error')}
`;
