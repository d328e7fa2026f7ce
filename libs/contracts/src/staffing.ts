import { z } from 'zod';
import { code, instant, personId, promise } from './promise';

const person = promise('person');
const trade = code('Trade 工种');

export const staffing = {
  PersonRegistered: person('Somebody joined the staff 入职.', z.object({ personId, trade })),
  ShiftStarted: person(
    'Somebody is on shift 上班.',
    z.object({
      personId,
      trade,
      zones: z.array(code('Zone')).optional().describe('Only there; absent: everywhere'),
      from: instant('Start'),
      until: instant('Planned end'),
    }),
  ),
  ShiftEnded: person('Somebody went off shift 下班.', z.object({ personId, at: instant('End') })),
  PersonForgotten: person('Personal data of somebody was erased for good; drop what was derived from it.', z.object({ personId })),
} as const;
