import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DAY, HOUR, instant, millis, MINUTE, plus } from '@hospital/kernel';
import { eventually, forbidden, FrontEnd, type HistoryEvent, type News, type Rejection } from './front-end';
import type { Hospital } from './hospital';
import { Ward } from './ward';

const rejection = (code: string, field: string | null): Rejection => ({ __typename: 'Rejection', code, field });
const at = (history: readonly HistoryEvent[], type: string): number => millis(history.find((event) => event.type === type)!.occurredAt);

/** A month of the calendar in Shanghai, so many before this one. */
function monthBefore(now: string, months: number): string {
  const wall = new Date(millis(now) + 8 * HOUR);
  return instant(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() - months, 15)).slice(0, 7);
}
/** Its first instant, and that of the next one. */
function windowOf(month: string): readonly [from: string, until: string] {
  const first = Date.parse(`${month}-01T00:00:00+08:00`);
  const next = monthBefore(instant(first), -1);
  return [instant(first), instant(Date.parse(`${next}-01T00:00:00+08:00`))];
}
const morning = (month: string, day: number, time = '10:00'): string => `${month}-${String(day).padStart(2, '0')}T${time}:00+08:00`;

/** Who answers for a request, who hears of it, what it is judged by, and what is told of a month. */
export function qualityJourney(hospital: () => Hospital): void {
  const ward = (people = 1, onShift = true): Promise<Ward> => Ward.with(hospital(), { people, onShift });
  const today = async (): Promise<string> => instant(millis(await hospital().now()) + 8 * HOUR).slice(0, 10);
  /** The last days and the coming hour. */
  const lately = async (): Promise<readonly [from: string, until: string]> => {
    const now = await hospital().now();
    return [plus(now, -2 * DAY), plus(now, HOUR)];
  };

  describe('given requests of three months', () => {
    it('WO-05 when they are counted month by month, the suite having been stopped in between, then none is lost, and none is counted twice', async () => {
      const there = await ward(0, false);
      const now = await hospital().now();
      const months = [4, 3, 2].map((before) => monthBefore(now, before));
      const sent = new Map<string, readonly string[]>();
      for (const month of months) {
        const reports = Array.from({ length: 12 }, (_, n) =>
          there.report({ occurredAt: morning(month, n + 1), description: `第 ${n + 1} 单` }),
        );
        sent.set(
          month,
          (await Promise.all(reports)).map(({ id }) => id),
        );
        if (month === months[1]) await hospital().restart();
      }
      const all = [...sent.values()].flat();
      await there.when(all.at(-1)!, () => true);

      const { categoryId } = there;
      for (const month of months) {
        const [from, until] = windowOf(month);
        const figure = await there.dispatcher.kpi('VOLUME', from, until, { categoryId });
        expect(figure).toMatchObject({ n: 12, value: 12 });
        expect(new Set(figure.orderIds)).toEqual(new Set(sent.get(month)));
      }
      const list = `query ($filter: WorkOrderFilter, $after: String) {
        workOrders(filter: $filter, first: 7, after: $after) { totalCount edges { node { id } } pageInfo { hasNextPage endCursor } }
      }`;
      const filter = { categoryId, reportedFrom: windowOf(months[0]!)[0], reportedTo: windowOf(months[2]!)[1] };
      const listed: string[] = [];
      for (let after: string | null = null, more = true; more;) {
        const {
          workOrders,
        }: {
          workOrders: { totalCount: number; edges: { node: { id: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
        } = await there.dispatcher.read(list, { filter, after });
        expect(workOrders.totalCount).toBe(36);
        listed.push(...workOrders.edges.map(({ node }) => node.id));
        after = workOrders.pageInfo.endCursor;
        more = workOrders.pageInfo.hasNextPage;
      }
      expect(listed).toHaveLength(36);
      expect(new Set(listed)).toEqual(new Set(all));
    });
  });

  describe('given a call that a clerk took', () => {
    it('WO-07 when another team gets the order, then the clerk stays the owner and hears of every step, until somebody accepts it from them', async () => {
      const there = await ward();
      const plumbing = `plumber-${there.trade}`;
      const plumber = await there.hire('刘洋', plumbing);
      await there.plan(plumber, [], plumbing);
      const caller = await FrontEnd.of(hospital(), `caller-${there.trade}`, 'clinician');
      const { id } = await there.dispatcher.does('reportFault', there.fault({ channel: 'PHONE', reporterId: `caller-${there.trade}` }));
      await there.when(id, ({ status }) => status === 'DISPATCHED');
      await there.technician.desk.does('acceptWorkOrder', { id });
      await there.technician.desk.does('handWorkOrderToTeam', { id, trade: plumbing, reason: '是漏水' });
      await there.when(id, ({ technician }) => technician?.id === plumber.id);
      await plumber.desk.does('acceptWorkOrder', { id });

      const owner = 'ownerOfRecord { id } responsibility { status because handOverCount }';
      const first = await there.dispatcher.fieldsOf<{ ownerOfRecord: { id: string } }>(id, owner);
      const clerk = first.ownerOfRecord.id;
      expect(clerk).toMatch(/^dispatcher-/);
      expect(first).toMatchObject({ responsibility: { status: 'OPEN', because: 'RECEIVED', handOverCount: 0 } });
      const owned = async (personId: string, status = 'OPEN') => {
        const query = `query ($personId: ID!) { ownedBy(personId: $personId, filter: { status: ${status} }) { edges { node { id: orderId } } } }`;
        const { ownedBy } = await there.dispatcher.read<{ ownedBy: { edges: { node: { id: string } }[] } }>(query, { personId });
        return ownedBy.edges.map(({ node }) => node.id);
      };
      expect(await owned(clerk)).toEqual([id]);

      // An offer changes nothing until it is accepted.
      await there.dispatcher.does('offerHandOver', { id, toId: plumber.id, reason: '由水工跟进' });
      expect(await owned(clerk)).toEqual([id]);
      expect(await there.technician.desk.wish('acceptHandOver', { id })).toEqual(rejection('NOT_YOURS', 'input.id'));
      const headers = { 'x-as-of': await hospital().now() };
      await hospital().advance(MINUTE);
      await plumber.desk.does('acceptHandOver', { id });
      expect(await owned(clerk)).toEqual([]);
      expect(await owned(plumber.id)).toEqual([id]);
      expect(await there.dispatcher.fieldsOf(id, owner)).toMatchObject({ ownerOfRecord: { id: plumber.id } });
      expect(await there.dispatcher.fieldsOf(id, owner, headers)).toMatchObject({ ownerOfRecord: { id: clerk } });

      await plumber.desk.does('completeWorkOrder', { id, resolution: '更换软管' });
      await caller.does('rateWorkOrder', { id, stars: 5 });
      await eventually(
        () => owned(plumber.id, 'CLOSED'),
        (ended) => ended.includes(id),
      );
      const heard = await eventually(
        () => there.dispatcher.news({ orderId: id, recipientId: clerk }),
        (news) => news.length >= 7 && news.every(({ status }) => status === 'DELIVERED'),
      );
      expect(heard.map(({ kind }) => kind)).toEqual([
        'WorkOrderReported',
        'WorkOrderDispatched',
        'WorkOrderAccepted',
        'WorkOrderHandedToTeam',
        'WorkOrderDispatched',
        'WorkOrderAccepted',
        'HandOverAccepted',
      ]);
      const offered = await plumber.desk.news({ orderId: id });
      expect(offered.filter(({ kind }) => kind === 'HandOverOffered')).toMatchObject([
        { recipientId: plumber.id, aboutId: id, order: { id } },
      ]);
    });

    it("WO-07 when nobody says who called, then the clerk owns it all the same, and the call is nobody else's to rate", async () => {
      const there = await ward();
      const { id } = await there.dispatcher.does('reportFault', {
        ...there.fault({ channel: 'PHONE', reporterKind: 'PATIENT', contact: '12 床家属' }),
      });
      await there.when(id, ({ status }) => status === 'DISPATCHED');
      await there.technician.desk.does('acceptWorkOrder', { id });
      await there.technician.desk.does('completeWorkOrder', { id, resolution: '已更换灯管' });
      const told = await there.dispatcher.fieldsOf<{ reporterId: string; receiverId: string; ownerOfRecord: { id: string } }>(
        id,
        'reporterId receiverId contact ownerOfRecord { id }',
      );
      const clerk = expect.stringMatching(/^dispatcher-/);
      expect(told).toEqual({
        ...{ reporterId: expect.stringMatching(/^pt_/), receiverId: clerk, contact: '12 床家属', ownerOfRecord: { id: clerk } },
      });
      expect(await there.dispatcher.wish('rateWorkOrder', { id, stars: 5 })).toMatchObject({ code: 'NOT_YOURS' });
    });
  });

  describe('given an owner of record who does the repair', () => {
    it('WO-07 when others pause, resume and rate it, then the owner hears of every step', async () => {
      const there = await ward();
      const { id } = await there.accepted();
      await eventually(
        () => there.dispatcher.fieldsOf<{ ownerOfRecord: object | null }>(id, 'ownerOfRecord { id }'),
        ({ ownerOfRecord }) => ownerOfRecord !== null,
      );
      await there.dispatcher.does('pauseWorkOrder', { id, reason: 'VENDOR' });
      await there.dispatcher.does('resumeWorkOrder', { id });
      await there.technician.desk.does('completeWorkOrder', { id, resolution: '已更换灯管' });
      await there.nurse.does('rateWorkOrder', { id, stars: 4 });
      const heard = await eventually(
        () => there.dispatcher.news({ orderId: id, recipientId: there.technician.id }),
        (news) => news.some(({ kind }) => kind === 'WorkOrderRated'),
      );
      const steps = ['Dispatched', 'Accepted', 'Paused', 'Resumed', 'Completed', 'Rated'];
      expect(heard.map(({ kind }) => kind)).toEqual(steps.map((step) => `WorkOrder${step}`));
    });
  });

  describe('given somebody who wants to hear of it by a web hook', () => {
    it('WO-06 WO-07 when an order goes its way, then each step is posted, signed, and posted again when it was not taken', async () => {
      const there = await ward();
      const posts: { id: string; kind: string; valid: boolean; body: string }[] = [];
      let secret = '';
      const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const body = Buffer.concat(chunks).toString();
          const [, second, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['x-hospital-signature'])) ?? [];
          const expected = createHmac('sha256', secret).update(`${second}.${body}`).digest('hex');
          const { id, kind } = JSON.parse(body) as { id: string; kind: string };
          posts.push({ id, kind, valid: signature === expected && request.headers['x-hospital-delivery'] === id, body });
          // The first time it says that it is busy.
          response.writeHead(posts.length === 1 ? 503 : 204).end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
        const subject = `ward-system-${there.trade}`;
        const subscriber = await FrontEnd.of(hospital(), subject, 'clinician');
        const contact = { recipientId: subject, channel: 'WEB_HOOK', address };
        expect(await there.nurse.wish('setContact', contact)).toEqual(rejection('NOT_YOURS', 'input.recipientId'));
        expect(await subscriber.wish('setContact', { ...contact, address: 'ftp://127.0.0.1/hook' })).toEqual(
          rejection('UNUSABLE_ADDRESS', 'input.address'),
        );
        await subscriber.does('setContact', contact);
        const known = await eventually(
          () => subscriber.read<{ contact: { channel: string; webHookSecret: string } }>('{ contact { channel webHookSecret } }'),
          (found) => found.contact.channel === 'WEB_HOOK',
        );
        secret = known.contact.webHookSecret;
        const { id } = await subscriber.does('reportFault', there.fault({ contact: '分机 8123', description: '王护士说灯不亮' }));
        await eventually(
          async () => posts.length,
          (count) => count >= 2,
        );
        await hospital().advance(2 * MINUTE);
        await there.technician.desk.does('acceptWorkOrder', { id });
        await there.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
        const kinds = ['WorkOrderAccepted', 'WorkOrderCompleted', 'WorkOrderDispatched', 'WorkOrderReported'];
        await eventually(
          async () => posts,
          (all) => all.length > kinds.length && kinds.every((kind) => all.some((post) => post.kind === kind)),
        );
        expect(posts.filter(({ valid }) => !valid)).toEqual([]);
        const [refused] = posts;
        expect(posts.filter((post) => post.id === refused!.id)).toHaveLength(2);
        expect(new Set(posts.map((post) => post.id)).size).toBe(posts.length - 1);
        expect(posts.map(({ body }) => body).join()).not.toMatch(/8123|王护士/);

        const told = `query ($id: ID!) { notification(id: $id) { status attempts channel lastFailure { attempt reason } } }`;
        const { notification } = await eventually(
          () => subscriber.read<{ notification: { status: string } }>(told, { id: refused!.id }),
          (found) => found.notification.status === 'DELIVERED',
        );
        expect(notification).toMatchObject({ attempts: 2, channel: 'WEB_HOOK', lastFailure: { attempt: 1, reason: 'HTTP_503' } });
        // Other people's news is nobody else's business.
        expect(await there.nurse.read(told, { id: refused!.id })).toEqual({ notification: null });
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    });
  });

  describe('given a lift that a firm maintains', () => {
    const vendor = 'query ($id: ID!) { vendor(id: $id) { score { jobs { count } arrivedInTime { ids } breached { ids } onTimeRate } } }';
    /** Id of a firm that serves the ward's trade, once it can be called. */
    const firm = async (there: Ward): Promise<string> => {
      const now = await hospital().now();
      const { id } = await there.administrator.does('registerVendor', {
        ...{ name: `电梯维保 ${there.trade}`, contact: '值班 400-000', agreement: { trades: [there.trade], from: plus(now, -DAY) } },
      });
      await eventually(
        () => there.dispatcher.read<{ vendor: object | null }>(vendor, { id }),
        (found) => found.vendor !== null,
      );
      return id;
    };

    it('WO-08 when the firm is not on site within 2 hours, then that is recorded once and escalated; arrival takes proof, and counts in its score', async () => {
      const there = await ward();
      const vendorId = await firm(there);
      const handed = async (trapped: boolean) => {
        const { id: orderId } = await there.dispatched();
        return (await there.dispatcher.does('handToVendor', { orderId, vendorId, reason: '门机故障', trapped })).id;
      };
      interface Job {
        readonly status: string;
        readonly openedAt: string;
        readonly arriveDueAt: string;
        readonly arrivalCode: string | null;
        readonly breachedAt: string | null;
        readonly verified: boolean | null;
        readonly history: readonly HistoryEvent[];
      }
      const jobOf = async (desk: FrontEnd, id: string): Promise<Job> => {
        const fields = 'status openedAt arriveDueAt arrivalCode breachedAt verified history { type occurredAt data }';
        return (await desk.read<{ vendorJob: Job }>(`query ($id: ID!) { vendorJob(id: $id) { ${fields} } }`, { id })).vendorJob;
      };

      const slow = await handed(false);
      const called = await jobOf(there.dispatcher, slow);
      expect(called).toMatchObject({ status: 'AWAITED', arriveDueAt: plus(called.openedAt, 2 * HOUR) });
      expect(called.arrivalCode).toMatch(/^\d{6}$/);
      expect((await jobOf(there.nurse, slow)).arrivalCode).toBeNull();
      await hospital().advance(2 * HOUR + MINUTE);
      await eventually(
        () => jobOf(there.dispatcher, slow),
        ({ breachedAt }) => breachedAt === called.arriveDueAt,
      );
      const desk = there.technician.desk;
      expect(await desk.wish('checkInArrival', { id: slow })).toEqual(rejection('ARRIVAL_PROOF_MISSING', 'input.proof'));
      const wrong = called.arrivalCode === '000000' ? '000001' : '000000';
      expect(await desk.wish('checkInArrival', { id: slow, proof: { code: wrong } })).toEqual(
        rejection('ARRIVAL_PROOF_WRONG', 'input.proof'),
      );
      await desk.does('checkInArrival', { id: slow, proof: { code: called.arrivalCode } });
      const { history } = await jobOf(there.dispatcher, slow);
      expect(history.map(({ type }) => type)).toEqual([
        'VendorJobOpened',
        'VendorArrivalBreached',
        'VendorEscalated',
        'VendorArrivalCheckedIn',
      ]);
      expect(history[1]).toMatchObject({ occurredAt: called.arriveDueAt });
      expect(history[2]).toMatchObject({ data: { to: 'dispatcher', because: 'arrival' } });

      // People are stuck: half an hour.
      const quick = await handed(true);
      const urgent = await jobOf(there.dispatcher, quick);
      expect(urgent.arriveDueAt).toBe(plus(urgent.openedAt, 30 * MINUTE));
      await hospital().advance(29 * MINUTE);
      await desk.does('checkInArrival', { id: quick, proof: { code: urgent.arrivalCode } });
      expect(await jobOf(there.dispatcher, quick)).toMatchObject({ status: 'ARRIVED', breachedAt: null, verified: true });

      const { vendor: judged } = await eventually(
        () => there.dispatcher.read<{ vendor: { score: { arrivedInTime: { ids: string[] } } } }>(vendor, { id: vendorId }),
        (found) => found.vendor.score.arrivedInTime.ids.length === 1,
      );
      expect(judged.score).toEqual({ jobs: { count: 2 }, arrivedInTime: { ids: [quick] }, breached: { ids: [slow] }, onTimeRate: 0.5 });
      const [from, until] = await lately();
      expect(await there.dispatcher.kpi('VENDOR_ON_SITE', from, until, { trade: there.trade })).toMatchObject({ n: 2 });
    });

    it('WO-08 when somebody is shut in and the firm is not there within 30 minutes, then the director and who called it hear, and later that it came', async () => {
      const there = await ward();
      const { dispatcher, technician } = there;
      const { id: orderId } = await there.accepted();
      const vendorId = await firm(there);
      const { id } = await dispatcher.does('handToVendor', { orderId, vendorId, reason: '门机故障', trapped: true });
      const { vendorJob } = await eventually(
        () => dispatcher.read<{ vendorJob: { arrivalCode: string } | null }>(`{ vendorJob(id: "${id}") { arrivalCode } }`),
        (found) => found.vendorJob !== null,
      );
      await hospital().advance(31 * MINUTE);
      const hearing = (kind: string, recipients: number) =>
        eventually(
          async () => (await dispatcher.news({ orderId })).filter((news) => news.kind === kind),
          (news) => news.length === recipients,
        );
      const escalated = await hearing('VendorEscalated', 3);
      const [caller, nurse] = [expect.stringMatching(/^dispatcher-/), expect.stringMatching(/^nurse-/)];
      const recipients = (news: readonly News[]) => news.map(({ recipientId }) => recipientId).sort();
      expect(recipients(escalated)).toEqual([caller, technician.id, 'role_director']);
      expect(escalated).toEqual(escalated.map(() => expect.objectContaining({ aboutId: id, order: { id: orderId } })));
      await technician.desk.does('checkInArrival', { id, proof: { code: vendorJob!.arrivalCode } });
      expect(recipients(await hearing('VendorArrivalCheckedIn', 3))).toEqual([caller, nurse, technician.id]);
      expect(recipients(await hearing('VendorJobOpened', 3))).toEqual([nurse, technician.id, vendorId]);
      // Others hear nothing of it.
      expect(await (await FrontEnd.of(hospital(), 'another-nurse', 'clinician')).news({ orderId })).toEqual([]);
    });

    it('WO-08 when its contact is forgotten, then that reads [erased] now and at every instant, and the next contact does not', async () => {
      const there = await ward(1, false);
      const id = await firm(there);
      const contact = async (headers?: Readonly<Record<string, string>>) =>
        (await there.dispatcher.read<{ vendor: { contact: string } }>(`{ vendor(id: "${id}") { contact } }`, {}, headers)).vendor.contact;
      expect(await contact()).toBe('值班 400-000');
      const asOf = { 'x-as-of': await hospital().now() };
      await hospital().advance(MINUTE);
      expect(await there.dispatcher.refusal('forgetVendorContact', { id })).toEqual(forbidden('Mutation.forgetVendorContact'));
      await there.administrator.does('forgetVendorContact', { id });
      await eventually(contact, (found) => found === '[erased]');
      expect(await contact(asOf)).toBe('[erased]');
      await there.administrator.does('replaceVendorContact', { id, contact: '新值班 400-001' });
      await eventually(contact, (found) => found === '新值班 400-001');
      expect(await contact(asOf)).toBe('[erased]');
      const read = `{ vendor(id: "${id}") { history { type data } evidence { intact } } }`;
      const { vendor: kept } = await there.dispatcher.read<{ vendor: object }>(read);
      expect(kept).toMatchObject({
        evidence: { intact: true },
        history: [{ data: { contact: '[erased]' } }, {}, { type: 'VendorContactForgotten' }, { data: { contact: '新值班 400-001' } }],
      });
    });

    it('WO-08 when somebody said where the place is, then a position proves arrival there, and is refused elsewhere', async () => {
      const there = await ward();
      const { placeId: id, dispatcher } = there;
      const position = { latitude: 31.2304, longitude: 121.4737, radiusMetres: 150 };
      const wrong = { ...position, latitude: 91 };
      expect(await dispatcher.wish('locatePlace', { id, position: wrong })).toEqual(
        rejection('INVALID_POSITION', 'input.position.latitude'),
      );
      expect(await dispatcher.wish('locatePlace', { id, position: { ...position, radiusMetres: 5 } })).toEqual(
        rejection('INVALID_RADIUS', 'input.position.radiusMetres'),
      );
      await dispatcher.does('locatePlace', { id, position });
      const { classifiedPlace } = await eventually(
        () =>
          dispatcher.read<{ classifiedPlace: { position: object | null } }>(
            `{ classifiedPlace(id: "${id}") { position { latitude longitude radiusMetres } } }`,
          ),
        (found) => found.classifiedPlace.position !== null,
      );
      expect(classifiedPlace).toEqual({ position });

      const { id: orderId } = await there.dispatched();
      const job = await dispatcher.does('handToVendor', { orderId, vendorId: await firm(there), reason: '门机故障' });
      const arrive = (latitude: number, accuracyMetres = 20) =>
        there.technician.desk.wish('checkInArrival', {
          id: job.id,
          proof: { position: { ...{ longitude: 121.4737, latitude }, accuracyMetres } },
        });
      expect(await arrive(31.2404)).toEqual(rejection('ARRIVAL_PROOF_WRONG', 'input.proof'));
      expect(await arrive(-91)).toEqual(rejection('INVALID_POSITION', 'input.proof.position.latitude'));
      expect(await arrive(31.2314, 151)).toEqual(rejection('ARRIVAL_PROOF_WRONG', 'input.proof.position.accuracyMetres'));
      expect(await arrive(31.2314)).toMatchObject({ id: job.id });
      const { vendorJob } = await eventually(
        () =>
          dispatcher.read<{ vendorJob: { verified: boolean | null } }>(
            `{ vendorJob(id: "${job.id}") { proof verified history { type data } } }`,
          ),
        (found) => found.vendorJob.verified !== null,
      );
      expect(vendorJob).toMatchObject({ proof: 'POSITION', verified: true, history: [{}, { data: { proof: { distanceMetres: 111 } } }] });
    });
  });

  describe('given a nurse who reports by the code on the wall, where a patient reports too', () => {
    it('WO-01 WO-24 when a patient’s request is merged into hers, then both follow the one repair, and she rates it', async () => {
      const at = await ward();
      const { id: code } = await at.administrator.does('issueLocationCode', {
        ...{ placeId: at.placeId, spot: '四楼护士站', zone: 'inpatient' },
      });
      const patient = FrontEnd.ofNobody(hospital());
      await eventually(
        () => patient.read<{ requestForm: object | null }>(`{ requestForm(locationCode: "${code}") { spot } }`),
        ({ requestForm }) => requestForm !== null,
      );
      const seen = { locationCode: code, categoryId: at.categoryId, description: '护士站灯不亮' };
      const { id } = await at.nurse.does('reportFault', seen);
      await at.when(id, ({ status }) => status === 'DISPATCHED');
      await hospital().advance(MINUTE);
      const { id: token } = await patient.does('reportFaultAtLocation', seen);
      await at.dispatcher.does('confirmDuplicate', { id: token.split('.')[0], of: id });
      const followed = (is: (request: { readonly goesOnAs: { readonly status: string } | null }) => boolean) =>
        eventually(
          () =>
            patient.read<{ followedRequest: { goesOnAs: { status: string } | null } }>(
              `{ followedRequest(token: "${token}") { status categoryNameEn canBeRated goesOnAs { status completedAt } } }`,
            ),
          ({ followedRequest }) => is(followedRequest),
        ).then(({ followedRequest }) => followedRequest);
      expect(await followed(({ goesOnAs }) => goesOnAs !== null)).toMatchObject({ status: 'MERGED', goesOnAs: { completedAt: null } });

      await at.technician.desk.does('acceptWorkOrder', { id });
      const board = async (filter: object): Promise<readonly object[]> => {
        const { workOrders } = await at.dispatcher.read<{ workOrders: { edges: readonly { node: object }[] } }>(
          `query ($filter: WorkOrderFilter) { workOrders(filter: $filter, orderBy: DUE_ASC) { edges { node { id dueAt pause { reason note } } } } }`,
          { filter: { placeId: at.placeId, zone: 'inpatient', onCall: false, breached: false, status: ['ACCEPTED'], ...filter } },
          { 'x-wait-for': position },
        );
        return workOrders.edges.map(({ node }) => node);
      };
      const { positions } = await at.technician.desk.attempt('pauseWorkOrder', { id, reason: 'OTHER', note: '等减压阀' });
      const position = `workorders=${positions['workorders']!.position}`;
      expect(await board({ paused: true })).toEqual([{ id, dueAt: null, pause: { reason: 'OTHER', note: '等减压阀' } }]);
      expect(await board({ paused: false })).toEqual([]);
      expect(await at.technician.desk.wish('pauseWorkOrder', { id, reason: 'VENDOR' })).toEqual(
        rejection('ALREADY_PAUSED', 'input.reason'),
      );
      await at.technician.desk.does('resumeWorkOrder', { id });
      await at.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });

      expect(await followed(({ goesOnAs }) => goesOnAs?.status === 'COMPLETED')).toMatchObject({
        ...{ status: 'MERGED', canBeRated: false, goesOnAs: { completedAt: expect.any(String) } },
      });
      const shown = 'canBeRated rateUntil rating { stars comment } reporter { id } technician { id } receiver { id }';
      expect(await at.nurse.fieldsOf(id, shown)).toMatchObject({ canBeRated: true, rateUntil: expect.any(String), rating: null });
      await at.nurse.does('rateWorkOrder', { id, stars: 5, comment: '很快' });
      expect(await at.nurse.fieldsOf(id, shown)).toEqual({
        ...{ canBeRated: false, rateUntil: null, rating: { stars: 5, comment: '很快' } },
        ...{ reporter: null, receiver: null, technician: { id: at.technician.id } },
      });
      const { id: own } = await at.technician.desk.does('reportFault', { ...seen, description: '另一盏灯不亮' });
      expect(await at.dispatcher.fieldsOf(own, 'reporter { name }')).toEqual({ reporter: { name: at.technician.name } });
    });
  });

  describe('given patients who left a contact that is kept for two days', () => {
    it('WO-24 when those are over, or an administrator says so before, then it is erased, now and at every instant, and the link still tells', async () => {
      const at = await ward();
      const categoryId = await at.define({ agreement: { ratingDays: 1, contactDays: 2 } });
      const { id: code } = await at.administrator.does('issueLocationCode', { placeId: at.placeId, spot: '三楼护士站' });
      const patient = FrontEnd.ofNobody(hospital());
      await eventually(
        () => patient.read<{ requestForm: object | null }>(`{ requestForm(locationCode: "${code}") { spot } }`),
        ({ requestForm }) => requestForm !== null,
      );
      const report = async (contact: string): Promise<{ readonly id: string; readonly token: string }> => {
        const fault = { locationCode: code, categoryId, description: '床头灯不亮', contact };
        const { id: token } = await patient.does('reportFaultAtLocation', fault);
        const [id] = token.split('.') as [string];
        expect(await at.when(id, ({ status }) => status === 'DISPATCHED')).toMatchObject({ contact: null });
        expect((await at.dispatcher.order(id))!.contact).toBe(contact);
        return { id, token };
      };
      const [asked, agreed] = [await report('13900000001'), await report('13900000002')];
      const asOf = { 'x-as-of': await hospital().now() };
      await hospital().advance(MINUTE);
      const contactOf = async ({ id }: { id: string }, headers?: Readonly<Record<string, string>>) =>
        (await at.dispatcher.order(id, headers))!.contact;
      const erased = (contact: string | null): boolean => contact === '[erased]';

      const early = await at.dispatcher.refusal('forgetReporterContact', { id: asked.id });
      expect(early).toEqual(forbidden('Mutation.forgetReporterContact'));
      await at.administrator.does('forgetReporterContact', { id: asked.id });
      await eventually(() => contactOf(asked), erased);
      expect([await contactOf(asked, asOf), await contactOf(agreed), await contactOf(agreed, asOf)]).toEqual([
        '[erased]',
        '13900000002',
        '13900000002',
      ]);

      await at.technician.desk.does('acceptWorkOrder', { id: agreed.id });
      await at.technician.desk.does('completeWorkOrder', { id: agreed.id, resolution: '更换灯管' });
      await hospital().advance(DAY + MINUTE);
      await at.when(agreed.id, ({ status }) => status === 'CLOSED');
      const keeping = 'reporterContact { forgetAt forgottenAt because history { type actor { actorId } } evidence { intact } }';
      interface Kept {
        readonly reporterContact: { readonly forgetAt: string | null } | null;
      }
      const kept = await eventually(
        () => at.dispatcher.fieldsOf<Kept>(agreed.id, keeping),
        ({ reporterContact }) => typeof reporterContact?.forgetAt === 'string',
      );
      const { history } = await at.dispatcher.historyOf(agreed.id);
      const forgetAt = plus(history.find(({ type }) => type === 'WorkOrderCompleted')!.occurredAt, 3 * DAY);
      expect(kept).toMatchObject({ reporterContact: { forgetAt, forgottenAt: null, because: null } });
      expect(await contactOf(agreed)).toBe('13900000002');
      await hospital().advance(2 * DAY);
      await eventually(() => contactOf(agreed), erased);
      expect(await contactOf(agreed, asOf)).toBe('[erased]');
      const gone = await eventually(
        () => at.dispatcher.fieldsOf<Kept>(agreed.id, keeping),
        ({ reporterContact }) => reporterContact?.forgetAt === null,
      );
      expect(gone).toEqual({
        reporterContact: {
          ...{ forgetAt: null, forgottenAt: forgetAt, because: 'AGREED', evidence: { intact: true } },
          history: ['ReporterContactKept', 'ReporterContactForgotten'].map((type) => ({ type, actor: { actorId: 'system' } })),
        },
      });

      const { followedRequest } = await patient.read<{ followedRequest: object }>(
        'query ($token: String!) { followedRequest(token: $token) { status completedAt canBeRated } }',
        { token: agreed.token },
      );
      expect(followedRequest).toEqual({ status: 'CLOSED', completedAt: expect.any(String), canBeRated: false });
      const read = await at.dispatcher.fieldsOf<object>(agreed.id, 'history { data } evidence { intact }');
      expect(read).toMatchObject({ evidence: { intact: true }, history: [{ data: { contact: '[erased]' } }, {}, {}, {}, {}] });
      const { id: without } = await at.report();
      await at.when(without, ({ dispatch }) => dispatch !== null);
      expect(await at.administrator.wish('forgetReporterContact', { id: without })).toEqual(rejection('NO_CONTACT', 'input.id'));
    });
  });

  describe('given a month that is over', () => {
    it('WO-09 when it is closed, then each request is closed, cancelled with a reason, merged, or carried over, and the rate names each exception', async () => {
      const there = await ward();
      const month = monthBefore(await hospital().now(), 7);
      const [from, until] = windowOf(month);
      const report = async (day: number, time?: string): Promise<string> => {
        const { id } = await there.report({ occurredAt: morning(month, day, time) });
        await there.when(id, ({ status }) => status === 'DISPATCHED');
        return id;
      };
      const repaired = await report(3);
      await there.technician.desk.does('acceptWorkOrder', { id: repaired });
      await there.technician.desk.does('completeWorkOrder', { id: repaired, resolution: '更换灯管' });
      await there.nurse.does('rateWorkOrder', { id: repaired, stars: 5 });
      const cancelled = await report(5);
      await there.nurse.does('cancelWorkOrder', { id: cancelled, reason: '自行恢复' });

      // Two nurses see the same: the suite says so, and a dispatcher decides.
      const open = await report(9);
      const again = await there.dispatcher.does(
        'reportFault',
        there.fault({ occurredAt: morning(month, 9, '11:00'), reporterId: 'nurse-2' }),
      );
      const proposals = 'duplicateProposals { of { id } status minutesApart }';
      const { duplicateProposals } = await eventually(
        () => there.dispatcher.fieldsOf<{ duplicateProposals: readonly object[] } | null>(again.id, proposals),
        (found) => (found?.duplicateProposals.length ?? 0) > 0,
      ).then((found) => found!);
      expect(duplicateProposals).toEqual([{ of: { id: open }, status: 'PROPOSED', minutesApart: 60 }]);
      expect(await there.nurse.refusal('confirmDuplicate', { id: again.id, of: open })).toEqual(forbidden('Mutation.confirmDuplicate'));
      await there.dispatcher.does('confirmDuplicate', { id: again.id, of: open });
      await there.when(again.id, ({ status }) => status === 'MERGED');
      const family = await there.dispatcher.fieldsOf<{ concernedReporterIds: string[] }>(open, 'mergedFrom { id } concernedReporterIds');
      expect(family).toMatchObject({ mergedFrom: [{ id: again.id }] });
      expect(family.concernedReporterIds).toEqual([expect.stringMatching(/^nurse-/), 'nurse-2']);

      const preview = `{ monthPreview(month: "${month}") { total closed cancelled merged isOver open { edges { node { id } } } closedLoopShare } }`;
      const { monthPreview } = await eventually(
        () => there.dispatcher.read<{ monthPreview: { closed: number; merged: number } }>(preview),
        (found) => found.monthPreview.closed === 1 && found.monthPreview.merged === 1,
      );
      expect(monthPreview).toEqual({
        ...{ total: 4, closed: 1, cancelled: 1, merged: 1, isOver: true, open: { edges: [{ node: { id: open } }] }, closedLoopShare: 0.75 },
      });
      const carried = { orderId: open, ownerId: there.technician.id };
      const close = (carriedOver: readonly object[]) => there.dispatcher.wish('closeMonth', { month, carriedOver });
      expect(await close([])).toEqual(rejection('MONTH_HAS_OPEN_ORDERS', 'input.carriedOver'));
      expect(await close([{ ...carried, dueOn: `${month}-28` }])).toEqual(rejection('DUE_IN_PAST', 'input.carriedOver'));
      expect(await close([{ ...carried, dueOn: await today() }])).toMatchObject({ __typename: 'WorkOrderMonth' });
      const closed = `{ month(month: "${month}") {
        total closed cancelled merged closedLoopShare carriedOver { orderId owner { id } } exceptions { orderId because } evidence { intact }
      } }`;
      const { month: told } = await eventually(
        () => there.dispatcher.read<{ month: object | null }>(closed),
        (found) => found.month !== null,
      );
      expect(told).toEqual({
        ...{ total: 4, closed: 1, cancelled: 1, merged: 1, closedLoopShare: 0.75, evidence: { intact: true } },
        carriedOver: [{ orderId: open, owner: { id: there.technician.id } }],
        exceptions: [{ orderId: open, because: 'CARRIED_OVER' }],
      });
      const carrying = await eventually(
        () => there.technician.desk.news({}),
        (news) => news.some(({ kind }) => kind === 'MonthClosed'),
      );
      expect(carrying.filter(({ kind }) => kind === 'MonthClosed')).toMatchObject([{ aboutId: month, order: null }]);
      const figure = await there.dispatcher.kpi('CLOSED_LOOP', from, until, { categoryId: there.categoryId });
      expect(figure).toMatchObject({ n: 4, value: 75 });
      expect(figure.parts.at(-1)).toMatchObject({ name: 'exceptions', n: 1, orderIds: [open] });

      // A paper slip of that month turns up: it, and what is still open, are for the month after.
      const slip = await there.dispatcher.does(
        'reportFault',
        there.fault({ channel: 'PAPER', occurredAt: morning(month, 20), reporterId: 'ward-3' }),
      );
      const after = monthBefore(await hospital().now(), 6);
      const next = `{ monthPreview(month: "${after}") { open(first: 100) { edges { node { id } } } } month: monthPreview(month: "${month}") { total } }`;
      const later = await eventually(
        () => there.dispatcher.read<{ monthPreview: { open: { edges: { node: { id: string } }[] } }; month: object }>(next),
        ({ monthPreview: seen }) => seen.open.edges.some(({ node }) => node.id === slip.id),
      );
      expect(later.monthPreview.open.edges.map(({ node }) => node.id)).toEqual(expect.arrayContaining([open, slip.id]));
      expect(later.month).toEqual({ total: 4 });
    });
  });

  describe('given a repair that is rated poorly a second time', () => {
    it('WO-11 WO-12 when that opens a complaint, then cause and corrective action are needed to close it, and the rate counts it', async () => {
      const there = await ward();
      const { id } = await there.completed();
      await there.nurse.does('rateWorkOrder', { id, stars: 1, comment: '还在闪' });
      await there.when(id, ({ status }) => status === 'DISPATCHED');
      await there.technician.desk.does('acceptWorkOrder', { id });
      await there.technician.desk.does('completeWorkOrder', { id, resolution: '再次更换' });
      await there.nurse.does('rateWorkOrder', { id, stars: 2, comment: '第三天又坏' });
      await there.when(id, ({ status }) => status === 'CLOSED');
      const happy = await there.completed();
      await there.nurse.does('rateWorkOrder', { id: happy.id, stars: 5 });

      const list = 'query ($filter: ComplaintFilter) { complaints(filter: $filter) { edges { node { id status kind text byPatient } } } }';
      const read = async (desk: FrontEnd) =>
        (await desk.read<{ complaints: { edges: { node: { id: string } }[] } }>(list, { filter: { orderId: id } })).complaints.edges;
      const [found, ...others] = await eventually(
        () => read(there.dispatcher),
        (edges) => edges.length > 0,
      );
      expect(others).toEqual([]);
      expect(found!.node).toMatchObject({ status: 'OPEN', kind: 'LOW_RATING', text: '第三天又坏', byPatient: false });
      const complaint = { id: found!.node.id };
      expect(await read(await FrontEnd.of(hospital(), 'another-nurse', 'clinician'))).toEqual([]);
      expect(await read(there.nurse)).toHaveLength(1);

      const { dispatcher } = there;
      expect(await dispatcher.wish('closeComplaint', complaint)).toEqual(rejection('CAUSE_MISSING', 'cause'));
      await dispatcher.does('investigateComplaint', { ...complaint, cause: 'PARTS', note: '灯管批次不良' });
      expect(await dispatcher.wish('closeComplaint', complaint)).toEqual(rejection('CORRECTIVE_ACTION_MISSING', 'correctiveAction'));
      await dispatcher.does('setCorrectiveAction', {
        ...{ ...complaint, action: '更换供应商', ownerId: there.technician.id, dueOn: await today() },
      });
      await dispatcher.does('closeComplaint', complaint);
      const told = await eventually(
        async () => (await dispatcher.news({ orderId: id })).filter(({ aboutId }) => aboutId === complaint.id),
        (news) => news.length === 6,
      );
      const hearers = (kind: string) =>
        told
          .filter((news) => news.kind === kind)
          .map(({ recipientId }) => recipientId)
          .sort();
      const nurse = expect.stringMatching(/^nurse-/);
      expect(hearers('ComplaintFiled')).toEqual([nurse, 'role_director', 'role_dispatcher']);
      expect(hearers('CorrectiveActionSet')).toEqual([there.technician.id]);
      expect(hearers('ComplaintClosed')).toEqual([nurse, there.technician.id]);

      const [from, until] = await lately();
      const rate = await dispatcher.kpi('COMPLAINTS', from, until, { categoryId: there.categoryId });
      // The trial order of the ward was not rated.
      expect(rate).toMatchObject({ n: 2, value: 50, orderIds: [id] });
    });
  });

  describe('given an order that went from hand to hand', () => {
    it('WO-25 when it is closed, then the waiting time of each stage and the hand-overs are told, with the orders behind them', async () => {
      const there = await ward(2);
      const categoryId = await there.define({});
      const { id } = await there.dispatched({ categoryId });
      await hospital().advance(5 * MINUTE);
      await there.technician.desk.does('declineWorkOrder', { id, reason: '在抢修' });
      await hospital().advance(7 * MINUTE);
      const second = there.colleagues[1]!;
      await there.dispatcher.does('assignWorkOrder', { id, technicianId: second.id, reason: '请支援' });
      await second.desk.does('acceptWorkOrder', { id });
      await second.desk.does('pauseWorkOrder', { id, reason: 'WAITING_PARTS' });
      await hospital().advance(20 * MINUTE);
      await second.desk.does('resumeWorkOrder', { id });
      await second.desk.does('completeWorkOrder', { id, resolution: '更换镇流器' });
      await there.nurse.does('rateWorkOrder', { id, stars: 4 });
      await there.when(id, ({ status }) => status === 'CLOSED');

      const { history } = await there.nurse.historyOf(id);
      const minutes = (from: string, until: string): number => (at(history, until) - at(history, from)) / MINUTE;
      const [from, until] = await lately();
      const waiting = await there.dispatcher.kpi('WAITING', from, until, { categoryId });
      const part = (name: string) => waiting.parts.find((one) => one.name === name)!;
      expect(waiting).toMatchObject({ n: 1, orderIds: [id] });
      expect(part('paused')).toMatchObject({ n: 1, orderIds: [id], value: minutes('WorkOrderPaused', 'WorkOrderResumed') });
      expect(part('waiting').value).toBeCloseTo(
        minutes('WorkOrderReported', 'WorkOrderDispatched') + minutes('WorkOrderDeclined', 'WorkOrderAssigned'),
        6,
      );
      expect(part('dispatched').value).toBeCloseTo(
        minutes('WorkOrderDispatched', 'WorkOrderDeclined') + minutes('WorkOrderAssigned', 'WorkOrderAccepted'),
        6,
      );
      expect(waiting.value).toBeCloseTo(part('paused').value! + part('waiting').value! + part('dispatched').value!, 6);
      const handOvers = await there.dispatcher.kpi('HAND_OVERS', from, until, { categoryId });
      expect(handOvers).toMatchObject({ n: 1, value: 1, orderIds: [id] });
      const { kpi } = await there.dispatcher.read<{ kpi: object }>(
        `query ($from: DateTime!, $until: DateTime!, $filter: KpiFilter) {
          kpi(name: HAND_OVERS, from: $from, until: $until, filter: $filter) { orders { totalCount edges { node { id status } } } }
        }`,
        { from, until, filter: { categoryId } },
      );
      expect(kpi).toEqual({ orders: { totalCount: 1, edges: [{ node: { id, status: 'CLOSED' } }] } });
    });
  });
}
