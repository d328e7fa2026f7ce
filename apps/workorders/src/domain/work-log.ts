import { type Command, type Decider, type Instant, millis, MINUTE, type Personal, reject, type Rejection } from '@hospital/kernel';

/** What a work order took: labour 工时, extra cost 附加费用, a signature 签字, downtime 停机. Amounts are whole fen. */
export type WorkLogCommand =
  | Command<'StartLabour', { order: OrderKnown }>
  | Command<'StopLabour', Record<string, never>>
  | Command<'CorrectLabour', { labourId: string; from: Instant; until: Instant; reason: string }>
  | Command<'BookExtraCost', { order: OrderKnown; amountFen: number; kind: CostKind; note: string | null }>
  | Command<'ReverseCost', { costId: string; reason: string }>
  | Command<'SignOff', { order: OrderKnown; signerId: string; signature: Signature | null }>
  | Command<'RecordDowntime', { order: OrderKnown; thing: Thing | null; from: Instant; until: Instant | null; reason: string }>
  | Command<'EndDowntime', { downtimeId: string; until: Instant | null }>;

/** What was known of the work order when the command was made; null: there is none. */
export type OrderKnown = { readonly takenBack: 'cancelled' | 'merged' | null } | null;
export type CostKind = 'material' | 'outside-labour' | 'transport' | 'equipment-hire' | 'other';
/** A photo of it by the SHA-256 of the file, or the name as it was typed. */
export type Signature = { readonly kind: 'photo'; readonly sha256: string } | { readonly kind: 'name'; readonly name: Personal };
/** What stood still: a device, or a place. */
export type Thing = { readonly kind: 'asset' | 'place'; readonly id: string };

export type WorkLogEvent =
  | { type: 'LabourStarted'; data: { labourId: string; personId: string; from: Instant } }
  | { type: 'LabourStopped'; data: Stretch }
  | { type: 'LabourCorrected'; data: Stretch & { reason: string } }
  | { type: 'ExtraCostBooked'; data: { costId: string; amountFen: number; kind: CostKind; note: string | null } }
  | { type: 'ExtraCostReversed'; data: { costId: string; amountFen: number; reason: string } }
  | { type: 'WorkSignedOff'; data: { signerId: string; signature: Signature; at: Instant } }
  | { type: 'DowntimeRecorded'; data: { downtimeId: string; thing: Thing; from: Instant; until: Instant | null; reason: string } }
  | { type: 'DowntimeEnded'; data: { downtimeId: string; until: Instant } };

/** A stretch of somebody's work, in whole minutes. */
type Stretch = { labourId: string; personId: string; from: Instant; until: Instant; minutes: number };

interface Span {
  readonly id: string;
  /** Whose, or of what: two spans of the same must not overlap. */
  readonly of: string;
  readonly from: Instant;
  /** null: not ended yet. */
  readonly until: Instant | null;
}

export interface WorkLog {
  readonly labour: readonly Span[];
  readonly downtime: readonly Span[];
  readonly costs: readonly { readonly id: string; readonly amountFen: number; readonly reversed: boolean }[];
}

const MOST_FEN = 1_000_000_000;
/** Above zero and up to ten million yuan. */
export const isAmount = (fen: number): boolean => Number.isInteger(fen) && fen > 0 && fen <= MOST_FEN;
export const notAnAmount = (field: string): Rejection => reject('INVALID_AMOUNT', `This takes 1 to ${MOST_FEN} whole fen.`, field);

/** To the nearest whole minute; the sum of an order is the sum of its lines. */
export const minutesBetween = (from: Instant, until: Instant): number => Math.round((millis(until) - millis(from)) / MINUTE);

const overlapping = (spans: readonly Span[], { id, of, from, until }: Span): Span | undefined =>
  spans.find((other) => other.id !== id && other.of === of && endsAfter(other, from) && (until === null || other.from < until));
const endsAfter = ({ until }: Span, at: Instant): boolean => until === null || at < until;

