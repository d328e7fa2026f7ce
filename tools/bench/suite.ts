import { join } from 'node:path';
import { DIST, type Server, startServer } from './programs';

/** The standalone suite with its starting data, on a port of its choice. */
export const startSuite = (data: string, more: Readonly<Record<string, string>> = {}): Promise<Server> =>
  startServer({
    file: join(DIST, 'standalone.js'),
    environment: { DATA_DIR: data, PORT: '0', LOG_LEVEL: 'warn', NODE_ENV: 'development', DEMO: 'small', DEMO_PACE: '0', ...more },
    ready: /^ *technician +\S+\n/m,
  });

/** The bearer token that the suite printed for a role. */
export function tokenOf({ said }: Server, role: string): string {
  const token = new RegExp(`^ *${role} +(\\S+)$`, 'm').exec(said)?.[1];
  if (token === undefined) throw new Error(`no token for ${role} in:\n${said}`);
  return `Bearer ${token}`;
}
