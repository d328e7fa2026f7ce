import { calendarOf } from './duty-calendar';

const duty = {
  kind: 'primary',
  id: 'oc_1',
  trade: 'electrician',
  from: '2026-03-02T00:00:00.000Z',
  until: '2026-03-03T00:00:00.000Z',
} as const;
const NOW = '2026-03-01T00:00:00.000Z';
const unfolded = (text: string): string => text.replaceAll('\r\n ', '');

describe('duties as a calendar', () => {
  it('given a slot on call, then it is an event of that time, in UTC', () =>
    expect(unfolded(calendarOf([duty], NOW)).split('\r\n')).toEqual([
      ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//hospital-logistics//staffing//ZH', 'BEGIN:VEVENT'],
      ...['UID:oc_1-primary@staffing.hospital', 'DTSTAMP:20260301T000000Z', 'DTSTART:20260302T000000Z', 'DTEND:20260303T000000Z'],
      ...['SUMMARY:主值班 electrician', 'END:VEVENT', 'END:VCALENDAR', ''],
    ]));

  it('given a trade of any characters, then no line is longer than 75 octets, and none breaks the calendar', () => {
    const text = calendarOf([{ ...duty, trade: `电工,高压;${'😀'.repeat(40)}\\\nEND:VCALENDAR` }], NOW);
    expect(Math.max(...text.split('\r\n').map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
    expect(
      unfolded(text)
        .split('\r\n')
        .filter((line) => line === 'END:VCALENDAR'),
    ).toHaveLength(1);
    expect(unfolded(text)).toContain('SUMMARY:主值班 电工\\,高压\\;');
  });

  it('given none, then an empty calendar', () =>
    expect(unfolded(calendarOf([], NOW))).toMatch(/^BEGIN:VCALENDAR\r\n.*END:VCALENDAR\r\n$/s));
});
