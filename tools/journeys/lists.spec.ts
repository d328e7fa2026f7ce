import { randomUUID } from 'node:crypto';
import { HOUR, plus } from '@hospital/kernel';
import { ROLES } from '@hospital/service';
import {
  getNamedType,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputObjectType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import supergraph from '../../apps/gateway/src/supergraph.graphql';
import { apiSchemaOf } from '../../apps/gateway/src/graphiql/api-schema';
import { type Answer, eventually, FrontEnd } from './front-end';
import type { Hospital } from './hospital';
import { oneProcess } from './one-process';
import { Ward } from './ward';

/** Every list of the graph, found in the graph itself: all are asked in one way, and answer in one way. */

interface List {
  /** E.g. `Query.workOrders`. */
  readonly name: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly filter: GraphQLInputObjectType;
  readonly orders: readonly string[];
}
interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly [id: string]: unknown } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
}
type Asked = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string>>;

const connections = Object.values(apiSchemaOf(supergraph).getTypeMap()).flatMap((type) =>
  isObjectType(type) && !type.name.startsWith('__')
    ? Object.values(type.getFields())
        .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
        .map((field) => ({ name: `${type.name}.${field.name}`, field }))
    : [],
);
const lists: readonly List[] = connections.map(({ name, field }) => {
  const of = (arg: string) => getNamedType(field.args.find((one) => one.name === arg)!.type);
  return {
    ...{ name, field, filter: of('filter') as GraphQLInputObjectType },
    orders: (of('orderBy') as GraphQLEnumType).getValues().map((value) => value.name),
  };
});

let hospital: Hospital;
let ward: Ward;
/** Who may read everything. */
let reader: FrontEnd;
let orderId: string;
let clerkId: string;

/** What a list needs to be told beside the page: whose it is, or of what. */
const within: Readonly<Record<string, (list: string) => string>> = {
  'Query.ownedBy': (list) => list.replace('(', `(personId: "${clerkId}", `),
  'Query.handOversOffered': (list) => list.replace('(', `(personId: "${ward.technician.id}", `),
  'WorkOrder.notifications': (list) => `of: workOrder(id: "${orderId}") { ${list} }`,
  'Kpi.orders': (list) => `of: kpi(name: VOLUME, from: "2020-01-01T00:00:00Z", until: "2100-01-01T00:00:00Z") { ${list} }`,
  'MonthPreview.open': (list) => `of: monthPreview(month: "${month}") { ${list} }`,
  'MonthPreview.cancelledWithoutReason': (list) => `of: monthPreview(month: "${month}") { ${list} }`,
};
let month: string;

const documentOf = ({ name, field, filter }: List): string => {
  const order = getNamedType(field.args.find((arg) => arg.name === 'orderBy')!.type).name;
  const node = getNamedType(field.type).name.replace(/Connection$/, '');
  const id = { OrderRelations: 'workOrder { id }', Responsibility: 'id: orderId' }[node] ?? 'id';
  const list = `list: ${field.name}(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { ${id} } }
  }`;
  const asked = (within[name] ?? ((it: string) => it))(list);
  return `query ($first: Int, $after: String, $filter: ${filter.name}, $orderBy: ${order}) { ${asked} }`;
};

type Data = { readonly list?: Page; readonly of?: { readonly list: Page } };
const ask = (list: List, asked: Asked = {}, headers: Headers = {}): Promise<Answer<Data>> =>
  reader.ask<Data>(documentOf(list), asked, headers);
const pageOf = async (list: List, asked: Asked = {}, headers: Headers = {}): Promise<Page> => {
  const { data, errors } = await ask(list, asked, headers);
  if (errors.length > 0) throw new Error(`${list.name} ${JSON.stringify(asked)}: ${JSON.stringify(errors)}`);
  return (data!.list ?? data!.of?.list)!;
};
const faultOf = async (list: List, asked: Asked): Promise<unknown> => {
  const { code, field } = (await ask(list, asked)).errors[0]?.extensions ?? { code: undefined };
  return { code, field };
};
const idsOf = ({ edges }: Page): readonly string[] => edges.map(({ node }) => JSON.stringify(node));

const WEEK = [{ weekday: 1, hours: [{ from: '08:00', to: '17:00' }] }];

