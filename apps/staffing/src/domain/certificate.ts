import { type Command, type Decider, type Instant, type Personal, reject, type Rejection } from '@hospital/kernel';
import type { Colleague } from './colleague';
import { addDays, dateAt, isDate, isZone, midnight } from './local-time';

/** From the first instant of the first day to the first instant of the day after the last. */
export type Period = { readonly from: Instant; readonly until: Instant };

/** Nothing ever marks a certificate as expired: whether it counts is asked of an instant. */
export const validAt = (
  { periods, revokedFrom }: { readonly periods: readonly Period[]; readonly revokedFrom: Instant | null },
  at: Instant,
): boolean => (revokedFrom === null || at < revokedFrom) && periods.some(({ from, until }) => from <= at && at < until);

export type CertificateCommand =
  | Command<
      'IssueCertificate',
      {
        personId: string;
        person: Colleague | null;
        kind: string;
        number: Personal;
        /** First and last day, as printed on it. */
        validFrom: string;
        validUntil: string;
        zone: string;
      }
    >
  /** `validFrom` null: it goes on where it ends, or, when it has ended, today. */
  | Command<'RenewCertificate', { validFrom: string | null; validUntil: string }>
  /** `from` null: from now on. */
  | Command<'RevokeCertificate', { from: Instant | null; reason: string }>;

export type CertificateEvent =
  | {
      type: 'CertificateIssued';
      data: { personId: string; kind: string; number: Personal; zone: string; validFrom: Instant; validUntil: Instant };
    }
  /** The period told is the whole unbroken one. */
  | { type: 'CertificateRenewed'; data: { personId: string; kind: string; validFrom: Instant; validUntil: Instant } }
  | { type: 'CertificateRevoked'; data: { personId: string; kind: string; from: Instant; reason: string } };

export type Certificate =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'issued';
      readonly personId: string;
      readonly kind: string;
      readonly zone: string;
      readonly periods: readonly Period[];
      readonly revokedFrom: Instant | null;
    };

type Issuing = Extract<CertificateCommand, { type: 'IssueCertificate' }>['data'];

function issue({ person, validFrom, validUntil, ...rest }: Issuing): readonly CertificateEvent[] | Rejection {
  if (!person) return reject('UNKNOWN_PERSON', 'There is no such person.', 'input.personId');
  if (!person.employed) return reject('LEFT', 'This person has left.', 'input.personId');
  if (!isZone(rest.zone)) return reject('INVALID_ZONE', 'This is no IANA time zone.', 'input.zone');
  if (!isDate(validFrom)) return reject('INVALID_DATE', 'This is not a date that exists (yyyy-mm-dd).', 'input.validFrom');
  if (!isDate(validUntil)) return reject('INVALID_DATE', 'This is not a date that exists (yyyy-mm-dd).', 'input.validUntil');
  if (validUntil < validFrom) return reject('ENDS_BEFORE_IT_STARTS', 'Its last day is not before its first.', 'input.validUntil');
  return [{ type: 'CertificateIssued', data: { ...rest, ...period(validFrom, validUntil, rest.zone) } }];
}

const period = (first: string, last: string, zone: string) => ({
  validFrom: midnight(first, zone),
  validUntil: midnight(addDays(last, 1), zone),
});

function renew(
  { validFrom: first, validUntil: last }: { validFrom: string | null; validUntil: string },
  { personId, kind, zone, periods }: Extract<Certificate, { status: 'issued' }>,
  at: Instant,
): readonly CertificateEvent[] | Rejection {
  if (first !== null && !isDate(first)) return reject('INVALID_DATE', 'This is not a date that exists (yyyy-mm-dd).', 'input.validFrom');
  if (!isDate(last)) return reject('INVALID_DATE', 'This is not a date that exists (yyyy-mm-dd).', 'input.validUntil');
  const current = periods.at(-1)!;
  const today = dateAt(at, zone);
  const { validUntil } = period(last, last, zone);
  if (validUntil <= current.until) return reject('NOT_LONGER', `It is valid until ${current.until} already.`, 'input.validUntil');
  const begins = first === null ? (at <= current.until ? current.until : midnight(today, zone)) : midnight(first, zone);
  if (begins >= validUntil) return reject('ENDS_BEFORE_IT_STARTS', 'Its last day is not before its first.', 'input.validUntil');
  if (begins > current.until && at < current.until)
    return reject('RENEWAL_LEAVES_GAP', `It is valid until ${current.until}; renew it from then, or issue another.`, 'input.validFrom');
  const validFrom = begins <= current.until ? current.from : begins;
  return [{ type: 'CertificateRenewed', data: { personId, kind, validFrom, validUntil } }];
}

function decide(command: CertificateCommand, certificate: Certificate): readonly CertificateEvent[] | Rejection {
  if (command.type === 'IssueCertificate')
    return certificate.status === 'unknown' ? issue(command.data) : reject('ALREADY_ISSUED', 'This certificate exists.', 'idempotencyKey');
  if (certificate.status === 'unknown') return reject('UNKNOWN_CERTIFICATE', 'There is no such certificate.', 'input.id');
  const { personId, kind, revokedFrom } = certificate;
  switch (command.type) {
    case 'RenewCertificate':
      return revokedFrom === null
        ? renew(command.data, certificate, command.at)
        : reject('REVOKED', `It was revoked from ${revokedFrom}; issue another.`, 'input.id');
    case 'RevokeCertificate': {
      const from = command.data.from ?? command.at;
      if (revokedFrom === from) return [];
      if (revokedFrom !== null && revokedFrom < from) return reject('REVOKED', `It was revoked from ${revokedFrom}.`, 'input.from');
      return [{ type: 'CertificateRevoked', data: { personId, kind, from, reason: command.data.reason } }];
    }
  }
}

function evolve(certificate: Certificate, event: CertificateEvent): Certificate {
  if (event.type === 'CertificateIssued') {
    const { personId, kind, zone, validFrom: from, validUntil: until } = event.data;
    return { status: 'issued', personId, kind, zone, periods: [{ from, until }], revokedFrom: null };
  }
  if (certificate.status === 'unknown') return certificate;
  switch (event.type) {
    case 'CertificateRenewed':
      return { ...certificate, periods: [...certificate.periods, { from: event.data.validFrom, until: event.data.validUntil }] };
    case 'CertificateRevoked':
      return { ...certificate, revokedFrom: event.data.from };
  }
}

export const certificate: Decider<Certificate, CertificateCommand, CertificateEvent> = {
  category: 'certificate',
  initial: { status: 'unknown' },
  decide,
  evolve,
};
