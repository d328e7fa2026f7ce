import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { item, type ItemEvent } from './item';

const admin = commandsBy({ id: 'pn_admin', kind: 'person', roles: ['administrator'] });
const T0 = '2026-03-01T00:00:00.000Z';
const data = { name: '医用手套 Medical gloves', unit: 'pair' };
const registered: ItemEvent = { type: 'ItemRegistered', data };
const { given } = rulesOf(item);

it('an item is registered once', () => {
  given()
    .when(admin('RegisterItem', data, T0))
    .then(registered);
  given(registered)
    .when(admin('RegisterItem', data, T0))
    .thenRejected('ALREADY_REGISTERED', 'idempotencyKey');
});
