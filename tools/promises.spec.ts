import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicEvent, publicEvents } from '@hospital/contracts';
import type { JsonObject, Recorded } from '@hospital/kernel';
import { contexts, root } from './house-plan';

const attributes = {
  id: '00000000-0000-4000-8000-000000000001',
  subject: 'x-1',
  time: '2026-03-01T03:12:00.000Z',
  recordedat: '2026-03-01T03:12:00.000Z',
  correlationid: '00000000-0000-4000-8000-000000000002',
  causationid: '00000000-0000-4000-8000-000000000003',
};
const PREFIX: Readonly<Record<string, string>> = { workorders: 'wo', staffing: 'pn', assets: 'as', inventory: 'it', energy: 'mt' };

describe.each(contexts.map(({ name }) => name))('given the kept events of %s', (name) => {
  const samples = JSON.parse(readFileSync(join(root, `apps/${name}/src/history/samples.json`), 'utf8')) as readonly {
    type: string;
    data: JsonObject;
  }[];
  const { tells } = jest.requireActual(join(root, `apps/${name}/src/integration/tells`)) as {
    tells: (event: Recorded) => { type: string; data: JsonObject } | undefined;
  };

  it('when they are told, then every promised public event is told, as promised, and nothing sealed leaves', () => {
    const told = samples.flatMap(({ type, data }) => tells({ type, data, stream: `x-${PREFIX[name]}_1` } as unknown as Recorded) ?? []);
    for (const { type, data } of told) expect(publicEvent(name, type, data, attributes).data).toEqual(data);
    expect([...new Set(told.map(({ type }) => type))].sort()).toEqual(Object.keys(publicEvents[name as keyof typeof publicEvents]).sort());
    expect(JSON.stringify(told)).not.toContain('sealed');
  });
});
