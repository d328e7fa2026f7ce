import { publicEvent, type PublicEvent } from '@hospital/contracts';
import { type JsonObject, occasionId } from '@hospital/kernel';
import { send } from '@hospital/service';
import { freshFolder } from '@hospital/service/testing';
import { hears } from './hears';

const given = freshFolder();
const day = (n: number): string => `2026-03-${String(n).padStart(2, '0')}T08:00:00.000Z`;
const chen = { personId: 'pn_chen' };
const shift = { ...chen, trade: 'plumber' };

/** A life in staffing and the register of assets, as it was told. */
const HISTORY: readonly (readonly [stream: string, context: string, name: string, data: JsonObject])[] = [
  ['person-pn_chen', 'staffing', 'PersonRegistered', { ...chen, trade: 'plumber' }],
  ['person-pn_chen', 'staffing', 'PersonTradeAdded', { ...chen, trade: 'electrician' }],
  ['person-pn_chen', 'staffing', 'SkillLevelGranted', { ...chen, trade: 'plumber', level: 'senior', from: day(1) }],
  ['person-pn_chen', 'staffing', 'ShiftStarted', { ...shift, from: day(1), until: day(2) }],
  ['person-pn_chen', 'staffing', 'ShiftEnded', { ...chen, at: day(2) }],
  ['person-pn_chen', 'staffing', 'ShiftStarted', { ...shift, from: day(3), until: day(4) }],
  ['asset-as_1', 'assets', 'AssetRegistered', { assetId: 'as_1', name: '一号楼', kind: 'building' }],
  [
    'rota-plumber',
    'staffing',
    'OnCallSlotSet',
    { slotId: 'oc_1', trade: 'plumber', from: day(1), until: day(9), primaryId: 'pn_chen', backupId: 'pn_li' },
  ],
  ['rota-plumber', 'staffing', 'OnCallSlotWithdrawn', { slotId: 'oc_1', trade: 'plumber' }],
  [
    'rota-plumber',
    'staffing',
    'OnCallSlotSet',
    { slotId: 'oc_1', trade: 'plumber', from: day(2), until: day(9), primaryId: 'pn_li', backupId: 'pn_chen' },
  ],
];
const STREAMS = ['technician-pn_chen', 'place-as_1', 'onCall-oc_1'];
const messages = HISTORY.map(([subject, name, event, data], n): PublicEvent => {
  const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  return publicEvent(name, event, data, { id, subject, time: day(1), recordedat: day(1), correlationid: id, causationid: id });
});

it('given a history that was heard, when another bus tells all of it again, then nothing changes', async () => {
  const context = await given.open();
  const hearAll = async () => {
    for (const { id, time, ...message } of messages)
      for (const [n, command] of hears({ id, time, ...message } as PublicEvent).entries())
        await send(context, command, { id: occasionId('workorders.hear', id, n), at: time, correlationId: id, causationId: id });
    return Promise.all(STREAMS.map((stream) => context.store.read(stream)));
  };
  const once = await hearAll();
  expect(once.map(({ length }) => length)).toEqual([6, 1, 3]);
  expect(await hearAll()).toEqual(once);
});
