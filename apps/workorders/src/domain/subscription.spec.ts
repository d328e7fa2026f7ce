import { personal } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { type Channel, groupOf, isLoopback, subscription, type SubscriptionCommand } from './subscription';

const T0 = '2026-03-01T00:00:00.000Z';
const wang = commandsBy({ id: 'pn_wang', kind: 'person', roles: ['clinician'] });
const administrator = commandsBy({ id: 'pn_admin', kind: 'person', roles: ['administrator'] });
const { given } = rulesOf(subscription);

const wish = (channel: Channel, address: string | null, more: Partial<SubscriptionCommand['data']> = {}): SubscriptionCommand['data'] => ({
  recipientId: 'pn_wang',
  channel,
  offered: true,
  address: address === null ? null : personal('pn_wang', address),
  kinds: null,
  quiet: false,
  ...more,
});

describe('how somebody is reached', () => {
  it('is set by themselves, again and again', () => {
    const contact = { channel: 'e-mail' as const, address: personal('pn_wang', 'wang@hospital.example'), kinds: null, quiet: false };
    given()
      .when(wang('SetContact', wish('e-mail', 'wang@hospital.example'), T0))
      .then({ type: 'ContactSet', data: contact });
    given({ type: 'ContactSet', data: contact })
      .when(wang('SetContact', wish('log', null, { kinds: ['WorkOrderCompleted'], quiet: true }), T0))
      .then({ type: 'ContactSet', data: { channel: 'log', address: null, kinds: ['WorkOrderCompleted'], quiet: true } });
  });

  it('is set for somebody else, or for all of a role, by an administrator only', () => {
    const group = wish('log', null, { recipientId: groupOf('dispatcher') });
    given()
      .when(wang('SetContact', group, T0))
      .thenRejected('NOT_YOURS', 'input.recipientId');
    given()
      .when(administrator('SetContact', group, T0))
      .then({ type: 'ContactSet', data: { channel: 'log', address: null, kinds: null, quiet: false } });
  });

  it('is refused by a channel that the hospital has not set up', () =>
    given()
      .when(wang('SetContact', wish('web-hook', 'https://wang.example/hook', { offered: false }), T0))
      .thenRejected('CHANNEL_NOT_OFFERED', 'input.channel'));

  it.each([
    ['log', 'wang@hospital.example'],
    ['e-mail', null],
    ['e-mail', 'wang'],
    ['e-mail', 'wang@hospital.example, li@hospital.example'],
    ['e-mail', 'wang@hospital.example\nBcc: li@hospital.example'],
    ['e-mail', '<wang@hospital.example>'],
    ['web-hook', null],
    ['web-hook', 'hospital.example'],
    ['web-hook', 'http://hospital.example/hook'],
    ['web-hook', 'http://10.0.0.1/hook'],
    ['web-hook', 'https://wang:secret@hospital.example/hook'],
    ['web-hook', 'https://hospital.example/hook#part'],
    ['web-hook', 'file:///etc/passwd'],
  ] as const)('is refused by the channel %s with the address %j', (channel, address) =>
    given()
      .when(wang('SetContact', wish(channel, address), T0))
      .thenRejected('UNUSABLE_ADDRESS', 'input.address'),
  );

  it.each(['https://hospital.example/hook?for=wang', 'https://10.0.0.1:8443/hook', 'http://127.0.0.1:8080/hook', 'http://[::1]/hook'])(
    'is accepted as the web hook %s',
    (address) => {
      const data = wish('web-hook', address);
      given()
        .when(wang('SetContact', data, T0))
        .then({ type: 'ContactSet', data: { channel: 'web-hook', address: data.address, kinds: null, quiet: false } });
    },
  );
});

it.each([
  ['http://localhost', true],
  ['http://127.8.9.1', true],
  ['http://2130706433', true],
  ['http://[0:0:0:0:0:0:0:1]', true],
  ['http://localhost.evil.example', false],
  ['http://127.0.0.1.evil.example', false],
  ['http://128.0.0.1', false],
])('%s is this machine: %s', (url, here) => expect(isLoopback(new URL(url).hostname)).toBe(here));
