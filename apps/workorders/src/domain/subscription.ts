import { type Command, type Decider, type Personal, reject, type Rejection } from '@hospital/kernel';

/** How news reaches somebody. The suite's own list of it, the log, is always there; the others when the settings offer them. */
export type Channel = 'log' | 'e-mail' | 'web-hook';

export type SubscriptionCommand = Command<
  'SetContact',
  {
    /** An account, or all who hold a role ({@link groupOf}). */
    recipientId: string;
    channel: Channel;
    /** Whether this hospital has set that channel up. */
    offered: boolean;
    address: Personal | null;
    /** Types of events to hear of; null: all. */
    kinds: readonly string[] | null;
    /** Keep the list of news, send nothing. */
    quiet: boolean;
  }
>;

export type Contact = {
  readonly channel: Channel;
  readonly address: Personal | null;
  readonly kinds: readonly string[] | null;
  readonly quiet: boolean;
};
export type SubscriptionEvent = { type: 'ContactSet'; data: Contact };

/** How somebody is reached who never said how. */
export const DEFAULT_CONTACT: Contact = { channel: 'log', address: null, kinds: null, quiet: false };

/** The recipient that stands for all who hold a role. */
export const groupOf = (role: string): string => `role_${role}`;

const decide = ({ data, by }: SubscriptionCommand): readonly SubscriptionEvent[] | Rejection => {
  const { recipientId, offered, ...contact } = data;
  if (recipientId !== by.id && !by.roles.includes('administrator'))
    return reject('NOT_YOURS', 'Only an administrator says how somebody else is reached.', 'input.recipientId');
  if (!offered) return reject('CHANNEL_NOT_OFFERED', `The channel ${contact.channel} is not set up in this hospital.`, 'input.channel');
  const fault = faultOf(contact.channel, contact.address?.value);
  return fault ? reject('UNUSABLE_ADDRESS', fault, 'input.address') : [{ type: 'ContactSet', data: contact }];
};

/** One mailbox, nothing that could name a second one or a header. */
const MAILBOX = /^[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/;

function faultOf(channel: Channel, address: string | undefined): string | undefined {
  if (channel === 'log') return address === undefined ? undefined : 'The log needs no address.';
  if (address === undefined) return `The channel ${channel} needs an address.`;
  if (channel === 'e-mail') return MAILBOX.test(address) ? undefined : 'This is not an e-mail address.';
  return isPlainWebAddress(address) ? undefined : 'This is not an https address without name, password and fragment.';
}

function isPlainWebAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password, hash } = new URL(address);
  return (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) && username + password + hash === '';
}

/** As a URL writes the host. Nothing but this machine may be reached without TLS, and that only while developing. */
export const isLoopback = (hostname: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

/** How somebody wants to be reached, in their own words; each time they say so the whole of it. */
export const subscription: Decider<Contact, SubscriptionCommand, SubscriptionEvent> = {
  category: 'subscription',
  initial: DEFAULT_CONTACT,
  decide,
  evolve: (contact, { type, data }) => (type === 'ContactSet' ? data : contact),
};
