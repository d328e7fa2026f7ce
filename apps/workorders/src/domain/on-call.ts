import { type Command, type Deadline, type Decider, type Instant, to } from '@hospital/kernel';

export type OnCallSlot = {
  readonly slotId: string;
  readonly trade: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly primaryId: string;
  readonly backupId: string;
};

/** Who is on call for a trade, as staffing tells it; one stream per slot. */
export type OnCallCommand =
  Command<'LearnOnCall', OnCallSlot> | Command<'NoteOnCallBegun', Record<string, never>> | Command<'LearnOnCallGone', { slotId: string }>;
export type OnCallEvent =
  | { type: 'OnCallLearned'; data: OnCallSlot }
  | { type: 'OnCallBegun'; data: { slotId: string; trade: string; at: Instant } }
  | { type: 'OnCallWithdrawn'; data: { slotId: string } };

type Slot = { readonly status: 'unknown' } | { readonly status: 'awaited' | 'begun'; readonly told: OnCallSlot };

export const onCall: Decider<Slot, OnCallCommand, OnCallEvent> = {
  category: 'onCall',
  initial: { status: 'unknown' },
  decide({ type, data, at }, slot): readonly OnCallEvent[] {
    if (type === 'LearnOnCall') return [{ type: 'OnCallLearned', data }];
    if (slot.status === 'unknown') return [];
    if (type === 'LearnOnCallGone') return [{ type: 'OnCallWithdrawn', data }];
    const { slotId, trade, from } = slot.told;
    return slot.status === 'awaited' && from <= at ? [{ type: 'OnCallBegun', data: { slotId, trade, at } }] : [];
  },
  evolve(slot, { type, data }): Slot {
    switch (type) {
      case 'OnCallLearned':
        return { status: 'awaited', told: data };
      case 'OnCallBegun':
        return slot.status === 'unknown' ? slot : { ...slot, status: 'begun' };
      case 'OnCallWithdrawn':
        return { status: 'unknown' };
    }
  },
};

/** A slot on call begins. */
export const onCallBegins: Deadline = {
  name: 'on-call-begins',
  view: 'on-call',
  column: 'beginsAt',
  correlation: 'correlationId',
  whenDue: (id) => to(onCall, id, 'NoteOnCallBegun', {}),
};
