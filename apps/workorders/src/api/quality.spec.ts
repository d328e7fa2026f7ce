import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import { type Journal, type JsonObject, millis, ShiftableClock } from '@hospital/kernel';
import { proposedAt } from '@hospital/kernel/testing';
import { context, graphql, httpOf, logger, policies, settingsFrom, start, type Tools, views } from '@hospital/service';
import { Module } from '@nestjs/common';
import { complainOfRating, complaint } from '../domain/complaint';
import { duplicate, mergeConfirmed, proposeMerge } from '../domain/duplicate';
import { month } from '../domain/month';
import { workOrder } from '../domain/work-order';
import samples from '../history/samples.json';
import { complaints } from '../views/complaints';
import { duplicates } from '../views/duplicates';
import { months } from '../views/months';
import { arrivals, timeline } from '../views/timeline';
import { workOrders } from '../views/work-orders';
import complaintTypes from './complaint.graphql';
import { complaintResolvers } from './complaint.resolver';
import duplicateTypes from './duplicate.graphql';
import { duplicateResolvers } from './duplicate.resolver';
import kpiTypes from './kpi.graphql';
import { kpiResolvers } from './kpi.resolver';
import monthTypes from './month.graphql';
import { monthResolvers } from './month.resolver';

/** As much of the work orders as the four need. */
const base = `
  type Query { nothing: Boolean }
  type Mutation { nothing: Boolean }
  type WorkOrder @key(fields: "id") { id: ID! status: String! }
  type Person @key(fields: "id", resolvable: false) { id: ID! }
  input WorkOrderFilter { status: [String!] }
  enum WorkOrderOrder { REPORTED_ASC REPORTED_DESC }
  type WorkOrderConnection { edges: [WorkOrderEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type WorkOrderEdge { cursor: String! node: WorkOrder! }`;

let journal: Journal;
const listening = (tools: Tools) => {
  journal = tools.journal;
  return {};
};

@Module({
  imports: [
    context({ name: 'workorders', aggregates: [workOrder, complaint, duplicate, month], history: {} }),
    views(workOrders, complaints, duplicates, months, timeline, arrivals),
    graphql(
      [base, complaintTypes, duplicateTypes, kpiTypes, monthTypes].join('\n'),
      ...[listening, complaintResolvers, duplicateResolvers, kpiResolvers, monthResolvers],
    ),
    policies(complainOfRating, proposeMerge, mergeConfirmed),
  ],
})
class QualityModule {}

