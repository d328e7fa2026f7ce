import { type Actor, idFrom, type Personal, reject, type Rejection } from '@hospital/kernel';
import type { CalendarTerms } from './business-time';
import { type CategoryDefinition, type FieldDefinition, missingIn } from './category';
import type { Job, Needs } from './dispatch-rule';
import type { Priority, Terms } from './service-level';

export type Severity = 'low' | 'normal' | 'high' | 'critical';
/** How much depends on the place or device: 1 ordinary, 2 important, 3 vital. */
export type Criticality = 1 | 2 | 3;
export type Channel = 'web' | 'app' | 'mini-program' | 'phone' | 'paper' | 'system';
export type ReporterKind = 'patient' | 'clinician' | 'staff' | 'system';

/** What is asked, and of which trade. */
export type Asked = Pick<Job, 'trade' | 'requires'>;

/** What was said about a fault, and what the registers knew of it at that moment; null: they do not know it. */
export type Fault = {
  readonly category: (CategoryDefinition & { readonly id: string; readonly version: number; readonly retired: boolean }) | null;
  /** Of the category's agreement. */
  readonly calendar: CalendarTerms | null;
  readonly place: { readonly id: string; readonly zone: string | null; readonly criticality: Criticality } | null;
  /** `spot` null: the code is not in use. */
  readonly locationCode: { readonly id: string; readonly spot: string | null } | null;
  /** Where exactly, when whoever reports says it better than the code. */
  readonly spot?: string | null;
  readonly description: string;
  readonly details: Readonly<Record<string, string>>;
  /** SHA-256, in hex. */
  readonly photos: readonly string[];
  readonly channel: Channel;
  readonly reporterKind: ReporterKind;
  readonly severity: Severity;
  /** Null: whoever sends the command, or somebody {@link isUnnamed}. */
  readonly reporterId: string | null;
  readonly contact: Personal | null;
  readonly parentId: string | null;
  /** The reporter cannot say more now: what is missing is asked for later, and until then the clocks stand still. */
  readonly incomplete: boolean;
  /** Whose it is, when that is known already; else it is the category's own trade's. */
  readonly team?: Asked;
};

/** A request as it was opened, with everything it will be judged by. */
export type Opening = {
  readonly categoryId: string;
  readonly categoryVersion: number;
  readonly trade: string;
  readonly requires: Needs;
  /** What the category asks of its own trade, where the order was opened for another. */
  readonly ofCategory?: Asked;
  readonly fields: readonly FieldDefinition[];
  readonly ruleId: string | null;
  readonly placeId: string;
  readonly zone: string | null;
  readonly locationCodeId: string | null;
  readonly spot: string | null;
  readonly description: string;
  readonly details: Readonly<Record<string, string>>;
  readonly photos: readonly string[];
  readonly channel: Channel;
  readonly reporterKind: ReporterKind;
  readonly severity: Severity;
  readonly criticality: Criticality;
  readonly priority: Priority;
  readonly reporterId: string;
  /** Who took it in for somebody else. */
  readonly receiverId: string | null;
  readonly contact: Personal | null;
  readonly parentId: string | null;
  readonly terms: Terms;
  /** Required fields that were not given. */
  readonly missing: readonly string[];
};

const WEIGHT: Readonly<Record<Severity, number>> = { low: 1, normal: 2, high: 3, critical: 4 };
const MAX_PHOTOS = 5;

/** Criticality × severity, 1 to 12: P1 from 9, P2 from 6, P3 from 3. */
export function priorityOf(criticality: Criticality, severity: Severity): Priority {
  const weight = criticality * WEIGHT[severity];
  return weight >= 9 ? 'P1' : weight >= 6 ? 'P2' : weight >= 3 ? 'P3' : 'P4';
}

/** The agreement of a category as it stands now. */
export function termsOf({ id, version, agreement }: NonNullable<Fault['category']>, calendar: CalendarTerms): Terms {
  const { calendarId: _, ...limits } = agreement;
  // A register may know more of a calendar than what is agreed.
  const { zone, week, exceptions } = calendar;
  return { agreementId: id, version, ...limits, calendar: { zone, week, exceptions } };
}

