import { personal } from '@hospital/kernel';
import {
  answers,
  connection,
  dateTime,
  entity,
  historyOf,
  id,
  mutation,
  type PageArguments,
  type RequestContext,
  text,
  type Tools,
} from '@hospital/service';
import { z } from 'zod';
import { certificate, validAt } from '../domain/certificate';
import { addDays, dateAt, HOME_ZONE } from '../domain/local-time';
import { coverageOf, worksAt } from '../domain/workforce';
import { type CertificateRow, certificates } from '../views/certificates';
import { people, type PersonRow } from '../views/people';
import { type ShiftRow, shifts } from '../views/shifts';
import { factsOf, instantOfArgument } from './facts';

const ofCertificate = ({ id: certificateId }: { id: string }): string => certificateId;
const one = z.object({ id });

export const certificateResolvers = (tools: Tools) => {
  const { context, journal, views } = tools;
  const { colleague, members } = factsOf(tools);
  const instantIn = (at: unknown, { asOf }: RequestContext): string => instantOfArgument('at', at) ?? asOf ?? journal.clock.now();

  /** By plan, or because their shift was started. */
  async function onShiftAt(at: string, present: readonly PersonRow[], request: RequestContext): Promise<ReadonlySet<string>> {
    const planned = await views.query(shifts.name, { where: { status: 'planned', from: { to: at }, until: { from: at } } }, request);
    const starting = await views.query(shifts.name, { where: { status: 'planned', from: at } }, request);
    const wentOff = new Map(present.map(({ id: personId, wentOffAt }) => [personId, wentOffAt]));
    return new Set([
      ...[...planned, ...starting]
        .map(({ row }) => row as ShiftRow)
        .filter((hours) => worksAt(at, hours, wentOff.get(hours.personId) ?? null))
        .map(({ personId }) => personId),
      ...present
        .filter(({ onShiftFrom: from, onShiftUntil: until }) => from !== null && until !== null && from <= at && at < until)
        .map((member) => member.id),
    ]);
  }

  return {
    Query: {
      certificate: (_: unknown, { id: certificateId }: { id: string }, request: RequestContext) =>
        entity(views, certificates, certificateId, request),
      certificates: (_: unknown, page: PageArguments, request: RequestContext) =>
        connection(views, certificates, page, { orderBy: 'VALID_UNTIL_ASC' }, request),
      async certificateCoverage(_: unknown, { kind, at: said }: { kind?: string | null; at?: unknown }, request: RequestContext) {
        const at = instantIn(said, request);
        const all = await members(request);
        const held = await views.query(certificates.name, kind ? { where: { kind } } : {}, request);
        const holders = held.map(({ row }) => row as CertificateRow).filter((row) => validAt(row, at));
        const onShift = await onShiftAt(at, all, request);
        return { kind: kind ?? null, at, ...coverageOf(all, new Set(holders.map(({ personId }) => personId)), onShift) };
      },
    },

    Mutation: {
      issueCertificate: mutation(context, journal, {
        aggregate: certificate,
        view: certificates,
        input: z.object({
          ...{ personId: id, kind: text(100), number: text(100) },
          ...{ validFrom: text(10), validUntil: text(10), zone: text(61).nullish() },
        }),
        of: { makes: 'ce' },
        to: async ({ personId, number, zone, ...rest }) => ({
          type: 'IssueCertificate',
          data: {
            ...{ ...rest, personId, number: personal(personId, number), zone: zone ?? HOME_ZONE },
            person: await colleague(personId),
          },
        }),
      }),

      renewCertificate: mutation(context, journal, {
        aggregate: certificate,
        view: certificates,
        input: one.extend({ validFrom: text(10).nullish(), validUntil: text(10) }),
        of: ofCertificate,
        to: ({ validFrom, validUntil }) => ({ type: 'RenewCertificate', data: { validFrom: validFrom ?? null, validUntil } }),
      }),

      revokeCertificate: mutation(context, journal, {
        aggregate: certificate,
        view: certificates,
        input: one.extend({ from: dateTime.nullish(), reason: text(500) }),
        of: ofCertificate,
        to: ({ from, reason }) => ({ type: 'RevokeCertificate', data: { from: from ?? null, reason } }),
      }),
    },

    CertificateAnswer: answers('Certificate'),

    Certificate: {
      __resolveReference: ({ id: certificateId }: { id: string }, request: RequestContext) =>
        entity(views, certificates, certificateId, request),
      person: ({ personId }: CertificateRow, _: unknown, request: RequestContext) => entity(views, people, personId, request),
      number: ({ number }: CertificateRow) => journal.vault.open(number),
      firstDay: ({ validFrom, zone }: CertificateRow) => dateAt(validFrom, zone),
      lastDay: ({ validUntil, zone }: CertificateRow) => addDays(dateAt(validUntil, zone), -1),
      valid: (row: CertificateRow, { at }: { at?: unknown }, request: RequestContext) => validAt(row, instantIn(at, request)),
      ...historyOf(journal, certificate.category),
    },

    Person: {
      async certificates({ id: personId }: { id: string }, { validAt: said }: { validAt?: unknown }, request: RequestContext) {
        const at = instantOfArgument('validAt', said);
        const order = { column: 'validUntil', descending: true };
        const found = await views.query(certificates.name, { where: { personId }, orderBy: order }, request);
        return found.map(({ row }) => row as CertificateRow).filter((row) => at === undefined || validAt(row, at));
      },
    },
  };
};
