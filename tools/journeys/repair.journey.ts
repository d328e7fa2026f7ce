import { randomUUID } from 'node:crypto';
import { DAY, instant, millis, MINUTE, plus } from '@hospital/kernel';
import { eventually, forbidden, FrontEnd, type HistoryEvent, type Order, type Rejection } from './front-end';
import type { DividedHospital, Hospital } from './hospital';
import { Ward } from './ward';

const typesOf = (history: readonly HistoryEvent[]): readonly string[] => history.map(({ type }) => type);
const breachesIn = (history: readonly HistoryEvent[]): readonly HistoryEvent[] =>
  history.filter(({ type }) => type === 'WorkOrderResponseBreached');
const rejection = (code: string, field: string | null): Rejection => ({ __typename: 'Rejection', code, field });

interface Page {
  readonly totalCount: number;
  readonly edges: readonly { readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const PAGE = `query ($filter: WorkOrderFilter, $first: Int, $after: String, $orderBy: WorkOrderOrder) {
  workOrders(filter: $filter, first: $first, after: $after, orderBy: $orderBy) {
    totalCount edges { node { id } } pageInfo { hasNextPage endCursor }
  }
}`;

/** From a reported fault to a rated repair, as a front-end sees it; the same sentences however the suite runs. */
export function repairJourney(hospital: () => Hospital): void {
  const ward = (people = 1, onShift = true): Promise<Ward> => Ward.with(hospital(), { people, onShift });

  describe('given one electrician on shift and two who are not', () => {
    it('WO-02 when a fault is reported, then the one on shift gets it, and the reasons for and against each of them can be read', async () => {
      const at = await ward(3);
      const order = await at.dispatched();

      expect(order.technician).toEqual({ id: at.technician.id });
      expect(order.dispatch).toMatchObject({ ruleId: 'trade-on-shift-least-loaded', ruleVersion: 2 });
      const [first, ...others] = order.dispatch!.considered;
      expect(first).toEqual({
        technician: { id: at.technician.id },
        eligible: true,
        reasons: [`trade is ${at.trade}`, expect.stringMatching(/^on shift until \d{4}-/), '0 open orders'],
      });
      const against = { eligible: false, reasons: [`trade is ${at.trade}`, 'not on shift', '0 open orders'] };
      expect(others).toEqual(others.map(({ technician }) => ({ technician, ...against })));
      expect(new Set(others.map(({ technician }) => technician.id))).toEqual(new Set(at.colleagues.slice(1).map(({ id }) => id)));

      const judged = 'query ($id: ID!) { workOrder(id: $id) { dispatch { considered { judgements { about holds found needed } } } } }';
      const { workOrder } = await at.nurse.read<{ workOrder: { dispatch: object } }>(judged, { id: order.id });
      const trade = { about: 'TRADE', holds: true, found: at.trade, needed: at.trade };
      const [shift, free] = [
        { about: 'SHIFT', needed: null },
        { about: 'OPEN_ORDERS', holds: true, found: '0', needed: '2' },
      ];
      const off = { judgements: [trade, { ...shift, holds: false, found: null }, free] };
      const on = { judgements: [trade, { ...shift, holds: true, found: expect.stringMatching(/^\d{4}-/) }, free] };
      expect(workOrder.dispatch).toEqual({ considered: [on, off, off] });
    });
  });

  describe('given a fault that was reported', () => {
    it('WO-06 when it is accepted, repaired and rated 5, then it is closed, and its history tells who did what, and both times', async () => {
      const at = await ward();
      const happened = plus(await hospital().now(), -5 * MINUTE);
      const { id } = await at.dispatched({ occurredAt: happened });
      const person = at.technician;
      await person.desk.does('acceptWorkOrder', { id });
      await person.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
      const closed = await at.nurse.does('rateWorkOrder', { id, stars: 5, comment: '很快' });
      expect(closed).toMatchObject({ status: 'CLOSED', stars: 5, timesReopened: 0 });

      const { history, evidence } = await at.nurse.historyOf(id);
      const nurse = { actorId: expect.stringMatching(/^nurse-/), kind: 'person', roles: ['clinician'] };
      const technician = { actorId: person.id, kind: 'person', roles: ['technician'] };
      expect(history.map(({ type, actor }) => ({ type, actor }))).toEqual([
        { type: 'WorkOrderReported', actor: nurse },
        { type: 'WorkOrderDispatched', actor: { actorId: 'system', kind: 'system', roles: [] } },
        { type: 'WorkOrderAccepted', actor: technician },
        { type: 'WorkOrderCompleted', actor: technician },
        { type: 'WorkOrderRated', actor: nurse },
      ]);
      expect(history.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4]);
      expect(history[0]!.occurredAt).toBe(happened);
      const recorded = history.map(({ recordedAt }) => recordedAt);
      expect(recorded).toEqual([...recorded].sort());
      expect(recorded[0]! > happened).toBe(true);
      expect(history.every(({ occurredAt, recordedAt }) => occurredAt <= recordedAt)).toBe(true);
      expect(evidence).toEqual({ intact: true, events: 5, headHash: expect.stringMatching(/^[0-9a-f]{64}$/), firstBreak: null });
    });

    it('WO-11 when the repair is rated 1, then the order is open again, and is dispatched again', async () => {
      const at = await ward();
      const { id } = await at.completed();
      const rated = await at.nurse.does('rateWorkOrder', { id, stars: 1, comment: '还在闪' });
      expect(rated).toMatchObject({ status: 'WAITING', timesReopened: 1, technician: null });
      await at.when(id, ({ status, technician }) => status === 'DISPATCHED' && technician?.id === at.technician.id);
      const { history } = await at.nurse.historyOf(id);
      expect(typesOf(history).slice(-3)).toEqual(['WorkOrderRated', 'WorkOrderReopened', 'WorkOrderDispatched']);
    });
  });

  describe('given an order that was dispatched', () => {
    it('WO-03 when 30 minutes pass, then one breach and one escalation are recorded, at the due instant, and accepting later adds none', async () => {
      const at = await ward();
      const { id, responseDueAt } = await at.dispatched();
      await hospital().advance(31 * MINUTE);
      const late = await at.when(id, ({ responseBreachedAt }) => responseBreachedAt !== null);
      expect(late).toMatchObject({ responseBreachedAt: responseDueAt, status: 'DISPATCHED' });
      await at.technician.desk.does('acceptWorkOrder', { id });
      const { history } = await at.nurse.historyOf(id);
      const [, dispatched] = history;
      expect(responseDueAt).toBe(plus(dispatched!.occurredAt, 30 * MINUTE));
      expect(breachesIn(history)).toMatchObject([
        { occurredAt: responseDueAt, data: { technicianId: at.technician.id, dueAt: responseDueAt } },
      ]);
      expect(history.filter(({ type }) => type === 'WorkOrderEscalated')).toMatchObject([
        { occurredAt: responseDueAt, data: { to: 'dispatcher', because: 'response', dueAt: responseDueAt } },
      ]);
    });

    it('WO-03 when it is accepted the moment after 30 minutes, then the breach is recorded once, and before the acceptance', async () => {
      const at = await ward();
      const { id, responseDueAt } = await at.dispatched();
      await hospital().advance(31 * MINUTE);
      await at.technician.desk.does('acceptWorkOrder', { id });
      const { history } = await at.nurse.historyOf(id);
      expect(typesOf(history)).toEqual([
        'WorkOrderReported',
        'WorkOrderDispatched',
        'WorkOrderResponseBreached',
        'WorkOrderEscalated',
        'WorkOrderAccepted',
      ]);
      expect(breachesIn(history)).toMatchObject([{ data: { dueAt: responseDueAt } }]);
    });

    it('WO-03 when it is accepted after 29 minutes, then no breach is ever recorded', async () => {
      const at = await ward();
      const { id } = await at.dispatched();
      await hospital().advance(29 * MINUTE);
      await at.technician.desk.does('acceptWorkOrder', { id });
      // Deadlines are kept in their order: that of a later order shows that this one's has been passed over.
      const later = await at.dispatched();
      await hospital().advance(31 * MINUTE);
      await at.when(later.id, ({ responseBreachedAt }) => responseBreachedAt !== null);
      expect(breachesIn((await at.nurse.historyOf(id)).history)).toEqual([]);
    });
  });

  describe('given nobody of the trade on shift', () => {
    it('WO-02 when a fault is reported, then it waits, with reasons, until somebody comes on shift', async () => {
      const at = await ward(2, false);
      const { id } = await at.report();
      const waiting = await at.when(id, ({ dispatch }) => dispatch !== null);
      expect(waiting).toMatchObject({ status: 'WAITING', technician: null, responseDueAt: null });
      expect(waiting.dispatch!.considered.map(({ eligible, reasons }) => [eligible, reasons[1]])).toEqual([
        [false, 'not on shift'],
        [false, 'not on shift'],
      ]);

      await at.comeOnShift();
      const dispatched = await at.when(id, ({ status }) => status === 'DISPATCHED');
      expect(dispatched.technician).toEqual({ id: at.technician.id });
      expect(dispatched.dispatch!.considered.map(({ eligible }) => eligible)).toEqual([true, false]);
    });
  });

  describe('given an order that was accepted and, a minute later, completed', () => {
    let at: Ward;
    let id: string;
    let steps: readonly HistoryEvent[];
    const recordedAt = (type: string): string => steps.find((event) => event.type === type)!.recordedAt;

    beforeAll(async () => {
      at = await ward();
      ({ id } = await at.accepted());
      await hospital().advance(MINUTE);
      await at.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
      steps = (await at.nurse.historyOf(id)).history;
    });

    it('when it is read as of an instant between the two, then it is as it was then', async () => {
      const between = plus(recordedAt('WorkOrderAccepted'), MINUTE / 2);
      expect(await at.nurse.order(id, { 'x-as-of': between })).toMatchObject({ status: 'ACCEPTED', revision: 2 });
      // The same instant, told by a clock on the wall in China.
      const there = instant(millis(between) + 8 * 60 * MINUTE).replace('Z', '+08:00');
      expect(await at.nurse.order(id, { 'x-as-of': there })).toMatchObject({ status: 'ACCEPTED' });
      expect(await at.nurse.order(id)).toMatchObject({ status: 'COMPLETED', revision: 3 });
    });

    it('when it is read as of an instant before it was reported, then there is none', async () => {
      const before = { 'x-as-of': plus(recordedAt('WorkOrderReported'), -1) };
      expect(await at.nurse.order(id, before)).toBeNull();
      const filter = { categoryId: at.categoryId, reportedFrom: steps[0]!.occurredAt };
      const then = await at.nurse.ask<{ workOrders: Page }>(PAGE, { filter }, before);
      expect(then.data!.workOrders).toMatchObject({ totalCount: 0, edges: [] });
      const now = await at.nurse.ask<{ workOrders: Page }>(PAGE, { filter });
      expect(now.data!.workOrders).toMatchObject({ totalCount: 1, edges: [{ node: { id } }] });
    });

    it('when it is read as of tomorrow, then that is refused', async () => {
      const headers = { 'x-as-of': plus(await hospital().now(), DAY) };
      const { status, data, errors } = await at.nurse.ask('{ workOrders { totalCount } }', {}, headers);
      expect({ status, data }).toEqual({ status: 400, data: null });
      expect(errors).toMatchObject([{ extensions: { code: 'AS_OF_IN_FUTURE', field: 'x-as-of' } }]);
    });

    it('when it is to be changed as of the past, then that is refused, and nothing changes', async () => {
      const headers = { 'x-as-of': recordedAt('WorkOrderAccepted') };
      const { data, errors } = await at.nurse.attempt('rateWorkOrder', { id, stars: 5 }, { headers });
      expect(data).toBeNull();
      expect(errors).toMatchObject([{ extensions: { code: 'AS_OF_ON_MUTATION', field: 'x-as-of' } }]);
      expect((await at.nurse.historyOf(id)).history).toEqual(steps);
    });

    it('when anything is asked of it, then the answer says how far each context had got', async () => {
      const query = 'query ($id: ID!) { workOrder(id: $id) { technician { id name } place { id name } } }';
      const { data, positions } = await at.nurse.ask(query, { id });
      expect(data).toEqual({
        workOrder: {
          technician: { id: at.technician.id, name: at.technician.name },
          place: { id: at.placeId, name: expect.stringMatching(/^住院楼 /) },
        },
      });
      expect(Object.keys(positions).sort()).toEqual(['assets', 'staffing', 'workorders']);
      for (const { position, watermark } of Object.values(positions)) {
        expect(position).toMatch(/^\d+$/);
        expect(watermark <= (await hospital().now())).toBe(true);
      }
      expect(positions['workorders']!.watermark >= recordedAt('WorkOrderCompleted')).toBe(true);
    });
  });

  describe('given a wish that cannot be granted', () => {
    let at: Ward;
    let open: Order;
    beforeAll(async () => {
      at = await ward(2);
      open = await at.dispatched();
    });

    it.each([
      ['of an unknown kind', { categoryId: 'ct_unknown' }, rejection('UNKNOWN_CATEGORY', 'input.categoryId')],
      ['at an unknown place', { placeId: 'as_unknown' }, rejection('UNKNOWN_PLACE', 'input.placeId')],
      ['that is yet to come', { occurredAt: '2999-01-01T00:00:00Z' }, rejection('IN_FUTURE', 'input.occurredAt')],
    ])('when a fault %s is reported, then the answer says so', async (_, wrong, answer) => {
      expect(await at.nurse.wish('reportFault', at.fault(wrong))).toEqual(answer);
    });

    it('when it is about an order that nobody reported, then the answer says so', async () => {
      const answer = await at.technician.desk.wish('acceptWorkOrder', { id: 'wo_unknown' });
      expect(answer).toEqual(rejection('UNKNOWN_WORK_ORDER', 'input.id'));
    });

    it("when it is about somebody else's order, then the answer says so", async () => {
      const other = at.colleagues[1]!.desk;
      expect(await other.wish('acceptWorkOrder', { id: open.id })).toEqual(rejection('NOT_YOURS', null));
      const { id } = await at.completed();
      expect(await at.dispatcher.wish('rateWorkOrder', { id, stars: 5 })).toEqual(rejection('NOT_YOURS', null));
    });

    it('when the order is not that far, then the answer says so', async () => {
      const early = { id: open.id, resolution: '更换灯管' };
      expect(await at.technician.desk.wish('completeWorkOrder', early)).toEqual(rejection('WRONG_STATUS', 'input.id'));
      expect(await at.nurse.wish('rateWorkOrder', { id: open.id, stars: 5 })).toEqual(rejection('WRONG_STATUS', 'input.id'));
    });

    it('when the order has changed since it was looked at, then the answer says so', async () => {
      const stale = { expectedRevision: open.revision - 1 };
      const answer = await at.technician.desk.wish('acceptWorkOrder', { id: open.id }, stale);
      expect(answer).toEqual(rejection('STALE_REVISION', 'expectedRevision'));
    });

    it('when the role does not allow it, then the answer says so', async () => {
      expect(await at.nurse.refusal('acceptWorkOrder', { id: open.id })).toEqual(forbidden('Mutation.acceptWorkOrder'));
      const auditor = await FrontEnd.of(hospital(), 'auditor', 'auditor');
      expect(await auditor.refusal('reportFault', at.fault())).toEqual(forbidden('Mutation.reportFault'));
    });

    it('when its idempotency key was used for something else, then the answer says so', async () => {
      const key = randomUUID();
      const { id } = await at.report({}, { key });
      const answer = await at.nurse.wish('reportFault', at.fault({ description: '水管漏水' }), { key });
      expect(answer).toEqual(rejection('IDEMPOTENCY_KEY_REUSED', 'idempotencyKey'));
      expect(await at.nurse.order(id)).toMatchObject({ description: '三楼护士站灯管闪烁' });
    });

    it('when all of this was refused, then the order is as it was', async () => {
      expect(await at.nurse.order(open.id)).toEqual(open);
    });
  });

  describe('given one wish that is sent again', () => {
    it('when it is sent 20 times at once, then it is done once, and answered 20 times alike', async () => {
      const at = await ward();
      const key = randomUUID();
      const twenty = <T>(send: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 20 }, send));
      const reports = await twenty(() => at.report({}, { key }));
      expect(new Set(reports.map((answer) => JSON.stringify(answer))).size).toBe(1);
      const { id } = reports[0]!;
      await at.when(id, ({ status }) => status === 'DISPATCHED');

      const accept = { key: randomUUID() };
      const acceptances = await twenty(() => at.technician.desk.does('acceptWorkOrder', { id }, accept));
      expect(new Set(acceptances.map((answer) => JSON.stringify(answer))).size).toBe(1);
      expect(typesOf((await at.nurse.historyOf(id)).history)).toEqual(['WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted']);
    });

    it('when it is sent after the order went on, then it is answered as then, and nothing changes', async () => {
      const at = await ward();
      const key = randomUUID();
      const first = await at.report({}, { key });
      const { revision } = await at.when(first.id, ({ status }) => status === 'DISPATCHED');
      expect(await at.report({}, { key })).toEqual(first);
      expect(await at.nurse.order(first.id)).toMatchObject({ status: 'DISPATCHED', revision });
    });
  });

  describe('given the position that a mutation answered with', () => {
    it('when a query waits for it, then it sees what was written, every time', async () => {
      const at = await ward(1, false);
      const look = async (n: number): Promise<void> => {
        const { data, positions } = await at.nurse.attempt('reportFault', at.fault({ description: `第 ${n} 次` }));
        const headers = { 'x-wait-for': `workorders=${positions['workorders']!.position}` };
        expect(await at.nurse.order((data!.answer as Order).id, headers)).toMatchObject({ description: `第 ${n} 次` });
      };
      // Many at once: the views have so much to do that they are sometimes late.
      await Promise.all(Array.from({ length: 60 }, (_, n) => look(n)));
    });
  });

  describe('given a person who reported a fault', () => {
    it('when the person is forgotten, then name and contact are erased, now and at every instant, and the rest still stands', async () => {
      const at = await ward(1, false);
      const { id: personId } = await at.administrator.does('registerPerson', { name: '周涛', phone: '13900000000', trade: 'nurse' });
      const nurse = await FrontEnd.of(hospital(), personId, 'clinician');
      const { id } = await nurse.does('reportFault', at.fault({ contact: '分机 8123' }));
      const before = await eventually(
        () => nurse.order(id),
        (order) => order?.dispatch !== null,
      );
      expect(before).toMatchObject({ contact: '分机 8123' });
      const asOf = { 'x-as-of': await hospital().now() };
      await hospital().advance(MINUTE);

      await at.administrator.does('forgetPerson', { id: personId });

      const seen = async (headers?: Readonly<Record<string, string>>) => {
        const query = `query ($person: ID!, $order: ID!) {
          person(id: $person) { name phone trade }
          workOrder(id: $order) { contact description history { type data } evidence { intact events } }
        }`;
        const { data } = await at.administrator.ask<{
          person: { name: string };
          workOrder: { contact: string; history: readonly HistoryEvent[] };
        }>(query, { person: personId, order: id }, headers);
        return data!;
      };
      const erased = await eventually(seen, ({ person, workOrder }) => person.name === '[erased]' && workOrder.contact === '[erased]');
      const rest = {
        person: { name: '[erased]', phone: '[erased]', trade: 'nurse' },
        workOrder: { contact: '[erased]', description: '三楼护士站灯管闪烁', evidence: { intact: true } },
      };
      expect(erased).toMatchObject(rest);
      expect(await seen(asOf)).toMatchObject(rest);
      expect(JSON.stringify([erased, await seen(asOf)])).not.toMatch(/周涛|8123|13900000000/);
      expect(typesOf(erased.workOrder.history)).toEqual(['WorkOrderReported', 'WorkOrderLeftWaiting']);
      expect(erased.workOrder.history[0]!.data).toMatchObject({ contact: '[erased]', reporterId: personId });
    });
  });

  describe('given more orders than a page holds', () => {
    let at: Ward;
    const before: string[] = [];

    beforeAll(async () => {
      at = await ward(0, false);
      for (let n = 0; n < 120; n += 20) {
        const some = Array.from({ length: 20 }, (_, k) => at.report({ severity: k % 2 ? 'HIGH' : 'LOW', description: `故障 ${n + k}` }));
        before.push(...(await Promise.all(some)).map(({ id }) => id));
      }
      await at.when(before.at(-1)!, () => true);
    });

    it.each(['REPORTED_DESC', 'REPORTED_ASC'])(
      'when they are read page by page (%s) while new ones arrive, then none comes twice and none is left out',
      async (orderBy) => {
        const seen: string[] = [];
        let after: string | null = null;
        for (let more = true; more;) {
          const variables: object = { filter: { categoryId: at.categoryId }, first: 25, orderBy, after };
          const answer = await at.nurse.ask<{ workOrders: Page }>(PAGE, variables);
          const { edges, pageInfo }: Page = answer.data!.workOrders;
          seen.push(...edges.map(({ node }) => node.id));
          after = pageInfo.endCursor;
          more = pageInfo.hasNextPage;
          // A few at first: whoever reads oldest first would otherwise never come to the end.
          if (seen.length <= 100) await at.when((await at.report()).id, () => true);
        }
        expect(new Set(seen).size).toBe(seen.length);
        expect(before.filter((id) => !seen.includes(id))).toEqual([]);
      },
    );

    it('when the cursor is not one of this list in this order, then that is refused', async () => {
      const { data } = await at.nurse.ask<{ workOrders: Page }>(PAGE, { first: 1, orderBy: 'REPORTED_ASC' });
      const people = await at.dispatcher.ask<{ people: Page }>('{ people(first: 1) { pageInfo { endCursor } } }');
      expect(data!.workOrders.pageInfo.endCursor).toEqual(expect.any(String));
      for (const after of ['nonsense', people.data!.people.pageInfo.endCursor]) {
        const { errors } = await at.nurse.ask(PAGE, { after });
        expect(errors).toMatchObject([{ extensions: { code: 'INVALID_CURSOR', field: 'after' } }]);
      }
    });

    it('when they are filtered, then those and no others come, and are counted', async () => {
      const count = async (filter: object): Promise<number> => {
        const { data } = await at.nurse.ask<{ workOrders: Page }>(PAGE, { filter: { categoryId: at.categoryId, ...filter }, first: 100 });
        const { totalCount, edges } = data!.workOrders;
        expect(edges.length).toBe(Math.min(totalCount, 100));
        return totalCount;
      };
      const all = await count({});
      expect(await count({ severity: ['HIGH'] })).toBe(60);
      expect(await count({ severity: ['LOW', 'HIGH'] })).toBe(120);
      expect(await count({ status: ['WAITING'] })).toBe(all);
      expect(await count({ status: ['CLOSED'] })).toBe(0);
      expect(await count({ trade: at.trade, placeId: at.placeId })).toBe(all);
      expect(await count({ reporterId: 'somebody-else' })).toBe(0);
      expect(await count({ reportedFrom: '2020-01-01T00:00:00+08:00', reportedTo: '2999-01-01T00:00:00+08:00' })).toBe(all);
      const now = millis(await hospital().now());
      const wall = (ms: number): string => instant(ms + 8 * 60 * MINUTE).replace('Z', '+08:00');
      expect(await count({ reportedFrom: wall(now + MINUTE) })).toBe(0);
      expect(await count({ reportedTo: wall(now + MINUTE) })).toBe(all);
    });

    it('when one is described in Chinese, then every character comes back', async () => {
      const description = '三楼“护士站”灯管闪烁，𠮷野家旁；\n\t漏水💧约 3 ㎡。';
      const { id } = await at.report({ description });
      expect(await at.when(id, () => true)).toMatchObject({ description });
    });
  });

  describe('given orders that were accepted a moment ago', () => {
    it('when everything ends and starts again, then none of them is lost, and they go on', async () => {
      const at = await ward();
      const categoryId = await at.defineUnbounded();
      const ids = (await Promise.all(Array.from({ length: 10 }, () => at.report({ categoryId })))).map(({ id }) => id);
      await hospital().restart();
      for (const id of ids) {
        await at.when(id, ({ status }) => status === 'DISPATCHED');
        await at.technician.desk.does('acceptWorkOrder', { id });
        const { history, evidence } = await at.nurse.historyOf(id);
        expect(typesOf(history)).toEqual(['WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted']);
        expect(evidence.intact).toBe(true);
      }
    });
  });
}

