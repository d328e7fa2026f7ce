import {
  type Command,
  type Decider,
  idFrom,
  idOf,
  type Instant,
  type JsonObject,
  later,
  type Policy,
  reject,
  type Rejection,
  to,
} from '@hospital/kernel';
import { followUp } from './escalation';
import { type Asked, type Fault, reporting } from './intake';
import { workOrder } from './work-order';

type Doubt = {
  readonly orderId: string;
  readonly technicianId: string;
  readonly certificateId: string;
  readonly kind: string;
  readonly from: Instant;
};

/** A job that was done on a certificate which did not count then: somebody decides whether it is looked at again. */
export type ReinspectionCommand =
  | Command<'ProposeReinspection', Doubt>
  | Command<'ConfirmReinspection', Record<string, never>>
  | Command<'DismissReinspection', { reason: string }>;

export type ReinspectionEvent =
  | { type: 'ReinspectionProposed'; data: Doubt & { at: Instant } }
  | { type: 'ReinspectionConfirmed'; data: { at: Instant } }
  | { type: 'ReinspectionDismissed'; data: { reason: string; at: Instant } };

export type Reinspection = { readonly status: 'unknown' | 'proposed' | 'confirmed' | 'dismissed' };

export const reinspection: Decider<Reinspection, ReinspectionCommand, ReinspectionEvent> = {
  category: 'reinspection',
  initial: { status: 'unknown' },
  decide({ type, data, at }, { status }): readonly ReinspectionEvent[] | Rejection {
    // Told again, or revoked from another instant: one job, one certificate, one proposal.
    if (type === 'ProposeReinspection') return status === 'unknown' ? [{ type: 'ReinspectionProposed', data: { ...data, at } }] : [];
    if (status === 'unknown') return reject('UNKNOWN_REINSPECTION', 'There is no such proposal.', 'input.id');
    const wanted = type === 'ConfirmReinspection' ? 'confirmed' : 'dismissed';
    if (status === wanted) return [];
    if (status !== 'proposed') return reject('ALREADY_DECIDED', `This proposal was ${status}.`, 'input.id');
    return [
      type === 'ConfirmReinspection'
        ? { type: 'ReinspectionConfirmed', data: { at } }
        : { type: 'ReinspectionDismissed', data: { reason: data.reason, at } },
    ];
  },
  evolve(state, { type }) {
    switch (type) {
      case 'ReinspectionProposed':
        return { status: 'proposed' };
      case 'ReinspectionConfirmed':
        return { status: 'confirmed' };
      case 'ReinspectionDismissed':
        return { status: 'dismissed' };
      default:
        return state;
    }
  },
};

/** One stretch of work of one technician on one order; see the view `jobs`. */
export type Job = {
  readonly orderId: string;
  readonly technicianId: string;
  /** The certificate the job asked for. */
  readonly certificate: string | null;
  readonly from: Instant;
  readonly until: Instant | null;
};

/** What is left of somebody's certificates of that kind. */
type Certificate = { readonly certificateId: string; readonly kind: string; readonly from: Instant; readonly until: Instant };

/** The jobs that rested on a certificate from `revokedFrom` on, with no other one of that kind to rest on. Pure. */
export function affected(
  jobs: readonly Job[],
  kind: string,
  revokedFrom: Instant,
  others: readonly Certificate[],
  now: Instant,
): readonly Job[] {
  return jobs.filter(({ certificate, from, until }) => {
    // It ended before that counted, or that does not count yet.
    if (certificate !== kind || (until === null ? revokedFrom > now : until <= revokedFrom)) return false;
    const [begin, end] = [later(from, revokedFrom), until ?? now];
    return !others.some((one) => one.kind === kind && one.from <= begin && one.until >= end);
  });
}

type Revoked = Pick<Doubt, 'certificateId' | 'kind' | 'from'>;

/**
 * A certificate was revoked, maybe for a time that has passed: each job it leaves bare is proposed to be looked at again, once. One
 * that is revoked from a later day on is judged then, with the jobs that run.
 */
export const proposeReinspection: Policy<readonly Doubt[]> = {
  name: 'propose-reinspection',
  categories: ['technician'],
  on: ['TechnicianCertificateRevoked', 'TechnicianQualificationBegun'],
  async facts({ type, stream, data }, ask, now) {
    const technicianId = idOf(stream);
    const [technician] = await ask('technicians', { key: technicianId });
    const { certificates = [], revocations = [] } = (technician?.row ?? {}) as unknown as {
      certificates?: readonly Certificate[];
      revocations?: readonly Revoked[];
    };
    const told = { certificateId: String(data['certificateId']), kind: String(data['kind']), from: String(data['from']) };
    const revoked = type === 'TechnicianCertificateRevoked' ? [told] : revocations.filter(({ from }) => from === data['from']);
    if (revoked.length === 0) return [];
    const jobs = (await ask('jobs', { where: { technicianId } })).map(({ row }) => row as unknown as Job);
    return revoked.flatMap((one) => {
      const others = certificates.filter(({ certificateId }) => certificateId !== one.certificateId);
      const orderIds = new Set(affected(jobs, one.kind, one.from, others, now).map(({ orderId }) => orderId));
      return [...orderIds].map((orderId) => ({ orderId, technicianId, ...one }));
    });
  },
  react: (_, doubts) => doubts.map((doubt) => to(reinspection, `${doubt.certificateId}_${doubt.orderId}`, 'ProposeReinspection', doubt)),
};

/** A confirmed proposal becomes an order of its own, a child of the one in doubt. */
export const reinspect: Policy<Fault | null> = {
  name: 'reinspect',
  categories: ['reinspection'],
  on: ['ReinspectionConfirmed'],
  async facts({ stream }, ask) {
    const [proposal] = await ask('reinspections', { key: idOf(stream) });
    const [order] = proposal ? await ask('work-orders', { key: String((proposal.row as JsonObject)['orderId']) }) : [];
    if (!order) return null;
    // A certificate is asked of the category's own trade, whoever has the order by now.
    const ofCategory = order.row['ofCategory'] as unknown as Asked;
    return followUp(ask, order, '复检：原处理人当时证书无效 Re-inspection: the certificate it rested on did not count', ofCategory);
  },
  react: ({ id }, fault) => (fault === null ? [] : [{ aggregate: workOrder, id: idFrom('wo', id, id), ...reporting(fault) }]),
};
