import {
  type Ask,
  categoryOf,
  idFrom,
  idOf,
  type Instant,
  type JsonObject,
  type Personal,
  type Policy,
  type Recorded,
  to,
} from '@hospital/kernel';
import { type Opening, raterOf } from './intake';
import type { CarriedOver } from './month';
import { notification } from './notification';
import { type Contact, DEFAULT_CONTACT, groupOf } from './subscription';

type Part =
  | 'reporter'
  | 'owner'
  | 'technician'
  | 'formerTechnician'
  | 'dispatcher'
  | 'director'
  | 'escalation'
  | 'alarmed'
  | 'offered'
  | 'formerOwner'
  | 'vendor'
  | 'caller'
  | 'complainant'
  | 'corrector'
  | 'carrying';
type Told = readonly [text: string, textEn: string, ...parts: readonly Part[]];

/** What news is about: how it is called, and the view that knows more of it than the event says; null where the order is all there is. */
const SUBJECTS = {
  workOrder: ['工单', 'Work order', null],
  responsibility: ['工单', 'Work order', null],
  vendorJob: ['外委任务', 'Vendor job', 'vendor-jobs'],
  complaint: ['投诉', 'Complaint', 'complaints'],
  reinspection: ['复检', 'Re-inspection', 'reinspections'],
  month: ['月度', 'Month', null],
} as const;
const subjectOf = (stream: string) => SUBJECTS[categoryOf(stream) as keyof typeof SUBJECTS];

/** Who hears what. The owner of record hears every change of status; whoever did it is told as well: it is their receipt. */
const TOLD = {
  WorkOrderReported: ['已受理', 'was received', 'reporter', 'owner'],
  WorkOrderInformationProvided: ['已补充信息', 'got more information', 'owner'],
  WorkOrderLeftWaiting: ['暂无可派人员，等待派工', 'waits: nobody can take it yet', 'reporter', 'owner', 'dispatcher'],
  WorkOrderDispatched: ['已派工', 'was dispatched', 'reporter', 'owner', 'technician'],
  WorkOrderAssigned: ['已指派维修人员', 'was assigned', 'reporter', 'owner', 'technician', 'formerTechnician'],
  WorkOrderGrabbed: ['已被抢单', 'was taken on', 'reporter', 'owner'],
  WorkOrderAccepted: ['已接单', 'was accepted', 'reporter', 'owner'],
  WorkOrderDeclined: ['被退单，将重新派工', 'was declined and is dispatched again', 'owner'],
  WorkOrderHandedToTeam: ['已转其他班组', 'was handed to another team', 'reporter', 'owner'],
  WorkOrderPaused: ['已暂停', 'was paused', 'reporter', 'owner'],
  WorkOrderResumed: ['已恢复', 'was resumed', 'reporter', 'owner'],
  WorkOrderLimitWarned: ['即将超时', 'is about to pass a limit', 'owner', 'technician'],
  WorkOrderLimitPassed: ['已超时', 'is overdue', 'owner', 'technician'],
  WorkOrderLimitKept: ['有时限实际未超，特此更正', 'kept a limit after all that was told to have passed', 'owner', 'alarmed'],
  WorkOrderEscalated: ['已升级，请处理', 'was escalated and needs a decision', 'escalation', 'owner'],
  WorkOrderCompleted: ['已完工', 'is done', 'reporter', 'owner'],
  WorkOrderRated: ['已评价', 'was rated', 'owner'],
  WorkOrderLeftUnrated: ['未评价，已关闭', 'was closed without a rating', 'owner'],
  WorkOrderReopened: ['已返修', 'was reopened', 'reporter', 'owner'],
  WorkOrderCancelled: ['已取消', 'was cancelled', 'reporter', 'owner', 'technician'],
  WorkOrderMerged: ['已并入', 'was merged into', 'reporter', 'owner', 'technician'],

  HandOverOffered: ['请您接手负责', 'is offered to you to follow to its end', 'offered'],
  HandOverAccepted: ['已由他人接手负责', 'is followed to its end by somebody else now', 'formerOwner'],
  HandOverDeclined: ['未被接手，仍由您负责', 'was not taken over and stays with you', 'owner'],
  HandOverWithdrawn: ['不再请您接手', 'is no longer offered to you', 'offered'],

  VendorJobOpened: ['已交维保单位', 'was handed to a vendor', 'vendor', 'reporter', 'owner', 'technician'],
  VendorEscalated: ['维保单位逾期未到场，请处理', 'is late: the vendor has not arrived', 'escalation', 'owner', 'technician', 'caller'],
  VendorArrivalCheckedIn: ['维保人员已到场', 'has the vendor on site', 'reporter', 'owner', 'technician', 'caller'],
  VendorJobFinished: ['维保已完成', 'was finished by the vendor', 'owner', 'technician', 'caller'],
  VendorJobWithdrawn: ['已撤回', 'was called off', 'vendor', 'owner', 'technician', 'caller'],

  ComplaintFiled: ['已受理', 'was received', 'complainant', 'dispatcher', 'director'],
  CorrectiveActionSet: ['请您落实整改', 'needs your corrective action', 'corrector'],
  ComplaintClosed: ['已办结', 'was closed', 'complainant', 'corrector'],
  ComplaintRejected: ['不予受理', 'was rejected', 'complainant'],

  ReinspectionProposed: ['待决定', 'was proposed and needs a decision', 'dispatcher', 'technician', 'owner'],
  ReinspectionConfirmed: ['已确认，将重新派工', 'was confirmed, a new order follows', 'reporter', 'technician', 'owner'],
  ReinspectionDismissed: ['无需复检', 'was dismissed', 'technician', 'owner'],

  MonthClosed: ['已关账，例外工单数', 'was closed, exceptions:', 'director', 'carrying'],
} as const satisfies Readonly<Record<string, Told>>;

