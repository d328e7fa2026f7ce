import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { publicEvent, toKafka, topic } from '@hospital/contracts';
import { type Bus, type JsonObject, ShiftableClock } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { context, graphql, hear, httpOf, openBus, type Role, settingsFrom, start, views } from '@hospital/service';
import { pino } from 'pino';
import { technician } from '../domain/technician';
import { hears } from '../integration/hears';
import types from './parked.graphql';
import { parkedResolvers } from './parked.resolver';

const TOPIC = topic('staffing', 'person');
const told = (n: number, name: string, data: JsonObject) => {
  const [id, other] = [n, 9].map((end) => `00000000-0000-4000-8000-00000000000${end}`) as [string, string];
  const instants = { time: AT, recordedat: AT };
  return toKafka(
    publicEvent(
      'staffing',
      name,
      { personId: 'pn_chen', ...data },
      { id, subject: 'person-pn_chen', ...instants, correlationid: other, causationid: other },
    ),
  );
};

let app: NestFastifyApplication;
let bus: Bus;
let broken = true;
const log = pino({ level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'parked-'));

beforeAll(async () => {
  bus = await openBus({ DATA_DIR: folder }, 'spec', log);
  const needed = `
    type Person @key(fields: "id", resolvable: false) { id: ID! }
    type Query { nothing: String }
    type Mutation { nothing: String }`;
  const module = {
    module: class Hearing {},
    imports: [
      context({ name: 'workorders', aggregates: [technician], history: {} }),
      views(),
      graphql(needed + types, parkedResolvers),
      hear([TOPIC], (message) => {
        if (message.id.endsWith('1') && broken) throw new Error('cannot be swallowed');
        return hears(message);
      }),
    ],
  };
  app = await start(module, {
    settings: settingsFrom({ DATA_DIR: folder }),
    clock: new ShiftableClock(),
    log,
    bus,
    verify: async (authorization) => ({ id: 'pn_lin', kind: 'person', roles: [String(authorization).split(' ')[1] as Role] }),
    masterKey: Buffer.alloc(32, 1),
  });
});
afterAll(async () => {
  await app.close();
  await bus.close();
  rmSync(folder, { recursive: true });
});

async function ask(role: Role, query: string): Promise<{ readonly data: JsonObject; readonly errors?: readonly JsonObject[] }> {
  const headers = { authorization: `Bearer ${role}`, 'content-type': 'application/json' };
  const { payload } = await httpOf(app).inject({ method: 'POST', url: '/graphql', headers, payload: JSON.stringify({ query }) });
  return JSON.parse(payload) as never;
}
type Lot = { readonly lotId: string; readonly letters: readonly { readonly letterId: string; readonly data: JsonObject }[] };
const parked = async (): Promise<readonly Lot[]> =>
  (await ask('administrator', '{ parkedLots { lotId letters { letterId topic key type eventId reason data } } }')).data[
    'parkedLots'
  ] as never;
const skip = (lotId: string, letterId: string, key: string) =>
  ask(
    'administrator',
    `mutation { skipParkedLetter(input: { lotId: "${lotId}", letterId: "${letterId}" }, idempotencyKey: "${key}") {
      ... on ParkedLot { letters { data } history { type actor { actorId } } evidence { intact } } ... on Rejection { code field } } }`,
  );
const retry = (lotId: string, key: string) =>
  ask(
    'administrator',
    `mutation { retryParkedLot(input: { lotId: "${lotId}" }, idempotencyKey: "${key}") {
      ... on ParkedLot { letters { data } } ... on Rejection { code field } } }`,
  );

it('given messages of a key that wait, when an administrator looks, then they are there in order, with why; a dispatcher is refused', async () => {
  await bus.publish(TOPIC, [told(1, 'PersonTradeAdded', { trade: 'plumber' }), told(2, 'PersonTradeAdded', { trade: 'guard' })]);
  while ((await parked())[0]?.letters.length !== 2) await turn(1);
  expect(await parked()).toMatchObject([
    {
      letters: [
        {
          ...{ topic: TOPIC, key: 'person-pn_chen', type: 'cn.hospital.staffing.PersonTradeAdded.v1', reason: 'cannot be swallowed' },
          ...{ eventId: '00000000-0000-4000-8000-000000000001', data: { personId: 'pn_chen', trade: 'plumber' } },
        },
        { data: { trade: 'guard' } },
      ],
    },
  ]);
  const { errors } = await ask('dispatcher', '{ parkedLots { lotId } }');
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
}, 20_000);

it('given they are still poison, when they are retried, then they wait on; when the first is skipped, then those behind it are handled', async () => {
  const [{ lotId, letters }] = (await parked()) as [Lot];
  expect((await retry(lotId, 'retry-1')).data).toMatchObject({ retryParkedLot: { letters: [{}, {}] } });
  const one = await skip(lotId, letters[0]!.letterId, 'skip-1');
  const letterParked = { type: 'LetterParked', actor: { actorId: 'system' } };
  expect(one.data).toEqual({
    skipParkedLetter: {
      letters: [{ data: { personId: 'pn_chen', trade: 'guard' } }],
      history: [letterParked, letterParked, { type: 'LetterSkipped', actor: { actorId: 'pn_lin' } }],
      evidence: { intact: true },
    },
  });
  expect((await skip(lotId, letters[0]!.letterId, 'skip-2')).data).toEqual({
    skipParkedLetter: { code: 'UNKNOWN_LETTER', field: 'input.letterId' },
  });
  expect((await retry(lotId, 'retry-2')).data).toEqual({ retryParkedLot: { letters: [] } });
  expect(await parked()).toEqual([]);
}, 20_000);

it.each(['staffing.hear.0', 'workorders.hear.', ''])(
  'given the lot %p, when it is retried, then that is refused, and the field is named',
  async (lotId) => {
    expect((await retry(lotId, 'retry-3')).data).toEqual({ retryParkedLot: { code: 'INVALID_INPUT', field: 'input.lotId' } });
  },
);

it('given what was mended, when a lot is retried, then all of it is handled', async () => {
  await bus.publish(TOPIC, [{ ...told(1, 'PersonTradeAdded', { trade: 'lift' }), key: 'person-other' }]);
  while ((await parked()).length !== 1) await turn(1);
  broken = false;
  const [{ lotId }] = (await parked()) as [Lot];
  expect((await retry(lotId, 'retry-4')).data).toEqual({ retryParkedLot: { letters: [] } });
}, 20_000);
