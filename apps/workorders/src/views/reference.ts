import { idOf, type Instant, type JsonObject, type View } from '@hospital/kernel';
import type { CategoryDefinition, CategoryEvent } from '../domain/category';
import type { DispatchRuleEvent, Rule, Technician } from '../domain/dispatch-rule';
import type { Criticality } from '../domain/intake';
import type { OnCallEvent, OnCallSlot } from '../domain/on-call';
import type { Located, PlaceEvent } from '../domain/place';
import type { TechnicianEvent } from '../domain/technician';

export interface CategoryRow extends JsonObject, CategoryDefinition {
  readonly id: string;
  readonly revision: number;
  readonly version: number;
  readonly retired: boolean;
}

export const categories: View<CategoryRow> = {
  name: 'categories',
  version: 2,
  categories: ['category'],
  columns: ['trade', 'nameEn', 'retired', 'openToPatients'],
  project(row, recorded) {
    const event = recorded as unknown as CategoryEvent;
    const { stream, revision } = recorded;
    switch (event.type) {
      case 'CategoryDefined':
        return { ...event.data, id: idOf(stream), revision, version: 1, retired: false };
      case 'CategoryRevised':
        return { ...event.data, id: idOf(stream), revision, retired: false };
      case 'CategoryRetired':
        return row && { ...row, revision, retired: true };
    }
  },
};

export interface RuleRow extends JsonObject, Rule {
  readonly name: string;
  readonly revision: number;
}

export const dispatchRules: View<RuleRow> = {
  name: 'dispatch-rules',
  version: 1,
  categories: ['dispatchRule'],
  columns: ['name', 'mode'],
  project(_, recorded) {
    const event = recorded as unknown as DispatchRuleEvent;
    switch (event.type) {
      case 'DispatchRuleDefined':
      case 'DispatchRuleRevised':
        return { ...event.data, revision: recorded.revision };
      default:
        return undefined;
    }
  },
};

export interface PlaceRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly name: string;
  readonly kind: string;
  readonly zone: string | null;
  readonly criticality: Criticality;
  readonly position: Located | null;
}

export const places: View<PlaceRow> = {
  name: 'places',
  version: 3,
  categories: ['place'],
  columns: ['kind', 'zone'],
  project(row, recorded) {
    const event = recorded as unknown as PlaceEvent;
    const { stream, revision } = recorded;
    switch (event.type) {
      case 'PlaceLearned':
        return { zone: null, criticality: 1, position: null, ...row, ...event.data, id: idOf(stream), revision };
      case 'PlaceClassified':
      case 'PlaceLocated':
        return row && { ...row, ...event.data, revision };
    }
  },
};

/** `onShiftFrom` and `onShiftUntil` are of an unplanned presence; planned shifts stand beside it. */
export interface TechnicianRow extends JsonObject {
  readonly id: string;
  /** The main one. */
  readonly trade: string;
  readonly trades: readonly string[];
  /** Whether asking by the main trade misses some. */
  readonly manyTrades: boolean;
  readonly zones: readonly string[];
  readonly onShiftFrom: Instant | null;
  readonly onShiftUntil: Instant | null;
  /** Those whose end was not noted. */
  readonly shifts: readonly {
    readonly shiftId: string;
    readonly zones: readonly string[];
    readonly from: Instant;
    readonly until: Instant;
    /** Its beginning was noted, or had passed when it was told of. */
    readonly begun: boolean;
  }[];
  /** Start of the first planned shift that has not begun. */
  readonly nextShiftAt: Instant | null;
  /** End of the presence, until it is noted. */
  readonly presentUntil: Instant | null;
  /** The first end of a planned shift or the presence that was not noted. */
  readonly nextOffAt: Instant | null;
  readonly certificates: readonly (Technician['certificates'][number] & { readonly certificateId: string })[];
  readonly levels: Technician['levels'];
  /** Those that were told of before they count. */
  readonly revocations: readonly { readonly certificateId: string; readonly kind: string; readonly from: Instant }[];
  /** When certificates, revocations and levels come into force that were told of before. */
  readonly qualifies: readonly Instant[];
  /** The first of them. */
  readonly nextQualifiedAt: Instant | null;
  readonly leftAt: Instant | null;
  readonly correlationId: string;
}

const NEW = {
  trade: '',
  trades: [],
  manyTrades: false,
  zones: [],
  onShiftFrom: null,
  onShiftUntil: null,
  shifts: [],
  nextShiftAt: null,
  presentUntil: null,
  nextOffAt: null,
  certificates: [],
  levels: [],
  revocations: [],
  qualifies: [],
  nextQualifiedAt: null,
  leftAt: null,
} as const;

const others = ({ shifts }: TechnicianRow, { shiftId }: { readonly shiftId: string }) =>
  shifts.filter((shift) => shift.shiftId !== shiftId);

