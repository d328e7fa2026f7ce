import type { Instant } from '@hospital/kernel';
import type { Duty } from './duty';

const TITLES: Readonly<Record<Duty['kind'], string>> = { planned: '排班', served: '在岗', primary: '主值班', backup: '备值班' };

const escaped = (text: string): string => text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');
const stamp = (at: Instant): string => at.replace(/[-:]|\.\d{3}/g, '');
/** A line may have 75 octets, and a character up to four. */
const folded = (line: string): string => line.match(/.{1,18}/gu)!.join('\r\n ');

/** Duties as an iCalendar (RFC 5545) that any calendar subscribes to; a duty keeps its UID while it keeps its id. */
export const calendarOf = (duties: readonly Duty[], now: Instant): string =>
  [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//hospital-logistics//staffing//ZH'],
    ...duties.flatMap(({ kind, id, trade, from, until }) => [
      ...['BEGIN:VEVENT', `UID:${id ?? stamp(from)}-${kind}@staffing.hospital`, `DTSTAMP:${stamp(now)}`],
      ...[`DTSTART:${stamp(from)}`, `DTEND:${stamp(until)}`, `SUMMARY:${escaped(`${TITLES[kind]} ${trade}`)}`, 'END:VEVENT'],
    ]),
    'END:VCALENDAR',
  ]
    .map((line) => `${folded(line)}\r\n`)
    .join('');
