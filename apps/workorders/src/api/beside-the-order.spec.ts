import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { HOUR, type Journal, millis, plus, ShiftableClock } from '@hospital/kernel';
import { AT, proposedAt } from '@hospital/kernel/testing';
import { context, deadlines, graphql, httpOf, logger, policies, settingsFrom, start, type Tools, views } from '@hospital/service';
import { Module } from '@nestjs/common';
import { responsibility, takeResponsibility } from '../domain/responsibility';
import { vendor } from '../domain/vendor';
import { vendorArrivalDue, vendorJob, withdrawVendorJobs } from '../domain/vendor-job';
import { workLog } from '../domain/work-log';
import { history } from '../history';
import samples from '../history/samples.json';
import { places } from '../views/reference';
import { responsibilities } from '../views/responsibilities';
import { vendorJobs, vendors } from '../views/vendors';
import { workLogs } from '../views/work-logs';
import { workOrders } from '../views/work-orders';
import responsibilityTypes from './responsibility.graphql';
import { responsibilityResolvers } from './responsibility.resolver';
import vendorTypes from './vendor.graphql';
import { vendorResolvers } from './vendor.resolver';
import workLogTypes from './work-log.graphql';
import { workLogResolvers } from './work-log.resolver';

/** As much of the rest of the graph as these aggregates speak of. */
const others = `
  type WorkOrder @key(fields: "id") { id: ID! }
  type Person @key(fields: "id", resolvable: false) { id: ID! }
  type Asset @key(fields: "id", resolvable: false) { id: ID! }
  type Query { workOrder(id: ID!): WorkOrder }
  type Mutation { nothing: Boolean }`;
let journal: Journal;
const otherResolvers = (tools: Tools) => {
  journal = tools.journal;
  return { Query: { workOrder: (_: unknown, row: { id: string }) => row } };
};

@Module({
  imports: [
    context({
      name: 'workorders',
      aggregates: [{ category: 'workOrder' }, { category: 'place' }, responsibility, vendor, vendorJob, workLog],
      history,
    }),
    views(workOrders, places, responsibilities, vendors, vendorJobs, workLogs),
    graphql(
      [others, responsibilityTypes, vendorTypes, workLogTypes].join('\n'),
      otherResolvers,
      responsibilityResolvers,
      vendorResolvers,
      workLogResolvers,
    ),
    policies(takeResponsibility, withdrawVendorJobs),
    deadlines(vendorArrivalDue),
  ],
})
class BesideTheOrderModule {}

