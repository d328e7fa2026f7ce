import { z } from 'zod';
import { code, idOf, instant, personId, promise } from './promise';

const person = promise('person', { personId });
const trade = code('Trade 工种');
const certificate = promise('certificate', {
  certificateId: idOf('ce', 'The certificate 证书'),
  personId,
  kind: code('Kind of certificate, e.g. high-voltage'),
});
const shift = promise('shift', { shiftId: idOf('sh', 'The shift 班次'), personId });
const rota = promise('rota', { slotId: idOf('oc', 'The slot on call 值班'), trade });
const from = instant('Start');
const until = instant('End, no longer included');
const zones = z.array(code('Zone')).optional().describe('Only there; absent: everywhere');

export const staffing = {
  PersonRegistered: person('Somebody joined the staff 入职.', {
    trade: trade.describe('Main trade 工种; unclassified: none that is known'),
    trades: z.array(trade).optional().describe('All of them, the main one first'),
  }),
  PersonTradeAdded: person('Somebody works in a further trade from now on.', { trade }),
  SkillLevelGranted: person('Somebody has this level in a trade from then on, until the next one told, be it higher or lower 技能等级.', {
    trade,
    level: z.enum(['junior', 'middle', 'senior']),
    from: instant('From then on'),
  }),
  ShiftStarted: person('Somebody is on shift 上班.', { trade, zones, from, until: instant('Planned end') }),
  ShiftEnded: person('Somebody went off shift 下班.', { at: instant('End') }),
  PersonLeft: person('Somebody left the staff 离职.', { at: instant('When') }),
  PersonForgotten: person('Personal data of somebody was erased for good; drop what was derived from it.', {}),

  CertificateIssued: certificate(
    'A certificate is valid for this time; told again, with the whole unbroken time, when it is renewed 持证.',
    {
      validFrom: instant('First instant of the first day'),
      validUntil: instant('First instant after the last day: from then on it does not count'),
    },
  ),
  CertificateRevoked: certificate('A certificate does not count from then on 吊销.', { from: instant('May lie in the past') }),

  ShiftPlanned: shift('Somebody is to work then 排班.', { trade, zones, from, until }),
  ShiftReassigned: shift('Somebody else is to work that shift 换班.', {
    fromPersonId: personId.describe('Whose it was'),
    trade,
    zones,
    from,
    until,
  }),
  ShiftCancelled: shift('That shift is not worked 取消排班.', {}),

  OnCallSlotSet: rota('Who is called for a trade, and who when they do not answer; what was told last of a slot counts 值班.', {
    from,
    until,
    primaryId: personId.describe('Who is called'),
    backupId: personId.describe('Who is called next'),
  }),
  OnCallSlotWithdrawn: rota('That slot is no more: nobody is called for it.', {}),
} as const;
