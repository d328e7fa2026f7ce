import { type Command, type Decider, type Instant, type Rejection } from '@hospital/kernel';

/** What dispatch knows of a person; staffing decides it and tells. */
export type TechnicianCommand =
  | Command<'LearnTechnician', { trade: string }>
  | Command<'LearnShiftStarted', { trade: string; from: Instant; until: Instant }>
  | Command<'LearnShiftEnded', { at: Instant }>
  | Command<'LearnPersonForgotten', Record<string, never>>;

export type TechnicianEvent =
  | { type: 'TechnicianLearned'; data: { trade: string } }
  | { type: 'TechnicianShiftStarted'; data: { from: Instant; until: Instant } }
  | { type: 'TechnicianShiftEnded'; data: { at: Instant } }
  | { type: 'TechnicianForgotten'; data: Record<string, never> };

export interface KnownTechnician {
  readonly trade: string | null;
  readonly shift: { readonly from: Instant; readonly until: Instant } | null;
  readonly forgotten: boolean;
}

function decide({ type, data }: TechnicianCommand, known: KnownTechnician): readonly TechnicianEvent[] | Rejection {
  switch (type) {
    case 'LearnTechnician':
      return known.trade === data.trade ? [] : [{ type: 'TechnicianLearned', data }];
    case 'LearnShiftStarted': {
      const { trade, from, until } = data;
      const started: TechnicianEvent = { type: 'TechnicianShiftStarted', data: { from, until } };
      return known.trade === trade ? [started] : [{ type: 'TechnicianLearned', data: { trade } }, started];
    }
    case 'LearnShiftEnded':
      return known.shift === null ? [] : [{ type: 'TechnicianShiftEnded', data }];
    case 'LearnPersonForgotten':
      // Whoever reports faults may have left personal data here without being a technician.
      return known.forgotten ? [] : [{ type: 'TechnicianForgotten', data }];
  }
}

function evolve(known: KnownTechnician, event: TechnicianEvent): KnownTechnician {
  switch (event.type) {
    case 'TechnicianLearned':
      return { ...known, trade: event.data.trade };
    case 'TechnicianShiftStarted':
      return { ...known, shift: event.data };
    case 'TechnicianShiftEnded':
      return { ...known, shift: null };
    case 'TechnicianForgotten':
      return { trade: null, shift: null, forgotten: true };
  }
}

export const technician: Decider<KnownTechnician, TechnicianCommand, TechnicianEvent> = {
  category: 'technician',
  initial: { trade: null, shift: null, forgotten: false },
  decide,
  evolve,
};