const change = (row: TechnicianRow, event: TechnicianEvent, recordedAt: Instant): Partial<TechnicianRow> | null => {
  switch (event.type) {
    case 'TechnicianLearned':
      return {};
    case 'TechnicianTradeLearned':
      return { trades: [...row.trades, event.data.trade], manyTrades: true };
    case 'TechnicianShiftStarted': {
      const { from, until, zones } = event.data;
      return { onShiftFrom: from, onShiftUntil: until, presentUntil: until > recordedAt ? until : null, zones };
    }
    case 'TechnicianShiftEnded': {
      const { at } = event.data;
      const { onShiftUntil } = row;
      return {
        onShiftUntil: onShiftUntil === null || onShiftUntil < at ? onShiftUntil : at,
        presentUntil: null,
        shifts: row.shifts.filter(({ from, until }) => at < from || until <= at),
      };
    }
    case 'TechnicianShiftPlanned': {
      const { from, until } = event.data;
      return { shifts: [...others(row, event.data), ...(until > recordedAt ? [{ ...event.data, begun: from <= recordedAt }] : [])] };
    }
    case 'TechnicianShiftWithdrawn':
      return { shifts: others(row, event.data) };
    case 'TechnicianShiftBegun': {
      // Whose turn it is was looked at then: no need to note what had ended before.
      const { shiftId, at } = event.data;
      const shifts = row.shifts.filter(({ until }) => until > at);
      return { shifts: shifts.map((shift) => (shift.shiftId === shiftId ? { ...shift, begun: true } : shift)) };
    }
    case 'TechnicianShiftPassed': {
      const passed = event.data.until;
      const presentUntil = row.presentUntil === null || row.presentUntil <= passed ? null : row.presentUntil;
      return { shifts: row.shifts.filter(({ until }) => until > passed), presentUntil };
    }
    case 'TechnicianQualificationBegun':
      return {};
    case 'TechnicianCertified':
      return { certificates: [...row.certificates.filter(({ certificateId }) => certificateId !== event.data.certificateId), event.data] };
    case 'TechnicianCertificateRevoked': {
      const { certificateId, from } = event.data;
      // Valid until then; one that never was, is no longer there.
      const cut = row.certificates.map((one) => (one.certificateId === certificateId && from < one.until ? { ...one, until: from } : one));
      const revocations = from > recordedAt ? [...row.revocations, event.data] : row.revocations;
      return { certificates: cut.filter((one) => one.from < one.until), revocations };
    }
    case 'TechnicianLevelLearned':
      return { levels: [...row.levels, event.data] };
    case 'TechnicianLeft':
      return { leftAt: event.data.at };
    case 'TechnicianForgotten':
      return null;
  }
};

function qualifiesAfter({ qualifies }: TechnicianRow, { type, data }: TechnicianEvent, recordedAt: Instant): readonly Instant[] {
  if (type === 'TechnicianQualificationBegun') return qualifies.filter((from) => from !== data.from);
  const told = type === 'TechnicianCertified' || type === 'TechnicianCertificateRevoked' || type === 'TechnicianLevelLearned';
  return told && data.from > recordedAt ? [...qualifies, data.from].sort() : qualifies;
}

export const technicians: View<TechnicianRow> = {
  name: 'technicians',
  version: 4,
  categories: ['technician'],
  columns: ['trade', 'manyTrades', 'onShiftUntil', 'nextShiftAt', 'nextOffAt', 'nextQualifiedAt'],
  project(row, recorded) {
    const event = recorded as unknown as TechnicianEvent;
    const { recordedAt, correlationId } = recorded.metadata;
    // Certificates and levels may become known before the trade: there is no order between their streams.
    const before: TechnicianRow = row ?? { ...NEW, id: idOf(recorded.stream), correlationId };
    if (event.type === 'TechnicianLearned') {
      const trades = [...new Set([event.data.trade, ...event.data.trades, ...before.trades])];
      return { ...before, trade: event.data.trade, trades, manyTrades: trades.length > 1, correlationId };
    }
    if (event.type === 'TechnicianForgotten') return row ? null : undefined;
    const changed = { ...before, ...change(before, event, recordedAt), correlationId };
    const { shifts, presentUntil } = changed;
    const next = shifts.filter(({ begun }) => !begun).map(({ from }) => from);
    const ends = [...shifts.map(({ until }) => until), ...(presentUntil === null ? [] : [presentUntil])];
    const qualifies = qualifiesAfter(before, event, recordedAt);
    const due = { nextShiftAt: next.sort()[0] ?? null, nextOffAt: ends.sort()[0] ?? null, nextQualifiedAt: qualifies[0] ?? null };
    return { ...changed, qualifies, ...due };
  },
};

export interface OnCallRow extends JsonObject, OnCallSlot {
  /** Null once it has. */
  readonly beginsAt: Instant | null;
  readonly correlationId: string;
}

export const onCallSlots: View<OnCallRow> = {
  name: 'on-call',
  version: 1,
  categories: ['onCall'],
  columns: ['trade', 'from', 'until', 'beginsAt'],
  project(row, recorded) {
    const event = recorded as unknown as OnCallEvent;
    const { recordedAt, correlationId } = recorded.metadata;
    switch (event.type) {
      case 'OnCallLearned':
        return { ...event.data, beginsAt: event.data.from > recordedAt ? event.data.from : null, correlationId };
      case 'OnCallBegun':
        return row && { ...row, beginsAt: null };
      case 'OnCallWithdrawn':
        return null;
    }
  },
};
