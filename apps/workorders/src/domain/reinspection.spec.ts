import type { Ask, JsonObject, Recorded } from '@hospital/kernel';
import { at, ELECTRICAL, INPATIENT, JOB } from '../testing/an-order';
import { NO_NEEDS } from './category';
import { affected, type Job, proposeReinspection, reinspect } from './reinspection';

const job = (orderId: string, from: number, until: number | null): Job => ({
  ...{ orderId, technicianId: 'pn_chen', certificate: 'high-voltage' },
  ...{ from: at(from), until: until === null ? null : at(until) },
});
const idsOf = (jobs: readonly { readonly orderId: string }[]): readonly string[] => jobs.map(({ orderId }) => orderId);
const asked =
  (rows: Readonly<Record<string, readonly { readonly key: string; readonly row: object }[]>>): Ask =>
  async (view) =>
    (rows[view] ?? []) as Awaited<ReturnType<Ask>>;
const event = (stream: string, type: string, data: JsonObject): Recorded =>
  ({ id: '00000000-0000-5000-8000-000000000001', stream, type, data }) as unknown as Recorded;

describe('ST-02 jobs that rested on a certificate that was revoked', () => {
  const jobs = [job('wo_before', -60, 0), job('wo_over', 0, 20), job('wo_ended', 0, 60), job('wo_runs', 10, null)];
  const inDoubt = (revokedFrom: number, now: number) => idsOf(affected(jobs, 'high-voltage', at(revokedFrom), [], at(now)));

  it('given it was revoked for the past, then those that were done or begun since, and those that run', () =>
    expect(inDoubt(20, 90)).toEqual(['wo_ended', 'wo_runs']));

  it('given it is revoked from a later day on, then none yet, and from that instant on those that run', () => {
    expect(inDoubt(120, 90)).toEqual([]);
    expect(inDoubt(120, 120)).toEqual(['wo_runs']);
  });

  it('given another certificate of that kind held from then on, then none', () => {
    const other = { certificateId: 'ce_2', kind: 'high-voltage', from: at(20), until: at(900) };
    expect(affected(jobs, 'high-voltage', at(20), [other], at(90))).toEqual([]);
  });

  it('when it is told of before it counts, then the jobs that run are proposed when it does, once each', async () => {
    const revoked = { certificateId: 'ce_1', kind: 'high-voltage', from: at(120) };
    const row = { certificates: [{ ...revoked, from: at(-900), until: at(120) }], revocations: [revoked] };
    const ask = asked({ technicians: [{ key: 'pn_chen', row }], jobs: jobs.map((one) => ({ key: one.orderId, row: one })) });
    const proposed = async (type: string, data: JsonObject, now: number) => {
      expect(proposeReinspection.on).toContain(type);
      const told = event('technician-pn_chen', type, data);
      return proposeReinspection.react(told, await proposeReinspection.facts(told, ask, at(now)));
    };
    expect(await proposed('TechnicianCertificateRevoked', revoked, 90)).toEqual([]);
    expect(await proposed('TechnicianQualificationBegun', { from: at(100), at: at(100) }, 100)).toEqual([]);
    expect(await proposed('TechnicianQualificationBegun', { from: at(120), at: at(120) }, 120)).toMatchObject([
      { id: 'ce_1_wo_runs', type: 'ProposeReinspection', data: { ...revoked, orderId: 'wo_runs', technicianId: 'pn_chen' } },
    ]);
  });
});

describe('ST-02 a re-inspection that was confirmed', () => {
  it('given the order went to another team since, then it is for the trade of its category, with what that asks', async () => {
    const requires = { minimumLevel: null, certificate: 'high-voltage' };
    const ofCategory = { trade: 'electrician', requires };
    const said = { details: {}, photos: [], severity: 'high', reporterId: 'pn_reporter' };
    const ids = { categoryId: ELECTRICAL.id, placeId: INPATIENT.id };
    const ask = asked({
      reinspections: [{ key: 'ce_1_wo_1', row: { orderId: 'wo_1' } }],
      'work-orders': [{ key: 'wo_1', row: { ...JOB, ...ids, ...said, trade: 'plumber', requires: NO_NEEDS, ofCategory } }],
      categories: [{ key: ELECTRICAL.id, row: { ...ELECTRICAL, requires } }],
      places: [{ key: INPATIENT.id, row: INPATIENT }],
    });
    const confirmed = event('reinspection-ce_1_wo_1', 'ReinspectionConfirmed', {});
    expect(reinspect.react(confirmed, await reinspect.facts(confirmed, ask, at(0)))).toMatchObject([
      { type: 'ReportFault', data: { parentId: 'wo_1', team: ofCategory } },
    ]);
  });
});
