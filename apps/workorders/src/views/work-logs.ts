import { idOf, type Instant, type JsonObject, type Recorded, type View } from '@hospital/kernel';
import type { CostKind, Signature, Thing, WorkLogEvent } from '../domain/work-log';

/** What a work order took; the key is the id of the order. */
export interface WorkLogRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly labour: readonly LabourRow[];
  /** Of the timers that have ended. */
  readonly labourMinutes: number;
  readonly costs: readonly CostRow[];
  /** Of the costs that stand. */
  readonly extraCostFen: number;
  /** The latest. */
  readonly signature: { readonly signerId: string; readonly signature: Signature; readonly at: Instant } | null;
  readonly downtime: readonly DowntimeRow[];
}

export interface LabourRow extends JsonObject {
  readonly id: string;
  readonly personId: string;
  readonly from: Instant;
  /** null: the timer runs. */
  readonly until: Instant | null;
  readonly minutes: number | null;
  /** Why it was corrected, the last time. */
  readonly correction: string | null;
}

export interface CostRow extends JsonObject {
  readonly id: string;
  readonly amountFen: number;
  readonly kind: CostKind;
  readonly note: string | null;
  readonly bookedAt: Instant;
  /** Why it was taken back. */
  readonly reversal: string | null;
}

export interface DowntimeRow extends JsonObject {
  readonly id: string;
  readonly thing: Thing;
  readonly from: Instant;
  readonly until: Instant | null;
  readonly reason: string;
}

const changed = <T extends { readonly id: string }>(all: readonly T[], id: string, change: Partial<T>): readonly T[] =>
  all.map((one) => (one.id === id ? { ...one, ...change } : one));

type Lists = Pick<WorkLogRow, 'labour' | 'costs' | 'signature' | 'downtime'>;

function change({ labour, costs, downtime }: Lists, event: WorkLogEvent, at: Instant): Partial<Lists> {
  switch (event.type) {
    case 'LabourStarted': {
      const { labourId: id, personId, from } = event.data;
      return { labour: [...labour, { id, personId, from, until: null, minutes: null, correction: null }] };
    }
    case 'LabourStopped': {
      const { labourId, from, until, minutes } = event.data;
      return { labour: changed(labour, labourId, { from, until, minutes }) };
    }
    case 'LabourCorrected': {
      const { labourId, from, until, minutes, reason: correction } = event.data;
      return { labour: changed(labour, labourId, { from, until, minutes, correction }) };
    }
    case 'ExtraCostBooked': {
      const { costId: id, amountFen, kind, note } = event.data;
      return { costs: [...costs, { id, amountFen, kind, note, bookedAt: at, reversal: null }] };
    }
    case 'ExtraCostReversed':
      return { costs: changed(costs, event.data.costId, { reversal: event.data.reason }) };
    case 'WorkSignedOff':
      return { signature: event.data };
    case 'DowntimeRecorded': {
      const { downtimeId: id, thing, from, until, reason } = event.data;
      return { downtime: [...downtime, { id, thing, from, until, reason }] };
    }
    case 'DowntimeEnded':
      return { downtime: changed(downtime, event.data.downtimeId, { until: event.data.until }) };
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const EMPTY: Lists = { labour: [], costs: [], signature: null, downtime: [] };

function project(row: WorkLogRow | undefined, recorded: Recorded): WorkLogRow | undefined {
  const { labour, costs, signature, downtime } = row ?? EMPTY;
  const lists = { labour, costs, signature, downtime };
  const told = change(lists, recorded as unknown as WorkLogEvent, recorded.metadata.occurredAt);
  // An event of a newer version tells nothing here.
  if (told === undefined) return undefined;
  const now = { ...lists, ...told };
  return {
    id: idOf(recorded.stream),
    revision: recorded.revision,
    ...now,
    labourMinutes: sum(now.labour.map(({ minutes }) => minutes ?? 0)),
    extraCostFen: sum(now.costs.filter(({ reversal }) => reversal === null).map(({ amountFen }) => amountFen)),
  };
}

export const workLogs: View<WorkLogRow> = { name: 'work-logs', version: 1, categories: ['workLog'], columns: [], project };
