import { fromKafka, publicEvent, publicEvents, toKafka } from '@hospital/contracts';
import { type JsonObject, type Recorded, upcast } from '@hospital/kernel';
import { history } from '../history';
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
const heard = (context: string, name: string, data: JsonObject) =>
  hears(fromKafka(toKafka(publicEvent(context, name, data, attributes)))).map(({ aggregate, id, type, data: told }) => [
    aggregate.category,
    id,
    type,
    told,
  ]);

describe('what work orders tell', () => {
  const told = samples.map(({ type, data, schemaVersion }) => {
    const metadata = { schemaVersion, occurredAt: '2026-03-01T03:12:00.000Z' };
    return { type, answer: tells(upcast(history, { type, data, stream: 'workOrder-wo_1', metadata } as unknown as Recorded)) };
  });

  it('is every event that was promised, as it was promised, in its first shape too', () => {
    const kept = told.flatMap(({ answer }) => (answer ? [answer] : []));
    for (const { type, data } of kept) expect(() => publicEvent('workorders', type, data, attributes)).not.toThrow();
    expect([...new Set(kept.map(({ type }) => type))].sort()).toEqual(Object.keys(publicEvents.workorders).sort());
  });

  it('is never what a person wrote, or who reported it', () => {
    const everything = JSON.stringify(told.map(({ answer }) => answer));
    for (const secret of [
      '三楼',
      '更换',
      '又坏了',
      'L-17',
      '换班交接',
      '抢修',
      '漏水',
      '灯管',
      '影响抢救',
      '重复',
      '两盏',
      'pn_reporter',
      'sealed',
    ])
      expect(everything).not.toContain(secret);
  });

  it('WO-04 says whether a report is complete, not what is missing', () => {
    const reported = samples.findLast(({ type }) => type === 'WorkOrderReported')!;
    const answer = (missing: readonly string[]) =>
      tells({ type: 'WorkOrderReported', data: { ...reported.data, missing }, stream: 'workOrder-wo_1' } as unknown as Recorded)?.data;
    expect([answer([]), answer(['lamp'])]).toMatchObject([{ complete: true }, { complete: false }]);
    expect(JSON.stringify(answer(['lamp']))).not.toContain('lamp');
  });
});

describe('what work orders hear', () => {
  const from = '2026-03-01T00:00:00.000Z';
  const until = '2026-03-01T08:00:00.000Z';
  const shift = { shiftId: 'sh_1', trade: 'plumber', from, until };

  it('comes from people, their shifts, certificates and rota, and from assets', () =>
    expect(heardTopics).toEqual([
      'hospital.staffing.person.events.v1',
      'hospital.staffing.shift.events.v1',
      'hospital.staffing.certificate.events.v1',
      'hospital.staffing.rota.events.v1',
      'hospital.assets.asset.events.v1',
    ]));

  it.each<readonly [string, JsonObject, readonly (readonly [string, string, string, JsonObject])[]]>([
    [
      'PersonRegistered',
      { personId: 'pn_1', trade: 'plumber' },
      [['technician', 'pn_1', 'LearnTechnician', { trade: 'plumber', trades: ['plumber'] }]],
    ],
    [
      'PersonRegistered',
      { personId: 'pn_1', trade: 'plumber', trades: ['plumber', 'carpenter'] },
      [['technician', 'pn_1', 'LearnTechnician', { trade: 'plumber', trades: ['plumber', 'carpenter'] }]],
    ],
    ['PersonTradeAdded', { personId: 'pn_1', trade: 'carpenter' }, [['technician', 'pn_1', 'LearnTrade', { trade: 'carpenter' }]]],
    ['PersonLeft', { personId: 'pn_1', at: until }, [['technician', 'pn_1', 'LearnPersonLeft', { at: until }]]],
    ['PersonForgotten', { personId: 'pn_1' }, [['technician', 'pn_1', 'LearnPersonForgotten', {}]]],
    [
      'ShiftStarted',
      { personId: 'pn_1', trade: 'plumber', from, until },
      [['technician', 'pn_1', 'LearnShiftStarted', { trade: 'plumber', zones: [], from, until }]],
    ],
    ['ShiftEnded', { personId: 'pn_1', at: until }, [['technician', 'pn_1', 'LearnShiftEnded', { at: until }]]],
    ['ShiftPlanned', { ...shift, personId: 'pn_1' }, [['technician', 'pn_1', 'LearnShiftPlanned', { ...shift, zones: [] }]]],
    [
      'ShiftReassigned',
      { ...shift, zones: ['inpatient'], fromPersonId: 'pn_1', personId: 'pn_2' },
      [
        ['technician', 'pn_1', 'LearnShiftGone', { shiftId: 'sh_1' }],
        ['technician', 'pn_2', 'LearnShiftPlanned', { ...shift, zones: ['inpatient'] }],
      ],
    ],
    ['ShiftCancelled', { shiftId: 'sh_1', personId: 'pn_1' }, [['technician', 'pn_1', 'LearnShiftGone', { shiftId: 'sh_1' }]]],
    [
      'CertificateIssued',
      { certificateId: 'ce_1', personId: 'pn_1', kind: 'high-voltage', validFrom: from, validUntil: until },
      [['technician', 'pn_1', 'LearnCertificate', { certificateId: 'ce_1', kind: 'high-voltage', from, until }]],
    ],
    [
      'CertificateRevoked',
      { certificateId: 'ce_1', personId: 'pn_1', kind: 'high-voltage', from },
      [['technician', 'pn_1', 'LearnRevocation', { certificateId: 'ce_1', kind: 'high-voltage', from }]],
    ],
    [
      'SkillLevelGranted',
      { personId: 'pn_1', trade: 'plumber', level: 'middle', from },
      [['technician', 'pn_1', 'LearnLevel', { trade: 'plumber', level: 'middle', from }]],
    ],
    [
      'OnCallSlotSet',
      { slotId: 'oc_1', trade: 'plumber', from, until, primaryId: 'pn_1', backupId: 'pn_2' },
      [['onCall', 'oc_1', 'LearnOnCall', { slotId: 'oc_1', trade: 'plumber', from, until, primaryId: 'pn_1', backupId: 'pn_2' }]],
    ],
    ['OnCallSlotWithdrawn', { slotId: 'oc_1', trade: 'plumber' }, [['onCall', 'oc_1', 'LearnOnCallGone', { slotId: 'oc_1' }]]],
  ])('is of people %s %j', (name, data, learned) => expect(heard('staffing', name, data)).toEqual(learned));

  it('is of a place; anything else means nothing here', () => {
    expect(heard('assets', 'AssetRegistered', { assetId: 'as_1', name: '住院楼', kind: 'building' })).toEqual([
      ['place', 'as_1', 'LearnPlace', { name: '住院楼', kind: 'building' }],
    ]);
    expect(heard('inventory', 'ItemRegistered', { itemId: 'it_1', name: '手套', unit: 'pair' })).toEqual([]);
  });
});