/** One row more in a list; where it follows from something else, in a while. */
const grow: Readonly<Record<string, (n: number) => Promise<unknown>>> = {
  'Query.assets': (n) => ward.administrator.does('registerAsset', { name: `电梯 ${n % 2}`, kind: 'lift' }),
  'Query.items': (n) => ward.administrator.does('registerItem', { name: `手套 ${n % 2}`, unit: 'pair' }),
  'Query.meters': (n) => ward.administrator.does('registerMeter', { name: `水表 ${n % 2}`, medium: 'WATER', unit: 'm³' }),
  'Query.people': () => ward.hire('新员工'),
  'Query.certificates': () => certify('elevator'),
  'Query.shifts': async (n) => {
    const from = plus(await hospital.now(), (30 + n) * 24 * HOUR);
    const { id: personId } = await ward.hire('轮班');
    await ward.administrator.does('planShift', { personId, trade: ward.trade, from, until: plus(from, 8 * HOUR) });
  },
  'Query.calendars': (n) => ward.administrator.does('defineCalendar', { name: `门诊 ${n}`, nameEn: `Clinic ${n % 2}`, week: WEEK }),
  'Query.complaints': () => ward.nurse.does('fileComplaint', { kind: 'DELAY', text: '太慢' }),
  'Query.duplicates': () => ward.report(),
  'Query.locationCodes': (n) => ward.dispatcher.does('issueLocationCode', { placeId: ward.placeId, spot: `${n} 号门` }),
  'Query.notifications': () => ward.report(),
  'Query.reinspections': () => revokedJob(),
  'Query.ownedBy': () =>
    ward.dispatcher.does('reportFault', ward.fault({ channel: 'PHONE', reporterKind: 'CLINICIAN', reporterId: 'nurse-8123' })),
  'Query.handOversOffered': async () => {
    const { id } = await ward.dispatcher.does(
      'reportFault',
      ward.fault({ channel: 'PHONE', reporterKind: 'CLINICIAN', reporterId: 'nurse-8123' }),
    );
    const offer = { id, toId: ward.technician.id, reason: '请跟进' };
    await eventually(
      () => ward.dispatcher.wish('offerHandOver', offer),
      (answer) => !('code' in answer),
    );
  },
  'Query.vendors': (n) => vendor(`维保 ${n % 2}`),
  'Query.vendorJobs': async () => {
    const vendorId = await vendor('电梯维保');
    const { id } = await ward.report();
    const job = { orderId: id, vendorId, reason: '门机故障' };
    await eventually(
      () => ward.dispatcher.wish('handToVendor', job),
      (answer) => !('code' in answer),
    );
  },
  'Query.faultCategories': (n) =>
    ward.administrator.does('defineFaultCategory', { name: '管道', nameEn: `Pipes ${n % 2}`, trade: 'plumber' }),
  'Query.dispatchRules': (n) => ward.administrator.does('defineDispatchRule', { name: `规则 ${n % 2}`, order: ['NAME'] }),
  'Query.workOrders': () => ward.report(),
  'WorkOrder.notifications': async () => {
    const order = await ward.nurse.order(orderId);
    const other = ward.colleagues.find(({ id }) => id !== order!.technician?.id)!;
    await ward.dispatcher.does('assignWorkOrder', { id: orderId, technicianId: other.id, reason: '换人' });
  },
  'Kpi.orders': () => ward.report(),
  'MonthPreview.open': (n) => ward.report({ occurredAt: `${month}-${10 + (n % 15)}T02:00:00Z` }),
};
/** No request can make a row of these: whoever cancels must say why, and only what was recorded before did not. */
const ALWAYS_EMPTY = ['MonthPreview.cancelledWithoutReason'];

async function certify(kind: string, personId?: string): Promise<{ id: string; personId: string }> {
  const holder = personId ?? (await ward.hire('持证人')).id;
  const validity = { validFrom: '2020-01-01', validUntil: '2099-12-31' };
  const { id } = await ward.administrator.does('issueCertificate', { personId: holder, kind, number: 'T-1', ...validity });
  return { id, personId: holder };
}

async function vendor(name: string): Promise<string> {
  const agreement = { trades: [ward.trade], from: plus(await hospital.now(), -HOUR) };
  return (await ward.administrator.does('registerVendor', { name, agreement })).id;
}

/** A job done on a certificate that is revoked from before it on. */
async function revokedJob(): Promise<void> {
  const kind = `lift-${randomUUID().slice(0, 8)}`;
  const by = await ward.hire('电梯工');
  const certificate = await certify(kind, by.id);
  const categoryId = await ward.define({ certificate: kind });
  const { id } = await ward.report({ categoryId });
  await eventually(
    () => ward.dispatcher.wish('assignWorkOrder', { id, technicianId: by.id, reason: '指定' }),
    (answer) => !('code' in answer),
  );
  await by.desk.does('acceptWorkOrder', { id });
  await by.desk.does('completeWorkOrder', { id, resolution: '已处理' });
  const revocation = { id: certificate.id, from: plus(await hospital.now(), -HOUR), reason: '证书造假' };
  await ward.administrator.does('revokeCertificate', revocation);
}

const EMPTY = {
  ...{ edges: [], totalCount: 0 },
  pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
};

let grown = 0;
/** The list with one row more, once it can be seen. */
async function grows(list: List): Promise<void> {
  const { totalCount: before } = await pageOf(list);
  await grow[list.name]!((grown += 1));
  await eventually(
    () => pageOf(list),
    ({ totalCount }) => totalCount > before,
  );
}

/** Every row, two at a time. */
async function read(list: List, asked: Asked, headers: Headers = {}, meanwhile: () => Promise<void> = async () => undefined) {
  const seen: string[] = [];
  for (let after: string | null = null; ;) {
    const page: Page = await pageOf(list, { ...asked, first: 2, after }, headers);
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    seen.push(...idsOf(page));
    if (!page.pageInfo.hasNextPage) return seen;
    after = page.pageInfo.endCursor;
    await meanwhile();
  }
}

