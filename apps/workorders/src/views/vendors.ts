import { idOf, type Instant, type JsonObject, type Personal, type View } from '@hospital/kernel';
import type { Agreement, VendorEvent } from '../domain/vendor';
import type { VendorCost, VendorJobEvent } from '../domain/vendor-job';

export interface VendorRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly name: string;
  readonly contact: Personal | null;
  /** In the order they were agreed. */
  readonly agreements: readonly Agreement[];
}

export const vendors: View<VendorRow> = {
  name: 'vendors',
  version: 1,
  categories: ['vendor'],
  columns: ['name'],
  project(row, recorded) {
    const event = recorded as unknown as VendorEvent;
    const { revision, stream } = recorded;
    if (event.type === 'VendorRegistered') return { ...event.data, id: idOf(stream), revision, agreements: [] };
    if (!row) return undefined;
    switch (event.type) {
      case 'VendorTermsAgreed':
        return { ...row, revision, agreements: [...row.agreements, event.data] };
      case 'VendorContactReplaced':
        return { ...row, revision, contact: event.data.contact };
      case 'VendorContactForgotten':
        return { ...row, revision };
    }
  },
};

export interface VendorJobRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly status: 'awaited' | 'arrived' | 'finished' | 'settled' | 'withdrawn';
  readonly orderId: string;
  readonly vendorId: string;
  readonly placeId: string;
  readonly reason: string;
  readonly trapped: boolean;
  readonly openedAt: Instant;
  readonly arriveDueAt: Instant;
  /** Readable by whoever called the vendor, among others. */
  readonly code: Personal;
  readonly arrivedAt: Instant | null;
  readonly proof: string | null;
  readonly verified: boolean | null;
  readonly breachedAt: Instant | null;
  readonly result: string | null;
  readonly costs: readonly VendorCost[];
  readonly finishedAt: Instant | null;
  readonly settlement: { readonly amountFen: number; readonly invoiceNumber: string; readonly at: Instant } | null;
  readonly withdrawn: { readonly reason: string; readonly at: Instant } | null;
  /** When arrival is due, until it came, was missed or is not wanted any more. */
  readonly nextDueAt: Instant | null;
  readonly correlationId: string;
  readonly drill: boolean;
}

function change(event: VendorJobEvent): Partial<VendorJobRow> {
  switch (event.type) {
    case 'VendorJobOpened':
    case 'VendorEscalated':
      return {};
    case 'VendorArrivalCheckedIn': {
      const { proof, verified, at } = event.data;
      return { status: 'arrived', arrivedAt: at, proof: proof.kind, verified, nextDueAt: null };
    }
    case 'VendorArrivalBreached':
      return { breachedAt: event.data.dueAt, nextDueAt: null };
    case 'VendorJobFinished': {
      const { result, costs, at } = event.data;
      return { status: 'finished', result, costs, finishedAt: at };
    }
    case 'VendorJobSettled': {
      const { amountFen, invoiceNumber, at } = event.data;
      return { status: 'settled', settlement: { amountFen, invoiceNumber, at } };
    }
    case 'VendorJobWithdrawn': {
      const { reason, at } = event.data;
      return { status: 'withdrawn', withdrawn: { reason, at }, nextDueAt: null };
    }
  }
}

export const vendorJobs: View<VendorJobRow> = {
  name: 'vendor-jobs',
  version: 1,
  categories: ['vendorJob'],
  columns: ['orderId', 'vendorId', 'status', 'openedAt', 'nextDueAt'],
  project(row, recorded) {
    const event = recorded as unknown as VendorJobEvent;
    const { revision, stream, metadata } = recorded;
    if (event.type === 'VendorJobOpened') {
      const { orderId, vendorId, placeId, reason, trapped, arriveDueAt, code, at } = event.data;
      return {
        ...{ id: idOf(stream), revision, status: 'awaited', orderId, vendorId, placeId, reason, trapped, arriveDueAt, code },
        ...{ openedAt: at, nextDueAt: arriveDueAt, correlationId: metadata.correlationId },
        ...{ arrivedAt: null, proof: null, verified: null, breachedAt: null, result: null, costs: [], finishedAt: null },
        ...{ settlement: null, withdrawn: null, drill: metadata.drill === true },
      };
    }
    return row && { ...row, ...change(event), revision };
  },
};

/** How a vendor has done, each figure with the jobs it was counted from. */
export interface VendorScore {
  readonly jobs: readonly string[];
  readonly arrivedInTime: readonly string[];
  readonly breached: readonly string[];
  /** Not due yet. */
  readonly awaited: readonly string[];
  /** Called off before arrival was due. */
  readonly calledOff: readonly string[];
  /** Arrivals whose position could not be compared with anything. */
  readonly unverified: readonly string[];
  /** In time of those that either were in time or not; null while there is none. */
  readonly onTimeRate: number | null;
}

/** Exercises do not count. */
export function scoreOf(all: readonly VendorJobRow[]): VendorScore {
  const real = all.filter(({ drill }) => !drill);
  const those = (which: (job: VendorJobRow) => boolean): readonly string[] => real.filter(which).map(({ id }) => id);
  const missed = ({ breachedAt }: VendorJobRow): boolean => breachedAt !== null;
  const arrivedInTime = those((job) => !missed(job) && job.arrivedAt !== null);
  const breached = those(missed);
  const judged = arrivedInTime.length + breached.length;
  return {
    jobs: those(() => true),
    arrivedInTime,
    breached,
    awaited: those((job) => !missed(job) && job.status === 'awaited'),
    calledOff: those((job) => !missed(job) && job.arrivedAt === null && job.status === 'withdrawn'),
    unverified: those(({ verified }) => verified === false),
    onTimeRate: judged === 0 ? null : arrivedInTime.length / judged,
  };
}
