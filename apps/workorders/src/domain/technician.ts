import { type Command, type Deadline, type Decider, type Instant, to } from '@hospital/kernel';
import type { Level } from './dispatch-rule';

type Shift = {
  readonly shiftId: string;
  readonly trade: string;
  readonly zones: readonly string[];
  readonly from: Instant;
  readonly until: Instant;
};
type Certificate = { readonly certificateId: string; readonly kind: string; readonly from: Instant; readonly until: Instant };

/** What dispatch knows of a person; staffing decides it and tells. */
export type TechnicianCommand =
  | Command<'LearnTechnician', { trade: string; trades: readonly string[] }>
  | Command<'LearnTrade', { trade: string }>
  | Command<'LearnShiftStarted', { trade: string; zones: readonly string[]; from: Instant; until: Instant }>
  | Command<'LearnShiftEnded', { at: Instant }>
  | Command<'LearnShiftPlanned', Shift>
  | Command<'NoteShiftBegun', Record<string, never>>
  | Command<'NoteShiftPassed', { until: Instant }>
  | Command<'LearnShiftGone', { shiftId: string }>
  | Command<'LearnCertificate', Certificate>
  | Command<'LearnRevocation', { certificateId: string; kind: string; from: Instant }>
  | Command<'LearnLevel', { trade: string; level: Level; from: Instant }>
  | Command<'NoteQualificationBegun', { from: Instant }>
  | Command<'LearnPersonLeft', { at: Instant }>
  | Command<'LearnPersonForgotten', Record<string, never>>;

export type TechnicianEvent =
  | { type: 'TechnicianLearned'; data: { trade: string; trades: readonly string[] } }
  | { type: 'TechnicianTradeLearned'; data: { trade: string } }
  | { type: 'TechnicianShiftStarted'; data: { zones: readonly string[]; from: Instant; until: Instant } }
  | { type: 'TechnicianShiftEnded'; data: { at: Instant } }
  | { type: 'TechnicianShiftPlanned'; data: Shift }
  | { type: 'TechnicianShiftBegun'; data: { shiftId: string; at: Instant } }
  /** Hours on shift, by plan or presence, are over that nobody ended before. */
  | { type: 'TechnicianShiftPassed'; data: { until: Instant; at: Instant } }
  | { type: 'TechnicianShiftWithdrawn'; data: { shiftId: string } }
  | { type: 'TechnicianCertified'; data: Certificate }
  | { type: 'TechnicianCertificateRevoked'; data: { certificateId: string; kind: string; from: Instant } }
  | { type: 'TechnicianLevelLearned'; data: { trade: string; level: Level; from: Instant } }
  /** A certificate, its revocation or a level that was told of before has come into force. */
  | { type: 'TechnicianQualificationBegun'; data: { from: Instant; at: Instant } }
  | { type: 'TechnicianLeft'; data: { at: Instant } }
  | { type: 'TechnicianForgotten'; data: Record<string, never> };

export interface KnownTechnician {
  /** The first is the main one. */
  readonly trades: readonly string[];
  readonly present: boolean;
  /** Planned shifts that have not begun. */
  readonly planned: readonly Shift[];
  /** Planned shifts and (null) the presence whose end was not noted. */
  readonly hours: readonly { readonly shiftId: string | null; readonly from: Instant; readonly until: Instant }[];
  /** From when on certificates, revocations and levels count, as far as that was not noted. */
  readonly qualifies: readonly Instant[];
  readonly forgotten: boolean;
}

function decide({ type, data, at }: TechnicianCommand, known: KnownTechnician): readonly TechnicianEvent[] {
  if (known.forgotten) return [];
  switch (type) {
    case 'LearnTechnician':
      return known.trades[0] === data.trade && data.trades.every((trade) => known.trades.includes(trade))
        ? []
        : [{ type: 'TechnicianLearned', data }];
    case 'LearnTrade':
      return known.trades.includes(data.trade) ? [] : [{ type: 'TechnicianTradeLearned', data }];
    case 'LearnShiftStarted': {
      const { trade, ...shift } = data;
      return [...ofTrade(trade, known), { type: 'TechnicianShiftStarted', data: shift }];
    }
    case 'LearnShiftEnded':
      return known.present || known.hours.some(running(data.at)) ? [{ type: 'TechnicianShiftEnded', data }] : [];
    case 'LearnShiftPlanned':
      return [...ofTrade(data.trade, known), { type: 'TechnicianShiftPlanned', data }];
    case 'NoteShiftBegun':
      return known.planned.filter(({ from }) => from <= at).map(({ shiftId }) => ({ type: 'TechnicianShiftBegun', data: { shiftId, at } }));
    case 'NoteShiftPassed': {
      const { until } = data;
      return until <= at && known.hours.some((one) => one.until === until) ? [{ type: 'TechnicianShiftPassed', data: { until, at } }] : [];
    }
    case 'LearnShiftGone':
      return [{ type: 'TechnicianShiftWithdrawn', data }];
    case 'LearnCertificate':
      return [{ type: 'TechnicianCertified', data }];
    case 'LearnRevocation':
      return [{ type: 'TechnicianCertificateRevoked', data }];
    case 'LearnLevel':
      return [{ type: 'TechnicianLevelLearned', data }];
    case 'NoteQualificationBegun': {
      const { from } = data;
      return known.qualifies.includes(from) && from <= at ? [{ type: 'TechnicianQualificationBegun', data: { from, at } }] : [];
    }
    case 'LearnPersonLeft':
      return [{ type: 'TechnicianLeft', data }];
    case 'LearnPersonForgotten':
      // Whoever reports faults may have left personal data here without being a technician.
      return [{ type: 'TechnicianForgotten', data }];
  }
}

