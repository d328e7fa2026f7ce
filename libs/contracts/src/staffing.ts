import { z } from 'zod';
import { code, idOf, instant, personId, promise } from './promise';

const person = promise('person');
const certificate = promise('certificate');
const shift = promise('shift');
const rota = promise('rota');
const trade = code('Trade 工种');
const certificateId = idOf('ce', 'The certificate 证书');
const kind = code('Kind of certificate, e.g. high-voltage');
const shiftId = idOf('sh', 'The shift 班次');
const slotId = idOf('oc', 'The slot on call 值班');
const from = instant('Start');
const until = instant('End, no longer included');
const zones = z.array(code('Zone')).optional().describe('Only there; absent: everywhere');

export const staffing = {
  PersonRegistered: person(
    'Somebody joined the staff 入职.',
    z.object({
      personId,
      trade: trade.describe('Main trade 工种; unclassified: none that is known'),
      trades: z.array(trade).optional().describe('All of them, the main one first'),
    }),
  ),
  PersonTradeAdded: person('Somebody works in a further trade from now on.', z.object({ personId, trade })),
  SkillLevelGranted: person(
    'Somebody has this level in a trade from then on, until the next one told, be it higher or lower 技能等级.',
    z.object({ personId, trade, level: z.enum(['junior', 'middle', 'senior']), from: instant('From then on') }),
  ),
  ShiftStarted: person('Somebody is on shift 上班.', z.object({ personId, trade, zones, from, until: instant('Planned end') })),
  ShiftEnded: person('Somebody went off shift 下班.', z.object({ personId, at: instant('End') })),
  PersonLeft: person('Somebody left the staff 离职.', z.object({ personId, at: instant('When') })),
  PersonForgotten: person('Personal data of somebody was erased for good; drop what was derived from it.', z.object({ personId })),

  CertificateIssued: certificate(
    'A certificate is valid for this time; told again, with the whole unbroken time, when it is renewed 持证.',
    z.object({
      certificateId,
      personId,
      kind,
      validFrom: instant('First instant of the first day'),
      validUntil: instant('First instant after the last day: from then on it does not count'),
    }),
  ),
  CertificateRevoked: certificate(
    'A certificate does not count from then on 吊销.',
    z.object({ certificateId, personId, kind, from: instant('May lie in the past') }),
  ),

  ShiftPlanned: shift('Somebody is to work then 排班.', z.object({ shiftId, personId, trade, zones, from, until })),
  ShiftReassigned: shift(
    'Somebody else is to work that shift 换班.',
    z.object({ shiftId, fromPersonId: personId.describe('Whose it was'), personId, trade, zones, from, until }),
  ),
  ShiftCancelled: shift('That shift is not worked 取消排班.', z.object({ shiftId, personId })),

  OnCallSlotSet: rota(
    'Who is called for a trade, and who when they do not answer; what was told last of a slot counts 值班.',
    z.object({
      slotId,
      trade,
      from,
      until,
      primaryId: personId.describe('Who is called'),
      backupId: personId.describe('Who is called next'),
    }),
  ),
  OnCallSlotWithdrawn: rota('That slot is no more: nobody is called for it.', z.object({ slotId, trade })),
} as const;
