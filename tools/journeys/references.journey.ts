import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOUR, instant, millis, plus } from '@hospital/kernel';
import { Kind, parse, type TypeNode } from 'graphql';
import { eventually, FrontEnd } from './front-end';
import type { Hospital } from './hospital';
import { Ward } from './ward';

const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));

/** Where work orders lead to other contexts: fields whose entity somebody else answers for. */
function referencesOf(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));
  const { definitions } = parse(files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n'));
  const types = definitions.flatMap((one) =>
    one.kind === Kind.OBJECT_TYPE_DEFINITION || one.kind === Kind.OBJECT_TYPE_EXTENSION ? [one] : [],
  );
  const foreign = new Set(
    types
      .filter(({ directives }) => directives?.some((key) => key.arguments?.some(({ name }) => name.value === 'resolvable')))
      .map(({ name }) => name.value),
  );
  return types.flatMap(({ name, fields = [] }) =>
    fields.filter(({ type }) => foreign.has(nameOf(type))).map((field) => `${name.value}.${field.name.value}`),
  );
}

/** The first object of an answer that this is a field of. */
function found(answer: unknown, field: string): unknown {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const own = (answer as Record<string, unknown>)[field];
  if (own !== undefined && own !== null && !Array.isArray(own)) return own;
  return Object.values(answer)
    .map((one) => found(one, field))
    .find((one) => one !== undefined);
}

interface Recorded {
  readonly history: readonly { readonly type: string }[];
  readonly evidence: { readonly intact: boolean; readonly events: number };
}

