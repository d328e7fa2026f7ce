import { MINUTE } from '@hospital/kernel';
import type { Identity } from '@hospital/service';
import { type DocumentNode, type FormattedExecutionResult, type GraphQLSchema, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import type { Logger } from 'pino';
import type { GatewayContext } from './contexts';

/** What is worth a line: who was denied what, and who read personal data of whom. */
export type Audited =
  | { readonly audit: 'denied'; readonly code: string; readonly field: string }
  | { readonly audit: 'personal-data-read'; readonly fields: readonly string[]; readonly ids: readonly string[] };

/** Who asked, and within what. No token, no name. */
export interface Asking {
  readonly identity?: Pick<Identity, 'id' | 'roles'> | undefined;
  readonly correlationId: string;
}

export type Audit = (what: Audited, asking: Asking) => void;

/** More lines in a minute are only counted: nobody fills the disk by being refused. */
export const LINES_PER_MINUTE = 600;

export function auditTo(log: Logger, now: () => number = Date.now): Audit {
  let minute = 0;
  let lines = 0;
  const line = { denied: 0, 'personal-data-read': 0 };
  return (what, { identity, correlationId }) => {
    const current = Math.floor(now() / MINUTE);
    if (current !== minute) {
      if (lines > LINES_PER_MINUTE) log.warn({ audit: 'omitted', ...line }, 'audit lines were omitted');
      [minute, lines, line.denied, line['personal-data-read']] = [current, 0, 0, 0];
    }
    lines += 1;
    if (lines > LINES_PER_MINUTE) line[what.audit] += 1;
    else log.warn({ ...what, subject: identity?.id ?? null, roles: identity?.roles ?? [], correlationId }, what.audit);
  };
}

/** Fields that say how somebody is reached, or how old somebody is. */
export const PERSONAL = ['Person.phone', 'Person.birthDate', 'Person.age', 'Contact.address', 'WorkOrder.contact', 'Vendor.contact'];
/** Of whom it is. */
const IDS = ['id', 'recipientId'];
/** Refused because of who asks. */
const DENIALS = ['FORBIDDEN', 'NOT_YOURS'];
/** So many ids are named in a line. */
const MOST_IDS = 200;

/** Writes down what was denied, and what personal data go out. `personal`: see {@link personalKeysOf}. */
export function auditAnswer(
  audit: Audit,
  personal: ReadonlyMap<string, string>,
  { errors = [], data }: FormattedExecutionResult,
  { identity, denied = [], correlationId = '' }: GatewayContext,
): void {
  const asking = { identity, correlationId };
  for (const { code, field } of denied) audit({ audit: 'denied', code, field }, asking);
  for (const { extensions, path } of errors) {
    const code = String(extensions?.['code']);
    if (DENIALS.includes(code)) audit({ audit: 'denied', code, field: path?.join('.') ?? '' }, asking);
  }
  if (personal.size === 0) return;
  const { fields, ids } = personalIn(data, personal);
  if (fields.length > 0) audit({ audit: 'personal-data-read', fields, ids }, asking);
}

/** Under which names of the answer personal data stand. */
export function personalKeysOf(document: DocumentNode, schema: GraphQLSchema): ReadonlyMap<string, string> {
  const types = new TypeInfo(schema);
  const keys = new Map<string, string>();
  visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const coordinate = `${types.getParentType()?.name}.${node.name.value}`;
        if (PERSONAL.includes(coordinate)) keys.set((node.alias ?? node.name).value, coordinate);
      },
    }),
  );
  return keys;
}

/** What is really there, and whose. Somebody whose id was not asked for is not named. */
function personalIn(data: unknown, keys: ReadonlyMap<string, string>) {
  const fields = new Set<string>();
  const ids = new Set<string>();
  const look = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(look);
    if (typeof value !== 'object' || value === null) return;
    const row = value as Record<string, unknown>;
    for (const [key, coordinate] of keys) {
      if (!Object.hasOwn(row, key) || row[key] === null || row[key] === '[erased]') continue;
      fields.add(coordinate);
      const id = IDS.map((name) => row[name]).find((found) => typeof found === 'string');
      if (typeof id === 'string' && ids.size < MOST_IDS) ids.add(id);
    }
    Object.values(row).forEach(look);
  };
  look(data);
  return { fields: [...fields], ids: [...ids] };
}
