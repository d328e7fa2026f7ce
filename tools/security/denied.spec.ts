import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpOf, start } from '@hospital/service';
import { surroundingsIn } from '@hospital/service/testing';
import { WorkordersModule } from '@hospital/workorders';

it('GW-05 given a context, when it refuses because of whose it is, then it tells the gateway, whatever the caller looks at', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'denied-'));
  const nest = await start(WorkordersModule, surroundingsIn(folder));
  const extensionsFor = async (whose: string) => {
    const query = `mutation { a: setContact(input: { recipientId: "${whose}", channel: LOG }, idempotencyKey: "k") { __typename } }`;
    const headers = { authorization: 'Bearer technician' };
    const response = await httpOf(nest).inject({ method: 'POST', url: '/graphql', headers, payload: { query } });
    return response.json<{ extensions: { denied?: unknown } }>().extensions;
  };
  try {
    expect((await extensionsFor('pn_2')).denied).toEqual([{ field: 'setContact', code: 'NOT_YOURS' }]);
    expect(Object.keys(await extensionsFor('pn_1'))).toEqual(['positions']);
  } finally {
    await nest.close();
    rmSync(folder, { recursive: true });
  }
});
