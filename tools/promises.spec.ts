import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicEvent, publicEvents } from '@hospital/contracts';
import { type History, type JsonObject, type Recorded, upcast } from '@hospital/kernel';
import { contexts, root } from './house-plan';
import { DIVIDED } from './journeys/forms';

const attributes = {
  id: '00000000-0000-4000-8000-000000000001',
  subject: 'x-1',
  time: '2026-03-01T03:12:00.000Z',
  recordedat: '2026-03-01T03:12:00.000Z',
  correlationid: '00000000-0000-4000-8000-000000000002',
  causationid: '00000000-0000-4000-8000-000000000003',
};
const PREFIX: Readonly<Record<string, string>> = { workorders: 'wo', staffing: 'pn', assets: 'as', inventory: 'it', energy: 'mt' };
/** Of the context's other aggregates, by how the names of their events begin. */
const OTHERS: Readonly<Record<string, string>> = { Certificate: 'ce', Shift: 'sh' };
const prefixOf = (name: string, type: string): string =>
  Object.entries(OTHERS).find(([beginning]) => type.startsWith(beginning))?.[1] ?? PREFIX[name]!;

describe.each(contexts.map(({ name }) => name))('given the kept events of %s', (name) => {
  const samples = JSON.parse(readFileSync(join(root, `apps/${name}/src/history/samples.json`), 'utf8')) as readonly {
    type: string;
    schemaVersion: number;
    data: JsonObject;
  }[];
  const { history } = jest.requireActual(join(root, `apps/${name}/src/history`)) as { history: History };
  const { tells } = jest.requireActual(join(root, `apps/${name}/src/integration/tells`)) as {
    tells: (event: Recorded) => { type: string; data: JsonObject } | undefined;
  };

  it('when they are told, then every promised public event is told, as promised, and nothing sealed leaves', () => {
    const told = samples.flatMap(({ type, schemaVersion, data }) => {
      const kept = { type, data, stream: `x-${prefixOf(name, type)}_1`, metadata: { schemaVersion } } as unknown as Recorded;
      return tells(upcast(history, kept)) ?? [];
    });
    for (const { type, data } of told) expect(publicEvent(name, type, data, attributes).data).toEqual(data);
    expect([...new Set(told.map(({ type }) => type))].sort()).toEqual(Object.keys(publicEvents[name as keyof typeof publicEvents]).sort());
    expect(JSON.stringify(told)).not.toContain('sealed');
  });
});

describe('given what the build server runs', () => {
  it('when journeys are picked by their title, then there are such', () => {
    const picked = /jest tools\/journeys -t '([^']+)'/.exec(readFileSync(join(root, '.ci/run'), 'utf8'))?.[1];
    expect(picked).toBe(DIVIDED);
  });
});
