import { type Actor, type Command, type Decider, idFrom, type Instant, reject, type Rejection } from '@hospital/kernel';
import { type Colleague, unfit } from './colleague';
import { isDate, isTime, isZone } from './local-time';
import { covers, type DeclaredGap, type OnCallSlot, overlaps, type OnCallPlan, type Rotation, slotsOf } from './on-call-plan';

export type Post = 'primary' | 'backup';
type Slot = OnCallSlot & {
  /** One offer at a time, and of this very slot, whatever becomes of its hours. */
  readonly offer: { readonly post: Post; readonly toPersonId: string } | null;
};
type People = { readonly staff: readonly Colleague[] };

/** A rota is all that is planned on call for one trade, whose code is its id. `trade` repeats it, for the events; `staff` is whoever is named. */
export type RotaCommand =
  | Command<'PublishOnCall', Rotation & People & { trade: string }>
  | Command<'WithdrawOnCall', { from: Instant; until: Instant; reason: string }>
  | Command<'OverrideOnCall', People & { slotId: string; post: Post; personId: string; from: Instant; until: Instant; reason: string }>
  | Command<'OfferOnCallSwap', People & { slotId: string; post: Post; toPersonId: string }>
  | Command<'AcceptOnCallSwap', People & { slotId: string }>
  | Command<'DeclineOnCallSwap', { slotId: string }>
  | Command<'WithdrawOnCallSwap', { slotId: string }>
  | Command<'DeclareGap', { trade: string; from: Instant; until: Instant; reason: string }>
  | Command<'WithdrawGap', { gapId: string }>
  /** Somebody is no longer there: from then on none of their slots has two people. */
  | Command<'ReleaseFromOnCall', { personId: string; from: Instant }>;

export type RotaEvent =
  | { type: 'OnCallSlotSet'; data: OnCallSlot & { trade: string; reason: string | null } }
  | { type: 'OnCallSlotWithdrawn'; data: { slotId: string; trade: string; reason: string } }
  | { type: 'OnCallSwapOffered'; data: { slotId: string; post: Post; fromPersonId: string; toPersonId: string } }
  | { type: 'OnCallSwapAccepted'; data: { slotId: string; post: Post; fromPersonId: string; toPersonId: string } }
  | { type: 'OnCallSwapDeclined'; data: { slotId: string; toPersonId: string } }
  | { type: 'OnCallSwapWithdrawn'; data: { slotId: string; toPersonId: string } }
  | { type: 'OnCallGapDeclared'; data: DeclaredGap & { trade: string } }
  | { type: 'OnCallGapWithdrawn'; data: { gapId: string } };

export interface Rota extends OnCallPlan {
  readonly trade: string | null;
  readonly slots: readonly Slot[];
}

const LONGEST = 366;
const ID = { slot: 'oc', gap: 'og' } as const;

type Asked<T extends RotaCommand['type']> = Extract<RotaCommand, { type: T }>;
const manages = ({ roles }: Actor): boolean => roles.includes('scheduler') || roles.includes('administrator');
const holderOf = (slot: Slot, post: Post): string => (post === 'primary' ? slot.primaryId : slot.backupId);
const isWhole = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most;

const set = (trade: string, { offer: _, ...slot }: OnCallSlot & { offer?: unknown }, reason: string | null = null): RotaEvent => ({
  type: 'OnCallSlotSet',
  data: { ...slot, trade, reason },
});

/** The slot with somebody else at a post, unless a rule forbids that. */
function manned(slot: Slot, post: Post, personId: string, trade: string, staff: People['staff'], field: string): Slot | Rejection {
  const refusal = unfit(
    staff.find(({ id }) => id === personId),
    trade,
    field,
  );
  if (refusal) return refusal;
  if (holderOf(slot, post === 'primary' ? 'backup' : 'primary') === personId)
    return reject('SAME_PERSON', 'Primary and back-up are two people.', field);
  return post === 'primary' ? { ...slot, primaryId: personId } : { ...slot, backupId: personId };
}