/** 09:00 on 8 April in Shanghai. */
const NOW = '2026-04-08T01:00:00.000Z';
const folder = mkdtempSync(join(tmpdir(), 'quality-'));
let app: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  const settings = settingsFrom({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
  app = await start(QualityModule, {
    settings,
    log: logger(settings, 'quality'),
    clock: new ShiftableClock(0, () => millis(NOW)),
    verify: async (authorization = '') => {
      const [id = '', role = ''] = authorization.split(' ');
      return { id, kind: 'person', roles: [role as 'dispatcher'] };
    },
    masterKey: Buffer.alloc(32, 1),
  });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

let written: bigint | undefined;

/** What was recorded of an order, each event at its instant. */
async function recorded(id: string, ...events: readonly (readonly [at: string, type: string, data?: JsonObject])[]): Promise<void> {
  const stream = `workOrder-${id}`;
  const proposals = events.map(([at, type, data = {}]) => {
    const sample = samples.findLast((one) => one.type === type)!;
    return { type, at, data: { ...(sample.data as JsonObject), at, ...data } };
  });
  written = (await journal.store.append(stream, -1, proposedAt(stream, -1, proposals))).position;
}

type Answer = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

/** What is asked is answered with all that was recorded before. */
async function ask(
  query: string,
  variables: object = {},
  who = 'pn_wang dispatcher',
  headers: Record<string, string> = {},
): Promise<Answer> {
  const seen = written === undefined ? {} : { 'x-wait-for': `workorders=${written}` };
  const { payload } = await httpOf(app).inject({
    ...{ method: 'POST', url: '/graphql', payload: JSON.stringify({ query, variables }) },
    headers: { authorization: who, 'content-type': 'application/json', ...seen, ...headers },
  });
  const { data, errors, extensions } = JSON.parse(payload) as {
    data: Answer;
    errors?: readonly { extensions: Answer }[];
    extensions: Answer;
  };
  const position = extensions?.['positions']?.workorders?.position;
  if (query.startsWith('mutation') && position) written = BigInt(position);
  return errors ? { refused: errors[0]?.extensions } : data;
}

let keys = 0;
async function change(name: string, input: object, shown: string, who?: string): Promise<Answer> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation($input: ${type}!, $key: ID!) { answer: ${name}(input: $input, idempotencyKey: $key) { ${shown} ... on Rejection { code field } } }`;
  return (await ask(query, { input, key: `key-${(keys += 1)}` }, who))['answer'];
}

async function eventually(query: string, enough: (answer: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const answer = await ask(query);
    if (enough(answer)) return answer;
    await turn(5);
  }
}

const reported = (at: string, more: JsonObject = {}) =>
  [at, 'WorkOrderReported', { missing: [], reporterId: 'pn_nurse', ...more }] as const;
const on = (day: string, minute = 0): string => new Date(Date.parse(`${day}T02:00:00.000Z`) + minute * 60_000).toISOString();

describe('WO-12 complaints through the graph', () => {
  const SHOWN =
    '... on Complaint { id status kind text cause order { id } correctiveAction { action dueOn owner { id } } history { type } }';
  let id: string;

  it('given an order, when its reporter complains, then the complaint is theirs and of those who answer for it, and nobody else reads it', async () => {
    await recorded('wo_late', reported(on('2026-03-02'), { placeId: 'as_late' }));
    const filed = await change('fileComplaint', { orderId: 'wo_late', kind: 'DELAY', text: '等了四个小时' }, SHOWN, 'pn_nurse clinician');
    expect(filed).toMatchObject({ status: 'OPEN', kind: 'DELAY', text: '等了四个小时', order: { id: 'wo_late' } });
    id = filed['id'];
    const query = `{ complaint(id: "${id}") { id } complaints { totalCount edges { node { id } } } }`;
    expect(await ask(query, {}, 'pn_nurse clinician')).toEqual({
      complaint: { id },
      complaints: { totalCount: 1, edges: [{ node: { id } }] },
    });
    expect(await ask(query, {}, 'pn_li director')).toMatchObject({ complaint: { id } });
    expect(await ask(query, {}, 'pn_chen technician')).toEqual({ complaint: null, complaints: { totalCount: 0, edges: [] } });
  });

  it('given no such order, then it is refused and the field is named', async () =>
    expect(await change('fileComplaint', { orderId: 'wo_none', kind: 'DELAY', text: '…' }, SHOWN)).toEqual({
      ...{ code: 'UNKNOWN_WORK_ORDER', field: 'input.orderId' },
    }));

  it('given cause and action, each missing until it is told, then it is closed, with its history', async () => {
    expect(await change('closeComplaint', { id }, SHOWN)).toEqual({ code: 'CAUSE_MISSING', field: 'cause' });
    await change('investigateComplaint', { id, cause: 'COMMUNICATION' }, SHOWN);
    expect(await change('closeComplaint', { id }, SHOWN)).toEqual({ code: 'CORRECTIVE_ACTION_MISSING', field: 'correctiveAction' });
    expect(await change('setCorrectiveAction', { id, action: '通知', ownerId: 'pn_li', dueOn: '2026-02-30' }, SHOWN)).toEqual({
      ...{ code: 'INVALID_INPUT', field: 'input.dueOn' },
    });
    await change('setCorrectiveAction', { id, action: '通知', ownerId: 'pn_li', dueOn: '2026-04-30' }, SHOWN);
    expect(await change('closeComplaint', { id }, SHOWN)).toMatchObject({
      ...{ status: 'CLOSED', cause: 'COMMUNICATION', correctiveAction: { action: '通知', dueOn: '2026-04-30', owner: { id: 'pn_li' } } },
      history: ['ComplaintFiled', 'ComplaintInvestigated', 'CorrectiveActionSet', 'ComplaintClosed'].map((type) => ({ type })),
    });
  });

  it('given an order that was reopened, when it is rated poorly once more, then there is a complaint in the words of the reporter', async () => {
    await recorded(
      'wo_again',
      reported(on('2026-03-03'), { placeId: 'as_again' }),
      [on('2026-03-03', 60), 'WorkOrderCompleted'],
      [on('2026-03-03', 70), 'WorkOrderRated', { stars: 1, comment: '没修好' }],
      [on('2026-03-03', 70), 'WorkOrderReopened', { stars: 1 }],
      [on('2026-03-03', 90), 'WorkOrderCompleted'],
      [on('2026-03-03', 99), 'WorkOrderRated', { stars: 2, comment: '又坏了' }],
    );
    const { complaints: found } = await eventually(
      '{ complaints(filter: { orderId: "wo_again" }) { edges { node { kind text complainantId } } } }',
      (answer) => answer['complaints'].edges.length > 0,
    );
    expect(found.edges).toEqual([{ node: { kind: 'LOW_RATING', text: '又坏了', complainantId: 'pn_nurse' } }]);
  });
});

describe('duplicates through the graph', () => {
  const SHOWN = '... on OrderRelations { workOrder { id } proposals { of { id } status minutesApart reason } }';

  it('given two reports of one thing, when the proposal is confirmed, then one is merged and both reporters hear of the other', async () => {
    const lamp = { placeId: 'as_lamp' };
    await recorded('wo_lamp1', reported(on('2026-03-05'), lamp));
    await recorded('wo_lamp2', reported(on('2026-03-05', 20), { ...lamp, reporterId: 'pn_doctor' }));
    const { duplicates: open } = await eventually(
      '{ duplicates { totalCount edges { node { workOrder { id } proposals { of { id } status minutesApart } } } } }',
      (answer) => answer['duplicates'].totalCount > 0,
    );
    expect(open.edges).toEqual([
      { node: { workOrder: { id: 'wo_lamp2' }, proposals: [{ of: { id: 'wo_lamp1' }, status: 'PROPOSED', minutesApart: 20 }] } },
    ]);
    expect(await change('confirmDuplicate', { id: 'wo_lamp1', of: 'wo_lamp2' }, SHOWN)).toEqual({
      code: 'PRIMARY_YOUNGER',
      field: 'input.of',
    });
    expect(await change('confirmDuplicate', { id: 'wo_lamp2', of: 'wo_lamp1' }, SHOWN)).toMatchObject({
      proposals: [{ status: 'CONFIRMED' }],
    });
    const { complaint: _, ...shown } = await eventually(
      `{ kpi(name: CLOSED_LOOP, from: "${on('2026-03-05')}", until: "${on('2026-03-06')}") {
        orders { edges { node { id status mergedInto { id } mergedFrom { id } concernedReporterIds duplicateProposals { status } } } } } }`,
      (answer) => answer['kpi'].orders.edges[1].node.status === 'merged',
    );
    const [first, second] = shown['kpi'].orders.edges.map(({ node }: { node: Answer }) => node);
    expect(first).toMatchObject({ mergedFrom: [{ id: 'wo_lamp2' }], mergedInto: null, concernedReporterIds: ['pn_nurse', 'pn_doctor'] });
    expect(second).toMatchObject({ mergedInto: { id: 'wo_lamp1' }, duplicateProposals: [{ status: 'CONFIRMED' }] });
  });

  it('given a proposal, when it is dismissed, then it waits no longer', async () => {
    const tap = { placeId: 'as_tap' };
    await recorded('wo_tap1', reported(on('2026-03-07'), tap));
    await recorded('wo_tap2', reported(on('2026-03-07', 5), tap));
    await eventually('{ duplicates { totalCount } }', (answer) => answer['duplicates'].totalCount > 0);
    expect(await change('dismissDuplicate', { id: 'wo_tap2', of: 'wo_tap1', reason: '另一个水龙头' }, SHOWN)).toMatchObject({
      proposals: [{ status: 'DISMISSED', reason: '另一个水龙头', minutesApart: 5 }],
    });
    expect(await ask('{ duplicates { totalCount } }')).toEqual({ duplicates: { totalCount: 0 } });
  });

  it('given a part and the whole, then each shows the other, until they are apart; in a circle they never are', async () => {
    await recorded('wo_whole', reported(on('2026-03-08'), { placeId: 'as_whole' }));
    await recorded('wo_part', reported(on('2026-03-08', 300), { placeId: 'as_part', parentId: 'wo_whole' }));
    await recorded('wo_other', reported(on('2026-03-08', 301), { placeId: 'as_other' }));
    const family = async () =>
      (
        await ask(`{ kpi(name: VOLUME, from: "${on('2026-03-08')}", until: "${on('2026-03-09')}") {
          orders { edges { node { id parent { id } children { id } } } } } }`)
      )['kpi'].orders.edges.map(({ node: { id, parent, children } }: { node: Answer }) => [
        id,
        parent?.id ?? null,
        children.map((child: Answer) => child['id']),
      ]);
    expect(await family()).toEqual([
      ['wo_whole', null, ['wo_part']],
      ['wo_part', 'wo_whole', []],
      ['wo_other', null, []],
    ]);
    const related = '... on OrderRelations { workOrder { parent { id } } }';
    expect(await change('relateToParent', { id: 'wo_whole', parentId: 'wo_part' }, related)).toEqual({
      ...{ code: 'RELATION_CYCLE', field: 'input.parentId' },
    });
    await change('relateToParent', { id: 'wo_part', parentId: 'wo_other' }, related);
    await change('relateToParent', { id: 'wo_other', parentId: 'wo_whole' }, related);
    expect(await family()).toEqual([
      ['wo_whole', null, ['wo_other']],
      ['wo_part', 'wo_other', []],
      ['wo_other', 'wo_whole', ['wo_part']],
    ]);
    await change('unrelateFromParent', { id: 'wo_part' }, related);
    expect((await family())[2]).toEqual(['wo_other', 'wo_whole', []]);
  });
});

describe('T5 WO-05 figures through the graph', () => {
  const window = `from: "2026-01-31T16:00:00Z", until: "2026-03-01T00:00:00+08:00"`;

  beforeAll(async () => {
    await recorded(
      'wo_feb1',
      reported(on('2026-02-02'), { placeId: 'as_feb1', trade: 'plumber' }),
      [on('2026-02-02', 4), 'WorkOrderDispatched', { onCall: true, responseDueAt: on('2026-02-02', 34) }],
      [on('2026-02-02', 10), 'WorkOrderAccepted'],
      [on('2026-02-02', 70), 'WorkOrderCompleted', { restoredAt: on('2026-02-02', 60) }],
      [on('2026-02-02', 90), 'WorkOrderRated', { stars: 5, comment: null }],
    );
    await recorded('wo_feb2', reported(on('2026-02-03'), { placeId: 'as_feb2', missing: ['lamp'] }));
    await recorded('wo_feb3', reported(on('2026-02-27', 13 * 60 + 59), { placeId: 'as_feb3' }));
  });

  it('given orders of a month, then every figure has its formula, its unit, how many it was taken of, and its orders', async () => {
    const { kpis } = await ask(`{ kpis(${window}) { name formula formulaVersion unit n value orderIds } }`);
    const figure = (name: string) => kpis.find((one: Answer) => one['name'] === name);
    expect(kpis).toHaveLength(18);
    expect(kpis.every(({ formula }: Answer) => formula !== '')).toBe(true);
    const revised = kpis.filter(({ formulaVersion }: Answer) => formulaVersion !== 1);
    expect(Object.fromEntries(revised.map(({ name, formulaVersion }: Answer) => [name, formulaVersion]))).toEqual({
      INCOMPLETE_AT_INTAKE: 2,
      SATISFACTION: 2,
    });
    expect(figure('VOLUME')).toMatchObject({ value: 3, orderIds: ['wo_feb1', 'wo_feb2', 'wo_feb3'] });
    expect(figure('TIME_TO_ACKNOWLEDGE')).toMatchObject({ unit: 'minutes', n: 1, value: 10 });
    expect(figure('TIME_TO_RESTORE')).toMatchObject({ n: 1, value: 60 });
    expect(figure('ON_CALL_TIME_TO_ACCEPT')).toMatchObject({ n: 1, value: 6 });
    expect(figure('TIME_TO_ARRIVE')).toMatchObject({ n: 0, value: null, orderIds: [] });
  });

  it('given a selection, then its orders alone, page by page', async () => {
    const kpi = async (more: string, shown: string) => (await ask(`{ kpi(name: VOLUME, ${window}${more}) { ${shown} } }`))['kpi'];
    expect(await kpi(', filter: { trade: "plumber" }', 'n orderIds')).toEqual({ n: 1, orderIds: ['wo_feb1'] });
    expect(await kpi('', 'orderIds(first: 1, after: "wo_feb1")')).toEqual({ orderIds: ['wo_feb2'] });
    expect(await kpi('', 'orders(first: 2) { totalCount pageInfo { hasNextPage endCursor } edges { node { id } } }')).toEqual({
      orders: {
        ...{ totalCount: 3, pageInfo: { hasNextPage: true, endCursor: expect.any(String) } },
        edges: [{ node: { id: 'wo_feb1' } }, { node: { id: 'wo_feb2' } }],
      },
    });
  });

  it('given a past instant, then the figure as it was then', async () => {
    const query = `{ kpi(name: TIME_TO_CLOSE, ${window}) { n } }`;
    expect(await ask(query)).toEqual({ kpi: { n: 1 } });
    expect(await ask(query, {}, undefined, { 'x-as-of': on('2026-02-02', 89) })).toEqual({ kpi: { n: 0 } });
  });

  it.each([
    [`name: VOLUME, from: "2026-03-01T00:00:00Z", until: "2026-03-01T00:00:00Z"`, 'INVALID_WINDOW', 'until'],
    [`name: VOLUME, from: "yesterday", until: "2026-03-01T00:00:00Z"`, 'INVALID_INPUT', 'from'],
    [`name: VOLUME, formulaVersion: 9, ${window}`, 'UNKNOWN_FORMULA', 'formulaVersion'],
  ])('given %s, then it is refused and the field is named', async (asked, code, field) =>
    expect(await ask(`{ kpi(${asked}) { n } }`)).toMatchObject({ refused: { code, field } }),
  );

  it.each([
    ['first: 0', 'INVALID_PAGE_SIZE', 'first'],
    ['after: "wo_none"', 'INVALID_CURSOR', 'after'],
  ])('given a page %s, then it is refused', async (page, code, field) =>
    expect(await ask(`{ kpi(name: VOLUME, ${window}) { orderIds(${page}) } }`)).toMatchObject({ refused: { code, field } }),
  );

  it('given an order, then its clocks stand apart', async () => {
    const shown = 'timeline { reportedAt dispatchedAt acknowledgedAt arrivedAt restoredAt closedAt handOvers leftUnrated drill }';
    const { kpi } = await ask(`{ kpi(name: VOLUME, ${window}) { orders(first: 1) { edges { node { ${shown} } } } } }`);
    expect(kpi.orders.edges[0].node.timeline).toMatchObject({
      ...{ reportedAt: on('2026-02-02'), dispatchedAt: on('2026-02-02', 4), acknowledgedAt: on('2026-02-02', 10), arrivedAt: null },
      ...{ restoredAt: on('2026-02-02', 60), closedAt: on('2026-02-02', 90) },
      ...{ handOvers: 0, leftUnrated: false, drill: false },
    });
  });

  describe('WO-09 and its month', () => {
    const SHOWN =
      '... on WorkOrderMonth { id total closed closedLoopShare carriedOver { order { id } owner { id } } exceptions { orderId because } }';
    const to = (orderId: string) => ({ orderId, ownerId: 'pn_li', dueOn: '2026-04-20' });

    it('given open orders, then the preview names them, and the month is not closed without an owner and a date for each', async () => {
      expect(
        await ask(
          '{ month(month: "2026-02") { id } monthPreview(month: "2026-02") { isOver total closed open { edges { node { id } } } } }',
        ),
      ).toEqual({
        month: null,
        monthPreview: { isOver: true, total: 3, closed: 1, open: { edges: [{ node: { id: 'wo_feb2' } }, { node: { id: 'wo_feb3' } }] } },
      });
      expect(await change('closeMonth', { month: '2026-02', carriedOver: [to('wo_feb2')] }, SHOWN)).toEqual({
        ...{ code: 'MONTH_HAS_OPEN_ORDERS', field: 'input.carriedOver' },
      });
    });

    it('given each has both, then it is closed with each exception named, once', async () => {
      const carriedOver = [to('wo_feb2'), to('wo_feb3')];
      const closed = await change('closeMonth', { month: '2026-02', carriedOver }, SHOWN);
      expect(closed).toEqual({
        ...{ id: '2026-02', total: 3, closed: 1, closedLoopShare: 1 / 3 },
        carriedOver: ['wo_feb2', 'wo_feb3'].map((id) => ({ order: { id }, owner: { id: 'pn_li' } })),
        exceptions: ['wo_feb2', 'wo_feb3'].map((orderId) => ({ orderId, because: 'CARRIED_OVER' })),
      });
      expect(await change('closeMonth', { month: '2026-02', carriedOver }, SHOWN)).toEqual(closed);
      expect(await change('closeMonth', { month: '2026-02', carriedOver: [] }, SHOWN)).toMatchObject({ code: 'MONTH_ALREADY_CLOSED' });
      expect(await ask('{ month(month: "2026-02") { total history { type } } }')).toEqual({
        month: { total: 3, history: [{ type: 'MonthClosed' }] },
      });
    });

    it('given it was closed, then what is open of it, and what becomes known of it only now, belong to the month after', async () => {
      const shown = 'total broughtForward open(first: 100) { edges { node { id } } }';
      const march = async () => (await ask(`{ monthPreview(month: "2026-03") { ${shown} } }`))['monthPreview'];
      const ids = ({ open }: Answer): string[] => open.edges.map(({ node }: Answer) => node.id);
      const before = await march();
      expect(before).toMatchObject({ broughtForward: 2 });
      expect(ids(before)).toEqual(expect.arrayContaining(['wo_feb2', 'wo_feb3']));
      await recorded('wo_slip', reported(on('2026-02-28'), { placeId: 'as_slip' }));
      const after = await march();
      expect(after).toMatchObject({ total: before.total + 1, broughtForward: 2 });
      expect(ids(after)).toContain('wo_slip');
      expect(await ask('{ monthPreview(month: "2026-02") { total } month(month: "2026-02") { total broughtForward } }')).toEqual({
        monthPreview: { total: 3 },
        month: { total: 3, broughtForward: 0 },
      });
      expect(await change('closeMonth', { month: '2026-03', carriedOver: [] }, SHOWN)).toMatchObject({ code: 'MONTH_HAS_OPEN_ORDERS' });
    });

    it('given this month, or what is none, then it is not closed', async () => {
      expect(await change('closeMonth', { month: '2026-04', carriedOver: [] }, SHOWN)).toEqual({
        code: 'MONTH_NOT_OVER',
        field: 'input.month',
      });
      expect(await change('closeMonth', { month: '2026-4', carriedOver: [] }, SHOWN)).toEqual({
        code: 'INVALID_INPUT',
        field: 'input.month',
      });
      for (const asked of ['monthPreview(month: "2026-13") { total }', 'month(month: "2026-13") { total }', 'month(month: "x") { total }'])
        expect(await ask(`{ ${asked} }`)).toMatchObject({ refused: { code: 'INVALID_MONTH', field: 'month' } });
    });
  });
});
