import { type Role, ROLES } from '@hospital/service';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { FrontEnd } from '../journeys/front-end';
import type { Hospital } from '../journeys/hospital';
import { oneProcess } from '../journeys/one-process';
import { Ward } from '../journeys/ward';

/** What is personal, as each role meets it in the running suite: in fields, histories, the past and live. */
const TELEPHONE = '13912345678';
const SEES: readonly Role[] = ['dispatcher', 'director', 'administrator'];
const ORDER =
  'query ($id: ID!) { workOrder(id: $id) { reach: contact history { data } notifications { edges { node { history { data } } } } } }';

let hospital: Hospital;
let ward: Ward;
let id: string;
/** Before anybody was sent. */
let reportedAt: string;
/** Who was sent, and a colleague who was not. */
let sent: FrontEnd;
let other: FrontEnd;

beforeAll(async () => {
  hospital = await oneProcess();
  ward = await Ward.with(hospital, { people: 2, onShift: false });
  ({ id } = await ward.report({ contact: TELEPHONE, categoryId: await ward.defineUnbounded() }));
  reportedAt = await hospital.now();
  await hospital.advance(1_000);
  const [chen, li] = ward.colleagues;
  await ward.dispatcher.does('assignWorkOrder', { id, technicianId: chen!.id, reason: '值班' });
  await ward.when(id, ({ technician }) => technician?.id === chen!.id);
  [sent, other] = [chen!.desk, li!.desk];
});
afterAll(() => hospital?.close());

/** How often an answer holds the telephone, and what it says is withheld. */
async function seen(desk: FrontEnd, headers?: Record<string, string>, query = ORDER) {
  const { data, errors, withheld } = await desk.ask(query, { id }, headers);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return { told: JSON.stringify(data).split(TELEPHONE).length - 1, withheld };
}
const SHOWN = { told: 2, withheld: [] };
const WITHHELD = { told: 0, withheld: ['WorkOrder.contact'] };

describe('GW-05 given an order whose reporter left a telephone', () => {
  it.each(ROLES)('when any %s reads it, now or as it was, then the field and the history show or withhold the same', async (role) => {
    const desk = await FrontEnd.of(hospital, 'pn_somebody', role);
    const expected = SEES.includes(role) ? SHOWN : WITHHELD;
    expect(await seen(desk)).toEqual(expected);
    expect(await seen(desk, { 'x-as-of': reportedAt })).toEqual(expected);
  });

  it('when whoever reported it reads it, or whoever is sent, then it is shown; to a colleague not', async () => {
    expect(await seen(ward.nurse)).toEqual(SHOWN);
    expect(await seen(sent)).toEqual(SHOWN);
    expect(await seen(other)).toEqual(WITHHELD);
  });

  it('when whoever is sent reads how it was before that, then it is withheld', async () => {
    expect(await seen(sent, { 'x-as-of': reportedAt })).toEqual(WITHHELD);
  });

  it('when it is read in a list, or by way of another entity, then it is withheld there too', async () => {
    const list = '{ workOrders(first: 100) { edges { node { contact } } } }';
    expect(await seen(other, {}, list)).toEqual(WITHHELD);
    const { chen } = { chen: ward.colleagues[0]! };
    const owned = `{ ownedBy(personId: "${chen.id}") { edges { node { order { contact } } } } }`;
    expect((await sent.ask(owned)).errors).toEqual([]);
    expect(await other.ask(owned)).toMatchObject({ status: 403, errors: [{ extensions: { code: 'FORBIDDEN', field: 'Query.ownedBy' } }] });
  });

  it('when it changes while people listen, then each is told what they may read', async () => {
    const listen = async (role: Role) => {
      const authorization = `Bearer ${await hospital.token('pn_listener', role)}`;
      const client = createClient({
        url: `${hospital.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization },
      });
      const { positions } = await ward.nurse.ask('{ workOrders(first: 1) { totalCount } }');
      const query =
        'subscription ($id: ID!, $after: String) { workOrderChanged(after: $after, filter: { orderId: $id }) { contact history { data } } }';
      return { client, told: client.iterate({ query, variables: { id, after: positions['workorders']!.position } }) };
    };
    const [auditor, dispatcher] = [await listen('auditor'), await listen('dispatcher')];
    await ward.dispatcher.does('assignWorkOrder', { id, technicianId: ward.colleagues[1]!.id, reason: '换人' });
    const [hidden, shown] = [await auditor.told.next(), await dispatcher.told.next()].map(({ value }) => value as Record<string, unknown>);
    expect(hidden).toMatchObject({ data: { workOrderChanged: { contact: null } }, extensions: { withheld: ['WorkOrder.contact'] } });
    expect(JSON.stringify(hidden)).not.toContain(TELEPHONE);
    expect(shown).toMatchObject({ data: { workOrderChanged: { contact: TELEPHONE } } });
    await auditor.client.dispose();
    await dispatcher.client.dispose();
    expect([await seen(other), await seen(sent)]).toEqual([SHOWN, WITHHELD]);
  });

  it('when somebody listens who may not follow the staff, then that is refused before anything is told', async () => {
    const authorization = `Bearer ${await hospital.token('pn_listener', 'reporter')}`;
    const response = await fetch(`${hospital.url}/graphql/stream`, {
      method: 'POST',
      headers: { authorization, accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'subscription { personChanged { id } }' }),
    });
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { errors: [{ extensions: { code: 'FORBIDDEN', field: 'Subscription.personChanged' } }] },
    ]);
  });
});

describe('GW-05 given other personal things', () => {
  it.each<[role: Role, contact: string | null]>([
    ['technician', TELEPHONE],
    ['buyer', TELEPHONE],
    ['clinician', null],
    ['auditor', null],
  ])('when a %s looks for the telephone of a vendor, then the field and the history say %s', async (role, contact) => {
    const agreement = { trades: ['lift-mechanic'], from: '2026-01-01T00:00:00Z' };
    const vendor = await ward.administrator.does('registerVendor', { name: '迅达电梯', contact: TELEPHONE, agreement });
    const desk = await FrontEnd.of(hospital, 'pn_somebody', role);
    const { data, withheld } = await desk.ask<{ vendor: object }>(`{ vendor(id: "${vendor.id}") { contact history { data } } }`);
    expect(data).toMatchObject({ vendor: { contact, history: [{ data: { contact } }, {}] } });
    expect(withheld).toEqual(contact === null ? ['Vendor.contact'] : []);
  });

  it('when a ward signs with a name, then those who work with it read it, and whoever signed; the history tells it to that one alone', async () => {
    await ward.nurse.does('signOff', { id, name: '王护士长' });
    const query = `{ workOrder(id: "${id}") { workLog { signature { name } history { data } } } }`;
    const ofNurse = await ward.nurse.ask(query);
    expect(JSON.stringify(ofNurse.data).split('王护士长')).toHaveLength(3);
    const ofTechnician = await other.ask(query);
    expect(JSON.stringify(ofTechnician.data).split('王护士长')).toHaveLength(2);
    const ofBuyer = await (await FrontEnd.of(hospital, 'pn_somebody', 'buyer')).ask(query);
    expect([JSON.stringify(ofBuyer.data).includes('王护士长'), ofBuyer.withheld]).toEqual([false, ['WorkSignature.name', 'WorkLog.name']]);
  });
});
