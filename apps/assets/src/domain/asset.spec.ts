import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { asset, type AssetEvent } from './asset';

const admin = commandsBy({ id: 'pn_admin', kind: 'person', roles: ['administrator'] });
const T0 = '2026-03-01T00:00:00.000Z';
const data = { name: '住院楼 Inpatient building', kind: 'building' };
const registered: AssetEvent = { type: 'AssetRegistered', data };
const { given } = rulesOf(asset);

it('an asset is registered once', () => {
  given()
    .when(admin('RegisterAsset', data, T0))
    .then(registered);
  given(registered)
    .when(admin('RegisterAsset', data, T0))
    .thenRejected('ALREADY_REGISTERED', 'idempotencyKey');
});