export const tooManyPhotos = (photos: readonly string[]): Rejection | undefined =>
  photos.length > MAX_PHOTOS ? reject('TOO_MANY_PHOTOS', `At most ${MAX_PHOTOS} photos.`, 'input.photos') : undefined;

/** Somebody called, sent a slip or is a patient, and whoever types that in does not say who: it is not themselves. */
export const isUnnamed = (
  { reporterId, channel, reporterKind }: Pick<Fault, 'reporterId' | 'channel' | 'reporterKind'>,
  by: Actor,
): boolean => reporterId === null && by.kind === 'person' && (channel === 'phone' || channel === 'paper' || reporterKind === 'patient');

/** Who reports; of whoever is unnamed a pseudonym that nothing but this wish leads to. */
export const reporterOf = ({ data, by, id }: { readonly data: Fault; readonly by: Actor; readonly id: string }): string =>
  isUnnamed(data, by) ? idFrom(data.reporterKind === 'patient' ? 'pt' : 'rp', id, id) : (data.reporterId ?? by.id);

/** Whose judgement of a repair is asked for: of whoever reported it, not of a machine that did in its own name. */
export const raterOf = ({ reporterId, reporterKind, channel, receiverId }: Opening): string | null =>
  reporterKind === 'system' && channel !== 'system' && receiverId === null ? null : reporterId;

/** The request that is opened, or why it is not. */
export function openingOf(fault: Fault, by: Actor, roundTheClock: CalendarTerms): Opening | Rejection {
  const { category, place, calendar } = fault;
  if (category === null) return reject('UNKNOWN_CATEGORY', 'There is no such category.', 'input.categoryId');
  if (category.retired) return reject('CATEGORY_RETIRED', 'This category is no longer in use.', 'input.categoryId');
  if (fault.locationCode?.spot === null) return reject('UNKNOWN_LOCATION_CODE', 'This location code is not in use.', 'input.locationCode');
  if (place === null) return reject('UNKNOWN_PLACE', 'There is no such place.', 'input.placeId');
  if (category.agreement.calendarId !== null && calendar === null)
    return reject('UNKNOWN_CALENDAR', 'The calendar of this category is not there.', 'input.categoryId');
  if (fault.reporterKind === 'patient' && !category.openToPatients)
    return reject('NOT_FOR_PATIENTS', 'Patients cannot report this.', 'input.categoryId');
  if (fault.reporterKind === 'system' && by.kind !== 'system' && !by.roles.includes('integrator'))
    return reject('NOT_A_SYSTEM', 'Only a system reports as one.', 'input.reporterKind');
  const missing = tooManyPhotos(fault.photos) ?? missingIn(category.fields, fault.details, fault.photos);
  if ('code' in missing) return missing;
  if (missing.length > 0 && !fault.incomplete)
    return reject('DETAILS_MISSING', `Please also say: ${missing.join(', ')}.`, `input.details.${missing[0]}`);
  const { locationCode, description, details, photos, channel, reporterKind, severity, contact, parentId } = fault;
  const reporterId = fault.reporterId ?? by.id;
  const ofCategory: Asked = { trade: category.trade, requires: category.requires };
  const team = fault.team?.trade === category.trade ? undefined : fault.team;
  return {
    categoryId: category.id,
    categoryVersion: category.version,
    ...(team ? { ...team, ofCategory } : ofCategory),
    fields: category.fields,
    ruleId: category.ruleId,
    placeId: place.id,
    zone: place.zone,
    locationCodeId: locationCode?.id ?? null,
    spot: fault.spot ?? locationCode?.spot ?? null,
    ...{ description, details, photos, channel, reporterKind, severity, contact, parentId },
    criticality: place.criticality,
    priority: priorityOf(place.criticality, severity),
    reporterId,
    receiverId: by.id === reporterId || by.kind === 'system' ? null : by.id,
    terms: termsOf(category, calendar ?? roundTheClock),
    missing,
  };
}

/** As a patient whoever has an account would not find the order among their own, nor could they cancel it. */
export const HAS_ACCOUNT = reject(
  'HAS_ACCOUNT',
  'With an account use reportFault with this locationCode; without a token a patient reports.',
  'input.locationCode',
);

/** The wish to open it; whoever brings a fault in says it so. */
export const reporting = (fault: Fault) => ({ type: 'ReportFault', data: fault }) as const;