/** Work and cost may still come in when an order is done; one that was cancelled or merged into another takes none. */
function refusalOf(order: OrderKnown): Rejection | undefined {
  if (order === null) return reject('UNKNOWN_WORK_ORDER', 'There is no such work order.', 'input.id');
  return order.takenBack === null ? undefined : reject('WRONG_STATUS', `This work order was ${order.takenBack}.`, 'input.id');
}

type Answer = readonly WorkLogEvent[] | Rejection;
type Of<T extends WorkLogCommand['type']> = Extract<WorkLogCommand, { type: T }>;

function decide(command: WorkLogCommand, log: WorkLog): Answer {
  const refusal = 'order' in command.data ? refusalOf(command.data.order as OrderKnown) : undefined;
  if (refusal) return refusal;
  switch (command.type) {
    case 'StartLabour':
      return startLabour(command, log);
    case 'StopLabour':
      return stopLabour(command, log);
    case 'CorrectLabour':
      return correctLabour(command, log);
    case 'BookExtraCost': {
      const { amountFen, kind, note } = command.data;
      if (!isAmount(amountFen)) return notAnAmount('input.amountFen');
      return [{ type: 'ExtraCostBooked', data: { costId: `xc_${log.costs.length + 1}`, amountFen, kind, note } }];
    }
    case 'ReverseCost': {
      const { costId, reason } = command.data;
      const cost = log.costs.find(({ id }) => id === costId);
      if (!cost) return reject('UNKNOWN_COST', 'There is no such cost.', 'input.costId');
      return cost.reversed ? [] : [{ type: 'ExtraCostReversed', data: { costId, amountFen: cost.amountFen, reason } }];
    }
    case 'SignOff': {
      const { signerId, signature } = command.data;
      if (signature === null) return reject('SIGNATURE_MISSING', 'This takes a photo or a typed name.', 'input.signature');
      return [{ type: 'WorkSignedOff', data: { signerId, signature, at: command.at } }];
    }
    case 'RecordDowntime':
      return recordDowntime(command, log);
    case 'EndDowntime':
      return endDowntime(command, log);
  }
}

function startLabour({ at, by }: Of<'StartLabour'>, { labour }: WorkLog): Answer {
  if (labour.some(({ of, until }) => of === by.id && until === null)) return [];
  const labourId = `lb_${labour.length + 1}`;
  const other = overlapping(labour, { id: labourId, of: by.id, from: at, until: null });
  if (other) return reject('LABOUR_OVERLAPS', `Your last stretch of work ends at ${other.until}.`, 'input.occurredAt');
  return [{ type: 'LabourStarted', data: { labourId, personId: by.id, from: at } }];
}

function stopLabour({ at, by }: Of<'StopLabour'>, { labour }: WorkLog): Answer {
  const running = labour.find(({ of, until }) => of === by.id && until === null);
  if (!running) return reject('NOT_RUNNING', 'You have no timer running here.', 'input.id');
  const { id: labourId, from } = running;
  if (at < from) return reject('ENDS_BEFORE_IT_STARTS', `This timer runs since ${from}.`, 'input.occurredAt');
  return [{ type: 'LabourStopped', data: { labourId, personId: by.id, from, until: at, minutes: minutesBetween(from, at) } }];
}

function correctLabour({ data: { labourId, from, until, reason }, at, by }: Of<'CorrectLabour'>, { labour }: WorkLog): Answer {
  const stretch = labour.find(({ id }) => id === labourId);
  if (!stretch) return reject('UNKNOWN_LABOUR', 'There is no such stretch of work.', 'input.labourId');
  const { of: personId } = stretch;
  if (personId !== by.id && !by.roles.some((role) => ['dispatcher', 'administrator'].includes(role)))
    return reject('NOT_YOURS', 'This is the work of somebody else.', 'input.labourId');
  if (until < from) return reject('ENDS_BEFORE_IT_STARTS', 'Work ends after it starts.', 'input.until');
  if (until > at) return reject('IN_FUTURE', 'This cannot have happened yet.', 'input.until');
  if (overlapping(labour, { id: labourId, of: personId, from, until }))
    return reject('LABOUR_OVERLAPS', 'This person has another stretch of work then.', 'input.from');
  if (stretch.from === from && stretch.until === until) return [];
  return [{ type: 'LabourCorrected', data: { labourId, personId, from, until, minutes: minutesBetween(from, until), reason } }];
}

