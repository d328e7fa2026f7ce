import { type Addressed, DAY, HOUR, instant, millis, personal, plus, type Recorded, to } from '@hospital/kernel';
import { complaint, loopOf, month, ordersOfMonth, windowOf } from '@hospital/workorders';
import { actor, dateOf, DESK, type Stage } from './stage';
import type { Colleague } from './staff';

const DIRECTOR = actor('demo-director', 'director');
/** A month is closed on its fifth day after, at nine in the morning. */
const CLOSED_AFTER = 4 * DAY + 9 * HOUR;
/** So many of those who nobody answered in time complain of it. */
const COMPLAIN = 0.15;
const CAUSES = ['workmanship', 'parts', 'staffing', 'communication'] as const;
const ACTIONS = ['补充常用配件库存', '修复后由第二人复查', '暂停维修时通知报修科室', '高峰时段增加一人'];

/** Whoever answers for it all: closes the months, and looks into what people complain of. */
export function direct(stage: Stage, people: readonly Colleague[]): void {
  let name = monthOf(stage.start);
  for (let window = windowOf(name)!; plus(window.until, CLOSED_AFTER) < stage.plan.end; window = windowOf(name)!) {
    const closing = name;
    stage.later(plus(window.until, CLOSED_AFTER), () => close(stage, closing, people));
    name = monthOf(window.until);
  }
  stage.watch('workOrder', (orderId, event) => complain(stage, orderId, event));
  stage.watch('complaint', (id, { type }) => (type === 'ComplaintFiled' ? investigate(stage, id, people) : undefined));
}

const monthOf = (at: string): string => instant(millis(at) + 8 * HOUR).slice(0, 7);

/** What is still open goes on, each with somebody who answers for it and a day. */
async function close(stage: Stage, name: string, people: readonly Colleague[]): Promise<void> {
  const orders = await ordersOfMonth(stage.orders.ask, name);
  const { open } = loopOf(orders);
  const found = await stage.orders.ask('timeline', { key: open.map(({ id }) => id) });
  const trades = new Map(found.map(({ key, row }) => [key, row['trade']]));
  const carriedOver = open.map(({ id: orderId }) => {
    const { id: ownerId } = people.find(({ trade }) => trade === trades.get(orderId))!;
    return { orderId, ownerId, dueOn: dateOf(plus(stage.now, 14 * DAY)) };
  });
  await stage.does(stage.orders, to(month, name, 'CloseMonth', { month: name, orders, carriedOver }), DIRECTOR);
}

function complain(stage: Stage, orderId: string, { type }: Recorded): void {
  if (type !== 'WorkOrderResponseBreached' || !stage.chance.once(COMPLAIN)) return;
  stage.later(stage.within(60, 2_880), async () => {
    const [order] = await stage.orders.ask('timeline', { key: orderId });
    const complainantId = String(order!.row['reporterId']);
    const said = { kind: 'delay' as const, text: personal(complainantId, '等候过久，无人告知'), complainantId, byPatient: false };
    const filing = { order: { id: orderId, known: true }, ...said };
    const by = actor(complainantId, 'clinician');
    await stage.does(stage.orders, to(complaint, stage.named(stage.orders, 'cp'), 'FileComplaint', filing), by);
  });
}

/** First why, then what is done about it, then it is done; a few are not justified. */
function investigate(stage: Stage, id: string, people: readonly Colleague[]): void {
  const { chance, orders } = stage;
  const step = (type: string, data: Addressed['data']) => stage.does(orders, { aggregate: complaint, id, type, data }, DESK);
  const inDays = (least: number, most: number, work: () => Promise<unknown>): void =>
    stage.later(stage.within(least * 1_440, most * 1_440), async () => void (await work()));
  inDays(1, 3, async () => {
    if (chance.once(0.1)) return step('RejectComplaint', { reason: '核实后与本单无关' });
    await step('InvestigateComplaint', { cause: chance.of(CAUSES), note: null });
    const action = { action: chance.of(ACTIONS), ownerId: chance.of(people).id, dueOn: dateOf(plus(stage.now, 14 * DAY)) };
    await step('SetCorrectiveAction', action);
    inDays(3, 14, () => step('CloseComplaint', {}));
    return undefined;
  });
}