const folder = mkdtempSync(join(tmpdir(), 'beside-the-order-'));
const clock = new ShiftableClock(0, () => millis(AT));
let app: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  const settings = settingsFrom({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
  app = await start(BesideTheOrderModule, {
    settings,
    log: logger(settings, 'workorders'),
    clock,
    verify: async (who) => ({ id: `pn_${who}`, kind: 'person', roles: [who === 'chen' || who === 'li' ? 'technician' : who] as never }),
    masterKey: Buffer.alloc(32, 1),
  });
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

type Answer = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
let position = '';
/** Sees everything that was answered before. */
async function ask(who: string, query: string, variables: object = {}): Promise<Answer> {
  const headers = {
    authorization: who,
    'content-type': 'application/json',
    ...(position ? { 'x-wait-for': `workorders=${position}` } : {}),
  };
  const payload = JSON.stringify({ query, variables });
  const answer = (await httpOf(app).inject({ method: 'POST', url: '/graphql', headers, payload })).json() as Answer;
  expect(answer['errors']).toBeUndefined();
  position = answer['extensions']['positions']['workorders']['position'] ?? position;
  return answer['data'] as Answer;
}
/** One mutation, by the name of its input type. */
const send = async (who: string, name: string, type: string, input: object, fields: string): Promise<Answer> => {
  const key = `${name} ${JSON.stringify(input)}`;
  const answer = `... on ${type} { ${fields} } ... on Rejection { code field }`;
  const inputType = inputs[name] ?? `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation ($input: ${inputType}!, $key: ID!) { answer: ${name}(input: $input, idempotencyKey: $key) { ${answer} } }`;
  return (await ask(who, query, { input, key }))['answer'] as Answer;
};
const inputs: Readonly<Record<string, string>> = {
  startLabour: 'LabourInput',
  stopLabour: 'LabourInput',
  acceptHandOver: 'HandOverInput',
};
/** Looks again and again; what never comes true is ended by the test's own limit. */
async function eventually(look: () => Promise<Answer>, enough: (found: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const found = await look();
    if (enough(found)) return found;
    await turn();
  }
}

/** An order as it was first kept, with these events after its report. */
async function order(id: string, ...types: readonly string[]): Promise<void> {
  const events = ['WorkOrderReported', ...types].map((type) => ({ type, data: samples.find((one) => one.type === type)!.data }));
  const { position: at } = await journal.store.append(`workOrder-${id}`, -1, proposedAt(`workOrder-${id}`, -1, events as never));
  position = String(at);
}

describe('WO-07 given an order that a technician was the first to take on', () => {
  beforeAll(() => order('wo_owned', 'WorkOrderAccepted'));
  const owner = (who: string) =>
    ask(who, '{ workOrder(id: "wo_owned") { ownerOfRecord { id } handOvers { reason } responsibility { because status } } }');

  it('when it is asked who owns it, then it is that technician, and it is on the list', async () => {
    const { workOrder } = await eventually(
      () => owner('dispatcher'),
      (found) => found['workOrder'].ownerOfRecord !== null,
    );
    expect(workOrder).toEqual({
      ownerOfRecord: { id: 'pn_chen' },
      handOvers: [],
      responsibility: { because: 'ACCEPTED', status: 'OPEN' },
    });
    const { ownedBy } = await ask(
      'dispatcher',
      '{ ownedBy(personId: "pn_chen", filter: { status: OPEN }) { totalCount edges { node { orderId order { id } } } } }',
    );
    expect(ownedBy).toEqual({ totalCount: 1, edges: [{ node: { orderId: 'wo_owned', order: { id: 'wo_owned' } } }] });
    expect(await ask('dispatcher', '{ ownedBy(personId: "pn_chen", filter: { status: CLOSED }) { totalCount } }')).toEqual({
      ownedBy: { totalCount: 0 },
    });
  });

  it('when it is handed over and accepted, then the owner is another, and the history says who did what', async () => {
    const offer = { id: 'wo_owned', toId: 'pn_li', reason: '下夜班' };
    expect(await send('li', 'offerHandOver', 'Responsibility', offer, 'orderId')).toEqual({ code: 'NOT_YOURS', field: 'input.id' });
    const offered = await send('chen', 'offerHandOver', 'Responsibility', offer, 'owner { id } openOffer { to { id } reason }');
    expect(offered).toEqual({ owner: { id: 'pn_chen' }, openOffer: { to: { id: 'pn_li' }, reason: '下夜班' } });
    expect(await ask('li', '{ handOversOffered(personId: "pn_li") { edges { node { orderId } } } }')).toEqual({
      handOversOffered: { edges: [{ node: { orderId: 'wo_owned' } }] },
    });
    const accepted = await send(
      'li',
      'acceptHandOver',
      'Responsibility',
      { id: 'wo_owned' },
      'owner { id } because handOverCount history { type actor { actorId } }',
    );
    expect(accepted).toEqual({
      owner: { id: 'pn_li' },
      because: 'HANDED_OVER',
      handOverCount: 1,
      history: [
        { type: 'ResponsibilityTaken', actor: { actorId: 'system' } },
        { type: 'HandOverOffered', actor: { actorId: 'pn_chen' } },
        { type: 'HandOverAccepted', actor: { actorId: 'pn_li' } },
      ],
    });
  });
});

describe('WO-08 given a vendor with an agreement', () => {
  let vendorId: string;
  beforeAll(async () => {
    const agreement = { trades: ['electrician'], from: AT };
    const registered = await send('buyer', 'registerVendor', 'Vendor', { name: '安达', contact: '13800000000', agreement }, 'id');
    vendorId = registered['id'];
    await order('wo_vendor', 'WorkOrderAccepted');
    await order('wo_cancelled');
  });
  const call = (orderId: string, fields: string, reason = '主板故障') =>
    send('dispatcher', 'handToVendor', 'VendorJob', { orderId, vendorId, reason }, fields);

  it('when it is asked for, then it says whom to call and what it owes us', async () =>
    expect(
      await ask('dispatcher', `{ vendor(id: "${vendorId}") { contact agreements { arrivalMinutes entrapmentMinutes until } } }`),
    ).toEqual({
      vendor: { contact: '13800000000', agreements: [{ arrivalMinutes: 120, entrapmentMinutes: 30, until: null }] },
    }));

  it('when it comes in time with the code, is done and settled, then the order shows what it cost', async () => {
    const opened = await call('wo_vendor', 'id arriveDueAt arrivalCode status');
    expect(opened).toMatchObject({ arriveDueAt: plus(AT, 2 * HOUR), arrivalCode: expect.stringMatching(/^\d{6}$/), status: 'AWAITED' });
    const { id, arrivalCode: code } = opened;
    expect(await send('dispatcher', 'checkInArrival', 'VendorJob', { id }, 'id')).toEqual({
      code: 'ARRIVAL_PROOF_MISSING',
      field: 'input.proof',
    });
    const wrong = code === '000000' ? '000001' : '000000';
    expect(await send('dispatcher', 'checkInArrival', 'VendorJob', { id, proof: { code: wrong } }, 'id')).toEqual({
      ...{ code: 'ARRIVAL_PROOF_WRONG', field: 'input.proof' },
    });
    expect(await send('clinician', 'checkInArrival', 'VendorJob', { id, proof: { code } }, 'status proof verified')).toEqual({
      ...{ status: 'ARRIVED', proof: 'CODE', verified: true },
    });
    await send('dispatcher', 'finishVendorJob', 'VendorJob', { id, result: '已更换', costs: [{ kind: '主板', amountFen: 380_000 }] }, 'id');
    await send('buyer', 'settleVendorJob', 'VendorJob', { id, amountFen: 380_000, invoiceNumber: '04400123' }, 'id');
    expect(
      await ask('director', '{ workOrder(id: "wo_vendor") { vendorSettledFen vendorJobs { status costs { kind amountFen } } } }'),
    ).toEqual({
      workOrder: { vendorSettledFen: 380_000, vendorJobs: [{ status: 'SETTLED', costs: [{ kind: '主板', amountFen: 380_000 }] }] },
    });
  });

  it('when others look, then the owner of record reads the code, and nobody else does, nor in the history', async () => {
    const look = (who: string) =>
      ask(who, '{ vendorJobs(filter: { orderId: "wo_vendor" }) { edges { node { arrivalCode history { data } } } } }');
    const seen = async (who: string) => (await look(who))['vendorJobs'].edges[0].node as Answer;
    await eventually(
      () => seen('chen'),
      ({ arrivalCode }) => arrivalCode !== null,
    );
    const { arrivalCode, history: told } = await seen('li');
    expect(arrivalCode).toBeNull();
    expect(told[0].data).toMatchObject({ orderId: 'wo_vendor', arriveWithinMinutes: 120 });
    expect(JSON.stringify(told)).not.toMatch(/"code(Digest)?":[^n]/);
  });

  it('when an order is cancelled before the vendor came, then it is called off', async () => {
    const { id } = await call('wo_cancelled', 'id');
    const tail = await journal.store.read('workOrder-wo_cancelled');
    const cancelled = { type: 'WorkOrderCancelled', data: { fromTechnicianId: null, reason: '误报', at: AT } };
    await journal.store.append('workOrder-wo_cancelled', 0, proposedAt('workOrder-wo_cancelled', 0, [cancelled], tail[0]!.metadata.hash));
    await eventually(
      () => ask('dispatcher', `{ vendorJob(id: "${id}") { status withdrawn { reason } } }`),
      ({ vendorJob: job }) => job.status === 'WITHDRAWN',
    );
  });

  it('when it does not come, then breach and escalation are recorded once, with the due instant, and its score says so', async () => {
    const { id: first } = await call('wo_vendor', 'id');
    const { id } = await call('wo_vendor', 'id', '又坏了');
    expect(id).not.toBe(first);
    clock.advance(26 * HOUR);
    const { vendorJob: job } = await eventually(
      () => ask('dispatcher', `{ vendorJob(id: "${id}") { breachedAt arriveDueAt history { type occurredAt } } }`),
      ({ vendorJob: found }) => found.breachedAt !== null,
    );
    const due = plus(AT, 2 * HOUR);
    expect(job).toMatchObject({ breachedAt: due, arriveDueAt: due });
    expect(job.history.slice(1)).toEqual([
      { type: 'VendorArrivalBreached', occurredAt: due },
      { type: 'VendorEscalated', occurredAt: due },
    ]);
    const late = await send(
      'dispatcher',
      'checkInArrival',
      'VendorJob',
      { id, proof: { position: { latitude: 31, longitude: 121, accuracyMetres: 9 } } },
      'verified history { type }',
    );
    expect(late).toMatchObject({ verified: false, history: { length: 4 } });
    const { vendor: scored } = await ask(
      'director',
      `{ vendor(id: "${vendorId}") { score(from: "2026-03-01T00:00:00+08:00") { jobs { count } arrivedInTime { count } breached { ids } unverified { ids } calledOff { count } onTimeRate } } }`,
    );
    expect(scored.score).toEqual({
      ...{ jobs: { count: 3 }, arrivedInTime: { count: 1 }, calledOff: { count: 1 }, onTimeRate: 0.5 },
      ...{ breached: { ids: [id] }, unverified: { ids: [id] } },
    });
  });
});

describe('given an order that is worked on', () => {
  const sent = (name: string, input: object, fields = 'labourMinutes') => send('chen', name, 'WorkLog', { id: 'wo_log', ...input }, fields);
  const began = (minutes: number) => plus(AT, minutes * 60_000);
  beforeAll(() => order('wo_log', 'WorkOrderAccepted'));

  it('when a timer runs and is stopped, costs are booked and taken back, it stood still and was signed for, then the order shows all of it', async () => {
    await sent('startLabour', { occurredAt: began(0) });
    expect(await sent('stopLabour', { occurredAt: began(-1) })).toEqual({ code: 'ENDS_BEFORE_IT_STARTS', field: 'input.occurredAt' });
    expect(await sent('stopLabour', { occurredAt: began(45) })).toEqual({ labourMinutes: 45 });
    const shorter = { labourId: 'lb_1', from: began(0), until: began(30), reason: '忘记停表' };
    expect(await sent('correctLabour', shorter, 'labour { labourId person { id } minutes correction }')).toEqual({
      labour: [{ labourId: 'lb_1', person: { id: 'pn_chen' }, minutes: 30, correction: '忘记停表' }],
    });
    await sent('bookExtraCost', { amountFen: 12_050, kind: 'MATERIAL', note: '灯管' });
    await sent('bookExtraCost', { amountFen: 500, kind: 'OUTSIDE_LABOUR' });
    expect(await sent('reverseCost', { costId: 'xc_1', reason: '重复登记' }, 'extraCostFen costs { costId kind reversal }')).toEqual({
      extraCostFen: 500,
      costs: [
        { costId: 'xc_1', kind: 'MATERIAL', reversal: '重复登记' },
        { costId: 'xc_2', kind: 'OUTSIDE_LABOUR', reversal: null },
      ],
    });
    expect(await sent('recordDowntime', { from: began(0), reason: '停运' })).toEqual({ code: 'ASSET_OR_PLACE', field: 'input.assetId' });
    await sent('recordDowntime', { assetId: 'as_lift', from: began(0), reason: '停运' });
    await sent('endDowntime', { downtimeId: 'dt_1', until: began(30) });
    await sent('signOff', { signerId: 'pn_nurse', name: '王护士' });
    const { workOrder } = await ask(
      'director',
      `{ workOrder(id: "wo_log") { labourMinutes extraCostFen signature { signerId name photo } downtime { downtimeId kind thing { id } from until }
         workLog { history { type } evidence { intact } } } }`,
    );
    expect(workOrder).toMatchObject({
      ...{ labourMinutes: 30, extraCostFen: 500, signature: { signerId: 'pn_nurse', name: '王护士', photo: null } },
      downtime: [{ downtimeId: 'dt_1', kind: 'ASSET', thing: { id: 'as_lift' }, from: began(0), until: began(30) }],
      workLog: { history: { length: 9 }, evidence: { intact: true } },
    });
  });

  it('when nothing was recorded, then there is nothing, not an error', async () =>
    expect(
      await ask(
        'director',
        '{ workOrder(id: "wo_other") { labourMinutes extraCostFen signature { at } downtime { kind } workLog { orderId } } }',
      ),
    ).toEqual({
      workOrder: { labourMinutes: 0, extraCostFen: 0, signature: null, downtime: [], workLog: null },
    }));

  it('when the order does not exist, then that is refused', async () => {
    expect(await send('chen', 'startLabour', 'WorkLog', { id: 'wo_none' }, 'orderId')).toEqual({
      code: 'UNKNOWN_WORK_ORDER',
      field: 'input.id',
    });
  });
});
