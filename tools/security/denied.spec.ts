import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpOf, start } from '@hospital/service';
import { surroundingsIn, ThingsModule } from '@hospital/service/testing';

it('given a context, when it refuses because of who asks, then it tells the gateway, whatever the caller looks at', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'denied-'));
  const nest = await start(ThingsModule, surroundingsIn(folder));
  const extensionsFor = async (role: string) => {
    const query = 'mutation { a: makeThing(input: {}, idempotencyKey: "k") { __typename } }';
    const headers = { authorization: `Bearer ${role}` };
    const response = await httpOf(nest).inject({ method: 'POST', url: '/graphql', headers, payload: { query } });
    return response.json<{ extensions: { denied?: unknown } }>().extensions;
  };
  try {
    expect((await extensionsFor('technician')).denied).toEqual([{ field: 'makeThing', code: 'FORBIDDEN' }]);
    expect(Object.keys(await extensionsFor('dispatcher'))).toEqual(['positions']);
  } finally {
    await nest.close();
    rmSync(folder, { recursive: true });
  }
});