export type Kind = keyof typeof TOLD;
export const KINDS = Object.keys(TOLD) as readonly Kind[];
/** What takes back other news is heard also by whoever chose to hear that. */
const TAKES_BACK: Readonly<Record<string, readonly Kind[]>> = { WorkOrderLimitKept: ['WorkOrderLimitPassed', 'WorkOrderEscalated'] };
const NEEDS_INFORMATION: Told = ['需要补充信息', 'needs more information', 'reporter', 'owner'];
/** To whoever may. */
const PLEASE_RATE = ['已完工，请评价', 'is done; please rate it'] as const;

const toldOf = ({ type, data }: Pick<Recorded, 'type' | 'data'>): Told =>
  Array.isArray(data['missing']) && data['missing'].length > 0 && type === 'WorkOrderReported' ? NEEDS_INFORMATION : TOLD[type as Kind];

/** What it says, in Chinese and in English: what it is about and what became of it, no word that anybody typed. */
export function textsOf({ type, data, stream }: Pick<Recorded, 'type' | 'data' | 'stream'>, orderId: string | null, mayRate = false) {
  const [text, textEn] = mayRate && type === 'WorkOrderCompleted' ? PLEASE_RATE : toldOf({ type, data });
  const [name, nameEn] = subjectOf(stream);
  const id = idOf(stream);
  const [of, ofEn] = orderId === null || orderId === id ? ['', ''] : [`（工单 ${orderId}）`, ` of work order ${orderId}`];
  const more =
    type === 'WorkOrderMerged' ? data['into'] : type === 'MonthClosed' ? (data['exceptions'] as readonly unknown[]).length : null;
  const end = more === null ? '' : ` ${String(more)}`;
  return { text: `${name} ${id}${of || ' '}${text}${end}`, textEn: `${nameEn} ${id}${ofEn} ${textEn}${end}` };
}

/** Whom an order concerns, as known when the event was recorded or later. */
export interface Concerned {
  readonly reporterId: string | null;
  /** Who reported orders that were merged into this one. */
  readonly mergedReporterIds: readonly string[];
  readonly ownerId: string | null;
  /** The owner of record when the limit passed that an event takes back. */
  readonly alarmedOwnerId: string | null;
  /** Who may rate the repair an event tells of. */
  readonly raterId: string | null;
  readonly technicianId: string | null;
  /** The order is an exercise, whatever is done with it. */
  readonly drill: boolean;
}
const NOBODY: Concerned = {
  ...{ reporterId: null, mergedReporterIds: [], ownerId: null, alarmedOwnerId: null, raterId: null, technicianId: null, drill: false },
};

const idIn = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Ids of those who hear of an event, each once. Pure. `data`: those of the event, and beneath what a view knows of its subject. */
export function recipientsOf({ type, data }: Pick<Recorded, 'type' | 'data'>, concerned: Concerned): readonly string[] {
  const member: Readonly<Record<Part, () => readonly (string | null)[]>> = {
    reporter: () => [concerned.reporterId, ...concerned.mergedReporterIds],
    owner: () => [concerned.ownerId],
    technician: () => [idIn(data['technicianId']) ?? concerned.technicianId],
    formerTechnician: () => [idIn(data['fromTechnicianId'])],
    dispatcher: () => [groupOf('dispatcher')],
    director: () => [groupOf('director')],
    escalation: () => [groupOf(String(data['to']))],
    // Those who were told that a limit to the repair had passed: the event says who had the order then.
    alarmed: () => [groupOf('director'), concerned.alarmedOwnerId, idIn(data['technicianId'])],
    offered: () => [idIn(data['toId'])],
    formerOwner: () => [idIn(data['fromId'])],
    vendor: () => [idIn(data['vendorId'])],
    // The arrival code is sealed for whoever called the vendor.
    caller: () => [(data['code'] as Personal | undefined)?.personal ?? null],
    complainant: () => [idIn(data['complainantId'])],
    corrector: () => [idIn(data['ownerId']) ?? idIn((data['correctiveAction'] as JsonObject | null)?.['ownerId'])],
    carrying: () => (data['carriedOver'] as readonly CarriedOver[]).map(({ ownerId }) => ownerId),
  };
  const [, , ...parts] = toldOf({ type, data });
  const ids = parts.flatMap((part) => member[part]());
  // What the suite reports by itself it need not be told.
  return [...new Set(ids)].filter((id) => id !== null && id !== 'system') as string[];
}

