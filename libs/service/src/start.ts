import 'reflect-metadata';
import { join } from 'node:path';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Bus, type Clock, ShiftableClock } from '@hospital/kernel';
import { type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { type Verify, verifier } from './auth';
import { BadSetting, type Settings, settingsFrom } from './config';
import { followedClock } from './followed-clock';
import { logger, nestLogger } from './log';
import { acceptJsonOnly, answerUnreadable, MAX_BODY_BYTES } from './http';

/** What a process gives each app in it. */
export interface Surroundings {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly verify: Verify;
  /** Wraps the keys of persons; every context needs it. */
  readonly masterKey?: Buffer | undefined;
  /** Shared by the apps of one process; absent: each opens its own. */
  readonly bus?: Bus;
}

/** Injection token of the {@link Surroundings}. */
export const SURROUNDINGS = Symbol('surroundings');

/**
 * An app made ready, without a port: its pieces run, `http` answers when told to listen. When it closes, whoever is being served is served
 * to the end, but no longer than the farewell (ms): one that never finishes its request would keep the process for ever.
 */
export async function start(app: Type | DynamicModule, surroundings: Surroundings, farewell = 10_000): Promise<NestFastifyApplication> {
  const root: DynamicModule = {
    module: class Root {},
    global: true,
    imports: [app],
    providers: [{ provide: SURROUNDINGS, useValue: surroundings }],
    exports: [SURROUNDINGS],
  };
  const nest = await NestFactory.create<NestFastifyApplication>(
    root,
    new FastifyAdapter({
      bodyLimit: MAX_BODY_BYTES,
      trustProxy: surroundings.settings.TRUSTED_PROXIES ?? false,
      forceCloseConnections: 'idle',
      requestTimeout: 30_000,
      clientErrorHandler: answerUnreadable,
      loggerInstance: surroundings.log,
      logController: new LogController({ disableRequestLogging: true }),
    }),
    { bodyParser: false, logger: nestLogger(surroundings.log), abortOnError: false },
  );
  const http = httpOf(nest);
  acceptJsonOnly(http);
  http.addHook('preClose', async () => {
    if (!http.server.listening) return;
    const late = setTimeout(() => {
      http.log.warn('connections that did not end were closed');
      http.server.closeAllConnections();
    }, farewell);
    http.server.once('close', () => clearTimeout(late));
  });
  return nest.init().catch(async (error: unknown) => {
    // What has been opened by then would be in use for the next attempt.
    await nest.close().catch(() => undefined);
    throw error;
  });
}

export const httpOf = (nest: NestFastifyApplication): FastifyInstance => nest.getHttpAdapter().getInstance() as unknown as FastifyInstance;

/** A process of its own for one app: settings from the environment, a port, a clean end on SIGTERM and SIGINT. */
export async function main(app: Type | DynamicModule, name: string, { hears = true } = {}): Promise<void> {
  try {
    const settings = settingsFrom(process.env);
    const log = logger(settings, name);
    // Only tests do without: it would hear nobody, and nobody it.
    if (hears && settings.NODE_ENV !== 'test' && !settings.KAFKA_BROKERS) throw new BadSetting('KAFKA_BROKERS: where do contexts meet?');
    if (!(settings.AUTH_JWKS ?? settings.SUPERGRAPH_FILE)) throw new BadSetting('AUTH_JWKS: where are the keys that sign tokens?');
    const nest = await start(app, {
      settings: { ...settings, DATA_DIR: join(settings.DATA_DIR, name) },
      clock: settings.DEMO_CLOCK_FILE === undefined ? new ShiftableClock() : followedClock(settings.DEMO_CLOCK_FILE),
      log,
      verify: await verifier(settings.AUTH_JWKS ?? { keys: [] }, settings, log),
      masterKey: settings.MASTER_KEY,
    });
    await nest.listen(settings.PORT, settings.HOST);
    log.info({ url: await nest.getUrl() }, 'ready');
    endOnSignal(() => nest.close());
  } catch (error) {
    process.stderr.write(`${error instanceof BadSetting ? error.message : String((error as Error).stack)}\n`);
    process.exit(1);
  }
}

/** One signal ends cleanly, a second at once. */
export function endOnSignal(close: () => Promise<void>): void {
  let ending = false;
  const end = (): void => {
    if (ending) process.exit(1);
    ending = true;
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGINT', end).on('SIGTERM', end);
}
