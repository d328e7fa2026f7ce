import { fromKafka, publicEvent, publicEvents, toKafka } from '@hospital/contracts';
import type { Recorded } from '@hospital/kernel';
import samples from '../history/samples.json';
import { heardTopics, hears } from './hears';
import { tells } from './tells';

const attributes = {
  id: '00000000-0000-4000-8000-000000000001',
  subject: 'workOrder-wo_1',
  time: '2026-03-01T03:12:00.000Z',
  recordedat: '2026-03-01T03:12:00.000Z',
  correlationid: '00000000-0000-4000-8000-000000000002',
  causationid: '00000000-0000-4000-8000-000000000003',
};
const heard = (context: string, name: string, data: Record<string, string>) =>
  hears(fromKafka(toKafka(publicEvent(context, name, data, attributes)))).map(({ aggregate, id, type, data: told }) => [
    aggregate.category,
    id,
    type,
    told,
  ]);

describe('what work orders tell', () => {
  const told = samples.map(({ type, data }) => ({ type, answer: tells({ type, data, stream: 'workOrder-wo_1' } as unknown as Recorded) }));

  it('is every event that was promised, as it was promised', () => {
    const kept = told.flatMap(({ answer }) => (answer ? [answer] : []));
    for (const { type, data } of kept) expect(() => publicEvent('workorders', type, data, attributes)).not.toThrow();
    expect(kept.map(({ type }) => type).sort()).toEqual(Object.keys(publicEvents.workorders).sort());
  });

  it('is never what a person wrote, or who reported it', () => {
    const everything = JSON.stringify(told.map(({ answer }) => answer));
    for (const secret of ['三楼', '更换', '又坏了', 'pn_reporter', 'sealed']) expect(everything).not.toContain(secret);
  });
});

describe('what work orders hear', () => {
  it('comes from people and assets', () =>
    expect(heardTopics).toEqual(['hospital.staffing.person.events.v1', 'hospital.assets.asset.events.v1']));

  it('a person, a shift and its end', () => {
    const from = '2026-03-01T00:00:00.000Z';
    const until = '2026-03-01T08:00:00.000Z';
    expect(heard('staffing', 'PersonRegistered', { personId: 'pn_1', trade: 'plumber' })).toEqual([
      ['technician', 'pn_1', 'LearnTechnician', { trade: 'plumber' }],
    ]);
    expect(heard('staffing', 'ShiftStarted', { personId: 'pn_1', trade: 'plumber', from, until })).toEqual([
      ['technician', 'pn_1', 'LearnShiftStarted', { trade: 'plumber', from, until }],
    ]);
    expect(heard('staffing', 'ShiftEnded', { personId: 'pn_1', at: until })).toEqual([
      ['technician', 'pn_1', 'LearnShiftEnded', { at: until }],
    ]);
    expect(heard('staffing', 'PersonForgotten', { personId: 'pn_1' })).toEqual([['technician', 'pn_1', 'LearnPersonForgotten', {}]]);
  });

  it('a place; anything else means nothing here', () => {
    expect(heard('assets', 'AssetRegistered', { assetId: 'as_1', name: '住院楼', kind: 'building' })).toEqual([
      ['place', 'as_1', 'LearnPlace', { name: '住院楼', kind: 'building' }],
    ]);
    expect(heard('inventory', 'ItemRegistered', { itemId: 'it_1', name: '手套', unit: 'pair' })).toEqual([]);
  });
});