const running =
  (at: Instant) =>
  ({ from, until }: { readonly from: Instant; readonly until: Instant }): boolean =>
    from <= at && at < until;

/** News may arrive out of order: a shift in a trade nobody told of is a trade learned. */
const ofTrade = (trade: string, { trades }: KnownTechnician): readonly TechnicianEvent[] => {
  if (trades.includes(trade)) return [];
  return [
    trades.length === 0
      ? { type: 'TechnicianLearned', data: { trade, trades: [trade] } }
      : { type: 'TechnicianTradeLearned', data: { trade } },
  ];
};

function evolve(known: KnownTechnician, event: TechnicianEvent): KnownTechnician {
  switch (event.type) {
    case 'TechnicianLearned':
      return { ...known, trades: [...new Set([event.data.trade, ...event.data.trades, ...known.trades])] };
    case 'TechnicianTradeLearned':
      return { ...known, trades: [...known.trades, event.data.trade] };
    case 'TechnicianShiftStarted':
      return { ...known, present: true, hours: [...without(known.hours, null), { shiftId: null, ...event.data }] };
    case 'TechnicianShiftEnded': {
      // Whoever goes home goes from the planned shift too.
      const still = (one: { from: Instant; until: Instant }): boolean => !running(event.data.at)(one);
      return { ...known, present: false, planned: known.planned.filter(still), hours: without(known.hours, null).filter(still) };
    }
    case 'TechnicianShiftPlanned': {
      const { shiftId } = event.data;
      return { ...known, planned: [...without(known.planned, shiftId), event.data], hours: [...without(known.hours, shiftId), event.data] };
    }
    case 'TechnicianShiftBegun':
      return { ...known, planned: without(known.planned, event.data.shiftId) };
    case 'TechnicianShiftPassed':
      return { ...known, hours: known.hours.filter(({ until }) => until > event.data.until) };
    case 'TechnicianShiftWithdrawn': {
      const { shiftId } = event.data;
      return { ...known, planned: without(known.planned, shiftId), hours: without(known.hours, shiftId) };
    }
    case 'TechnicianForgotten':
      return { trades: [], present: false, planned: [], hours: [], qualifies: [], forgotten: true };
    case 'TechnicianCertified':
    case 'TechnicianCertificateRevoked':
    case 'TechnicianLevelLearned':
      return { ...known, qualifies: [...known.qualifies, event.data.from] };
    case 'TechnicianQualificationBegun':
      return { ...known, qualifies: known.qualifies.filter((from) => from !== event.data.from) };
    case 'TechnicianLeft':
      return known;
  }
}

const without = <Told extends { readonly shiftId: string | null }>(told: readonly Told[], shiftId: string | null): readonly Told[] =>
  told.filter((one) => one.shiftId !== shiftId);

export const technician: Decider<KnownTechnician, TechnicianCommand, TechnicianEvent> = {
  category: 'technician',
  initial: { trades: [], present: false, planned: [], hours: [], qualifies: [], forgotten: false },
  decide,
  evolve,
};

/** A planned shift begins. */
export const shiftBegins: Deadline = {
  name: 'shift-begins',
  view: 'technicians',
  column: 'nextShiftAt',
  correlation: 'correlationId',
  whenDue: (id) => to(technician, id, 'NoteShiftBegun', {}),
};

/** A planned shift or a presence is over. */
export const shiftPasses: Deadline = {
  name: 'shift-passes',
  view: 'technicians',
  column: 'nextOffAt',
  correlation: 'correlationId',
  whenDue: (id, until) => to(technician, id, 'NoteShiftPassed', { until }),
};

/** A certificate, its revocation or a level comes into force. */
export const qualificationBegins: Deadline = {
  name: 'qualification-begins',
  view: 'technicians',
  column: 'nextQualifiedAt',
  correlation: 'correlationId',
  whenDue: (id, from) => to(technician, id, 'NoteQualificationBegun', { from }),
};
