import { plus } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { asOfFrom, correlationIdFrom, requestContext, waitForFrom } from './request';
import { standing } from './testing/opened';

const codeOf = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return (error as { extensions: { code: string } }).extensions.code;
  }
};
const asOf = (header: string | null | undefined): unknown => codeOf(() => asOfFrom(header, standing()));

describe('given x-as-of', () => {
  it('when it is absent or empty, then today is meant', () =>
    expect([asOf(undefined), asOf(null), asOf('')]).toEqual([undefined, undefined, undefined]));

  it.each([
    [AT, AT],
    ['2026-03-01T12:12:00+08:00', AT],
  ])('when it is %s, then %s is meant', (header, instant) => expect(asOf(header)).toBe(instant));

  it.each(['yesterday', '2026-02-28T23:59Z', '2026-02-30T00:00:00Z', '2026-03-01', '2026-03-01T00:00:00', '0000-01-01T00:00:00+01:00'])(
    'when it is %s, then it is refused',
    (header) => expect(asOf(header)).toBe('INVALID_AS_OF'),
  );

  it.each([plus(AT, 1), '9999-12-31T23:59:59Z'])('when it is %s, then it lies in the future', (header) =>
    expect(asOf(header)).toBe('AS_OF_IN_FUTURE'),
  );

  it('when it only reaches the future by its offset, in a year that texts cannot hold, then it is refused as well', () =>
    expect(asOf('9999-12-31T23:59:59-14:00')).toBe('INVALID_AS_OF'));
});

describe('given x-wait-for', () => {
  const of = (header: string | null | undefined): unknown => codeOf(() => waitForFrom(header, 'staffing'));

  it('when it names several contexts, then each takes its own part', () => {
    expect([of('workorders=12, staffing=45'), of('workorders=12'), of(''), of(undefined)]).toEqual([45n, undefined, undefined, undefined]);
    expect(of(`staffing=${10n ** 19n}`)).toBe(10n ** 19n);
  });

  it.each(['staffing', 'staffing=', 'staffing=-1', 'staffing=1.5', 'staffing=1,', `staffing=${'9'.repeat(21)}`, 'STAFFING=1'])(
    'when it is %s, then it is refused',
    (header) => expect(of(header)).toBe('INVALID_POSITION'),
  );
});

describe('given a request', () => {
  it('when it carries a correlation id, then that goes on, in lower case; anything else is replaced', () => {
    expect(correlationIdFrom('00000000-0000-4000-8000-0000000000CA')).toBe('00000000-0000-4000-8000-0000000000ca');
    const made = [correlationIdFrom('<script>'), correlationIdFrom(undefined)];
    expect(made).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(made[0]).not.toBe(made[1]);
  });

  it('when all its headers are good, then they are what the operation travels with', async () => {
    const headers = new Map([
      ['authorization', 'Bearer x'],
      ['x-as-of', AT],
      ['x-wait-for', 'staffing=3'],
      ['x-correlation-id', '00000000-0000-4000-8000-0000000000ca'],
    ]);
    const identity = { id: 'pn_1', kind: 'person', roles: [] } as const;
    const verify = async (authorization: string | undefined) => (expect(authorization).toBe('Bearer x'), identity);
    expect(await requestContext(headers, 'staffing', verify, standing())).toEqual({
      identity,
      asOf: AT,
      waitFor: 3n,
      correlationId: '00000000-0000-4000-8000-0000000000ca',
    });
  });
});
