import { DAY, HOUR, instant, millis, MINUTE, plus } from '@hospital/kernel';
import { eventually, forbidden, FrontEnd, type HistoryEvent, type Rejection } from './front-end';
import type { Hospital } from './hospital';
import { Ward } from './ward';

const rejection = (code: string, field: string | null): Rejection => ({ __typename: 'Rejection', code, field });
type Headers = Readonly<Record<string, string>>;

/** Date on the calendars of Shanghai, whose clocks are eight hours ahead all year. */
const dateAt = (at: string, days = 0): string => instant(millis(at) + 8 * HOUR + days * DAY).slice(0, 10);
/** The first instant of a date there. */
const midnight = (date: string): string => instant(Date.parse(`${date}T00:00:00+08:00`));

interface Headcount {
  readonly total: number;
  readonly byTrade: readonly { readonly trade: string; readonly people: number }[];
}
interface AgeProfile {
  readonly meanAge: number | null;
  readonly share50AndOver: number | null;
  readonly known: number;
  readonly unknown: number;
}
interface Covered {
  readonly people: number;
  readonly holders: number;
  readonly rate: number | null;
  readonly onShift: number;
  readonly onShiftHolders: number;
}
interface Coverage {
  readonly at: string;
  readonly overall: Covered;
  readonly byTrade: readonly (Covered & { readonly trade: string })[];
}
const COVERAGE = `query ($kind: String, $at: DateTime) {
  certificateCoverage(kind: $kind, at: $at) {
    at overall { people holders rate onShift onShiftHolders } byTrade { trade people holders rate onShift onShiftHolders }
  }
}`;

interface Proposal {
  readonly id: string;
  readonly status: string;
  readonly certificateId: string;
  readonly order: { readonly id: string };
}