function publish({ id, data: { trade, staff, ...rotation } }: Asked<'PublishOnCall'>, { slots }: Rota) {
  const { zone, firstDay, days, slotDays, handOverTime, people } = rotation;
  if (!isZone(zone)) return reject('INVALID_ZONE', 'This is no IANA time zone.', 'input.zone');
  if (!isDate(firstDay)) return reject('INVALID_DATE', 'This is not a date that exists (yyyy-mm-dd).', 'input.firstDay');
  if (!isTime(handOverTime)) return reject('INVALID_TIME', 'This is not a time of day (HH:mm).', 'input.handOverTime');
  if (!isWhole(days, LONGEST)) return reject('INVALID_PERIOD', `1 to ${LONGEST} days are published at once.`, 'input.days');
  if (!isWhole(slotDays, days)) return reject('INVALID_PERIOD', 'A slot lasts at least a day and at most the period.', 'input.slotDays');
  const refusal = people.map((personId) => unfit(colleague(staff, personId), trade, 'input.people')).find(Boolean);
  if (refusal) return refusal;
  if (people.length < 2 || people.some((one, n) => one === people[(n + 1) % people.length]))
    return reject('SAME_PERSON', 'Primary and back-up are two people: nobody follows themselves.', 'input.people');
  const planned = slotsOf(rotation).map((slot, n) => ({ ...slot, slotId: idFrom(ID.slot, id, `${id}/${n}`) }));
  const clash = planned.map((slot) => slots.find((other) => overlaps(slot, other))).find(Boolean);
  if (clash) return reject('SLOT_OVERLAPS', `Overlaps ${clash.slotId}, ${clash.from} to ${clash.until}.`, 'input.firstDay');
  return planned.map((slot) => set(trade, slot));
}

const colleague = (staff: People['staff'], personId: string): Colleague | undefined => staff.find(({ id }) => id === personId);

/** Before, with somebody else, and after: at most three slots, the first of which goes on under its id. */
function override({ id, data, at }: Asked<'OverrideOnCall'>, slot: Slot, trade: string): readonly RotaEvent[] | Rejection {
  const { post, personId, from, until, reason, staff } = data;
  // What nobody answered until the slot was over is no longer waited for.
  if (slot.offer && at < slot.until)
    return reject('SWAP_OPEN', `It is offered to ${slot.offer.toPersonId}; withdraw that first.`, 'input.slotId');
  if (until <= from) return reject('ENDS_BEFORE_IT_STARTS', 'It ends after it starts.', 'input.until');
  if (from < slot.from || slot.until < until)
    return reject('OUTSIDE_SLOT', `The slot is from ${slot.from} until ${slot.until}.`, 'input.from');
  if (holderOf(slot, post) === personId) return [];
  const other = manned(slot, post, personId, trade, staff, 'input.personId');
  if ('rejected' in other) return other;
  const parts = [
    { ...slot, until: from },
    { ...other, from, until },
    { ...slot, from: until },
  ].filter((part) => part.from < part.until);
  return parts.map((part, n) => set(trade, n === 0 ? part : { ...part, slotId: idFrom(ID.slot, id, `${id}/${n}`) }, reason));
}

function swap(
  command: Asked<'OfferOnCallSwap' | 'AcceptOnCallSwap' | 'DeclineOnCallSwap' | 'WithdrawOnCallSwap'>,
  slot: Slot,
  trade: string,
): readonly RotaEvent[] | Rejection {
  const { by, at } = command;
  const { slotId, offer } = slot;
  if (slot.until <= at) return reject('SLOT_OVER', 'It is over; a scheduler can override it.', 'input.slotId');
  const takesOver = command.type === 'OfferOnCallSwap' || command.type === 'AcceptOnCallSwap';
  if (slot.from <= at && takesOver) return reject('SLOT_STARTED', 'It has begun; a scheduler can override it.', 'input.slotId');
  if (command.type === 'OfferOnCallSwap') {
    const { post, toPersonId, staff } = command.data;
    const fromPersonId = holderOf(slot, post);
    if (by.id !== fromPersonId && !manages(by))
      return reject('NOT_YOURS', 'Only whose post it is, or a scheduler, offers it.', 'input.slotId');
    if (offer?.toPersonId === toPersonId && offer.post === post) return [];
    if (offer) return reject('SWAP_OPEN', `It is offered to ${offer.toPersonId}; withdraw that first.`, 'input.slotId');
    if (toPersonId === fromPersonId) return reject('SAME_PERSON', 'It is theirs already.', 'input.toPersonId');
    const after = manned(slot, post, toPersonId, trade, staff, 'input.toPersonId');
    return 'rejected' in after ? after : [{ type: 'OnCallSwapOffered', data: { slotId, post, fromPersonId, toPersonId } }];
  }
  if (offer === null)
    return command.type === 'WithdrawOnCallSwap' ? [] : reject('NO_SWAP_OPEN', 'Nobody is offered this slot.', 'input.slotId');
  const { post, toPersonId } = offer;
  const fromPersonId = holderOf(slot, post);
  if (by.id !== (command.type === 'WithdrawOnCallSwap' ? fromPersonId : toPersonId) && !manages(by))
    return reject('NOT_YOURS', 'This is for somebody else to say.', 'input.slotId');
  if (command.type === 'WithdrawOnCallSwap') return [{ type: 'OnCallSwapWithdrawn', data: { slotId, toPersonId } }];
  if (command.type === 'DeclineOnCallSwap') return [{ type: 'OnCallSwapDeclined', data: { slotId, toPersonId } }];
  const after = manned(slot, post, toPersonId, trade, command.data.staff, 'input.slotId');
  if ('rejected' in after) return after;
  return [{ type: 'OnCallSwapAccepted', data: { slotId, post, fromPersonId, toPersonId } }, set(trade, after)];
}

