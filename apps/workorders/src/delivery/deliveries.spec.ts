import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import { type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Command, type Decider, handle, HOUR, type Journal, type JsonObject, MINUTE, ShiftableClock } from '@hospital/kernel';
import { AT, commandsBy } from '@hospital/kernel/testing';
import {
  context,
  forget,
  graphql,
  httpOf,
  policies,
  type Role,
  settingsFrom,
  start,
  type Surroundings,
  type Tools,
  views,
} from '@hospital/service';
import { pino } from 'pino';
import types from '../api/notification.graphql';
import { notificationResolvers } from '../api/notification.resolver';
import { notification } from '../domain/notification';
import { subscription } from '../domain/subscription';
import { tellConcerned } from '../domain/who-hears';
import { contacts, notifications } from '../views/notifications';
import { responsibilities } from '../views/responsibilities';
import { workOrders } from '../views/work-orders';
import { deliverNotifications, webHookSecrets } from './deliveries';
import { secretFor } from './web-hook';

/** Orders about which anything can be said to have happened: what is told of them is looked at here, not their rules. */
type Said = { type: string; data: JsonObject };
const order: Decider<null, Command<'Say', Said>, Said> = {
  category: 'workOrder',
  initial: null,
  decide: ({ data }) => [data],
  evolve: () => null,
};
let folder: string;
let hook: Server;
let answer: (response: ServerResponse) => void;
let heard: { readonly id: string; readonly letter: JsonObject }[];
let clock: ShiftableClock;
let app: NestFastifyApplication;
let journal: Journal;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'notify-'));
  clock = new ShiftableClock(0, () => Date.parse(AT));
  heard = [];
  answer = (response) => void response.writeHead(204).end();
  hook = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      heard.push({ id: String(request.headers['x-hospital-delivery']), letter: JSON.parse(body) as JsonObject });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await app.close();
  hook.closeAllConnections();
  await new Promise((resolve) => hook.close(resolve));
  rmSync(folder, { recursive: true });
});

const SET_UP = { NOTIFY_WEBHOOK_SECRET: 'x'.repeat(32), NOTIFY_ALLOWED_HOSTS: '127.0.0.1' };

/** Only what news needs of the context, on its own files. */
async function open(environment: Record<string, string> = SET_UP, { telling = true } = {}): Promise<void> {
  const module: DynamicModule = {
    module: class Notifying {},
    imports: [
      context({ name: 'workorders', aggregates: [order, notification, subscription], history: {} }),
      views(workOrders, responsibilities, contacts, notifications),
      graphql(
        `
          type Person @key(fields: "id") {
            id: ID!
          }
          type WorkOrder @key(fields: "id") {
            id: ID!
          }
          type Person @key(fields: "id", resolvable: false) {
            id: ID!
          }
          ${types}
        `,
        notificationResolvers,
        webHookSecrets,
        (tools: Tools) => {
          journal = tools.journal;
          return {};
        },
      ),
      ...(telling ? [policies(tellConcerned)] : []),
      forget('workOrder', 'ReporterForgotten'),
      deliverNotifications,
    ],
  };
  const surroundings: Surroundings = {
    settings: settingsFrom({ DATA_DIR: folder, ...environment }),
    clock,
    log: pino({ level: 'silent' }),
    // `Bearer pn_zhao dispatcher`
    verify: async (authorization) => {
      const [, id, ...roles] = String(authorization).split(' ');
      return { id: id!, kind: 'person', roles: roles as Role[] };
    },
    masterKey: Buffer.alloc(32, 1),
  };
  app = await start(module, surroundings);
}

const WANG = 'pn_wang clinician';
const ZHAO = 'pn_zhao dispatcher';

