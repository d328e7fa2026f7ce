import { code, idOf, label, promise } from './promise';

const meter = promise('meter', { meterId: idOf('mt', 'The meter 计量表') });

export const energy = {
  MeterRegistered: meter('A meter was entered in the register 计量表登记.', {
    name: label('As it is written on it'),
    medium: code('What it measures: electricity, water, gas, steam …'),
    unit: code('Of its readings: kWh, m3 …'),
  }),
} as const;