/** Nothing that one context knows is an island to the others. */
export function referencesJourney(hospital: () => Hospital): void {
  let at: Ward;
  let clerk: FrontEnd;
  let clerkId: string;
  let slotId: string;
  let ratedId: string;
  /** By type. */
  const ids: Record<string, string> = {};
  /** One colleague's fault, typed in by another. */
  let takenInId: string;
  const month = (): string => ids['WorkOrderMonth']!;
  const made = async (query: string, input: object): Promise<string> =>
    (await at.administrator.read<{ made: { id: string } }>(query, { input, key: randomUUID() })).made.id;

  beforeAll(async () => {
    at = await Ward.with(hospital(), { people: 2, onShift: true });
    const [technician, second] = at.colleagues as [(typeof at.colleagues)[0], (typeof at.colleagues)[0]];
    clerkId = (await at.hire('总机接线员', 'operator')).id;
    clerk = await FrontEnd.of(hospital(), clerkId, 'dispatcher');
    const now = await hospital().now();

    // A call that a clerk took and handed over, about a place that is graded and coded; labour and downtime are on record.
    const { id: orderId } = await clerk.does('reportFault', at.fault({ channel: 'PHONE', reporterId: `caller-${at.trade}` }));
    await at.when(orderId, ({ status }) => status === 'DISPATCHED');
    await technician.desk.does('acceptWorkOrder', { id: orderId });
    const offer = async (by: FrontEnd, toId: string) =>
      eventually(
        () => by.wish('offerHandOver', { id: orderId, toId, reason: '请跟进' }),
        (answer) => !('code' in answer),
      );
    await offer(clerk, technician.id);
    await technician.desk.does('acceptHandOver', { id: orderId });
    await offer(technician.desk, second.id);
    await technician.desk.does('startLabour', { id: orderId });
    await technician.desk.does('recordDowntime', { id: orderId, assetId: at.placeId, from: plus(now, -HOUR), reason: '停机' });
    ids['WorkOrder'] = orderId;
    ids['Asset'] = at.placeId;
    ids['Person'] = technician.id;
    ids['FaultCategory'] = at.categoryId;
    ids['DispatchRule'] = (await at.administrator.does('defineDispatchRule', { name: '按名', order: ['NAME'] })).id;
    ids['LocationCode'] = (await at.dispatcher.does('issueLocationCode', { placeId: at.placeId, spot: '三楼护士站' })).id;
    const week = [{ weekday: 1, hours: [{ from: '08:00', to: '17:00' }] }];
    ids['Calendar'] = (await at.administrator.does('defineCalendar', { name: '门诊', nameEn: 'Clinic', week })).id;
    ids['Item'] = (await at.administrator.does('registerItem', { name: '手套', unit: 'pair' })).id;
    ids['Meter'] = (await at.administrator.does('registerMeter', { name: '水表', medium: 'WATER', unit: 'm³' })).id;

    // A firm, and a complaint that somebody answers for.
    const agreement = { trades: [at.trade], from: plus(now, -HOUR) };
    ids['Vendor'] = (await at.administrator.does('registerVendor', { name: '电梯维保', agreement })).id;
    const job = await eventually(
      () => at.dispatcher.wish('handToVendor', { orderId, vendorId: ids['Vendor'], reason: '门机故障' }),
      (answer) => !('code' in answer),
    );
    ids['VendorJob'] = (job as { id: string }).id;
    ids['Complaint'] = (await at.nurse.does('fileComplaint', { orderId, kind: 'DELAY', text: '太慢' })).id;
    await at.dispatcher.does('investigateComplaint', { id: ids['Complaint'], cause: 'STAFFING' });
    const dueOn = plus(now, 72 * HOUR).slice(0, 10);
    await at.dispatcher.does('setCorrectiveAction', { id: ids['Complaint'], action: '增派人手', ownerId: clerkId, dueOn });

    // A plan, a certificate, and a job that was done on it before it was revoked.
    const from = plus(now, 30 * 24 * HOUR);
    ids['Shift'] = await made(
      'mutation ($input: PlanShiftInput!, $key: ID!) { made: planShift(input: $input, idempotencyKey: $key) { ... on Shift { id } } }',
      { personId: second.id, trade: at.trade, from, until: plus(from, 8 * HOUR) },
    );
    const firstDay = plus(now, 48 * HOUR).slice(0, 10);
    const people = [technician.id, second.id];
    await at.administrator.does('publishOnCall', { trade: at.trade, firstDay, days: 2, handOverTime: '08:00', people });
    const rota = 'query ($trade: String!, $from: DateTime!, $until: DateTime!) { rota(trade: $trade, from: $from, until: $until) { id } }';
    const slots = await eventually(
      () => at.dispatcher.read<{ rota: readonly { id: string }[] }>(rota, { trade: at.trade, from: now, until: plus(now, 240 * HOUR) }),
      ({ rota: known }) => known.length > 0,
    );
    slotId = slots.rota[0]!.id;
    ids['OnCallSlot'] = slotId;
    const kind = `lift-${at.trade}`;
    const validity = { validFrom: '2020-01-01', validUntil: '2099-12-31' };
    const certificate = { personId: second.id, kind, number: 'T-1', ...validity };
    ids['Certificate'] = (await at.administrator.does('issueCertificate', certificate)).id;
    const categoryId = await at.define({ certificate: kind });
    const { id: jobId } = await at.report({ categoryId });
    await eventually(
      () => at.dispatcher.wish('assignWorkOrder', { id: jobId, technicianId: second.id, reason: '指定' }),
      (answer) => !('code' in answer),
    );
    await second.desk.does('acceptWorkOrder', { id: jobId });
    await second.desk.does('completeWorkOrder', { id: jobId, resolution: '已处理' });
    await at.nurse.does('rateWorkOrder', { id: jobId, stars: 5 });
    ratedId = jobId;
    await at.administrator.does('revokeCertificate', { id: ids['Certificate'], from: plus(now, -HOUR), reason: '证书造假' });
    ids['Reinspection'] = `${ids['Certificate']}_${jobId}`;

    // A month in which somebody carries an order on.
    ids['WorkOrderMonth'] = instant(millis(now) - 300 * 24 * HOUR).slice(0, 7);
    const { id: old } = await at.report({ occurredAt: `${month()}-09T02:00:00Z` });
    const carriedOver = [{ orderId: old, ownerId: clerkId, dueOn }];
    await eventually(
      () => at.dispatcher.wish('closeMonth', { month: month(), carriedOver }),
      (answer) => !('code' in answer),
    );
    const news = 'query ($filter: NotificationFilter) { notifications(first: 1, filter: $filter) { edges { node { id } } } }';
    const { notifications } = await eventually(
      () => at.dispatcher.read<{ notifications: { edges: { node: { id: string } }[] } }>(news, { filter: { orderId } }),
      (seen) => seen.notifications.edges.length > 0,
    );
    ids['Notification'] = notifications.edges[0]!.node.id;
    takenInId = (await technician.desk.does('reportFault', at.fault({ reporterId: second.id, channel: 'PHONE' }))).id;
  });

  const takenIn = (fields: string) => `node(id: "${takenInId}") { ... on WorkOrder { ${fields} } }`;
  const order = (fields: string) => `node(id: "${ids['WorkOrder']}") { ... on WorkOrder { ${fields} } }`;
  const node = (type: string, fields: string) => `node(id: "${ids[type]}") { ... on ${type} { ${fields} } }`;
  /** How somebody comes to each, and what the other context says of it. */
  const references: Readonly<Record<string, () => string>> = {
    'WorkOrder.place': () => order('place { name }'),
    'WorkOrder.reporter': () => takenIn('reporter { name }'),
    'WorkOrder.receiver': () => takenIn('receiver { name }'),
    'WorkOrder.technician': () => order('technician { name }'),
    'WorkOrder.ownerOfRecord': () => order('ownerOfRecord { name }'),
    'Candidate.technician': () => order('dispatch { considered { technician { name } } }'),
    'Responsibility.owner': () => order('responsibility { owner { name } }'),
    'RepairRating.technician': () => `node(id: "${ratedId}") { ... on WorkOrder { timeline { ratings { technician { name } } } } }`,
    'HandOver.from': () => order('handOvers { from { name } }'),
    'HandOver.to': () => order('handOvers { to { name } }'),
    'HandOverOffer.to': () => order('responsibility { openOffer { to { name } } }'),
    'Labour.person': () => order('workLog { labour { person { name } } }'),
    'Downtime.thing': () => order('downtime { thing { name } }'),
    'VendorJob.place': () => node('VendorJob', 'place { name }'),
    'CorrectiveAction.owner': () => node('Complaint', 'correctiveAction { owner { name } }'),
    'LocationCode.place': () => node('LocationCode', 'place { name }'),
    'Reinspection.technician': () => node('Reinspection', 'technician { name }'),
    'Reinspection.certificate': () => node('Reinspection', 'certificate { kind }'),
    'CarriedOver.owner': () => node('WorkOrderMonth', 'carriedOver { owner { name } }'),
  };

  describe('given ids that one context has of another', () => {
    it('GW-02 when the graph is searched for them, then each is followed here', () => {
      // Who grades a place is answered with it: see below.
      const all = [...Object.keys(references), 'ClassifiedPlace.place'];
      expect([...referencesOf(join(__dirname, '../../apps/workorders/src/api'))].sort()).toEqual(all.sort());
    });

    it.each(Object.keys(references))('GW-02 when %s is followed, then the other context says what it is', async (name) => {
      const field = name.split('.')[1]!;
      const read = async () => found(await at.dispatcher.read<object>(`{ ${references[name]!()} }`), field);
      const there = (await eventually(read, (seen) => seen !== undefined)) as { name?: string; kind?: string };
      expect(there.name ?? there.kind).toEqual(expect.stringMatching(/\S/));
    });

    it('GW-02 when ClassifiedPlace.place is followed, then the other context says what it is', async () => {
      const query = `mutation ($input: ClassifyPlaceInput!, $key: ID!) {
        classifyPlace(input: $input, idempotencyKey: $key) { ... on ClassifiedPlace { place { name } history { type } evidence { intact } } }
      }`;
      const input = { id: at.placeId, criticality: 3 };
      const { classifyPlace } = await at.dispatcher.read<{ classifyPlace: object }>(query, { input, key: randomUUID() });
      expect(classifyPlace).toMatchObject({ place: { name: expect.stringContaining('住院楼') }, evidence: { intact: true } });
    });
  });

  describe('given an account of nobody on the staff, as one that reported', () => {
    it('when it is followed, then its id stands and nothing else, and nothing at all where a field may not be missing', async () => {
      const id = `pn_ward_${at.trade}`;
      const order = await (await FrontEnd.of(hospital(), id, 'reporter')).does('reportFault', at.fault());
      const query = `query ($id: ID!) { node(id: $id) { ... on WorkOrder {
        history { actor { actorId person { id name } } } receiver { id name trade }
      } } }`;
      const { node: seen } = await eventually(
        () => at.dispatcher.read<{ node: { history: readonly object[]; receiver: unknown } | null }>(query, { id: order.id }),
        ({ node: known }) => known !== null,
      );
      expect(seen!.history[0]).toEqual({ actor: { actorId: id, person: { id, name: null } } });
      expect(seen!.receiver).toBeNull();
    });
  });

  describe('given an id of each kind', () => {
    it('GW-02 when it is asked for, whatever it is, then it is found, with its history and its evidence', async () => {
      const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';
      const all = Object.entries(ids).map(([__typename, id]) => ({ __typename, id }));
      await eventually(
        () => at.dispatcher.read<{ nodes: readonly unknown[] }>(query, { ids: Object.values(ids) }),
        ({ nodes }) => JSON.stringify(nodes) === JSON.stringify(all),
      );
      for (const type of Object.keys(ids)) {
        const { node: it } = await at.administrator.read<{ node: Recorded }>(
          `{ ${node(type, 'history { type } evidence { intact events }')} }`,
        );
        expect([type, it.evidence.intact, it.history.length > 0]).toEqual([type, true, true]);
      }
    });

    it('GW-02 when it is asked for as of before it was there, or is nobody’s, then there is nothing, also when only the id is asked for', async () => {
      const asOf = { 'x-as-of': '2001-01-01T00:00:00Z' };
      const only = (asked: readonly string[], headers = {}) =>
        at.dispatcher.read<{ nodes: unknown[] }>('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: asked }, headers);
      const all = Object.values(ids);
      expect((await only(all, asOf)).nodes).toEqual(all.map(() => null));
      expect((await only(['wo_nobody', 'as_nobody', 'xx_1', 'nonsense', ''])).nodes).toEqual([null, null, null, null, null]);
    });

    it('GW-02 when a slot on call is looked at, then its history is of this slot alone', async () => {
      const query = 'query ($id: ID!) { node(id: $id) { ... on OnCallSlot { history { type data } evidence { intact events } } } }';
      const slot = (await at.dispatcher.read<{ node: { history: { data: { slotId: string } }[] } }>(query, { id: slotId })).node;
      expect(slot).toMatchObject({ evidence: { intact: true } });
      expect(slot.history.map(({ data }) => data.slotId)).toEqual([slotId]);
    });

    it('when it is a complaint of somebody else, then it is not found', async () => {
      const query = 'query ($id: ID!) { node(id: $id) { id } }';
      expect(await at.technician.desk.read(query, { id: ids['Complaint'] })).toEqual({ node: null });
      expect(await at.nurse.read(query, { id: ids['Complaint'] })).toEqual({ node: { id: ids['Complaint'] } });
    });
  });
}
