import { randomUUID } from 'node:crypto';
import { eventually } from '../journeys/front-end';
import { foundForLoad, killedJourney, type UnderLoad } from '../journeys/killed.journey';
import { Ward } from '../journeys/ward';
import { type ClusterHospital, inCluster, noCluster } from './in-cluster';

const reason = noCluster();
if (reason !== undefined) console.warn(`The chart is not installed in a cluster: ${reason}`);

(reason === undefined ? describe : describe.skip)('given the chart, installed in a cluster that admits restricted pods alone', () => {
  let hospital: ClusterHospital;
  let founded: UnderLoad;
  let at: Ward;
  beforeAll(async () => {
    hospital = await inCluster();
    founded = { hospital, ...(await foundForLoad(hospital)) };
    // Of a trade that has not all that load in hand.
    at = await Ward.with(hospital, { people: 1, onShift: true });
  }, 600_000);
  afterAll(() => hospital?.close());

  killedJourney(() => founded);

  it('when its own test runs, then the suite is ready', async () => {
    expect(await hospital.test()).toMatch(/Phase: +Succeeded[^]*200 /);
  });

  it('WO-02 WO-06 when a fault is reported, then it is dispatched, repaired and rated, and its history stands', async () => {
    const { id } = await at.dispatched();
    await at.technician.desk.does('acceptWorkOrder', { id });
    await at.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
    expect(await at.nurse.does('rateWorkOrder', { id, stars: 5, comment: '很快' })).toMatchObject({ status: 'CLOSED', stars: 5 });
    expect((await at.nurse.historyOf(id)).evidence.intact).toBe(true);
  });

  it('when pods are made anew, then they find what they knew, on their own volumes, and go on', async () => {
    const before = await at.dispatched();
    await hospital.restart();
    const after = await at.when(before.id, () => true);
    expect(after).toMatchObject({ id: before.id, status: 'DISPATCHED' });
    await at.dispatched();
  });

  it('GW-08 when there are two of a context and one is killed, then the other goes on at once, also with what only one of them does', async () => {
    await hospital.upgrade('services.staffing.replicas=2');
    const { id } = await at.report();
    await hospital.kubectl('delete', 'pod', 'logistics-staffing-0', '--force', '--grace-period=0', '--wait=false');
    const hired = await at.hire('吴刚');
    // Work orders know of her only once staffing has told of her, which one of the two does.
    const wish = { id, technicianId: hired.id, reason: '换人' };
    await eventually(
      () => at.dispatcher.wish('assignWorkOrder', wish, { key: randomUUID() }),
      ({ __typename }) => __typename === 'WorkOrder',
    );
  });
});