type Owned = {
  readonly ownerId: string;
  readonly takenAt: Instant;
  readonly handOvers: readonly { readonly fromId: string; readonly acceptedAt: Instant }[];
};

/** The owner of record at that instant: whoever became it later had not to do with it yet. */
const ownerAt = ({ ownerId, takenAt, handOvers }: Owned, at: Instant): string | null =>
  takenAt > at ? null : (handOvers.find(({ acceptedAt }) => acceptedAt > at)?.fromId ?? ownerId);

/** Who becomes the owner by an event, unless somebody is. */
const newOwner = ({ type, data }: Recorded): string | null =>
  type === 'WorkOrderAccepted' || type === 'WorkOrderGrabbed' ? idIn(data['technicianId']) : null;

async function concernedBy(orderId: string, event: Recorded, ask: Ask, now: Instant): Promise<Concerned> {
  const [[order], [responsibility], merged] = await Promise.all([
    ask('work-orders', { key: orderId }),
    ask('responsibilities', { key: orderId }),
    mergedInto(orderId, ask),
  ]);
  const ownerOf = (at: Instant) => (responsibility ? ownerAt(responsibility.row as unknown as Owned, at) : null);
  const receiverId = idIn(order?.row['receiverId']);
  const dueAt = event.type in TAKES_BACK ? idIn(event.data['dueAt']) : null;
  return {
    reporterId: idIn(order?.row['reporterId']),
    mergedReporterIds: merged.map((row) => String(row['reporterId'])),
    // Until somebody is on record, who took the call.
    ownerId: ownerOf(event.metadata.recordedAt) ?? receiverId ?? newOwner(event),
    raterId:
      order?.row['status'] === 'completed' && now <= String(event.data['rateUntil']) ? raterOf(order.row as unknown as Opening) : null,
    alarmedOwnerId: dueAt === null ? null : (ownerOf(dueAt) ?? receiverId),
    technicianId: idIn(order?.row['technicianId']),
    drill: order?.row['drill'] === true,
  };
}

/** Orders that were merged into this one, those merged into them too. */
async function mergedInto(orderId: string, ask: Ask) {
  const found = new Map<string, Awaited<ReturnType<Ask>>[number]['row']>();
  for (let into: readonly string[] = [orderId]; into.length > 0;) {
    const merged = (await ask('work-orders', { where: { mergedInto: { in: into } } })).filter(({ key }) => !found.has(key));
    for (const { key, row } of merged) found.set(key, row);
    into = merged.map(({ key }) => key);
  }
  return [...found.values()];
}

interface Facts {
  readonly orderId: string | null;
  readonly concerned: Concerned;
  readonly recipients: readonly string[];
  readonly contacts: ReadonlyMap<string, Contact>;
}

/** Everybody an event concerns is told, each in the way and of the kinds they chose. */
export const tellConcerned: Policy<Facts> = {
  name: 'tell-concerned',
  categories: Object.keys(SUBJECTS),
  on: KINDS,
  async facts(event, ask, now) {
    const { stream, data } = event;
    const id = idOf(stream);
    const [, , view] = subjectOf(stream);
    const [known] = view === null ? [] : await ask(view, { key: id });
    const all = { ...known?.row, ...data };
    const orderId = /^(workOrder|responsibility)-/.test(stream) ? id : idIn(all['orderId']);
    const concerned = orderId === null ? NOBODY : await concernedBy(orderId, event, ask, now);
    const recipients = recipientsOf({ type: event.type, data: all }, concerned);
    const rows = recipients.length === 0 ? [] : await ask('contacts', { key: recipients });
    return { orderId, concerned, recipients, contacts: new Map(rows.map(({ key, row }) => [key, row as unknown as Contact])) };
  },
  react(event, { orderId, concerned, recipients, contacts }) {
    const { type: kind, stream, metadata } = event;
    return recipients.flatMap((recipientId) => {
      const { channel, address, kinds, quiet } = contacts.get(recipientId) ?? DEFAULT_CONTACT;
      if (kinds !== null && ![kind, ...(TAKES_BACK[kind] ?? [])].some((one) => kinds.includes(one))) return [];
      const { occurredAt, recordedAt } = metadata;
      const told = { aboutId: idOf(stream), orderId, kind, eventId: event.id, occurredAt, recordedAt };
      const news = { recipientId, channel, address, ...told, ...textsOf(event, orderId, recipientId === concerned.raterId) };
      // What one wish takes back is told once.
      const occasion = kind in TAKES_BACK ? metadata.commandId : event.id;
      const id = idFrom('nt', occasion, `${occasion}/${recipientId}`);
      return [to(notification, id, 'RequestNotification', { news, recordedAt, quiet, exercise: concerned.drill })];
    });
  },
};
