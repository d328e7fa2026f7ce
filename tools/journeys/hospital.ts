import type { Role } from '@hospital/service';

/** News goes to web hooks also on this machine, signed with this. */
export const WEB_HOOKS = { NOTIFY_WEBHOOK_SECRET: 'a secret that only the journeys and the suite know', NOTIFY_ALLOWED_HOSTS: '127.0.0.1' };

/** A context that may fall silent while the others go on. */
export type Context = 'workorders' | 'staffing' | 'assets' | 'inventory' | 'energy';

/** The running suite as a journey meets it, in however many processes. */
export interface Hospital {
  /** Where the gateway is; another one after {@link restart}. */
  readonly url: string;
  token(subject: string, ...roles: readonly Role[]): Promise<string>;
  /** One that is good for two seconds. */
  passingToken(subject: string, ...roles: readonly Role[]): Promise<string>;
  /** By the clock that all contexts share. */
  now(): Promise<string>;
  /** Moves that clock ahead, by milliseconds. */
  advance(ms: number): Promise<void>;
  /** Everything ends, and starts again on what it had stored. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** One whose contexts are processes of their own. */
export interface DividedHospital extends Hospital {
  /** SIGKILL: no context may count on a farewell. */
  kill(context: Context): Promise<void>;
  /** Where it was before. */
  start(context: Context): Promise<void>;
}
