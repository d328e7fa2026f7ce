import { type Command, type Decider, type Instant } from '@hospital/kernel';
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
  | { type: 'TechnicianShiftWithdrawn'; data: { shiftId: string } }
  | { type: 'TechnicianCertified'; data: Certificate }
  | { type: 'TechnicianCertificateRevoked'; data: { certificateId: string; kind: string; from: Instant } }
  | { type: 'TechnicianLevelLearned'; data: { trade: string; level: Level; from: Instant } }
  /** A certificate or a level that was told of before has come into force. */
  | { type: 'TechnicianQualificationBegun'; data: { from: Instant; at: Instant } }
  | { type: 'TechnicianLeft'; data: { at: Instant } }
  | { type: 'TechnicianForgotten'; data: Record<string, never> };

export interface KnownTechnician {
  /** The first is the main one. */
  readonly trades: readonly string[];
  readonly present: boolean;
  /** Planned shifts that have not begun. */
  readonly planned: readonly Shift[];
  /** From when on certificates and levels count, as far as that was not noted. */
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
      return known.present ? [{ type: 'TechnicianShiftEnded', data }] : [];
    case 'LearnShiftPlanned':
      return [...ofTrade(data.trade, known), { type: 'TechnicianShiftPlanned', data }];
    case 'NoteShiftBegun':
      return known.planned.filter(({ from }) => from <= at).map(({ shiftId }) => ({ type: 'TechnicianShiftBegun', data: { shiftId, at } }));
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
      return { ...known, present: true };
    case 'TechnicianShiftEnded':
      return { ...known, present: false };
    case 'TechnicianShiftPlanned':
      return { ...known, planned: [...known.planned.filter(({ shiftId }) => shiftId !== event.data.shiftId), event.data] };
    case 'TechnicianShiftBegun':
    case 'TechnicianShiftWithdrawn':
      return { ...known, planned: known.planned.filter(({ shiftId }) => shiftId !== event.data.shiftId) };
    case 'TechnicianForgotten':
      return { trades: [], present: false, planned: [], qualifies: [], forgotten: true };
    case 'TechnicianCertified':
    case 'TechnicianLevelLearned':
      return { ...known, qualifies: [...known.qualifies, event.data.from] };
    case 'TechnicianQualificationBegun':
      return { ...known, qualifies: known.qualifies.filter((from) => from !== event.data.from) };
    case 'TechnicianCertificateRevoked':
    case 'TechnicianLeft':
      return known;
  }
}

export const technician: Decider<KnownTechnician, TechnicianCommand, TechnicianEvent> = {
  category: 'technician',
  initial: { trades: [], present: false, planned: [], qualifies: [], forgotten: false },
  decide,
  evolve,
};