/** What can only be seen where each context is a process of its own. */
export function fallingSilentJourney(hospital: () => DividedHospital): void {
  let at: Ward;
  let id: string;

  beforeAll(async () => {
    at = await Ward.with(hospital(), { people: 1, onShift: true });
    ({ id } = await at.accepted());
  });

  const look = () =>
    at.nurse.ask<{ workOrder: { status: string; technician: { id: string; name: string | null } | null } | null }>(
      'query ($id: ID!) { workOrder(id: $id) { status technician { id name } place { name } } }',
      { id },
    );

  it('given that staffing is down, when an order is read, then staffing is named and the rest is there, until it is back', async () => {
    await hospital().kill('staffing');
    const { status, data, errors } = await look();
    expect(status).toBe(200);
    expect(errors).toMatchObject([{ extensions: { code: 'CONTEXT_UNAVAILABLE', context: 'staffing' } }]);
    expect(data!.workOrder).toMatchObject({ status: 'ACCEPTED', place: { name: expect.stringMatching(/^住院楼 /) } });

    await hospital().start('staffing');
    const { data: whole, errors: none } = await look();
    expect(none).toEqual([]);
    expect(whole!.workOrder!.technician).toEqual({ id: at.technician.id, name: at.technician.name });
  });

  it('given that work orders are down, when a fault is reported, then that is said, and the same wish is granted once they are back', async () => {
    const key = randomUUID();
    await hospital().kill('workorders');
    const { data, errors } = await at.nurse.attempt('reportFault', at.fault(), { key });
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'CONTEXT_UNAVAILABLE', context: 'workorders' } }]);

    await hospital().start('workorders');
    const { id: late } = await at.report({}, { key });
    await at.when(late, ({ status }) => status === 'DISPATCHED');
  });

  it('given reports that were answered, when work orders are killed at once, then none of them is lost', async () => {
    const categoryId = await at.defineUnbounded();
    const answered = await Promise.all(Array.from({ length: 20 }, () => at.report({ categoryId })));
    await hospital().kill('workorders');
    await hospital().start('workorders');
    for (const { id: one } of answered) {
      await at.when(one, ({ status }) => status === 'DISPATCHED');
      expect(typesOf((await at.nurse.historyOf(one)).history)).toEqual(['WorkOrderReported', 'WorkOrderDispatched']);
    }
  });
}
