import {
  type Command,
  DAY,
  type Deadline,
  type Decider,
  idOf,
  type Instant,
  type Personal,
  plus,
  type Policy,
  reject,
  type Rejection,
  to,
} from '@hospital/kernel';
import type { Agreement } from './category';

/**
 * Where somebody without an account can be reached about one request; sealed under that request, since nothing else is known of
 * them. It is forgotten once it was kept for as long as is agreed, or when an administrator says so. 联系方式
 */
export type ReporterContactCommand =
  /** Null: for as long as the request is under way. */
  | Command<'KeepReporterContact', { until: Instant | null }>
  /** `left`: whether the request has such a contact. `dueAt`: until when it was to be kept; null: somebody says so. */
  | Command<'ForgetReporterContact', { left: boolean; dueAt: Instant | null }>;

export type ReporterContactEvent =
  | { type: 'ReporterContactKept'; data: { until: Instant | null } }
  | { type: 'ReporterContactForgotten'; data: { because: 'agreed' | 'asked'; at: Instant } };

type ReporterContact = { readonly forgotten: boolean; readonly until: Instant | null };

export const reporterContact: Decider<ReporterContact, ReporterContactCommand, ReporterContactEvent> = {
  category: 'reporterContact',
  initial: { forgotten: false, until: null },
  decide({ type, data, at }, { forgotten, until }): readonly ReporterContactEvent[] | Rejection {
    if (forgotten) return [];
    if (type === 'KeepReporterContact') return data.until === until ? [] : [{ type: 'ReporterContactKept', data }];
    if (!data.left) return reject('NO_CONTACT', 'Nobody without an account left a contact with this work order.', 'input.id');
    // Reopened in the meantime.
    if (data.dueAt !== null && data.dueAt !== until) return [];
    return [{ type: 'ReporterContactForgotten', data: { because: data.dueAt === null ? 'asked' : 'agreed', at } }];
  },
  evolve(state, event) {
    switch (event.type) {
      case 'ReporterContactKept':
        return { ...state, until: event.data.until };
      case 'ReporterContactForgotten':
        return { forgotten: true, until: null };
      default:
        return state;
    }
  },
};

/** Days for which it is kept after the request; null when there is none. */
type Days = number | null;

/** Once the request has ended, and was rated or can be rated no more, the days agreed with it begin; reopened, they are to come again. */
export const keepContact: Policy<Days> = {
  name: 'keep-contact',
  categories: ['workOrder'],
  on: ['WorkOrderRated', 'WorkOrderLeftUnrated', 'WorkOrderCancelled', 'WorkOrderMerged', 'WorkOrderReopened'],
  async facts({ stream }, ask) {
    const [order] = await ask('work-orders', { key: idOf(stream) });
    if ((order?.row['contact'] as Personal | null | undefined)?.personal !== idOf(stream)) return null;
    const agreed = order!.row['contactDays'] as Days;
    if (agreed !== null) return agreed;
    // Opened before its days were agreed with it: those of its kind.
    const [category] = await ask('categories', { key: String(order!.row['categoryId']) });
    return (category?.row['agreement'] as Agreement | undefined)?.contactDays ?? 0;
  },
  react({ type, stream, metadata }, days) {
    if (days === null) return [];
    const until = type === 'WorkOrderReopened' ? null : plus(metadata.occurredAt, days * DAY);
    return [to(reporterContact, idOf(stream), 'KeepReporterContact', { until })];
  },
};

/** It was kept for as long as is agreed. */
export const contactKeptLongEnough: Deadline = {
  name: 'contact-kept-long-enough',
  view: 'reporter-contacts',
  column: 'forgetAt',
  correlation: 'correlationId',
  whenDue: (orderId, dueAt) => to(reporterContact, orderId, 'ForgetReporterContact', { left: true, dueAt }),
};
