import { type Ask, idFrom, idOf, type Instant, type Policy, type Recorded, to } from '@hospital/kernel';
import { notification } from './notification';
import { type Contact, DEFAULT_CONTACT, groupOf } from './subscription';

type Part = 'reporter' | 'owner' | 'technician' | 'formerTechnician' | 'dispatcher' | 'escalation';
type Told = readonly [text: string, textEn: string, ...parts: readonly Part[]];

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
  WorkOrderEscalated: ['已升级，请处理', 'was escalated and needs a decision', 'escalation', 'owner'],
  WorkOrderCompleted: ['已完工，请评价', 'is done; please rate it', 'reporter', 'owner'],
  WorkOrderRated: ['已评价', 'was rated', 'owner'],
  WorkOrderLeftUnrated: ['未评价，已关闭', 'was closed without a rating', 'owner'],
  WorkOrderReopened: ['已返修', 'was reopened', 'reporter', 'owner'],
  WorkOrderCancelled: ['已取消', 'was cancelled', 'reporter', 'owner', 'technician'],
  WorkOrderMerged: ['已并入', 'was merged into', 'reporter', 'owner', 'technician'],
} as const satisfies Readonly<Record<string, Told>>;

export type Kind = keyof typeof TOLD;
export const KINDS = Object.keys(TOLD) as readonly Kind[];
const NEEDS_INFORMATION: Told = ['需要补充信息', 'needs more information', 'reporter', 'owner'];

const toldOf = ({ type, data }: Pick<Recorded, 'type' | 'data'>): Told =>
  Array.isArray(data['missing']) && data['missing'].length > 0 && type === 'WorkOrderReported' ? NEEDS_INFORMATION : TOLD[type as Kind];

/** What it says, in Chinese and in English: which order and what became of it, no word that anybody typed. */
export function textsOf(event: Pick<Recorded, 'type' | 'data' | 'stream'>): { readonly text: string; readonly textEn: string } {
  const [text, textEn] = toldOf(event);
  const other = event.type === 'WorkOrderMerged' ? ` ${String(event.data['into'])}` : '';
  const orderId = idOf(event.stream);
  return { text: `工单 ${orderId} ${text}${other}`, textEn: `Work order ${orderId} ${textEn}${other}` };
}

/** Whom an order concerns, as known when the event was recorded or later. */
export interface Concerned {
  readonly reporterId: string | null;
  /** Who reported orders that were merged into this one. */
  readonly mergedReporterIds: readonly string[];
  readonly ownerId: string | null;
  readonly technicianId: string | null;
}

const idIn = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Ids of those who hear of an event, each once. Pure. */
export function recipientsOf(event: Pick<Recorded, 'type' | 'data'>, concerned: Concerned): readonly string[] {
  const { technicianId, fromTechnicianId, to: escalatedTo } = event.data;
  const members: Readonly<Record<Part, readonly (string | null)[]>> = {
    reporter: [concerned.reporterId, ...concerned.mergedReporterIds],
    owner: [concerned.ownerId],
    technician: [idIn(technicianId) ?? concerned.technicianId],
    formerTechnician: [idIn(fromTechnicianId)],
    dispatcher: [groupOf('dispatcher')],
    escalation: [groupOf(String(escalatedTo))],
  };
  const [, , ...parts] = toldOf(event);
  const ids = parts.flatMap((part) => members[part]);
  // What the suite reports by itself it need not be told.
  return [...new Set(ids)].filter((id) => id !== null && id !== 'system') as string[];
}

type Owned = { readonly ownerId: string; readonly handOvers?: readonly { readonly fromId: string; readonly acceptedAt: Instant }[] };

/** The owner of record at that instant: whoever took it over later had not to do with it yet. */
const ownerAt = ({ ownerId, handOvers = [] }: Owned, at: Instant): string =>
  handOvers.find(({ acceptedAt }) => acceptedAt > at)?.fromId ?? ownerId;

async function concernedBy(orderId: string, at: Instant, ask: Ask): Promise<Concerned> {
  const [order] = await ask('work-orders', { key: orderId });
  const [responsibility] = await ask('responsibilities', { key: orderId });
  return {
    reporterId: idIn(order?.row['reporterId']),
    mergedReporterIds: (await mergedInto(orderId, ask)).map((row) => String(row['reporterId'])),
    // Until somebody is on record, who took the call.
    ownerId: responsibility ? ownerAt(responsibility.row as unknown as Owned, at) : idIn(order?.row['receiverId']),
    technicianId: idIn(order?.row['technicianId']),
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

/** Whoever does the work is told what is sent to them, and no more unless they ask for it: the rest they did themselves. */
const didIt = (kind: Kind, recipientId: string, { technicianId, reporterId }: Concerned): boolean =>
  recipientId === technicianId && recipientId !== reporterId && !(TOLD[kind] as Told).includes('technician');

interface Facts {
  readonly concerned: Concerned;
  readonly contacts: ReadonlyMap<string, Contact>;
}

/** Everybody an event concerns is told, each in the way and of the kinds they chose. */
export const tellConcerned: Policy<Facts> = {
  name: 'tell-concerned',
  categories: ['workOrder'],
  on: KINDS,
  async facts(event, ask) {
    const concerned = await concernedBy(idOf(event.stream), event.metadata.recordedAt, ask);
    const rows = await ask('contacts', { key: recipientsOf(event, concerned) });
    return { concerned, contacts: new Map(rows.map(({ key, row }) => [key, row as unknown as Contact])) };
  },
  react(event, { concerned, contacts }) {
    const { type: kind, stream, metadata } = event;
    return recipientsOf(event, concerned).flatMap((recipientId) => {
      const contact = contacts.get(recipientId) ?? (didIt(kind as Kind, recipientId, concerned) ? undefined : DEFAULT_CONTACT);
      if (contact === undefined) return [];
      const { channel, address, kinds, quiet } = contact;
      if (kinds !== null && !kinds.includes(kind)) return [];
      const news = { recipientId, channel, address, orderId: idOf(stream), kind, ...textsOf(event) };
      const id = idFrom('nt', event.id, `${event.id}/${recipientId}`);
      return [to(notification, id, 'RequestNotification', { news, recordedAt: metadata.recordedAt, quiet })];
    });
  },
};
