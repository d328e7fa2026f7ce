import { foldRow, type Recorded } from '@hospital/kernel';
import type { WorkLogEvent } from '../domain/work-log';
import { workLogs } from './work-logs';

const T0 = '2026-03-01T03:12:00.000Z';
const at = (minutes: number): string => new Date(Date.parse(T0) + minutes * 60_000).toISOString();

const row = (...events: readonly WorkLogEvent[]) =>
  foldRow(
    workLogs,
    'wo_1',
    events.map(
      (event, revision) =>
        ({ ...event, stream: 'workLog-wo_1', revision, metadata: { occurredAt: T0, recordedAt: T0 } }) as unknown as Recorded,
    ),
  );
const started = (labourId: string, personId: string): WorkLogEvent => ({
  type: 'LabourStarted',
  data: { labourId, personId, from: at(0) },
});
const stopped = (labourId: string, personId: string, minutes: number): WorkLogEvent => ({
  type: 'LabourStopped',
  data: { labourId, personId, from: at(0), until: at(minutes), minutes },
});
const booked = (costId: string, amountFen: number): WorkLogEvent => ({
  type: 'ExtraCostBooked',
  data: { costId, amountFen, kind: 'material', note: null },
});

it('labour is the sum of the timers that have ended', () => {
  expect(row(started('lb_1', 'pn_chen'))).toMatchObject({ labourMinutes: 0, labour: [{ id: 'lb_1', until: null, minutes: null }] });
  expect(
    row(started('lb_1', 'pn_chen'), started('lb_2', 'pn_li'), stopped('lb_1', 'pn_chen', 40), stopped('lb_2', 'pn_li', 25)),
  ).toMatchObject({ id: 'wo_1', revision: 3, labourMinutes: 65 });
});

it('labour that was corrected counts as corrected, and says why', () =>
  expect(
    row(started('lb_1', 'pn_chen'), stopped('lb_1', 'pn_chen', 900), {
      type: 'LabourCorrected',
      data: { labourId: 'lb_1', personId: 'pn_chen', from: at(10), until: at(60), minutes: 50, reason: '忘记停表' },
    }),
  ).toMatchObject({
    labourMinutes: 50,
    labour: [{ id: 'lb_1', personId: 'pn_chen', from: at(10), until: at(60), minutes: 50, correction: '忘记停表' }],
  }));

it('extra cost is the sum of what stands; what was taken back stays readable', () =>
  expect(
    row(booked('xc_1', 12_050), booked('xc_2', 5), {
      type: 'ExtraCostReversed',
      data: { costId: 'xc_1', amountFen: 12_050, reason: '重复登记' },
    }),
  ).toMatchObject({
    extraCostFen: 5,
    costs: [
      { id: 'xc_1', amountFen: 12_050, reversal: '重复登记' },
      { id: 'xc_2', reversal: null, bookedAt: T0 },
    ],
  }));

it('the latest signature stands', () => {
  const signed = (sha256: string): WorkLogEvent => ({
    type: 'WorkSignedOff',
    data: { signerId: 'pn_nurse', signature: { kind: 'photo', sha256 }, at: T0 },
  });
  expect(row(signed('aa'), signed('bb'))).toMatchObject({
    signature: { signerId: 'pn_nurse', signature: { sha256: 'bb' } },
    labourMinutes: 0,
  });
});

it('downtime lasts until it is ended', () => {
  const recorded: WorkLogEvent = {
    type: 'DowntimeRecorded',
    data: { downtimeId: 'dt_1', thing: { kind: 'asset', id: 'as_lift' }, from: at(0), until: null, reason: '电梯停运' },
  };
  expect(row(recorded)).toMatchObject({ downtime: [{ id: 'dt_1', from: at(0), until: null, reason: '电梯停运' }] });
  expect(row(recorded, { type: 'DowntimeEnded', data: { downtimeId: 'dt_1', until: at(30) } })).toMatchObject({
    downtime: [{ id: 'dt_1', until: at(30) }],
  });
});
