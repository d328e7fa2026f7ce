import { fold, personal } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { certificate, type CertificateEvent, validAt } from './certificate';

const scheduler = commandsBy({ id: 'pn_scheduler', kind: 'person', roles: ['scheduler'] });
const { given } = rulesOf(certificate);

const number = personal('pn_chen', 'T3201');
const chen = { id: 'pn_chen', trades: ['electrician'], employed: true };
const wish = {
  personId: 'pn_chen',
  person: chen,
  kind: 'high-voltage',
  number,
  validFrom: '2023-04-01',
  validUntil: '2026-03-31',
  zone: 'Asia/Shanghai',
};
const whose = { personId: 'pn_chen', kind: 'high-voltage' };
const START = '2023-03-31T16:00:00.000Z';
const END = '2026-03-31T16:00:00.000Z';
const BEFORE = '2026-03-01T00:00:00.000Z';
const AFTER = '2026-05-01T00:00:00.000Z';

const issued: CertificateEvent = {
  type: 'CertificateIssued',
  data: { ...whose, number, zone: 'Asia/Shanghai', validFrom: START, validUntil: END },
};
const renewed = (validFrom: string, validUntil: string): CertificateEvent => ({
  type: 'CertificateRenewed',
  data: { ...whose, validFrom, validUntil },
});
const revoked = (from: string): CertificateEvent => ({ type: 'CertificateRevoked', data: { ...whose, from, reason: '复审不合格' } });
const issue = (more: object = {}) => scheduler('IssueCertificate', { ...wish, ...more }, BEFORE);
const renew = (validUntil: string, at: string, validFrom: string | null = null) =>
  scheduler('RenewCertificate', { validFrom, validUntil }, at);
const revoke = (from: string | null, at = BEFORE) => scheduler('RevokeCertificate', { from, reason: '复审不合格' }, at);

/** Does it count then, after all that? */
function valid(at: string, ...history: readonly CertificateEvent[]): boolean {
  const state = fold(certificate, history);
  return state.status === 'issued' && validAt(state, at);
}

describe('ST-02 a certificate has a validity', () => {
  it('given first and last day, then it counts from midnight before the one until midnight after the other, and nobody need say so', () => {
    given().when(issue()).then(issued);
    expect(valid('2023-03-31T15:59:59.999Z', issued)).toBe(false);
    expect(valid(START, issued)).toBe(true);
    expect(valid('2026-03-31T15:59:59.999Z', issued)).toBe(true);
    expect(valid(END, issued)).toBe(false);
  });

  it('given another zone, then midnight is its midnight, also on the day clocks change', () =>
    given()
      .when(issue({ zone: 'Europe/Berlin', validUntil: '2026-03-29' }))
      .then({
        type: 'CertificateIssued',
        data: { ...whose, number, zone: 'Europe/Berlin', validFrom: '2023-03-31T22:00:00.000Z', validUntil: '2026-03-29T22:00:00.000Z' },
      }));

  it('given one day, then it counts that day', () =>
    given()
      .when(issue({ validFrom: '2026-03-31' }))
      .then({ ...issued, data: { ...issued.data, validFrom: '2026-03-30T16:00:00.000Z' } } as CertificateEvent));

  it.each([
    [{ person: null }, 'UNKNOWN_PERSON', 'input.personId'],
    [{ person: { ...chen, employed: false } }, 'LEFT', 'input.personId'],
    [{ zone: 'Asia/Nowhere' }, 'INVALID_ZONE', 'input.zone'],
    [{ validFrom: '2026-02-30' }, 'INVALID_DATE', 'input.validFrom'],
    [{ validUntil: '31.03.2026' }, 'INVALID_DATE', 'input.validUntil'],
    [{ validUntil: '2023-03-31' }, 'ENDS_BEFORE_IT_STARTS', 'input.validUntil'],
  ])('given %j, then it is refused as %s', (more, code, field) => given().when(issue(more)).thenRejected(code, field));

  it('given it exists, then it is not issued again; given it does not, then nothing can be done with it', () => {
    given(issued).when(issue()).thenRejected('ALREADY_ISSUED', 'idempotencyKey');
    given().when(renew('2029-03-31', BEFORE)).thenRejected('UNKNOWN_CERTIFICATE', 'input.id');
    given().when(revoke(null)).thenRejected('UNKNOWN_CERTIFICATE', 'input.id');
  });
});

describe('ST-02 a certificate is renewed', () => {
  const LATER = '2029-03-31T16:00:00.000Z';

  it('given it still counts, then it goes on without a break', () => {
    const longer = renewed(START, LATER);
    given(issued).when(renew('2029-03-31', BEFORE)).then(longer);
    given(issued)
      .when(renew('2029-03-31', BEFORE, '2026-04-01'))
      .then(longer);
    expect([START, END, '2029-03-31T15:59:59.999Z', LATER].map((at) => valid(at, issued, longer))).toEqual([true, true, true, false]);
  });

  it('given it has ended, then it counts from today, and not in between', () => {
    const again = renewed('2026-04-30T16:00:00.000Z', LATER);
    given(issued).when(renew('2029-03-31', AFTER)).then(again);
    expect([BEFORE, END, '2026-04-30T15:59:59.999Z', '2026-04-30T16:00:00.000Z'].map((at) => valid(at, issued, again))).toEqual([
      ...[true, false],
      ...[false, true],
    ]);
  });

  it('given it has ended, and what shows that it never did, then there is no break', () =>
    given(issued)
      .when(renew('2029-03-31', AFTER, '2026-04-01'))
      .then(renewed(START, LATER)));

  it('given it would not last longer, or leave a break ahead, or is upside down, then it is refused', () => {
    given(issued).when(renew('2026-03-31', BEFORE)).thenRejected('NOT_LONGER', 'input.validUntil');
    given(issued)
      .when(renew('2029-03-31', BEFORE, '2026-04-02'))
      .thenRejected('RENEWAL_LEAVES_GAP', 'input.validFrom');
    given(issued)
      .when(renew('2026-05-01', AFTER, '2026-05-02'))
      .thenRejected('ENDS_BEFORE_IT_STARTS', 'input.validUntil');
    given(issued).when(renew('2026-13-01', AFTER)).thenRejected('INVALID_DATE', 'input.validUntil');
    given(issued)
      .when(renew('2029-03-31', AFTER, 'soon'))
      .thenRejected('INVALID_DATE', 'input.validFrom');
  });
});

describe('ST-02 a certificate is revoked', () => {
  it('given an instant, be it past, then from then on it does not count', () => {
    const past = revoked('2025-12-31T16:00:00.000Z');
    given(issued).when(revoke('2025-12-31T16:00:00.000Z')).then(past);
    expect(['2025-12-31T15:59:59.999Z', '2025-12-31T16:00:00.000Z', BEFORE].map((at) => valid(at, issued, past))).toEqual([
      true,
      false,
      false,
    ]);
    given(issued).when(revoke(null)).then(revoked(BEFORE));
  });

  it('given it was, then only an earlier instant is news, and it is not renewed', () => {
    given(issued, revoked(BEFORE)).when(revoke(BEFORE, AFTER)).then();
    given(issued, revoked(BEFORE)).when(revoke(START, AFTER)).then(revoked(START));
    given(issued, revoked(BEFORE)).when(revoke(null, AFTER)).thenRejected('REVOKED', 'input.from');
    given(issued, revoked(BEFORE)).when(renew('2029-03-31', AFTER)).thenRejected('REVOKED', 'input.id');
  });
});