function declare({ id, data }: Asked<'DeclareGap'>, { slots, gaps }: Rota): readonly RotaEvent[] | Rejection {
  if (data.until <= data.from) return reject('ENDS_BEFORE_IT_STARTS', 'A gap ends after it starts.', 'input.until');
  const slot = slots.find((one) => overlaps(one, data));
  if (slot) return reject('ON_CALL_PLANNED', `Somebody is on call: ${slot.slotId}, ${slot.from} to ${slot.until}.`, 'input.from');
  const gap = gaps.find((one) => overlaps(one, data));
  if (gap) return reject('GAP_OVERLAPS', `Overlaps ${gap.gapId}, ${gap.from} to ${gap.until}.`, 'input.from');
  return [{ type: 'OnCallGapDeclared', data: { ...data, gapId: idFrom(ID.gap, id, id) } }];
}

function decide(command: RotaCommand, rota: Rota): readonly RotaEvent[] | Rejection {
  if (command.type === 'PublishOnCall') return publish(command, rota);
  if (command.type === 'DeclareGap') return declare(command, rota);
  const { trade, slots, gaps } = rota;
  if (trade === null) return reject('UNKNOWN_ROTA', 'Nothing was planned on call for this trade yet.', 'input.trade');
  switch (command.type) {
    case 'WithdrawOnCall': {
      const { from, until, reason } = command.data;
      const withdrawn = slots.filter((slot) => covers({ from, until }, slot.from));
      return withdrawn.map(({ slotId }) => ({ type: 'OnCallSlotWithdrawn', data: { slotId, trade, reason } }));
    }
    case 'ReleaseFromOnCall': {
      const { personId, from } = command.data;
      const reason = `${personId} is not available`;
      return slots
        .filter((slot) => slot.until > from && (slot.primaryId === personId || slot.backupId === personId))
        .map((slot) =>
          slot.from < from
            ? set(trade, { ...slot, until: from }, reason)
            : { type: 'OnCallSlotWithdrawn', data: { slotId: slot.slotId, trade, reason } },
        );
    }
    case 'WithdrawGap': {
      const { gapId } = command.data;
      if (!gaps.some((gap) => gap.gapId === gapId)) return reject('UNKNOWN_GAP', 'There is no such gap.', 'input.gapId');
      return [{ type: 'OnCallGapWithdrawn', data: { gapId } }];
    }
    default: {
      const slot = slots.find(({ slotId }) => slotId === command.data.slotId);
      if (!slot) return reject('UNKNOWN_SLOT', 'There is no such slot.', 'input.slotId');
      return command.type === 'OverrideOnCall' ? override(command, slot, trade) : swap(command, slot, trade);
    }
  }
}

function evolve(rota: Rota, event: RotaEvent): Rota {
  const offer = (slotId: string, made: Slot['offer']): Rota => ({
    ...rota,
    slots: rota.slots.map((slot) => (slot.slotId === slotId ? { ...slot, offer: made } : slot)),
  });
  switch (event.type) {
    case 'OnCallSlotSet': {
      const { trade, reason: _, ...slot } = event.data;
      return { ...rota, trade, slots: [...rota.slots.filter(({ slotId }) => slotId !== slot.slotId), { ...slot, offer: null }] };
    }
    case 'OnCallSlotWithdrawn':
      return { ...rota, slots: rota.slots.filter(({ slotId }) => slotId !== event.data.slotId) };
    case 'OnCallSwapOffered':
      return offer(event.data.slotId, { post: event.data.post, toPersonId: event.data.toPersonId });
    case 'OnCallSwapAccepted':
    case 'OnCallSwapDeclined':
    case 'OnCallSwapWithdrawn':
      return offer(event.data.slotId, null);
    case 'OnCallGapDeclared': {
      const { trade, ...gap } = event.data;
      return { ...rota, trade, gaps: [...rota.gaps, gap] };
    }
    case 'OnCallGapWithdrawn':
      return { ...rota, gaps: rota.gaps.filter(({ gapId }) => gapId !== event.data.gapId) };
  }
}

export const rota: Decider<Rota, RotaCommand, RotaEvent> = {
  category: 'rota',
  initial: { trade: null, slots: [], gaps: [] },
  decide,
  evolve,
};