/** Who there is, what they may do, and who is there when nobody is. */
export function peopleJourney(hospital: () => Hospital): void {
  const ward = (people = 1, onShift = true): Promise<Ward> => Ward.with(hospital(), { people, onShift });
  /** Until that instant has come; clocks are moved by whole seconds. */
  const comes = async (at: string): Promise<void> =>
    hospital().advance(Math.ceil((millis(at) - millis(await hospital().now())) / 1_000) * 1_000);
  const coverage = async (desk: FrontEnd, variables: { kind?: string; at?: string }, headers?: Headers): Promise<Coverage> =>
    (await desk.read<{ certificateCoverage: Coverage }>(COVERAGE, variables, headers)).certificateCoverage;
  const ofTrade = ({ byTrade }: Coverage, trade: string) => byTrade.find((one) => one.trade === trade);
  const reasonsOf = (history: readonly HistoryEvent[], personId: string): readonly string[] => {
    const considered = history.findLast(({ data }) => 'considered' in data)!.data['considered'] as { id: string; reasons: string[] }[];
    return considered.find(({ id }) => id === personId)!.reasons;
  };

  describe('given 85 people: 12 engineers, 35 cleaners, 20 guards, 8 managers and ten whose trade nobody knows', () => {
    let at: Ward;
    let before: { readonly headcount: Headcount; readonly ageProfile: AgeProfile };
    let covered: Coverage;
    let asOf: Headers;
    let staff: readonly { readonly id: string; readonly trade: string | null; readonly phone: string; readonly birthDate: string }[];
    const trades: Record<'engineer' | 'cleaner' | 'guard' | 'manager', string> = { engineer: '', cleaner: '', guard: '', manager: '' };
    const FIGURES = '{ headcount { total byTrade { trade people } } ageProfile { meanAge share50AndOver known unknown } }';
    const figures = (headers?: Headers) => at.administrator.read<typeof before>(FIGURES, {}, headers);
    const people = ({ byTrade }: Headcount, trade: string): number => byTrade.find((one) => one.trade === trade)?.people ?? 0;

    beforeAll(async () => {
      at = await ward(1, false);
      before = await figures();
      covered = await coverage(at.dispatcher, {});
      const now = await hospital().now();
      asOf = { 'x-as-of': now };
      await hospital().advance(MINUTE);
      for (const trade of ['engineer', 'cleaner', 'guard', 'manager'] as const) trades[trade] = `${trade}-${at.trade}`;
      const counts: readonly (readonly [trade: string | null, people: number])[] = [
        [trades.engineer, 12],
        [trades.cleaner, 35],
        [trades.guard, 20],
        [trades.manager, 8],
        [null, 10],
      ];
      const year = Number(dateAt(now).slice(0, 4));
      const all = counts.flatMap(([trade, count]) => Array.from({ length: count }, () => trade));
      // 51 are 50 years old, the others 30: 60 of 100 are 50 or over, and the mean is 42.
      const registered = all.map(async (trade, n) => {
        const person = { phone: `1390000${1_000 + n}`, birthDate: `${year - (n % 5 < 3 ? 50 : 30)}-01-01` };
        const { id } = await at.administrator.does('registerPerson', { name: `职工 ${n}`, trade, ...person });
        return { id, trade, ...person };
      });
      staff = await Promise.all(registered);
    });

    it('ST-01 when they are counted by trade, then they are 85, the ten are seen, and as of a minute ago none of them was there', async () => {
      const { headcount } = await figures();
      expect(headcount.total - before.headcount.total).toBe(85);
      expect(Object.values(trades).map((trade) => people(headcount, trade))).toEqual([12, 35, 20, 8]);
      expect(people(headcount, 'unclassified') - people(before.headcount, 'unclassified')).toBe(10);
      expect(headcount.byTrade.reduce((sum, one) => sum + one.people, 0)).toBe(headcount.total);
      expect(await figures(asOf)).toEqual(before);
    });

    it('ST-01 when their ages are asked for, then mean and share come from their birth dates', async () => {
      const { ageProfile } = await figures();
      const sum = ({ meanAge, known }: AgeProfile): number => (meanAge ?? 0) * known;
      const older = ({ share50AndOver, known }: AgeProfile): number => (share50AndOver ?? 0) * known;
      expect(ageProfile.known - before.ageProfile.known).toBe(85);
      expect((sum(ageProfile) - sum(before.ageProfile)) / 85).toBeCloseTo(42, 9);
      expect((older(ageProfile) - older(before.ageProfile)) / 85).toBeCloseTo(0.6, 9);
    });

    it('ST-01 when a technician looks at a colleague, then telephone and birth date are null; the person and a scheduler see them', async () => {
      const colleague = staff[0]!;
      const query = `query ($id: ID!) { person(id: $id) { name phone birthDate age trade history { data } } }`;
      const look = async (desk: FrontEnd) =>
        (await desk.read<{ person: { history: { data: object }[] | null } }>(query, { id: colleague.id })).person;
      const seen = await look(at.technician.desk);
      expect(seen).toEqual({ name: '职工 0', phone: null, birthDate: null, age: null, trade: trades.engineer, history: null });
      const auditor = await look(await FrontEnd.of(hospital(), 'an-auditor', 'auditor'));
      expect(auditor).toMatchObject({ phone: null, birthDate: null, history: [{ data: { phone: null, birthDate: null } }] });
      const shown = { phone: colleague.phone, birthDate: colleague.birthDate };
      expect(await look(await FrontEnd.of(hospital(), colleague.id, 'technician'))).toMatchObject(shown);
      expect(await look(await FrontEnd.of(hospital(), 'a-scheduler', 'scheduler'))).toMatchObject(shown);
      expect(await at.technician.desk.refusal('registerPerson', { name: '某人' })).toEqual(forbidden('Mutation.registerPerson'));
    });

    it('ST-01 ST-02 when 85 of 100 hold a certificate, then the trade in which only three do is told apart', async () => {
      const kind = `post-${at.trade}`;
      const [validFrom, validUntil] = [dateAt(await hospital().now(), -10), dateAt(await hospital().now(), 365)];
      const engineers = staff.filter(({ trade }) => trade === trades.engineer);
      const unclassified = staff.filter(({ trade }) => trade === null);
      const others = staff.filter(({ trade }) => trade !== trades.engineer && trade !== null);
      // 63 + 6 + 3 of 85.
      const holders = [...others, ...unclassified.slice(0, 6), ...engineers.slice(0, 3)];
      const issue = { kind, number: 'T-1', validFrom, validUntil };
      await Promise.all(holders.map(({ id: personId }) => at.administrator.does('issueCertificate', { ...issue, personId })));
      const now = await coverage(at.dispatcher, { kind });
      expect(now.overall.holders).toBe(72);
      expect(Math.round((100 * now.overall.holders) / 85)).toBe(85);
      expect(ofTrade(now, trades.engineer)).toEqual({
        ...{ trade: trades.engineer, people: 12, holders: 3, rate: 0.25 },
        onShift: 0,
        onShiftHolders: 0,
      });
      expect(ofTrade(now, trades.cleaner)).toMatchObject({ people: 35, holders: 35, rate: 1 });
      expect((await coverage(at.dispatcher, { kind }, asOf)).overall.holders).toBe(0);
      expect(await coverage(at.dispatcher, {}, asOf)).toMatchObject({ overall: covered.overall, byTrade: covered.byTrade });
    });
  });

  describe('given a certificate whose last day is tomorrow', () => {
    it('ST-02 when midnight in Shanghai has passed, then whoever holds it is sent to no job that needs it, and coverage says so, to the instant', async () => {
      const at = await ward();
      const kind = `high-voltage-${at.trade}`;
      const lastDay = dateAt(await hospital().now(), 1);
      const expiry = plus(midnight(lastDay), DAY);
      const { id: certificateId } = await at.administrator.does('issueCertificate', {
        ...{ personId: at.technician.id, kind, number: 'T-6401', validFrom: dateAt(lastDay, -700), validUntil: lastDay },
      });
      const categoryId = await at.define({ name: '高压', nameEn: 'High voltage', certificate: kind });
      const first = await at.dispatched({ categoryId });
      expect(first.technician).toEqual({ id: at.technician.id });
      expect(reasonsOf((await at.nurse.historyOf(first.id)).history, at.technician.id)).toContain(
        `certificate ${kind} valid until ${expiry}`,
      );

      await comes(plus(expiry, -MINUTE));
      const second = await at.dispatched({ categoryId });
      expect(second.technician).toEqual({ id: at.technician.id });
      await at.technician.desk.does('acceptWorkOrder', { id: second.id });
      await at.technician.desk.does('completeWorkOrder', { id: second.id, resolution: '已处理' });
      const asOf = { 'x-as-of': await hospital().now() };
      await comes(expiry);
      const { id } = await at.report({ categoryId });
      await at.when(id, ({ status, dispatch }) => status === 'WAITING' && dispatch !== null);
      expect(reasonsOf((await at.nurse.historyOf(id)).history, at.technician.id)).toContain(`no valid certificate ${kind}`);
      const assignment = { id, technicianId: at.technician.id, reason: '只有此人' };
      expect(await at.dispatcher.wish('assignWorkOrder', assignment)).toEqual(rejection('NOT_QUALIFIED', 'input.technicianId'));
      // What needs no certificate goes on as ever.
      await at.dispatched();

      const { trade } = at;
      const one = { people: 1, onShift: 1, trade };
      const held = { ...one, holders: 1, rate: 1, onShiftHolders: 1 };
      const lapsed = { ...one, holders: 0, rate: 0, onShiftHolders: 0 };
      expect(ofTrade(await coverage(at.dispatcher, { kind, at: plus(expiry, -1) }), trade)).toEqual(held);
      expect(ofTrade(await coverage(at.dispatcher, { kind, at: expiry }), trade)).toEqual(lapsed);
      expect(ofTrade(await coverage(at.dispatcher, { kind }), trade)).toEqual(lapsed);
      expect(ofTrade(await coverage(at.dispatcher, { kind }, asOf), trade)).toEqual(held);
      const valid = async (headers?: Headers) =>
        (await at.dispatcher.read<{ certificate: object }>(`{ certificate(id: "${certificateId}") { valid number } }`, {}, headers))
          .certificate;
      expect(await valid()).toEqual({ valid: false, number: null });
      expect(await valid(asOf)).toEqual({ valid: true, number: null });
    });
  });

  describe('given jobs that rest on a certificate, before and after an instant', () => {
    it('ST-02 when it is revoked from that instant on, weeks later, then exactly the jobs after it are proposed to be looked at again, once', async () => {
      const at = await ward(2);
      const [first, second] = at.colleagues as [typeof at.technician, typeof at.technician];
      const kind = `high-voltage-${at.trade}`;
      const [validFrom, validUntil] = [dateAt(await hospital().now(), -700), dateAt(await hospital().now(), 700)];
      const issue = async (personId: string) =>
        (await at.administrator.does('issueCertificate', { personId, kind, number: 'T-1', validFrom, validUntil })).id;
      const certificateId = await issue(first.id);
      await issue(second.id);
      const certified = await at.define({ name: '高压', nameEn: 'High voltage', certificate: kind });
      const done = async (by: typeof first, categoryId: string, complete = true): Promise<string> => {
        const { id } = await at.report({ categoryId });
        await at.when(id, ({ dispatch }) => dispatch !== null);
        // News of the certificate may be on its way.
        await eventually(
          () => at.dispatcher.wish('assignWorkOrder', { id, technicianId: by.id, reason: '指定' }),
          (answer) => answer.__typename === 'WorkOrder' || answer.code === 'ALREADY_ASSIGNED',
        );
        await by.desk.does('acceptWorkOrder', { id });
        if (complete) await by.desk.does('completeWorkOrder', { id, resolution: '已处理' });
        return id;
      };

      const early = await done(first, certified);
      await hospital().advance(HOUR);
      const revokedFrom = await hospital().now();
      await hospital().advance(HOUR);
      const late = await done(first, certified);
      const running = await done(first, certified, false);
      await done(first, at.categoryId);
      await done(second, certified);
      for (let week = 0; week < 3; week += 1) await hospital().advance(7 * DAY);

      const list = `query ($filter: ReinspectionFilter) {
        reinspections(filter: $filter, first: 100) { edges { node { id status certificateId order { id } technician { id } } } }
      }`;
      const proposals = async (filter: object): Promise<readonly Proposal[]> =>
        (await at.dispatcher.read<{ reinspections: { edges: { node: Proposal }[] } }>(list, { filter })).reinspections.edges.map(
          ({ node }) => node,
        );
      const ofFirst = () => proposals({ technicianId: first.id });
      const ordersOf = (found: readonly Proposal[]): ReadonlySet<string> => new Set(found.map(({ order }) => order.id));
      await at.administrator.does('revokeCertificate', { id: certificateId, from: revokedFrom, reason: '证书造假' });
      const proposed = await eventually(ofFirst, (found) => found.length >= 2);
      expect(ordersOf(proposed)).toEqual(new Set([late, running]));
      expect(proposed).toMatchObject([
        { status: 'PROPOSED', certificateId },
        { status: 'PROPOSED', certificateId },
      ]);

      // Revoked from earlier still: the job before that instant too, the others not again.
      await at.administrator.does('revokeCertificate', { id: certificateId, from: plus(revokedFrom, -3 * HOUR), reason: '培训记录不实' });
      const all = await eventually(ofFirst, (found) => found.length >= 3);
      expect(all).toHaveLength(3);
      expect(ordersOf(all)).toEqual(new Set([early, late, running]));
      expect(await proposals({ technicianId: second.id })).toEqual([]);

      const doubted = await eventually(
        async () => (await at.dispatcher.news({ orderId: late })).filter(({ kind }) => kind === 'ReinspectionProposed'),
        (news) => news.length >= 2,
      );
      expect(new Set(doubted.map(({ recipientId }) => recipientId))).toEqual(new Set(['role_dispatcher', first.id]));

      const confirmed = { id: all.find(({ order }) => order.id === late)!.id };
      expect(await at.nurse.refusal('confirmReinspection', confirmed)).toEqual(forbidden('Mutation.confirmReinspection'));
      await at.dispatcher.does('confirmReinspection', confirmed);
      await at.dispatcher.does('confirmReinspection', confirmed);
      const children = `query ($filter: WorkOrderFilter) { workOrders(filter: $filter) { edges { node { description parent { id } category { id } } } } }`;
      const { workOrders } = await eventually(
        () => at.dispatcher.read<{ workOrders: { edges: object[] } }>(children, { filter: { parentId: late } }),
        (found) => found.workOrders.edges.length > 0,
      );
      expect(workOrders.edges).toEqual([
        { node: { description: expect.stringContaining('复检'), parent: { id: late }, category: { id: certified } } },
      ]);
    });
  });

  describe('given a job that takes a middle level', () => {
    it('ST-03 when only a junior is on shift, then it waits; who has passed the exam is sent from the effective date on, to what waits too', async () => {
      const at = await ward();
      const { id, desk } = at.technician;
      const categoryId = await at.define({ name: '配电柜', nameEn: 'Switchboard', minimumLevel: 'MIDDLE' });
      const grant = { id, trade: at.trade };
      await at.administrator.does('grantSkillLevel', { ...grant, level: 'JUNIOR' });
      const early = await at.report({ categoryId });
      await at.when(early.id, ({ status, dispatch }) => status === 'WAITING' && dispatch !== null);
      const before = reasonsOf((await at.nurse.historyOf(early.id)).history, id);
      expect(before.some((reason) => /^level is (none|junior), needed is middle$/.test(reason))).toBe(true);

      expect(await at.administrator.wish('grantSkillLevel', { ...grant, level: 'SENIOR', examId: 'ex_1' })).toEqual(
        rejection('LEVEL_SKIPPED', 'input.level'),
      );
      expect(await at.administrator.wish('grantSkillLevel', { ...grant, level: 'MIDDLE' })).toEqual(
        rejection('EXAM_REQUIRED', 'input.examId'),
      );
      const effective = dateAt(await hospital().now(), 1);
      await at.administrator.does('grantSkillLevel', { ...grant, level: 'MIDDLE', examId: 'ex_2', fromDate: effective });
      const levels = async (instantOf: string) => {
        const query = 'query ($id: ID!, $at: DateTime) { person(id: $id) { levels(at: $at) { level from examId } } }';
        return (await desk.read<{ person: { levels: object[] } }>(query, { id, at: instantOf })).person.levels;
      };
      expect(await levels(plus(midnight(effective), -1))).toMatchObject([{ level: 'JUNIOR' }]);
      expect(await levels(midnight(effective))).toEqual([{ level: 'MIDDLE', from: midnight(effective), examId: 'ex_2' }]);
      expect(await at.nurse.order(early.id)).toMatchObject({ status: 'WAITING' });

      await comes(midnight(effective));
      const late = await at.dispatched({ categoryId });
      expect(late.technician).toEqual({ id });
      expect(reasonsOf((await at.nurse.historyOf(late.id)).history, id)).toContain('level is middle, needed is middle');
      // What waited for that does so no longer.
      await at.when(early.id, ({ technician }) => technician?.id === id);
      await desk.does('acceptWorkOrder', { id: late.id });
      const now = await hospital().now();
      const figure = await at.dispatcher.kpi('RESPONSE_BY_LEVEL', plus(now, -2 * DAY), plus(now, HOUR), { categoryId });
      expect(figure.parts.find(({ name }) => name === 'middle')).toMatchObject({ n: 1, orderIds: [late.id] });
    });
  });

  describe('given a trade with a rota on call for three days, and nobody on shift', () => {
    it('ST-07 WO-02 when a fault is reported, then it goes to whoever is first on call, flagged, then to the back-up; a gap is declared', async () => {
      const at = await ward(3, false);
      const { trade } = at;
      const firstDay = dateAt(await hospital().now());
      const end = plus(midnight(firstDay), 3 * DAY);
      await at.administrator.does('publishOnCall', {
        ...{ trade, firstDay, days: 3, handOverTime: '00:00', people: at.colleagues.map(({ id }) => id) },
      });
      interface OnCall {
        readonly primary: { readonly id: string } | null;
        readonly backup: { readonly id: string } | null;
        readonly gap: { readonly declared: boolean; readonly reason: string } | null;
      }
      const query = `query ($trade: String!, $at: DateTime) {
        onCall(trade: $trade, at: $at) { primary { id } backup { id } gap { declared reason } }
      }`;
      const onCall = async (variables: object, headers?: Headers): Promise<OnCall> =>
        (await at.dispatcher.read<{ onCall: OnCall }>(query, { trade, ...variables }, headers)).onCall;
      for (let hour = 0; hour < 72; hour += 8) {
        const { primary, backup, gap } = await onCall({ at: plus(midnight(firstDay), hour * HOUR) });
        expect(gap).toBeNull();
        expect(new Set([primary!.id, backup!.id]).size).toBe(2);
      }

      const { id } = await at.report();
      const called = await at.when(id, ({ status }) => status === 'DISPATCHED');
      const { dispatchedAt } = await at.nurse.fieldsOf<{ dispatchedAt: string }>(id, 'dispatchedAt');
      const posts = await onCall({ at: dispatchedAt });
      expect(called).toMatchObject({ onCall: true, technician: posts.primary });
      expect(reasonsOf((await at.nurse.historyOf(id)).history, posts.primary!.id)).toEqual(
        expect.arrayContaining(['not on shift', 'on call as primary']),
      );
      const deskOf = (personId: string): FrontEnd => at.colleagues.find((one) => one.id === personId)!.desk;
      await deskOf(posts.primary!.id).does('declineWorkOrder', { id, reason: '已在急诊楼抢修' });
      expect(await at.when(id, ({ technician }) => technician?.id === posts.backup!.id)).toMatchObject({
        onCall: true,
        status: 'DISPATCHED',
      });
      await hospital().advance(10 * MINUTE);
      await deskOf(posts.backup!.id).does('acceptWorkOrder', { id });

      const { history } = await at.nurse.historyOf(id);
      const [sent, taken] = ['WorkOrderDispatched', 'WorkOrderAccepted'].map((type) => history.findLast((event) => event.type === type)!);
      const now = await hospital().now();
      const figure = await at.dispatcher.kpi('ON_CALL_TIME_TO_ACCEPT', plus(now, -HOUR), plus(now, HOUR), { trade });
      expect(figure).toMatchObject({ n: 1, orderIds: [id] });
      expect(figure.value).toBeCloseTo((millis(taken!.occurredAt) - millis(sent!.occurredAt)) / MINUTE, 6);

      expect(await onCall({ at: end })).toMatchObject({ primary: null, backup: null, gap: { declared: false } });
      const asOf = { 'x-as-of': await hospital().now() };
      await hospital().advance(MINUTE);
      const gap = { trade, from: end, until: plus(end, DAY), reason: '当日停电检修，由总值班代管' };
      expect(await at.administrator.wish('declareGap', { ...gap, from: plus(end, -HOUR) })).toEqual(
        rejection('ON_CALL_PLANNED', 'input.from'),
      );
      await at.administrator.does('declareGap', gap);
      expect(await onCall({ at: end })).toEqual({ primary: null, backup: null, gap: { declared: true, reason: gap.reason } });
      expect((await onCall({ at: end }, asOf)).gap).toMatchObject({ declared: false });
      const gaps = `query ($trade: String, $from: DateTime!, $until: DateTime!) {
        onCallGaps(trade: $trade, from: $from, until: $until) { from until declared reason }
      }`;
      const { onCallGaps } = await at.dispatcher.read<{ onCallGaps: object[] }>(gaps, {
        trade,
        from: midnight(firstDay),
        until: gap.until,
      });
      expect(onCallGaps).toEqual([{ from: end, until: gap.until, declared: true, reason: gap.reason }]);

      await comes(end);
      const late = await at.report();
      const waiting = await at.when(late.id, ({ dispatch }) => dispatch !== null);
      expect(waiting).toMatchObject({ status: 'WAITING', technician: null, onCall: false });
    });
  });
}
