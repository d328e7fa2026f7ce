import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import type { Settings } from './config';

export const logger = ({ LOG_LEVEL }: Pick<Settings, 'LOG_LEVEL'>, name: string): Logger => pino({ level: LOG_LEVEL, name, base: null });

/** Nest tells at start what it wires; that is for debugging. */
export const nestLogger = (log: Logger): LoggerService => ({
  log: (message: unknown) => log.debug(String(message)),
  warn: (message: unknown) => log.warn(String(message)),
  error: (message: unknown, ...more: unknown[]) => log.error({ more }, String(message)),
  fatal: (message: unknown, ...more: unknown[]) => log.fatal({ more }, String(message)),
});
