import { DAY, plus } from '@hospital/kernel';
import { KNOWN } from './hospital/fixture';

/** One mutation; what it answers with when it is not refused. */
export interface Step {
  readonly context: string;
  readonly mutation: string;
  readonly entity: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly key: string;
}

/** Sends a step; answers the entity's id. @throws {Refused} */
export type Send = (step: Step) => Promise<string>;

export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const BUILDINGS = ['门诊楼 Outpatient building', '住院楼 Inpatient building', '医技楼 Diagnostics building'];
const CATEGORIES: readonly (readonly [name: string, nameEn: string, trade: string])[] = [
  ['电气', 'Electrical', 'electrician'],
  ['给排水', 'Plumbing', 'plumber'],
  ['空调', 'Air conditioning', 'hvac-technician'],
  ['电梯', 'Lift', 'lift-mechanic'],
  ['保洁', 'Cleaning', 'cleaner'],
];
/** How long the people of the demo stay on shift; each start gives those who are off another. */
const SHIFT = 7 * DAY;

/** What a data folder remembers of the last time. */
export interface StartingData {
  readonly people: readonly StartingPerson[];
  /** When the shifts end. */
  readonly until: string;
}

export interface StartingPerson {
  readonly id: string;
  readonly name: string;
  readonly trade: string;
  /** Of a hospital with a history: who begins a shift when the one before has ended. */
  readonly onShift?: boolean;
}

/** Gives those of a hospital with a history their next shift. */
export async function sendShifts(send: Send, people: readonly StartingPerson[], now: string): Promise<StartingData> {
  const until = plus(now, SHIFT);
  await Promise.all(people.filter(({ onShift }) => onShift).map(({ id }) => send(shiftOf(id, now, until)).catch(unlessOnShift)));
  return { people, until };
}

const shiftOf = (id: string, now: string, until: string): Step => ({
  ...{ context: 'staffing', mutation: 'startShift', entity: 'Person', input: { id, until }, key: `demo/shift/${now}` },
});

/** What the demo begins with, through the same mutations everybody uses; sent again it changes nothing. */
export async function sendStartingData(send: Send, now: string): Promise<StartingData> {
  const until = plus(now, SHIFT);
  const person = async ([name, trade, onShift]: (typeof KNOWN)[number]): Promise<StartingPerson> => {
    const id = await send({
      context: 'staffing',
      mutation: 'registerPerson',
      entity: 'Person',
      input: { name, trade },
      key: `demo/person/${name}`,
    });
    if (onShift) await send(shiftOf(id, now, until)).catch(unlessOnShift);
    return { id, name, trade };
  };
  const building = (name: string) =>
    send({
      context: 'assets',
      mutation: 'registerAsset',
      entity: 'Asset',
      input: { name, kind: 'building' },
      key: `demo/building/${name}`,
    });
  const category = ([name, nameEn, trade]: (typeof CATEGORIES)[number]) =>
    send({
      context: 'workorders',
      mutation: 'defineFaultCategory',
      entity: 'FaultCategory',
      input: { name, nameEn, trade },
      key: `demo/category/${nameEn}`,
    });
  const gloves = { name: '医用手套 Medical gloves', unit: 'pair' };
  const meter = { name: '总电表 Main electricity meter', medium: 'ELECTRICITY', unit: 'kWh' };
  // At once: what waits together is committed together.
  const [people] = await Promise.all([
    Promise.all(KNOWN.map(person)),
    ...BUILDINGS.map(building),
    ...CATEGORIES.map(category),
    send({ context: 'inventory', mutation: 'registerItem', entity: 'Item', input: gloves, key: 'demo/item/gloves' }),
    send({ context: 'energy', mutation: 'registerMeter', entity: 'Meter', input: meter, key: 'demo/meter/main' }),
  ]);
  return { people, until };
}

const unlessOnShift = (error: unknown): void => {
  if (!(error instanceof Refused && error.code === 'ON_SHIFT')) throw error;
};
