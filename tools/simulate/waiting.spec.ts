import { type Actor, DAY, HOUR, MINUTE, plus, to } from '@hospital/kernel';
import { workorders } from '../../apps/workorders/src/app.module';
import { category, NO_NEEDS, USUAL_AGREEMENT } from '../../apps/workorders/src/domain/category';
import { registered } from '../../apps/workorders/src/domain/escalation';
import { onCall } from '../../apps/workorders/src/domain/on-call';
import { place } from '../../apps/workorders/src/domain/place';
import { technician } from '../../apps/workorders/src/domain/technician';
import { workOrder } from '../../apps/workorders/src/domain/work-order';
import { off, technician as person } from '../../apps/workorders/src/testing/an-order';
import { World } from './world';

const START = '2026-03-02T00:00:00.000Z';
const at = (minutes: number): string => plus(START, minutes * MINUTE);
const actor = (id: string, ...roles: readonly string[]): Actor => ({ id, kind: 'person', roles });
const SYSTEM: Actor = { id: 'system', kind: 'system', roles: [] };
const [DESK, NURSE, CHEN] = [
  actor('pn_desk', 'dispatcher', 'administrator'),
  actor('pn_nurse', 'clinician'),
  actor('pn_chen', 'technician'),
];
const electrician = { trade: 'electrician', zones: [] };

/** Chen is on a planned shift until 600 and may have two orders; Night is on call all day; three orders wait for them, the last the worst. */
async function evening() {
  const world = await World.begun(workorders, START, () => undefined);
  const learn = (id: string, type: Parameters<typeof to>[2], data: object) =>
    world.does(to(technician, id, type as never, data as never), SYSTEM);
  const does = (id: string, type: string, data: object, who: Actor) => world.does(to(workOrder, id, type as never, data as never), who);
  const kind = { name: '电气', nameEn: 'Electrical', trade: 'electrician', openToPatients: true, agreement: USUAL_AGREEMENT };
  await world.does(to(category, 'ct_1', 'DefineCategory', { ...kind, ruleId: null, requires: NO_NEEDS, fields: [] }), DESK);
  for (const id of ['pn_chen', 'pn_night']) await learn(id, 'LearnTechnician', { trade: 'electrician', trades: ['electrician'] });
  await learn('pn_chen', 'LearnShiftPlanned', { ...electrician, shiftId: 'sh_1', from: START, until: at(600) });
  const slot = { slotId: 'oc_1', trade: 'electrician', from: START, until: plus(START, DAY), primaryId: 'pn_night', backupId: 'pn_back' };
  await world.does(to(onCall, 'oc_1', 'LearnOnCall', slot), SYSTEM);
  await world.until(at(500));
  for (const [n, severity] of (['normal', 'normal', 'critical'] as const).entries()) {
    const placeId = `as_${n}`;
    await world.does(to(place, placeId, 'LearnPlace', { name: placeId, kind: 'building' }), SYSTEM);
    const said = { description: '报修', details: {}, photos: [], severity, channel: 'web', reporterKind: 'staff' } as const;
    const rest = { locationCode: null, reporterId: null, contact: null, parentId: null, incomplete: false };
    await does(`wo_${n}`, 'ReportFault', { ...(await registered(world.ask, 'ct_1', placeId)), ...said, ...rest }, NURSE);
  }
  for (const id of ['wo_0', 'wo_1']) await does(id, 'AcceptWorkOrder', {}, CHEN);
  const holder = async (id: string) => (await world.ask('work-orders', { key: id }))[0]!.row['technicianId'];
  expect([await holder('wo_0'), await holder('wo_1'), await holder('wo_2')]).toEqual(['pn_chen', 'pn_chen', null]);
  return { world, learn, does, holder };
}

describe('WO-02 given an order that waits because the one on shift has as many as the rule allows', () => {
  it('when their planned shift is over, then at that instant it goes to whoever is on call', async () => {
    const { world, holder } = await evening();
    await world.until(at(600));
    expect(await holder('wo_2')).toBeNull();
    await world.until(at(601));
    expect(await holder('wo_2')).toBe('pn_night');
    await world.close();
  });

  it('when they go home before the plan ends, then at once it goes to whoever is on call', async () => {
    const { world, learn, holder } = await evening();
    await learn('pn_chen', 'LearnShiftEnded', { at: at(500) });
    expect(await holder('wo_2')).toBe('pn_night');
    await world.close();
  });

  it('when a presence that was started is over, then it goes to whoever is on call', async () => {
    const { world, learn, holder } = await evening();
    await learn('pn_chen', 'LearnShiftStarted', { ...electrician, from: at(500), until: at(660) });
    await world.until(at(650));
    expect(await holder('wo_2')).toBeNull();
    await world.until(plus(START, 11 * HOUR + 1));
    expect(await holder('wo_2')).toBe('pn_night');
    await world.close();
  });

  it.each([
    ['they pause another', 'PauseWorkOrder', { reason: 'waiting-parts', note: null }, CHEN],
    [
      'another is given to a colleague',
      'AssignWorkOrder',
      { technicianId: 'pn_night', technician: person('pn_night', off), reason: '顺路' },
      DESK,
    ],
  ] as const)('when %s, then it is theirs', async (_, type, data, who) => {
    const { world, does, holder } = await evening();
    await does('wo_0', type, data, who);
    expect(await holder('wo_2')).toBe('pn_chen');
    await world.close();
  });
});
