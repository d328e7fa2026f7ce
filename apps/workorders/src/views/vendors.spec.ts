import { foldRow, type Recorded } from '@hospital/kernel';
import samples from '../history/samples.json';
import { scoreOf, vendorJobs, type VendorJobRow, vendors } from './vendors';

const T0 = '2026-03-01T03:12:00.000Z';
const DUE = '2026-03-01T05:12:00.000Z';
const T1 = '2026-03-01T05:20:00.000Z';

/** The kept sample of each type, in this order. */
const history = (stream: string, ...types: readonly string[]): readonly Recorded[] =>
  types.map((type, revision) => {
    const { data } = samples.find((sample) => sample.type === type)!;
    return { stream, revision, type, data, metadata: { occurredAt: T0, recordedAt: T0, correlationId: 'co_1' } } as unknown as Recorded;
  });
const job = (...types: readonly string[]) => foldRow(vendorJobs, 'vj_1', history('vendorJob-vj_1', 'VendorJobOpened', ...types));

describe('WO-08 a vendor as it is listed', () => {
  const vendor = (...types: readonly string[]) => foldRow(vendors, 'vn_1', history('vendor-vn_1', ...types));

  it('given it was registered and agreements were made, then they stand in that order', () =>
    expect(vendor('VendorRegistered', 'VendorTermsAgreed', 'VendorTermsAgreed', 'VendorContactReplaced')).toMatchObject({
      ...{ id: 'vn_1', revision: 3, name: '安达电梯维保公司', contact: { personal: 'vn_1' } },
      agreements: [{ arrivalMinutes: 120, entrapmentMinutes: 30 }, { arrivalMinutes: 120 }],
    }));

  it('given events without the beginning, then there is no row', () => expect(vendor('VendorTermsAgreed')).toBeUndefined());
});

describe('WO-08 a vendor job as it is listed', () => {
  it('given it was opened, then arrival is due', () =>
    expect(job()).toMatchObject({
      ...{ id: 'vj_1', status: 'awaited', orderId: 'wo_1', vendorId: 'vn_1', openedAt: T0, arriveDueAt: DUE, nextDueAt: DUE },
      ...{ correlationId: 'co_1', drill: false, breachedAt: null, arrivedAt: null },
    }));

  it('given the due instant passed, then the breach stands with it and nothing is due any more, also after arrival', () => {
    expect(job('VendorArrivalBreached', 'VendorEscalated')).toMatchObject({ status: 'awaited', breachedAt: DUE, nextDueAt: null });
    expect(job('VendorArrivalBreached', 'VendorEscalated', 'VendorArrivalCheckedIn')).toMatchObject({
      ...{ status: 'arrived', breachedAt: DUE, arrivedAt: T1, proof: 'position', verified: true },
    });
  });

  it('given it arrived, was done and settled, then all that stands', () => {
    expect(job('VendorArrivalCheckedIn')).toMatchObject({ nextDueAt: null, breachedAt: null });
    expect(job('VendorArrivalCheckedIn', 'VendorJobFinished', 'VendorJobSettled')).toMatchObject({
      ...{ status: 'settled', result: '已更换主板', costs: [{ kind: '主板', amountFen: 380_000 }], finishedAt: T1 },
      settlement: { amountFen: 380_000, invoiceNumber: '04400123', at: T1 },
    });
  });

  it('given it was called off, then nothing is due', () =>
    expect(job('VendorJobWithdrawn')).toMatchObject({
      ...{ status: 'withdrawn', nextDueAt: null, withdrawn: { reason: '本院已修复', at: T1 } },
    }));

  it('given events without the beginning, then there is no row', () =>
    expect(foldRow(vendorJobs, 'vj_1', history('vendorJob-vj_1', 'VendorArrivalCheckedIn'))).toBeUndefined());
});

describe('WO-08 the score of a vendor', () => {
  const named = (id: string, row: VendorJobRow | undefined, more: Partial<VendorJobRow> = {}): VendorJobRow => ({ ...row!, id, ...more });
  const breach = ['VendorArrivalBreached', 'VendorEscalated'];

  it('given jobs of every kind, then each figure names its jobs, and exercises do not count', () =>
    expect(
      scoreOf([
        named('vj_intime', job('VendorArrivalCheckedIn')),
        named('vj_settled', job('VendorArrivalCheckedIn', 'VendorJobFinished', 'VendorJobSettled')),
        named('vj_unverified', job('VendorArrivalCheckedIn'), { verified: false }),
        named('vj_late', job(...breach, 'VendorArrivalCheckedIn')),
        named('vj_never', job(...breach)),
        named('vj_latecancelled', job(...breach, 'VendorJobWithdrawn')),
        named('vj_awaited', job()),
        named('vj_calledoff', job('VendorJobWithdrawn')),
        named('vj_nothing', job('VendorArrivalCheckedIn', 'VendorJobWithdrawn')),
        named('vj_drill', job(...breach), { drill: true }),
      ]),
    ).toEqual({
      jobs: [
        ...['vj_intime', 'vj_settled', 'vj_unverified', 'vj_late', 'vj_never', 'vj_latecancelled', 'vj_awaited', 'vj_calledoff'],
        'vj_nothing',
      ],
      arrivedInTime: ['vj_intime', 'vj_settled', 'vj_unverified', 'vj_nothing'],
      breached: ['vj_late', 'vj_never', 'vj_latecancelled'],
      awaited: ['vj_awaited'],
      calledOff: ['vj_calledoff'],
      unverified: ['vj_unverified'],
      onTimeRate: 4 / 7,
    }));

  it('given nothing to judge, then there is no rate, not one of zero', () => {
    expect(scoreOf([]).onTimeRate).toBeNull();
    expect(scoreOf([named('vj_awaited', job())]).onTimeRate).toBeNull();
  });
});
