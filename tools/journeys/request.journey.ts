import { DAY, HOUR, instant, millis, MINUTE, plus } from '@hospital/kernel';
import { ROLES } from '@hospital/service';
import { eventually, forbidden, FrontEnd, type HistoryEvent, type Mutation, type Order, type Rejection } from './front-end';
import type { Hospital } from './hospital';
import { Ward } from './ward';

const rejection = (code: string, field: string | null): Rejection => ({ __typename: 'Rejection', code, field });
const only = (history: readonly HistoryEvent[], type: string): readonly HistoryEvent[] => history.filter((event) => event.type === type);

/** One white point. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64');

const ROOM = { key: 'room', label: '房间号', labelEn: 'Room', kind: 'TEXT', required: true };
const PHONE = { key: 'phone', label: '分机', labelEn: 'Extension', kind: 'TEXT', required: true };
const limits = (minutes: number) => ({ P1: minutes, P2: minutes, P3: minutes, P4: minutes });

interface ServiceClock {
  readonly clock: 'OWN' | 'RESOLVE';
  readonly limitMinutes: number;
  readonly elapsed: number;
  readonly dueAt: string | null;
  readonly breachedAt: string | null;
}
const CLOCKS = 'clocks { clock limitMinutes elapsed dueAt breachedAt }';
const clocksOf = async (desk: FrontEnd, id: string, headers?: Readonly<Record<string, string>>): Promise<readonly ServiceClock[]> =>
  (await desk.fieldsOf<{ clocks: readonly ServiceClock[] }>(id, CLOCKS, headers)).clocks;
const resolveClock = async (desk: FrontEnd, id: string): Promise<ServiceClock> =>
  (await clocksOf(desk, id)).find(({ clock }) => clock === 'RESOLVE')!;

/** A request from the moment somebody makes it until it is closed, and what an administrator decides about it beforehand. */
export function requestJourney(hospital: () => Hospital): void {
  const ward = (people = 1, onShift = true): Promise<Ward> => Ward.with(hospital(), { people, onShift });
  /** Everything that was reported in the last and the coming hour. */
  const lately = async (): Promise<readonly [from: string, until: string]> => {
    const now = await hospital().now();
    return [plus(now, -HOUR), plus(now, HOUR)];
  };

  describe('given one queue for whatever is reported', () => {
    it('WO-01 WO-24 when a patient without an account scans a code, and a clerk types in a call, then both lie in it, each with its channel', async () => {
      const at = await ward();
      const { id: code } = await at.administrator.does('issueLocationCode', {
        ...{ placeId: at.placeId, spot: "三楼护士站 3F nurses' station", zone: 'inpatient' },
      });
      const patient = FrontEnd.ofNobody(hospital());
      const { requestForm: form } = await eventually(
        () =>
          patient.read<{ requestForm: { notice: string; spot: string; categories: { categoryId: string }[] } | null }>(
            'query ($code: ID!) { requestForm(locationCode: $code) { notice spot categories { categoryId } } }',
            { code },
          ),
        ({ requestForm }) => requestForm?.categories.some(({ categoryId }) => categoryId === at.categoryId) === true,
      );
      expect(form).toMatchObject({ spot: "三楼护士站 3F nurses' station", notice: expect.stringContaining('勿填写姓名、病情') });

      const sent = await fetch(`${hospital().url}/photos`, { method: 'POST', headers: { 'x-location-code': code }, body: PNG });
      const { sha256 } = (await sent.json()) as { sha256: string };
      const { id: token } = await patient.does('reportFaultAtLocation', {
        ...{ locationCode: code, categoryId: at.categoryId, description: '床头灯不亮', photos: [sha256], channel: 'MINI_PROGRAM' },
      });
      const called = await at.dispatcher.does('reportFault', {
        ...at.fault({ description: '护士站来电：插座没电', channel: 'PHONE', reporterKind: 'CLINICIAN', reporterId: 'extension-8123' }),
      });

      const list = `query ($filter: WorkOrderFilter) {
        workOrders(filter: $filter, orderBy: REPORTED_ASC) {
          edges { node { id channel reporterKind reporterId receiverId spot zone place { id } photos contact details { key } } }
        }
      }`;
      const { workOrders } = await eventually(
        () => at.dispatcher.read<{ workOrders: { edges: { node: { id: string } }[] } }>(list, { filter: { categoryId: at.categoryId } }),
        ({ workOrders: { edges } }) => edges.some(({ node }) => node.id === called.id),
      );
      const [orderId] = token.split('.') as [string];
      const place = { id: at.placeId };
      const clerk = expect.stringMatching(/^dispatcher-/);
      expect(workOrders.edges.slice(-2).map(({ node }) => node)).toEqual([
        {
          ...{ id: orderId, channel: 'MINI_PROGRAM', reporterKind: 'PATIENT', reporterId: expect.any(String), receiverId: null, place },
          ...{ spot: "三楼护士站 3F nurses' station", zone: 'inpatient', photos: [sha256], contact: null, details: [] },
        },
        {
          ...{ id: called.id, channel: 'PHONE', reporterKind: 'CLINICIAN', reporterId: 'extension-8123', receiverId: clerk, place },
          ...{ spot: null, zone: null, photos: [], contact: null, details: [] },
        },
      ]);
    });

    it('WO-24 when a category is not for patients, then no form offers it, and a report of it is refused; no personal word is kept of a patient', async () => {
      const at = await ward(1, false);
      const staffOnly = await at.define({ openToPatients: false });
      const { id: code } = await at.administrator.does('issueLocationCode', { placeId: at.placeId, spot: '大厅' });
      const patient = FrontEnd.ofNobody(hospital());
      const { requestForm } = await eventually(
        () =>
          patient.read<{ requestForm: { categories: { categoryId: string }[] } | null }>(
            `{ requestForm(locationCode: "${code}") { categories { categoryId } } }`,
          ),
        (found) => found.requestForm !== null,
      );
      const offered = requestForm!.categories.map(({ categoryId }) => categoryId);
      expect(offered).toContain(at.categoryId);
      expect(offered).not.toContain(staffOnly);
      const report = { locationCode: code, description: '门锁坏了' };
      expect(await patient.wish('reportFaultAtLocation', { ...report, categoryId: staffOnly })).toEqual(
        rejection('NOT_FOR_PATIENTS', 'input.categoryId'),
      );

      const { id: token } = await patient.does('reportFaultAtLocation', { ...report, categoryId: at.categoryId });
      const { history } = await at.nurse.historyOf(token.split('.')[0]!);
      expect(history[0]).toMatchObject({
        actor: { kind: 'patient' },
        data: { contact: null, receiverId: null, reporterKind: 'patient', description: '门锁坏了' },
      });
      expect(history[0]!.actor.actorId).toBe(history[0]!.data['reporterId']);
      // A pseudonym of this one request: another one of the same telephone has another.
      const { id: second } = await patient.does('reportFaultAtLocation', { ...report, categoryId: at.categoryId });
      expect((await at.nurse.historyOf(second.split('.')[0]!)).history[0]!.actor.actorId).not.toBe(history[0]!.actor.actorId);
    });
  });

  describe('given two of a trade on shift, each in a zone of their own', () => {
    it('WO-02 when a fault is reported, then whoever works in the zone of the place is sent within 60 seconds, and the rule that chose is on record', async () => {
      const at = await ward(2, false);
      const { id: ruleId } = await at.administrator.does('defineDispatchRule', {
        ...{ name: '本区域优先', zoneRequired: true, order: ['OPEN_ORDERS', 'LONGEST_IDLE'] },
      });
      const categoryId = await at.define({ ruleId });
      await at.administrator.does('classifyPlace', { id: at.placeId, zone: 'inpatient', criticality: 2 });
      await at.plan(at.colleagues[0]!, ['outpatient']);
      await at.plan(at.colleagues[1]!, ['inpatient']);
      const { id } = await at.report({ categoryId, severity: 'CRITICAL' });
      const { dispatch, technician } = await at.when(id, ({ status }) => status === 'DISPATCHED');

      expect(technician).toEqual({ id: at.colleagues[1]!.id });
      expect(dispatch).toMatchObject({ ruleId, ruleVersion: 1 });
      expect(
        dispatch!.considered.map(({ eligible, reasons }) => [eligible, reasons.find((reason) => reason.includes('inpatient'))]),
      ).toEqual([
        [true, 'works in inpatient'],
        [false, 'does not work in inpatient'],
      ]);
      const told = await at.nurse.fieldsOf<{ priority: string; reportedAt: string; dispatchedAt: string }>(
        id,
        'priority reportedAt dispatchedAt',
      );
      // Criticality 2 × severity 4.
      expect(told.priority).toBe('P2');
      expect(millis(told.dispatchedAt) - millis(told.reportedAt)).toBeLessThanOrEqual(MINUTE);
    });
  });

  describe('given a category that asks for two things', () => {
    it('WO-04 when one is missing, then it is asked for, or the request waits for it, named, its clocks standing still', async () => {
      const at = await ward();
      const categoryId = await at.defineUnbounded({ fields: [ROOM, PHONE], agreement: { own: limits(60), resolve: limits(240) } });
      const said = (...keys: string[]) => ({ categoryId, details: keys.map((key) => ({ key, value: '301' })) });

      expect(await at.nurse.wish('reportFault', at.fault(said('room')))).toEqual(rejection('DETAILS_MISSING', 'input.details.phone'));
      for (let n = 0; n < 3; n += 1) await at.report(said('room', 'phone'));
      const incomplete = await at.report({ ...said('room'), incomplete: true });
      expect(incomplete).toMatchObject({ status: 'NEEDS_INFORMATION', missing: ['phone'] });

      await hospital().advance(3 * HOUR);
      const still = await at.when(incomplete.id, () => true);
      expect(still).toMatchObject({ status: 'NEEDS_INFORMATION', missing: ['phone'], technician: null });
      for (const clock of await clocksOf(at.nurse, incomplete.id))
        expect(clock).toMatchObject({ elapsed: 0, dueAt: null, breachedAt: null });
      const asOf = { 'x-as-of': await hospital().now() };
      await hospital().advance(MINUTE);

      expect(await at.nurse.wish('provideInformation', { id: incomplete.id, details: [{ key: 'colour', value: '红' }] })).toEqual(
        rejection('UNKNOWN_DETAIL', 'input.details.colour'),
      );
      await at.nurse.does('provideInformation', { id: incomplete.id, details: [{ key: 'phone', value: '8123' }] });
      expect(await at.when(incomplete.id, ({ status }) => status === 'DISPATCHED')).toMatchObject({ missing: [] });
      const { history } = await at.nurse.historyOf(incomplete.id);
      const provided = only(history, 'WorkOrderInformationProvided')[0]!.occurredAt;
      // Counted from then on.
      expect(await resolveClock(at.nurse, incomplete.id)).toMatchObject({ limitMinutes: 240, dueAt: plus(provided, 240 * MINUTE) });
      expect(await at.nurse.order(incomplete.id, asOf)).toMatchObject({ status: 'NEEDS_INFORMATION', missing: ['phone'] });

      const [, until] = await lately();
      const share = await at.dispatcher.kpi('INCOMPLETE_AT_INTAKE', plus(until, -6 * HOUR), until, { categoryId });
      expect(share).toMatchObject({ n: 4, value: 25, parts: [{ name: 'incomplete', n: 1, orderIds: [incomplete.id] }] });
    });

    it('WO-04 when a clerk takes a call, then it may be incomplete without more ado', async () => {
      const at = await ward();
      const categoryId = await at.define({ fields: [ROOM] });
      const call = await at.dispatcher.does('reportFault', at.fault({ categoryId, channel: 'PHONE', reporterId: 'extension-1' }));
      expect(call).toMatchObject({ status: 'NEEDS_INFORMATION', missing: ['room'] });
    });
  });

  describe('given a request that was closed', () => {
    it('WO-06 when its history is read, then each step tells actor, time and reason, and no role can change or remove any of it', async () => {
      const at = await ward(2);
      const { id } = await at.dispatched({ channel: 'APP' });
      await at.technician.desk.does('declineWorkOrder', { id, reason: '正在手术室抢修' });
      await at.dispatcher.does('assignWorkOrder', { id, technicianId: at.technician.id, reason: '仅此一人在岗' });
      await at.technician.desk.does('acceptWorkOrder', { id });
      await at.technician.desk.does('pauseWorkOrder', { id, reason: 'WAITING_PARTS', note: '灯管缺货' });
      await at.technician.desk.does('resumeWorkOrder', { id });
      await at.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
      await at.nurse.does('rateWorkOrder', { id, stars: 5 });
      const closed = await at.nurse.historyOf(id);

      const told = closed.history.map(({ type, actor, data }) => [type, actor.kind, data['reason'] ?? data['ruleId'] ?? data['channel']]);
      expect(told.filter(([type]) => type !== 'WorkOrderLeftWaiting')).toEqual([
        ['WorkOrderReported', 'person', 'app'],
        ['WorkOrderDispatched', 'system', 'trade-on-shift-least-loaded'],
        ['WorkOrderDeclined', 'person', '正在手术室抢修'],
        ['WorkOrderAssigned', 'person', '仅此一人在岗'],
        ['WorkOrderAccepted', 'person', undefined],
        ['WorkOrderPaused', 'person', 'waiting-parts'],
        ['WorkOrderResumed', 'person', undefined],
        ['WorkOrderCompleted', 'person', undefined],
        ['WorkOrderRated', 'person', undefined],
      ]);
      expect(closed.history.map(({ revision }) => revision)).toEqual(closed.history.map((_, n) => n));
      for (const { actor, occurredAt, recordedAt } of closed.history) {
        expect(actor.actorId).not.toBe('');
        expect(occurredAt <= recordedAt).toBe(true);
      }

      const { __schema: schema } = await at.administrator.read<{ __schema: { mutationType: { fields: { name: string }[] } } }>(
        '{ __schema { mutationType { fields { name } } } }',
      );
      expect(schema.mutationType.fields.map(({ name }) => name).filter((name) => /^(delete|remove|edit|update|purge)/.test(name))).toEqual(
        [],
      );
      const attempts: readonly (readonly [Mutation, object])[] = [
        ['cancelWorkOrder', { id, reason: '不要了' }],
        ['assignWorkOrder', { id, technicianId: at.technician.id, reason: '换人' }],
        ['completeWorkOrder', { id, resolution: '别的' }],
        ['provideInformation', { id, details: [] }],
        ['rateWorkOrder', { id, stars: 1 }],
      ];
      for (const role of ROLES) {
        const anybody = await FrontEnd.of(hospital(), `somebody-${role}`, role);
        for (const [mutation, input] of attempts) {
          const { data, errors } = await anybody.attempt(mutation, input);
          expect(data?.answer ?? errors[0]!.extensions).toMatchObject({ code: expect.any(String) });
        }
      }
      expect(await at.nurse.historyOf(id)).toEqual(closed);
      expect(closed.evidence).toMatchObject({ intact: true, firstBreak: null });
    });
  });

  describe('given a category with a limit of 60 minutes to the repair', () => {
    it('WO-10 when the limit less the pause has passed, then it is overdue once, with the stage at which the time was spent', async () => {
      const at = await ward();
      const categoryId = await at.define({ agreement: { resolve: limits(60) } });
      const { id } = await at.dispatched({ categoryId });
      await at.technician.desk.does('acceptWorkOrder', { id });
      await hospital().advance(30 * MINUTE);
      await at.technician.desk.does('pauseWorkOrder', { id, reason: 'CLINICAL_USE' });
      expect(await resolveClock(at.nurse, id)).toMatchObject({ dueAt: null });
      await hospital().advance(2 * HOUR);
      await at.technician.desk.does('resumeWorkOrder', { id });
      const { history: before } = await at.nurse.historyOf(id);
      const [paused, resumed] = [only(before, 'WorkOrderPaused')[0]!.occurredAt, only(before, 'WorkOrderResumed')[0]!.occurredAt];
      const due = plus(before[0]!.occurredAt, 60 * MINUTE + millis(resumed) - millis(paused));
      expect(await resolveClock(at.nurse, id)).toMatchObject({ limitMinutes: 60, dueAt: due, breachedAt: null });

      await hospital().advance(31 * MINUTE);
      const late = await eventually(
        () => resolveClock(at.nurse, id),
        ({ breachedAt }) => breachedAt !== null,
      );
      expect(late.breachedAt).toBe(due);
      await at.technician.desk.does('completeWorkOrder', { id, resolution: '更换线路' });
      const { history } = await at.nurse.historyOf(id);
      const [overdue, ...more] = only(history, 'WorkOrderLimitPassed');
      expect(more).toEqual([]);
      expect(overdue).toMatchObject({ occurredAt: due, data: { clock: 'resolve', dueAt: due, stage: 'accepted' } });
      expect((overdue!.data['spent'] as Record<string, number>)['paused']).toBe(millis(resumed) - millis(paused));
      expect(only(history, 'WorkOrderEscalated')).toMatchObject([{ data: { to: 'director', because: 'resolve', dueAt: due } }]);

      const [, until] = await lately();
      const figure = await at.dispatcher.kpi('OVERDUE', plus(until, -6 * HOUR), until, { categoryId });
      expect(figure).toMatchObject({ n: 1, value: 1, orderIds: [id], parts: [{ name: 'accepted', n: 1, orderIds: [id] }] });
    });

    it('WO-10 when it worked again in time and that is said after the limit, then it was not overdue, whatever was recorded meanwhile', async () => {
      const at = await ward();
      const categoryId = await at.define({ agreement: { resolve: limits(60) } });
      const { id } = await at.dispatched({ categoryId });
      await at.technician.desk.does('acceptWorkOrder', { id });
      const restoredAt = await hospital().now();
      await hospital().advance(61 * MINUTE);
      const { breachedAt } = await eventually(
        () => resolveClock(at.nurse, id),
        (clock) => clock.breachedAt !== null,
      );
      const [, until] = await lately();
      const overdue = () => at.dispatcher.kpi('OVERDUE', plus(until, -6 * HOUR), until, { categoryId });
      expect(await overdue()).toMatchObject({ n: 1, value: 1, orderIds: [id] });
      await at.technician.desk.does('completeWorkOrder', { id, resolution: '更换线路', restoredAt });
      const { history } = await at.nurse.historyOf(id);
      expect(only(history, 'WorkOrderLimitKept')).toMatchObject([{ data: { clock: 'resolve', dueAt: breachedAt } }]);
      expect(await resolveClock(at.nurse, id)).toMatchObject({ breachedAt: null });
      expect(await overdue()).toMatchObject({ n: 1, value: 0, orderIds: [] });
      // Who was told that it was overdue: the director, and the technician, who owns it too.
      const heard = async (kind: string): Promise<readonly string[]> =>
        (await at.dispatcher.news({ orderId: id })).filter((news) => news.kind === kind).map(({ recipientId }) => recipientId);
      const told = await eventually(
        () => heard('WorkOrderLimitKept'),
        (recipients) => recipients.length >= 2,
      );
      expect([...told].sort()).toEqual([at.technician.id, 'role_director']);
    });

    it('WO-10 when minutes count by a calendar, then the limit is reached when the calendar says so', async () => {
      const at = await ward(1, false);
      const week = [1, 2, 3, 4, 5].map((weekday) => ({
        weekday,
        hours: [
          { from: '08:00', to: '12:00' },
          { from: '14:00', to: '17:30' },
        ],
      }));
      const { id: calendarId } = await at.administrator.does('defineCalendar', { name: '行政班', nameEn: 'Office hours', week });
      const categoryId = await at.define({ agreement: { resolve: limits(600), calendarId } });
      const order = await eventually(
        () => at.nurse.wish('reportFault', at.fault({ categoryId }), { key: `calendar-${categoryId}` }),
        (answer): boolean => answer.__typename === 'WorkOrder',
      );
      const { id } = order as Order;
      const { reportedAt } = await eventually(
        () => at.nurse.fieldsOf<{ reportedAt: string } | null>(id, 'reportedAt'),
        (found) => found !== null,
      ).then((found) => found!);
      const { previewDue } = await at.dispatcher.read<{ previewDue: string }>(
        'query ($calendarId: ID!, $from: DateTime!) { previewDue(calendarId: $calendarId, from: $from, minutes: 600) }',
        { calendarId, from: reportedAt },
      );
      expect((await resolveClock(at.nurse, id)).dueAt).toBe(previewDue);
      // In Asia/Shanghai, whose clocks never change: within the hours of a weekday.
      const wall = instant(millis(previewDue) + 8 * HOUR);
      expect(wall.slice(11, 16) > '08:00' && wall.slice(11, 16) <= '17:30').toBe(true);
      expect([0, 6]).not.toContain(new Date(wall).getUTCDay());
    });
  });

  describe('given repairs that can be rated for a day', () => {
    it('WO-11 when one is rated and one is not, then the rating stays with order, team and person, and no rating is none, not 5', async () => {
      const at = await ward();
      const categoryId = await at.define({ agreement: { ratingDays: 1 } });
      const finished = async (): Promise<string> => {
        const { id } = await at.dispatched({ categoryId });
        await at.technician.desk.does('acceptWorkOrder', { id });
        await at.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
        return id;
      };
      const [rated, unrated] = [await finished(), await finished()];
      expect(await at.dispatcher.wish('rateWorkOrder', { id: rated, stars: 5 })).toEqual(rejection('NOT_YOURS', null));
      await at.nurse.does('rateWorkOrder', { id: rated, stars: 4, comment: '来得快，收拾干净' });
      await hospital().advance(DAY + MINUTE);
      expect(await at.when(unrated, ({ status }) => status === 'CLOSED')).toMatchObject({ stars: null });
      expect(await at.nurse.order(rated)).toMatchObject({ status: 'CLOSED', stars: 4, technician: { id: at.technician.id } });
      const { history } = await at.nurse.historyOf(unrated);
      const completed = only(history, 'WorkOrderCompleted')[0]!.occurredAt;
      expect(history.at(-1)).toMatchObject({ type: 'WorkOrderLeftUnrated', occurredAt: plus(completed, DAY) });
      expect(await at.nurse.wish('rateWorkOrder', { id: unrated, stars: 5 })).toEqual(rejection('WRONG_STATUS', 'input.id'));

      const [, until] = await lately();
      const figure = await at.dispatcher.kpi('SATISFACTION', plus(until, -2 * DAY), until, { trade: at.trade, categoryId });
      expect(figure).toMatchObject({ n: 1, value: 4, orderIds: [rated] });
      expect(figure.parts).toMatchObject([
        { name: 'rated', n: 1, orderIds: [rated] },
        { name: 'none', n: 1, orderIds: [unrated] },
      ]);
    });
  });

  describe('given a kind of request that nobody foresaw', () => {
    it('GW-09 when an administrator saves it, with fields, limits and a rule, then it is live, and revised, old orders keep what they were opened under', async () => {
      const at = await ward();
      const definition = { name: '氧气终端', nameEn: 'Oxygen outlet', trade: at.trade, openToPatients: false };
      expect(await at.dispatcher.refusal('defineFaultCategory', definition)).toEqual(forbidden('Mutation.defineFaultCategory'));
      const wanting = (more: object) => at.administrator.wish('defineFaultCategory', { ...definition, ...more });
      expect(await wanting({ ruleId: 'dr_nowhere' })).toEqual(rejection('UNKNOWN_RULE', 'input.ruleId'));
      expect(await wanting({ agreement: { calendarId: 'cl_nowhere' } })).toEqual(
        rejection('UNKNOWN_CALENDAR', 'input.agreement.calendarId'),
      );
      const rule = { name: '抢单', mode: 'OFFER', order: ['FREE'] };
      const { id: ruleId } = await at.administrator.does('defineDispatchRule', rule);
      const categoryId = await at.define({ ...definition, ruleId, fields: [ROOM], agreement: { resolve: limits(120) } });
      const room = [{ key: 'room', value: '302' }];
      const twice = [...room, { key: 'room', value: '303' }];
      expect(await at.nurse.wish('reportFault', at.fault({ categoryId, details: twice }))).toEqual(
        rejection('INVALID_INPUT', 'input.details.room'),
      );
      const old = await at.report({ categoryId, details: room });
      // Nobody is sent: it is offered, and whoever is qualified takes it.
      expect(await at.when(old.id, ({ dispatch }) => dispatch !== null)).toMatchObject({
        status: 'WAITING',
        dispatch: { ruleId, ruleVersion: 1 },
      });
      expect(await at.technician.desk.does('grabWorkOrder', { id: old.id })).toMatchObject({ status: 'ACCEPTED' });

      const asOf = { 'x-as-of': await hospital().now() };
      await hospital().advance(MINUTE);
      await at.administrator.does('reviseDispatchRule', { ...rule, id: ruleId, name: '派单', mode: 'ASSIGN' });
      await at.administrator.does('reviseFaultCategory', {
        ...{ ...definition, id: categoryId, ruleId, fields: [ROOM, PHONE], agreement: { resolve: limits(30) } },
      });
      await at.knowsCategory(categoryId, 2);
      expect(await at.nurse.wish('reportFault', at.fault({ categoryId, details: room }))).toEqual(
        rejection('DETAILS_MISSING', 'input.details.phone'),
      );
      const fresh = await at.report({ categoryId, details: [...room, { key: 'phone', value: '8123' }] });
      expect(await at.when(fresh.id, ({ status }) => status === 'DISPATCHED')).toMatchObject({ dispatch: { ruleId, ruleVersion: 2 } });

      const opened = (id: string) =>
        at.nurse.fieldsOf<{ categoryVersion: number; fields: { key: string }[] }>(id, 'categoryVersion fields { key }');
      expect(await opened(old.id)).toEqual({ categoryVersion: 1, fields: [{ key: 'room' }] });
      expect(await opened(fresh.id)).toEqual({ categoryVersion: 2, fields: [{ key: 'room' }, { key: 'phone' }] });
      expect((await resolveClock(at.nurse, old.id)).limitMinutes).toBe(120);
      expect((await resolveClock(at.nurse, fresh.id)).limitMinutes).toBe(30);

      const versions = 'query ($id: ID!) { node(id: $id) { ... on FaultCategory { version agreement { resolve { P1 } } } } }';
      const versionThen = async (headers?: Readonly<Record<string, string>>) =>
        (await at.nurse.read<{ node: object }>(versions, { id: categoryId }, headers)).node;
      expect(await versionThen()).toMatchObject({ version: 2, agreement: { resolve: { P1: 30 } } });
      expect(await versionThen(asOf)).toMatchObject({ version: 1, agreement: { resolve: { P1: 120 } } });

      await at.administrator.does('retireFaultCategory', { id: categoryId, reason: '并入氧气系统' });
      await eventually(
        () => at.nurse.wish('reportFault', at.fault({ categoryId, details: [...room, { key: 'phone', value: '8123' }] })),
        (answer) => 'code' in answer && answer.code === 'CATEGORY_RETIRED',
      );
    });
  });
}
