import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { meter, type MeterEvent } from './meter';

const admin = commandsBy({ id: 'pn_admin', kind: 'person', roles: ['administrator'] });
const T0 = '2026-03-01T00:00:00.000Z';
const data = { name: '总电表 Main electricity meter', medium: 'electricity' as const, unit: 'kWh' };
const registered: MeterEvent = { type: 'MeterRegistered', data };
const { given } = rulesOf(meter);

it('a meter is registered once', () => {
  given()
    .when(admin('RegisterMeter', data, T0))
    .then(registered);
  given(registered)
    .when(admin('RegisterMeter', data, T0))
    .thenRejected('ALREADY_REGISTERED', 'idempotencyKey');
});
