import { type Command, type Decider, reject, type Rejection } from '@hospital/kernel';
import type { Needs } from './dispatch-rule';
import type { Limits } from './service-level';

/** One question of a request form. */
export type FieldDefinition = {
  /** Name among the details of a request. */
  readonly key: string;
  readonly label: string;
  readonly labelEn: string;
  readonly kind: 'text' | 'number' | 'yes-no' | 'choice' | 'photo';
  readonly required: boolean;
  /** Of a choice. */
  readonly options: readonly string[];
};

/** What a service level agreement says; the calendar it counts by is defined for itself. */
export type Agreement = {
  /** From dispatch to acceptance, by the clock on the wall. */
  readonly respondMinutes: number;
  /** From opening to the first acceptance, and to the repair; minutes of the calendar. */
  readonly own: Limits;
  readonly resolve: Limits;
  /** Share of a limit after which a warning is given. */
  readonly warnAt: number;
  /** Null: round the clock. */
  readonly calendarId: string | null;
  readonly vendorArrivalMinutes: number;
  /** How long a finished order can be rated. */
  readonly ratingDays: number;
  /** How long the contact of somebody without an account is kept after the request. */
  readonly contactDays: number;
};

/** A kind of request, as an administrator defines it: what is asked, who does it, how fast, chosen how. */
export type CategoryDefinition = {
  readonly name: string;
  readonly nameEn: string;
  readonly trade: string;
  readonly requires: Needs;
  readonly fields: readonly FieldDefinition[];
  readonly openToPatients: boolean;
  readonly agreement: Agreement;
  /** Null: the rule that ships. */
  readonly ruleId: string | null;
};

/** What it names that is not there. */
type Wanting = { readonly unknown?: readonly ('ruleId' | 'agreement.calendarId')[] };

export type CategoryCommand =
  | Command<'DefineCategory', CategoryDefinition & Wanting>
  | Command<'ReviseCategory', CategoryDefinition & Wanting>
  | Command<'RetireCategory', { reason: string }>;

export type CategoryEvent =
  | { type: 'CategoryDefined'; data: CategoryDefinition }
  | { type: 'CategoryRevised'; data: CategoryDefinition & { version: number } }
  | { type: 'CategoryRetired'; data: { reason: string } };

/** 30 minutes to answer, a vendor within two hours; the rest by priority. */
export const USUAL_AGREEMENT: Agreement = {
  respondMinutes: 30,
  own: { P1: 15, P2: 30, P3: 60, P4: 120 },
  resolve: { P1: 120, P2: 240, P3: 480, P4: 1_440 },
  warnAt: 0.8,
  calendarId: null,
  vendorArrivalMinutes: 120,
  ratingDays: 7,
  contactDays: 30,
};
export const NO_NEEDS: Needs = { minimumLevel: null, certificate: null };

export type Category = { readonly status: 'unknown' } | { readonly status: 'in use' | 'retired'; readonly version: number };

function decide(command: CategoryCommand, category: Category): readonly CategoryEvent[] | Rejection {
  if (command.type === 'DefineCategory') {
    if (category.status !== 'unknown') return reject('ALREADY_DEFINED', 'This category exists.', 'idempotencyKey');
    const { unknown = [], ...definition } = command.data;
    return faultIn(definition, unknown) ?? [{ type: 'CategoryDefined', data: definition }];
  }
  if (category.status === 'unknown') return reject('UNKNOWN_CATEGORY', 'There is no such category.', 'input.id');
  if (command.type === 'RetireCategory') return category.status === 'retired' ? [] : [{ type: 'CategoryRetired', data: command.data }];
  const { unknown = [], ...definition } = command.data;
  return faultIn(definition, unknown) ?? [{ type: 'CategoryRevised', data: { ...definition, version: category.version + 1 } }];
}

function faultIn({ fields, agreement }: CategoryDefinition, unknown: NonNullable<Wanting['unknown']>): Rejection | undefined {
  const [wanting] = unknown;
  if (wanting === 'ruleId') return reject('UNKNOWN_RULE', 'There is no such dispatch rule.', 'input.ruleId');
  if (wanting !== undefined) return reject('UNKNOWN_CALENDAR', 'There is no such calendar.', `input.${wanting}`);
  const keys = fields.map(({ key }) => key);
  const twice = keys.find((key, n) => keys.indexOf(key) !== n);
  if (twice !== undefined) return reject('FIELD_TWICE', `There are two fields named ${twice}.`, 'input.fields');
  const empty = fields.find(({ kind, options }) => (kind === 'choice') !== options.length > 0);
  if (empty) return reject('WRONG_OPTIONS', `${empty.key}: a choice needs options, other kinds have none.`, 'input.fields');
  for (const limit of ['own', 'resolve'] as const) {
    const { P1, P2, P3, P4 } = agreement[limit];
    if (!(P1 <= P2 && P2 <= P3 && P3 <= P4))
      return reject('LIMITS_OUT_OF_ORDER', 'What is more urgent cannot be given more time.', `input.agreement.${limit}`);
  }
  return undefined;
}

function evolve(category: Category, event: CategoryEvent): Category {
  switch (event.type) {
    case 'CategoryDefined':
      return { status: 'in use', version: 1 };
    case 'CategoryRevised':
      return { status: 'in use', version: event.data.version };
    case 'CategoryRetired':
      return category.status === 'unknown' ? category : { ...category, status: 'retired' };
  }
}

export const category: Decider<Category, CategoryCommand, CategoryEvent> = {
  category: 'category',
  initial: { status: 'unknown' },
  decide,
  evolve,
};

const YES_NO = ['yes', 'no'];

/** The required fields that are not there; a refusal for what no field asks for, or what is no answer to it. */
export function missingIn(
  fields: readonly FieldDefinition[],
  details: Readonly<Record<string, string>>,
  photos: readonly string[],
): readonly string[] | Rejection {
  const byKey = new Map(fields.map((field) => [field.key, field]));
  for (const [key, value] of Object.entries(details)) {
    const field = byKey.get(key);
    const refuse = (code: string, message: string): Rejection => reject(code, message, `input.details.${key}`);
    if (field === undefined || field.kind === 'photo') return refuse('UNKNOWN_DETAIL', `Nobody asks for ${key} here.`);
    if (field.kind === 'number' && !(value.trim() !== '' && Number.isFinite(Number(value))))
      return refuse('NOT_A_NUMBER', `${field.label} is a number.`);
    const allowed = field.kind === 'choice' ? field.options : field.kind === 'yes-no' ? YES_NO : undefined;
    if (allowed && !allowed.includes(value)) return refuse('NOT_AN_OPTION', `${field.label} is one of ${allowed.join(', ')}.`);
  }
  const given = ({ key, kind }: FieldDefinition): boolean =>
    kind === 'photo' ? photos.length > 0 : Object.hasOwn(details, key) && details[key]!.trim() !== '';
  return fields.filter((field) => field.required && !given(field)).map(({ key }) => key);
}
