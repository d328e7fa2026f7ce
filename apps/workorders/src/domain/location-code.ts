import { type Ask, type Command, type Decider, reject, type Rejection } from '@hospital/kernel';
import { registered } from './escalation';
import type { Fault } from './intake';

/** A code on a wall, a door or a device: whoever scans it reports a fault at that spot, without an account. 位置码 */
export type Spot = {
  readonly placeId: string;
  /** In the words of the place, e.g. 三楼护士站 3F nurses' station. */
  readonly spot: string;
  readonly zone: string | null;
};

/** What was said of the spot; `place` is null when the catalogue does not know it. */
type Wanted = { readonly place: { readonly id: string } | null; readonly spot: string; readonly zone: string | null };

export type LocationCodeCommand =
  Command<'IssueLocationCode', Wanted> | Command<'MoveLocationCode', Wanted> | Command<'WithdrawLocationCode', { reason: string }>;

export type LocationCodeEvent =
  | { type: 'LocationCodeIssued'; data: Spot }
  | { type: 'LocationCodeMoved'; data: Spot }
  | { type: 'LocationCodeWithdrawn'; data: { reason: string } };

export type LocationCode = { readonly status: 'unknown' } | ({ readonly status: 'in use' } & Spot) | { readonly status: 'withdrawn' };

function decide(command: LocationCodeCommand, code: LocationCode): readonly LocationCodeEvent[] | Rejection {
  if (command.type === 'IssueLocationCode') {
    if (code.status !== 'unknown') return reject('ALREADY_ISSUED', 'This location code exists.', 'idempotencyKey');
    const spot = spotOf(command.data);
    return 'rejected' in spot ? spot : [{ type: 'LocationCodeIssued', data: spot }];
  }
  if (code.status === 'unknown') return reject('UNKNOWN_LOCATION_CODE', 'There is no such location code.', 'input.id');
  if (command.type === 'WithdrawLocationCode')
    return code.status === 'withdrawn' ? [] : [{ type: 'LocationCodeWithdrawn', data: command.data }];
  if (code.status === 'withdrawn') return reject('LOCATION_CODE_WITHDRAWN', 'This location code is out of use.', 'input.id');
  const spot = spotOf(command.data);
  if ('rejected' in spot) return spot;
  return isAt(code, spot) ? [] : [{ type: 'LocationCodeMoved', data: spot }];
}

const spotOf = ({ place, spot, zone }: Wanted): Spot | Rejection =>
  place === null ? reject('UNKNOWN_PLACE', 'There is no such place.', 'input.placeId') : { placeId: place.id, spot, zone };

const isAt = (one: Spot, other: Spot): boolean => one.placeId === other.placeId && one.spot === other.spot && one.zone === other.zone;

function evolve(_: LocationCode, event: LocationCodeEvent): LocationCode {
  switch (event.type) {
    case 'LocationCodeIssued':
    case 'LocationCodeMoved':
      return { status: 'in use', ...event.data };
    case 'LocationCodeWithdrawn':
      return { status: 'withdrawn' };
  }
}

export const locationCode: Decider<LocationCode, LocationCodeCommand, LocationCodeEvent> = {
  category: 'locationCode',
  initial: { status: 'unknown' },
  decide,
  evolve,
};

/** What the registers know of a fault, be it at a place or at a code that was scanned: of the code its zone and spot, too. */
export async function registeredAt(
  ask: Ask,
  categoryId: string,
  { placeId, locationCode: codeId }: { readonly placeId?: string | null | undefined; readonly locationCode?: string | null | undefined },
): Promise<Pick<Fault, 'category' | 'calendar' | 'place' | 'locationCode'>> {
  if (typeof codeId !== 'string') return { ...(await registered(ask, categoryId, placeId ?? '')), locationCode: null };
  const [found] = await ask('location-codes', { key: codeId });
  const at = found?.row['withdrawnAt'] === null ? (found.row as unknown as Spot) : null;
  const facts = await registered(ask, categoryId, at?.placeId ?? '');
  const place = facts.place && { ...facts.place, zone: at?.zone ?? facts.place.zone };
  return { ...facts, place, locationCode: { id: codeId, spot: at?.spot ?? null } };
}
