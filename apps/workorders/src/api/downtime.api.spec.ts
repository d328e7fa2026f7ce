import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import { openEngines } from '@hospital/engines';
import { HOUR, type JsonObject, link, millis, NO_STREAM, plus, ShiftableClock, technical } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { httpOf, logger, settingsFrom, start } from '@hospital/service';
import { WorkordersModule } from '../app.module';
import { history } from '../history';
import samples from '../history/samples.json';

/** A process that fell silent the moment a fault was recorded, and runs again five hours later. */

const hours = (n: number): string => plus(AT, n * HOUR);
const like = (type: string, changed: JsonObject = {}) => {
  const { data } = samples.findLast((sample) => sample.type === type)!;
  return { type, data: { ...(data as unknown as JsonObject), ...changed } };
};
const electrician = like('TechnicianLearned', { trade: 'electrician', trades: ['electrician'] });
const certified = (until: string) => like('TechnicianCertified', { kind: 'electrician-hv', from: hours(-9), until });
const shift = (from: string, until: string) => like('TechnicianShiftPlanned', { shiftId: `sh_${from}`, zones: [], from, until });
const slot = (slotId: string, from: string, until: string, primaryId: string) =>
  like('OnCallLearned', { slotId, trade: 'electrician', from, until, primaryId, backupId: 'pn_nobody' });
const reported = (trade: string) =>
  like('WorkOrderReported', { trade, requires: { minimumLevel: null, certificate: 'electrician-hv' }, missing: [], contact: null });

const RECORDED: Readonly<Record<string, readonly ReturnType<typeof like>[]>> = {
  // Meanwhile the certificate of one has run out, ...
  'technician-pn_expired': [electrician, certified(hours(2)), shift(hours(-1), hours(9))],
  // ... the shift of another is over, who is not on call any more either, ...
  'technician-pn_early': [electrician, certified(hours(999)), shift(hours(-1), hours(3))],
  'onCall-oc_early': [slot('oc_early', hours(-1), hours(4), 'pn_early')],
  // ... a third has left, ...
  'technician-pn_left': [electrician, certified(hours(999)), shift(hours(-1), hours(9)), like('TechnicianLeft', { at: hours(1) })],
  // ... and whoever is on call now was not then.
  'technician-pn_late': [electrician, certified(hours(999))],
  'onCall-oc_late': [slot('oc_late', hours(4), hours(9), 'pn_late')],
  'workOrder-wo_1': [reported('electrician')],
};

const folder = mkdtempSync(join(tmpdir(), 'downtime-'));
let app: Awaited<ReturnType<typeof start>>;

beforeAll(async () => {
  const settings = settingsFrom({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
  const { store, close } = await openEngines('workorders', settings, logger(settings, 'workorders'));
  let ids = 0;
  for (const [stream, events] of Object.entries(RECORDED)) {
    let hash = '';
    const chained = events.map((event, n) => {
      const id = `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`;
      const metadata = { ...technical(id, AT), schemaVersion: history[event.type]?.version ?? 1 };
      const linked = link(stream, n, hash, { ...event, id }, metadata);
      hash = linked.metadata.hash;
      return linked;
    });
    await store.append(stream, NO_STREAM, chained);
  }
  await close();
  app = await start(WorkordersModule, {
    settings,
    clock: new ShiftableClock(0, () => millis(hours(5))),
    log: logger(settings, 'workorders'),
    masterKey: Buffer.alloc(32, 1),
    verify: async () => ({ id: 'pn_zhao', kind: 'person', roles: ['dispatcher'] }),
  });
});
afterAll(async () => {
  await app?.close();
  rmSync(folder, { recursive: true });
});

interface Order {
  readonly status: string;
  readonly onCall: boolean;
  readonly technician: { readonly id: string } | null;
  readonly dispatch: {
    readonly considered: readonly { readonly technician: { readonly id: string }; readonly reasons: readonly string[] }[];
  } | null;
}
async function order(id: string): Promise<Order> {
  const query = `{ workOrder(id: "${id}") { status onCall technician { id } dispatch { considered { technician { id } reasons } } } }`;
  const headers = { authorization: 'Bearer', 'content-type': 'application/json' };
  const answer = await httpOf(app).inject({ method: 'POST', url: '/graphql', headers, payload: JSON.stringify({ query }) });
  return (answer.json() as { data: { workOrder: Order } }).data.workOrder;
}

it('ST-02 when it runs again, then the order goes to who is on call now, not to whom certificate, shift or slot fitted when it was recorded', async () => {
  let found = await order('wo_1');
  for (; found.dispatch === null; found = await order('wo_1')) await turn(5);
  expect(found).toMatchObject({ status: 'DISPATCHED', technician: { id: 'pn_late' }, onCall: true });
  const reasons = Object.fromEntries(found.dispatch!.considered.map(({ technician, reasons: why }) => [technician.id, why]));
  expect(reasons).toEqual({
    pn_expired: expect.arrayContaining(['no valid certificate electrician-hv']),
    pn_early: expect.arrayContaining(['not on shift']),
    pn_late: expect.arrayContaining(['on call as primary']),
  });
});
