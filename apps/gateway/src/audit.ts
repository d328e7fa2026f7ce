import { ERASED, MINUTE } from '@hospital/kernel';
import type { Identity } from '@hospital/service';
import { type FormattedExecutionResult, getNamedType, type ValidationRule } from 'graphql';
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

/** Of whom it is. */
const IDS = ['id', 'recipientId'];
/** Refused because of who asks. */
const DENIALS = ['FORBIDDEN', 'NOT_YOURS'];
/** So many ids are named in a line. */
const MOST_IDS = 200;

/** Under which names of the answer personal data stand. */
export interface PersonalKeys {
  readonly fields: ReadonlyMap<string, string>;
  /** Of a history: by the name of the value in its events. */
  readonly histories: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

export const NOTHING_PERSONAL: PersonalKeys = { fields: new Map(), histories: new Map() };

/** Writes down what was denied, and what personal data go out. */
export function auditAnswer(
  audit: Audit,
  personal: PersonalKeys,
  { errors = [], data }: FormattedExecutionResult,
  { identity, denied = [], correlationId = '' }: GatewayContext,
): void {
  const asking = { identity, correlationId };
  for (const { code, field } of denied) audit({ audit: 'denied', code, field }, asking);
  for (const { extensions, path } of errors) {
    const code = String(extensions?.['code']);
    if (DENIALS.includes(code)) audit({ audit: 'denied', code, field: String(extensions?.['field'] ?? path?.join('.')) }, asking);
  }
  if (personal.fields.size === 0 && personal.histories.size === 0) return;
  const read = personalIn(data, personal);
  if (read.fields.length > 0) audit({ audit: 'personal-data-read', ...read }, asking);
}

/**
 * Finds them in a document while it is validated. `found` is of one document.
 *
 * @param personal the fields that hold such data, as `Person.phone`
 */
export function personalKeysIn(personal: readonly string[]): { readonly rule: ValidationRule; readonly found: PersonalKeys } {
  const found = { fields: new Map<string, string>(), histories: new Map<string, ReadonlyMap<string, string>>() };
  const rule: ValidationRule = (document) => ({
    Field(node) {
      const owner = `${document.getParentType()?.name}.`;
      const values = personal.filter((field) => field.startsWith(owner)).map((field) => [field.slice(owner.length), field] as const);
      if (values.length === 0) return;
      const key = (node.alias ?? node.name).value;
      for (const [name, field] of values) if (name === node.name.value) found.fields.set(key, field);
      if (getNamedType(document.getType())?.name === 'HistoryEvent') found.histories.set(key, new Map(values));
    },
  });
  return { rule, found };
}

/** What is really there, and whose. Somebody whose id was not asked for is not named. */
function personalIn(data: unknown, keys: PersonalKeys) {
  const fields = new Set<string>();
  const ids = new Set<string>();
  const look = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(look);
    if (typeof value !== 'object' || value === null) return;
    const row = value as Record<string, unknown>;
    const there = [...keys.fields].filter(([key]) => isTold(row[key])).map(([, field]) => field);
    for (const [key, values] of keys.histories) there.push(...toldIn(row[key], values));
    for (const field of there) fields.add(field);
    const id = IDS.map((name) => row[name]).find((found) => typeof found === 'string');
    if (there.length > 0 && typeof id === 'string' && ids.size < MOST_IDS) ids.add(id);
    Object.values(row).forEach(look);
  };
  look(data);
  return { fields: [...fields], ids: [...ids] };
}

const isTold = (value: unknown): boolean => value !== undefined && value !== null && value !== ERASED;

/** Of the events of a history, the fields whose values they tell. */
const toldIn = (value: unknown, values: ReadonlyMap<string, string>): readonly string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, member]) => {
        const field = values.get(name);
        return field !== undefined && isTold(member) ? [field] : toldIn(member, values);
      });