beforeAll(async () => {
  hospital = await oneProcess();
  ward = await Ward.with(hospital, { people: 2, onShift: true });
  reader = await FrontEnd.of(hospital, 'everybody', ...ROLES);
  month = plus(await hospital.now(), -300 * 24 * HOUR).slice(0, 7);
  orderId = (
    await ward.dispatcher.does('reportFault', ward.fault({ channel: 'PHONE', reporterKind: 'CLINICIAN', reporterId: 'nurse-8123' }))
  ).id;
  clerkId = (
    await eventually(
      () => ward.dispatcher.fieldsOf<{ ownerOfRecord: { id: string } | null }>(orderId, 'ownerOfRecord { id }'),
      ({ ownerOfRecord }) => ownerOfRecord !== null,
    )
  ).ownerOfRecord!.id;
});
afterAll(() => hospital?.close());

it('given every list of the graph, when its rows are looked for, then it is said here how one more comes to be', () => {
  expect(lists.map(({ name }) => name).sort()).toEqual([...Object.keys(grow), ...ALWAYS_EMPTY].sort());
});

describe.each(connections)('given the list $name', ({ name, field }) => {
  const list = lists.find((one) => one.name === name)!;
  const [first = '', second = ''] = list.orders;

  it('when its arguments are looked at, then they are those of every list', () => {
    const paging = field.args.filter((arg) => !isNonNullType(arg.type)).map(({ name: arg, type }) => `${arg}: ${String(type)}`);
    const noun = /^(\w+)Filter$/.exec(list.filter.name)?.[1];
    expect(paging).toEqual(['first: Int', 'after: String', `filter: ${noun}Filter`, `orderBy: ${noun}Order`]);
    expect(list.orders.filter((order) => !/_(ASC|DESC)$/.test(order))).toEqual([]);
  });

  it('when it is asked for too few or too many, or from a place that is none, then what is at fault is named', async () => {
    expect(await faultOf(list, { first: 0 })).toEqual({ code: 'INVALID_PAGE_SIZE', field: 'first' });
    expect(await faultOf(list, { first: 101 })).toEqual({ code: 'INVALID_PAGE_SIZE', field: 'first' });
    expect(await faultOf(list, { after: 'nowhere' })).toEqual({ code: 'INVALID_CURSOR', field: 'after' });
  });

  it('when it is asked for in each order and with each condition, then it is answered', async () => {
    for (const orderBy of list.orders) await pageOf(list, { orderBy });
    for (const condition of Object.values(list.filter.getFields())) {
      const type = getNamedType(condition.type);
      const value = isEnumType(type) ? type.getValues()[0]!.name : type.name === 'Boolean' ? true : '2026-03-01T00:00:00Z';
      await pageOf(list, { filter: { [condition.name]: isListType(condition.type) ? [value] : value } });
    }
  });

  it('when an instant of a condition is none, then the condition is named', async () => {
    const instants = Object.values(list.filter.getFields()).filter(({ type }) => getNamedType(type).name === 'DateTime');
    for (const { name: condition } of instants)
      expect(await faultOf(list, { filter: { [condition]: 'today' } })).toEqual({ code: 'INVALID_INPUT', field: `filter.${condition}` });
  });

  it('when nothing had been recorded yet, then its page is empty', async () => {
    const { data } = await ask(list, {}, { 'x-as-of': '2000-01-01T00:00:00Z' });
    // An order that was not there yet had no list at all.
    expect(data!.list ?? data!.of?.list ?? data!.of).toEqual(name === 'WorkOrder.notifications' ? null : EMPTY);
  });

  if (ALWAYS_EMPTY.includes(name)) return;

  it('when rows are written while it is read, then each that was there comes once, in both directions; none of the new ones in the past', async () => {
    for (let rows = (await pageOf(list)).totalCount; rows < 4; rows += 1) await grows(list);
    const asOf = { 'x-as-of': await hospital.now() };
    await hospital.advance(1_000);
    const there = await read(list, { orderBy: first }, asOf);
    expect(new Set(there).size).toBe(there.length);

    let more = 2;
    const meanwhile = async (): Promise<void> => {
      if ((more -= 1) >= 0) await grows(list);
    };
    for (const orderBy of [first, second]) {
      const now = await read(list, { orderBy }, {}, meanwhile);
      expect(new Set(now).size).toBe(now.length);
      expect(now.filter((row) => there.includes(row)).sort()).toEqual([...there].sort());
    }
    expect(await read(list, { orderBy: first }, asOf)).toEqual(there);
    expect(await read(list, { orderBy: second }, asOf)).toEqual([...there].reverse());

    const { endCursor: after } = (await pageOf(list, { first: 1, orderBy: first })).pageInfo;
    expect(await faultOf(list, { after, orderBy: second })).toEqual({ code: 'INVALID_CURSOR', field: 'after' });
  });
});