const nameOf = ({ kind, id }: Thing): string => `${kind} ${id}`;

function recordDowntime({ data: { thing, from, until, reason }, at }: Of<'RecordDowntime'>, { downtime }: WorkLog): Answer {
  if (thing === null) return reject('ASSET_OR_PLACE', 'This takes either an asset or a place.', 'input.assetId');
  if (from > at) return reject('IN_FUTURE', 'This cannot have happened yet.', 'input.from');
  if (until !== null && until > at) return reject('IN_FUTURE', 'This cannot have happened yet.', 'input.until');
  if (until !== null && until < from) return reject('ENDS_BEFORE_IT_STARTS', 'Downtime ends after it starts.', 'input.until');
  const downtimeId = `dt_${downtime.length + 1}`;
  if (overlapping(downtime, { id: downtimeId, of: nameOf(thing), from, until }))
    return reject('DOWNTIME_OVERLAPS', 'This stood still then already.', 'input.from');
  return [{ type: 'DowntimeRecorded', data: { downtimeId, thing, from, until, reason } }];
}

function endDowntime({ data, at }: Of<'EndDowntime'>, { downtime }: WorkLog): Answer {
  const { downtimeId } = data;
  const until = data.until ?? at;
  const stood = downtime.find(({ id }) => id === downtimeId);
  if (!stood) return reject('UNKNOWN_DOWNTIME', 'There is no such downtime.', 'input.downtimeId');
  if (stood.until === until) return [];
  if (stood.until !== null) return reject('ALREADY_ENDED', `This ended at ${stood.until}.`, 'input.downtimeId');
  if (until < stood.from) return reject('ENDS_BEFORE_IT_STARTS', 'Downtime ends after it starts.', 'input.until');
  if (until > at) return reject('IN_FUTURE', 'This cannot have happened yet.', 'input.until');
  return [{ type: 'DowntimeEnded', data: { downtimeId, until } }];
}

const changed = <T extends { readonly id: string }>(all: readonly T[], id: string, change: Partial<T>): readonly T[] =>
  all.map((one) => (one.id === id ? { ...one, ...change } : one));

function evolve(log: WorkLog, event: WorkLogEvent): WorkLog {
  switch (event.type) {
    case 'LabourStarted': {
      const { labourId: id, personId: of, from } = event.data;
      return { ...log, labour: [...log.labour, { id, of, from, until: null }] };
    }
    case 'LabourStopped':
    case 'LabourCorrected': {
      const { labourId, from, until } = event.data;
      return { ...log, labour: changed(log.labour, labourId, { from, until }) };
    }
    case 'ExtraCostBooked':
      return { ...log, costs: [...log.costs, { id: event.data.costId, amountFen: event.data.amountFen, reversed: false }] };
    case 'ExtraCostReversed':
      return { ...log, costs: changed(log.costs, event.data.costId, { reversed: true }) };
    case 'DowntimeRecorded': {
      const { downtimeId: id, thing, from, until } = event.data;
      return { ...log, downtime: [...log.downtime, { id, of: nameOf(thing), from, until }] };
    }
    case 'DowntimeEnded':
      return { ...log, downtime: changed(log.downtime, event.data.downtimeId, { until: event.data.until }) };
    case 'WorkSignedOff':
      return log;
  }
}

export const workLog: Decider<WorkLog, WorkLogCommand, WorkLogEvent> = {
  category: 'workLog',
  initial: { labour: [], downtime: [], costs: [] },
  decide,
  evolve,
};
