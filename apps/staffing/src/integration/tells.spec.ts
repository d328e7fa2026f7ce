import { type JsonObject, type Recorded, upcast } from '@hospital/kernel';
import { history } from '../history';
import samples from '../history/samples.json';
import { tells } from './tells';

const toldOf = (type: string, more: JsonObject = {}, id = 'x_1') => {
  const { data, schemaVersion } = samples.findLast((sample) => sample.type === type)!;
  const kept = { type, data: { ...data, ...more }, stream: `x-${id}`, metadata: { schemaVersion } } as unknown as Recorded;
  return tells(upcast(history, kept));
};

describe('what staffing tells', () => {
  it('given a person of several trades, then all of them; given one of the first version, then the one', () => {
    expect(toldOf('PersonRegistered', {}, 'pn_1')?.data).toEqual({
      personId: 'pn_1',
      trade: 'electrician',
      trades: ['electrician', 'plumber'],
    });
    const { type, data, schemaVersion } = samples[0]!;
    const first = { type, data, stream: 'person-pn_1', metadata: { schemaVersion } } as unknown as Recorded;
    expect(tells(upcast(history, first))?.data).toEqual({ personId: 'pn_1', trade: 'electrician', trades: ['electrician'] });
  });

  it('given a certificate is renewed, then it is told as issued, for the whole unbroken time', () =>
    expect(toldOf('CertificateRenewed', {}, 'ce_1')).toEqual({
      type: 'CertificateIssued',
      data: {
        ...{ certificateId: 'ce_1', personId: 'pn_chen', kind: 'high-voltage' },
        ...{ validFrom: '2023-03-31T16:00:00.000Z', validUntil: '2029-03-31T16:00:00.000Z' },
      },
    }));

  it('given a shift everywhere, then zones go without saying', () => {
    expect(toldOf('ShiftPlanned')?.data).toMatchObject({ zones: ['inpatient'] });
    expect(toldOf('ShiftPlanned', { zones: [] })?.data).not.toHaveProperty('zones');
    expect(toldOf('ShiftReassigned')?.data).not.toHaveProperty('zones');
  });

  it('given an offer, or a declared gap, then that stays at home', () =>
    expect(['ShiftSwapOffered', 'OnCallSwapOffered', 'OnCallGapDeclared'].map((type) => toldOf(type))).toEqual([
      undefined,
      undefined,
      undefined,
    ]));

  it('given everything there is, then no name, number or reason leaves', () => {
    const everything = JSON.stringify(samples.map(({ type }) => toldOf(type)));
    for (const secret of ['sealed', '孩子', '复审', '门诊', '外包', 'ex_2026']) expect(everything).not.toContain(secret);
  });
});
