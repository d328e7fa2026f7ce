import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Role, settingsFrom } from '@hospital/service';
import { demoIssuer } from '../../apps/standalone/src/demo-identity';
import { startSuite } from '../../apps/standalone/src/suite';
import { type Hospital, WEB_HOOKS } from './hospital';

/** All contexts and the gateway in this process, on the embedded engines, in a folder that is removed in the end. */
export async function oneProcess(folder = mkdtempSync(join(tmpdir(), 'hospital-'))): Promise<Hospital> {
  const settings = settingsFrom({ DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'silent', ...WEB_HOOKS });
  let suite = await startSuite(settings);
  const issuer = await demoIssuer(folder, settings.AUTH_ISSUER, settings.AUTH_AUDIENCE);
  return {
    get url() {
      return suite.url;
    },
    token: (subject: string, ...roles: readonly Role[]) => issuer.tokenFor(subject, roles),
    passingToken: (subject: string, ...roles: readonly Role[]) => issuer.tokenFor(subject, roles, '2s'),
    now: async () => suite.clock.now(),
    async advance(ms) {
      const response = await fetch(`${suite.url}/demo/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advance: `PT${ms / 1_000}S` }),
      });
      if (!response.ok) throw new Error(`the clock was not moved: ${await response.text()}`);
    },
    async restart() {
      await suite.close();
      suite = await startSuite(settings);
    },
    async close() {
      await suite.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