async function ask(who: string, query: string): Promise<JsonObject> {
  const { payload } = await httpOf(app).inject({
    method: 'POST',
    url: '/graphql',
    headers: { authorization: `Bearer ${who}`, 'content-type': 'application/json' },
    payload: JSON.stringify({ query }),
  });
  const { data, errors } = JSON.parse(payload) as { data: JsonObject; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

let keys = 0;
const setContact = (who: string, input: string): Promise<JsonObject> =>
  ask(
    who,
    `mutation { setContact(input: { ${input} }, idempotencyKey: "k${(keys += 1)}") {
      ... on Contact { channel address quiet } ... on Rejection { code field } } }`,
  );
const hookOf = (who: string): string =>
  `recipientId: "${who}", channel: WEB_HOOK, address: "http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook"`;
const retry = (who: string, id: string): Promise<JsonObject> =>
  ask(
    who,
    `mutation { retryNotification(input: { id: "${id}" }, idempotencyKey: "k${(keys += 1)}") {
      ... on Notification { status attempts } ... on Rejection { code field } } }`,
  );

const say = commandsBy({ id: 'pn_wang', kind: 'person', roles: [] });
let n = 0;
const fault = (reporterId: string, receiverId: string | null = null) => ({ reporterId, receiverId, missing: [], terms: {} });
/** Something happens to an order. */
const happens = async (orderId: string, type: string, data: JsonObject, more: { drill?: boolean } = {}): Promise<void> =>
  void (await handle(journal, order, orderId, {
    ...say('Say', { type, data }, clock.now(), more),
    id: `00000000-0000-4000-8000-${String((n += 1)).padStart(12, '0')}`,
  }));
const reported = (orderId: string, more: { drill?: boolean } = {}): Promise<void> =>
  happens(orderId, 'WorkOrderReported', fault('pn_wang'), more);

interface Shown {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly [field: string]: unknown;
}
const shown = async (who = ZHAO, filter = ''): Promise<readonly Shown[]> => {
  const { notifications: page } = (await ask(
    who,
    `{ notifications(filter: { ${filter} }) { totalCount edges { node {
        id recipientId kind textEn channel status suppressedBecause attempts lastFailure { attempt reason at } nextAttemptAt deliveredAt drill
    } } } }`,
  )) as unknown as { notifications: { edges: { node: Shown }[] } };
  return page.edges.map(({ node }) => node);
};
/** Looks until it is so; what never comes true is ended by the test's own limit. */
async function eventually<T>(look: () => Promise<T>, enough: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await look();
    if (enough(found)) return found;
    await turn(5);
  }
}
const one = (enough: (found: Shown) => boolean): Promise<Shown> =>
  eventually(
    async () => (await shown())[0],
    (found) => found !== undefined && enough(found),
  ).then((found) => found!);

it('a web hook that fails twice is tried again after one and after five minutes, and gets one letter', async () => {
  await open();
  await setContact(WANG, hookOf('pn_wang'));
  answer = (response) => void response.writeHead(503).end();
  await reported('wo_1');
  const first = await one(({ attempts }) => attempts === 1);
  expect(first).toMatchObject({ status: 'PENDING', lastFailure: { attempt: 1, reason: 'HTTP_503', at: AT }, deliveredAt: null });
  expect(Date.parse(String(first['nextAttemptAt'])) - Date.parse(AT)).toBe(MINUTE);
  clock.advance(MINUTE);
  const second = await one(({ attempts }) => attempts === 2);
  expect(Date.parse(String(second['nextAttemptAt'])) - Date.parse(AT)).toBe(6 * MINUTE);
  answer = (response) => void response.writeHead(204).end();
  clock.advance(5 * MINUTE);
  expect(await one(({ status }) => status === 'DELIVERED')).toMatchObject({ attempts: 3, nextAttemptAt: null, deliveredAt: clock.now() });
  expect(new Set(heard.map(({ id }) => id))).toEqual(new Set([first.id]));
  expect(heard).toHaveLength(3);
  const [event] = await journal.store.read('workOrder-wo_1');
  expect(heard[0]!.letter).toEqual({
    id: first.id,
    recipientId: 'pn_wang',
    aboutId: 'wo_1',
    orderId: 'wo_1',
    kind: 'WorkOrderReported',
    text: '工单 wo_1 已受理',
    textEn: 'Work order wo_1 was received',
    eventId: event!.id,
    occurredAt: event!.metadata.occurredAt,
    recordedAt: event!.metadata.recordedAt,
  });
});

it('a wait that was begun before a restart goes on after it', async () => {
  await open();
  await setContact(WANG, hookOf('pn_wang'));
  answer = (response) => void response.writeHead(503).end();
  await reported('wo_1');
  await one(({ attempts }) => attempts === 1);
  await app.close();
  answer = (response) => void response.writeHead(204).end();
  await open();
  expect(heard).toHaveLength(1);
  clock.advance(MINUTE);
  expect(await one(({ status }) => status === 'DELIVERED')).toMatchObject({ attempts: 2 });
});

it('when the process ends before it could record a delivery, then the same letter comes again, and is recorded once', async () => {
  await open();
  await setContact(WANG, hookOf('pn_wang'));
  const received = new Promise<void>((resolve) => (answer = () => resolve()));
  await reported('wo_1');
  await received;
  await app.close();
  answer = (response) => void response.writeHead(204).end();
  await open();
  const delivered = await one(({ status }) => status === 'DELIVERED');
  expect(delivered.attempts).toBe(1);
  expect(heard.map(({ id }) => id)).toEqual([delivered.id, delivered.id]);
  const { notification: found } = await ask(ZHAO, `{ notification(id: "${delivered.id}") { history { type } evidence { intact } } }`);
  expect(found).toEqual({
    history: [{ type: 'NotificationRequested' }, { type: 'NotificationDelivered' }],
    evidence: { intact: true },
  });
});

it('a drill is recorded and never delivered, and cannot be retried', async () => {
  await open();
  await setContact(WANG, hookOf('pn_wang'));
  await reported('wo_drill', { drill: true });
  await reported('wo_real');
  await eventually(shown, (found) => found.some(({ status }) => status === 'DELIVERED'));
  const [drill] = await shown(ZHAO, 'orderId: "wo_drill"');
  expect(drill).toMatchObject({ status: 'SUPPRESSED', suppressedBecause: 'DRILL', drill: true, nextAttemptAt: null });
  expect(await retry(ZHAO, drill!.id)).toEqual({ retryNotification: { code: 'WRONG_STATUS', field: 'input.id' } });
  clock.advance(48 * HOUR);
  await reported('wo_last');
  await eventually(
    () => shown(ZHAO, 'orderId: "wo_last"'),
    (found) => found[0]?.status === 'DELIVERED',
  );
  expect(heard.map(({ letter }) => letter['orderId'])).toEqual(['wo_real', 'wo_last']);
});

it('what was given up is seen, and a dispatcher has it tried again', async () => {
  await open();
  await setContact(WANG, hookOf('pn_wang'));
  answer = (response) => void response.writeHead(410).end();
  await reported('wo_1');
  const givenUp = await one(({ status }) => status === 'GIVEN_UP');
  expect(givenUp).toMatchObject({ attempts: 1, lastFailure: { reason: 'HTTP_410' }, nextAttemptAt: null });
  expect(await shown(ZHAO, 'status: [GIVEN_UP]')).toHaveLength(1);
  answer = (response) => void response.writeHead(204).end();
  expect(await retry(ZHAO, givenUp.id)).toEqual({ retryNotification: { status: 'PENDING', attempts: 1 } });
  expect(await one(({ status }) => status === 'DELIVERED')).toMatchObject({ attempts: 2 });
});

it('everybody sees their own, in the list, by its id and at the order; dispatchers see all', async () => {
  await open();
  await happens('wo_1', 'WorkOrderReported', fault('pn_wang', 'pn_zhao'));
  await happens('wo_1', 'WorkOrderLeftWaiting', {});
  await eventually(shown, (found) => found.length === 5);
  const recipients = async (who: string) => (await shown(who)).map(({ recipientId }) => recipientId);
  expect((await recipients(ZHAO)).sort()).toEqual(['pn_wang', 'pn_wang', 'pn_zhao', 'pn_zhao', 'role_dispatcher']);
  expect(await recipients(WANG)).toEqual(['pn_wang', 'pn_wang']);
  expect(await recipients('pn_else reporter')).toEqual([]);
  expect(await shown(WANG, 'recipientId: "pn_zhao"')).toEqual([]);
  const [ofZhao] = await shown(ZHAO, 'recipientId: "pn_zhao"');
  expect(await ask(WANG, `{ notification(id: "${ofZhao!.id}") { id } }`)).toEqual({ notification: null });
  const ofOrder = `{ _entities(representations: [{ __typename: "WorkOrder", id: "wo_1" }]) {
    ... on WorkOrder { notifications(first: 1) { totalCount edges { node { orderId: id } } } } } }`;
  expect(await ask(WANG, ofOrder)).toMatchObject({ _entities: [{ notifications: { totalCount: 2, edges: [{}] } }] });
});

it('who never said how they are reached finds their news in the list, delivered by that; who wants quiet finds it there too', async () => {
  await open();
  expect(await ask(WANG, '{ contact { channel address kinds quiet } }')).toEqual({
    contact: { channel: 'LOG', address: null, kinds: null, quiet: false },
  });
  await reported('wo_1');
  const { id } = await one(({ status }) => status === 'DELIVERED');
  const [requested, delivered] = (await journal.store.read(`notification-${id}`)).map(({ metadata }) => metadata.commandId);
  expect(delivered).toBe(requested);
  await setContact(WANG, 'recipientId: "pn_wang", channel: LOG, quiet: true');
  await reported('wo_2');
  const quiet = await eventually(
    () => shown(WANG, 'orderId: "wo_2"'),
    (found) => found.length === 1,
  );
  expect(quiet[0]).toMatchObject({ status: 'SUPPRESSED', suppressedBecause: 'QUIET' });
});

it('the reporter of a merged order hears of the progress of the other', async () => {
  await open();
  await reported('wo_1');
  await happens('wo_2', 'WorkOrderReported', fault('pn_liu'));
  await happens('wo_2', 'WorkOrderMerged', { into: 'wo_1' });
  await happens('wo_1', 'WorkOrderCompleted', { technicianId: 'pn_chen' });
  const told = await eventually(
    () => shown('pn_liu reporter', 'orderId: "wo_1"'),
    (found) => found.length > 0,
  );
  expect(told).toEqual([expect.objectContaining({ kind: 'WorkOrderCompleted', textEn: 'Work order wo_1 is done' })]);
});

it('where somebody is reached is theirs: sealed, shown to them, to no dispatcher, and unreadable once they are forgotten', async () => {
  await open();
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`;
  expect(await setContact(WANG, hookOf('pn_wang'))).toEqual({ setContact: { channel: 'WEB_HOOK', address: url, quiet: false } });
  expect(await ask(WANG, '{ contact { address } }')).toEqual({ contact: { address: url } });
  expect(await ask(ZHAO, '{ contact(recipientId: "pn_wang") { address } }')).toEqual({ contact: null });
  // So is what they verify letters with.
  const secret = { contact: { webHookSecret: secretFor(SET_UP.NOTIFY_WEBHOOK_SECRET, 'pn_wang') } };
  expect(await ask(WANG, '{ contact { webHookSecret } }')).toEqual(secret);
  expect(await ask('pn_lin administrator', '{ contact(recipientId: "pn_wang") { webHookSecret } }')).toEqual(secret);
  answer = (response) => void response.writeHead(503).end();
  await reported('wo_1');
  const { id } = await one(({ attempts }) => attempts === 1);
  const stored = await journal.store.read(`notification-${id}`);
  expect(JSON.stringify(stored.map(({ data }) => data))).not.toContain(url);
  expect(JSON.stringify(await ask(ZHAO, `{ notification(id: "${id}") { history { data } } }`))).not.toContain(url);
  await happens('pn_wang', 'ReporterForgotten', {});
  await eventually(
    () => ask(WANG, '{ contact { address } }'),
    ({ contact }) => (contact as JsonObject)['address'] === '[erased]',
  );
  clock.advance(MINUTE);
  expect(await one(({ status }) => status === 'GIVEN_UP')).toMatchObject({ lastFailure: { reason: 'FORGOTTEN' } });
  expect(heard).toHaveLength(1);
});

it('a channel that is not set up, a kind that is not told and somebody else’s contact are refused, and the field is named', async () => {
  await open({});
  const refused = async (who: string, input: string) => (await setContact(who, input))['setContact'];
  expect(await refused(WANG, hookOf('pn_wang'))).toEqual({ code: 'CHANNEL_NOT_OFFERED', field: 'input.channel' });
  expect(await refused(WANG, 'recipientId: "pn_wang", channel: E_MAIL, address: "wang@hospital.example"')).toEqual({
    code: 'CHANNEL_NOT_OFFERED',
    field: 'input.channel',
  });
  expect(await refused(WANG, 'recipientId: "pn_wang", channel: LOG, kinds: ["Lunch"]')).toEqual({
    code: 'INVALID_INPUT',
    field: 'input.kinds.0',
  });
  expect(await refused(WANG, 'recipientId: "role_dispatcher", channel: LOG')).toEqual({ code: 'NOT_YOURS', field: 'input.recipientId' });
  expect(await refused('pn_admin administrator', 'recipientId: "role_dispatcher", channel: LOG')).toMatchObject({ channel: 'LOG' });
});

it('what had been recorded more than a day before it is first looked at is kept and not delivered', async () => {
  await open(SET_UP, { telling: false });
  await setContact(WANG, hookOf('pn_wang'));
  await reported('wo_old');
  await app.close();
  clock.advance(48 * HOUR);
  await open();
  await reported('wo_new');
  await eventually(
    () => shown(ZHAO, 'orderId: "wo_new"'),
    (found) => found[0]?.status === 'DELIVERED',
  );
  expect(await shown(ZHAO, 'orderId: "wo_old"')).toEqual([
    expect.objectContaining({ status: 'SUPPRESSED', suppressedBecause: 'OUT_OF_DATE', attempts: 0 }),
  ]);
  expect(heard.map(({ letter }) => letter['orderId'])).toEqual(['wo_new']);
});
