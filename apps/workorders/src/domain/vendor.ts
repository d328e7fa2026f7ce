import { type Command, type Decider, type Instant, type Personal, reject, type Rejection } from '@hospital/kernel';

/** What a maintenance firm owes us for a time. 维保协议 */
export type Agreement = {
  readonly trades: readonly string[];
  /** On site after it was called, in minutes. */
  readonly arrivalMinutes: number;
  /** The same when somebody is trapped in a lift. */
  readonly entrapmentMinutes: number;
  readonly from: Instant;
  /** Exclusive; null: until another one is agreed. */
  readonly until: Instant | null;
};

export type VendorCommand =
  | Command<'RegisterVendor', { name: string; contact: Personal | null; agreement: Agreement }>
  | Command<'AgreeVendorTerms', { agreement: Agreement }>
  | Command<'ReplaceVendorContact', { contact: Personal | null }>
  | Command<'ForgetVendorContact', Record<string, never>>;

export type VendorEvent =
  | { type: 'VendorRegistered'; data: { name: string; contact: Personal | null } }
  | { type: 'VendorTermsAgreed'; data: Agreement }
  | { type: 'VendorContactReplaced'; data: { contact: Personal | null } }
  | { type: 'VendorContactForgotten'; data: { subjects: readonly string[]; at: Instant } };

export type Vendor =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'registered';
      /** Whose contacts were told and not forgotten; each is sealed for itself, for the next one is another person. */
      readonly subjects: readonly string[];
    };

/** A week: longer than any firm is waited for. */
const LONGEST_MINUTES = 7 * 24 * 60;

/** The agreement in force at that instant; of several the one agreed last. */
export const agreementAt = (agreements: readonly Agreement[], at: Instant): Agreement | undefined =>
  agreements.findLast(({ from, until }) => from <= at && (until === null || at < until));

export const isMinutes = (minutes: number): boolean => Number.isInteger(minutes) && minutes >= 1 && minutes <= LONGEST_MINUTES;

function faultOf({ trades, arrivalMinutes, entrapmentMinutes, from, until }: Agreement): Rejection | undefined {
  if (trades.length === 0) return reject('NO_TRADES', 'A vendor serves at least one trade.', 'input.agreement.trades');
  for (const [field, minutes] of Object.entries({ arrivalMinutes, entrapmentMinutes }))
    if (!isMinutes(minutes))
      return reject('INVALID_MINUTES', `This takes 1 to ${LONGEST_MINUTES} whole minutes.`, `input.agreement.${field}`);
  if (until !== null && until <= from)
    return reject('ENDS_BEFORE_IT_STARTS', 'An agreement ends after it starts.', 'input.agreement.until');
  return undefined;
}

function decide(command: VendorCommand, vendor: Vendor): readonly VendorEvent[] | Rejection {
  if (command.type === 'RegisterVendor') {
    const { name, contact, agreement } = command.data;
    if (vendor.status !== 'unknown') return reject('ALREADY_REGISTERED', 'This vendor exists.', 'idempotencyKey');
    return (
      faultOf(agreement) ?? [
        { type: 'VendorRegistered', data: { name, contact } },
        { type: 'VendorTermsAgreed', data: agreement },
      ]
    );
  }
  if (vendor.status === 'unknown') return reject('UNKNOWN_VENDOR', 'There is no such vendor.', 'input.id');
  switch (command.type) {
    case 'AgreeVendorTerms':
      return faultOf(command.data.agreement) ?? [{ type: 'VendorTermsAgreed', data: command.data.agreement }];
    case 'ReplaceVendorContact':
      return [{ type: 'VendorContactReplaced', data: command.data }];
    case 'ForgetVendorContact':
      return vendor.subjects.length === 0 ? [] : [{ type: 'VendorContactForgotten', data: { subjects: vendor.subjects, at: command.at } }];
  }
}

const withContact = (subjects: readonly string[], contact: Personal | null): readonly string[] =>
  contact === null || subjects.includes(contact.personal) ? subjects : [...subjects, contact.personal];

function evolve(known: Vendor, event: VendorEvent): Vendor {
  if (event.type === 'VendorRegistered') return { status: 'registered', subjects: withContact([], event.data.contact) };
  if (known.status === 'unknown') return known;
  switch (event.type) {
    case 'VendorTermsAgreed':
      return known;
    case 'VendorContactReplaced':
      return { ...known, subjects: withContact(known.subjects, event.data.contact) };
    case 'VendorContactForgotten':
      return { ...known, subjects: [] };
  }
}

export const vendor: Decider<Vendor, VendorCommand, VendorEvent> = {
  category: 'vendor',
  initial: { status: 'unknown' },
  decide,
  evolve,
};
