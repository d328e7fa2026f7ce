import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as turn } from 'node:timers/promises';
import { KeyVault, openBus, openEngines } from '@hospital/engines';
import { type Bus, type Event, handle, type History, millis, readStream, ShiftableClock } from '@hospital/kernel';
import { AT, commandsBy } from '@hospital/kernel/testing';
import { pino } from 'pino';
import type { Context } from '../context';
import { Health } from '../health';
import { thing, type ThingCommand } from './things';

export interface Opened extends Context {
  /** Stands still at {@link AT} until it is moved. */
  readonly clock: ShiftableClock;
  /** What was logged, as pino writes it. */
  readonly logged: readonly { readonly level: number; readonly msg: string; readonly [field: string]: unknown }[];
  close(): Promise<void>;
}

export const ERROR = 50;

/** A logger that keeps what it is told. */
export function listening() {
  const logged: Opened['logged'][number][] = [];
  return { logged, log: pino({ level: 'debug', base: null }, { write: (line: string) => void logged.push(JSON.parse(line) as never) }) };
}

export const standing = (): ShiftableClock => new ShiftableClock(0, () => millis(AT));

/** A context on real embedded engines in a folder, which can be opened again once it is closed. */
export async function open(folder: string, more: { bus?: Bus; history?: History } = {}): Promise<Opened> {
  const { log, logged } = listening();
  const clock = standing();
  const { views: rows, ...engines } = await openEngines('staffing', { DATA_DIR: folder }, log, more.bus);
  const vault = new KeyVault(engines.store, clock, Buffer.alloc(32, 7));
  return {
    name: 'staffing',
    categories: [thing.category],
    history: more.history ?? {},
    rows,
    ...engines,
    vault,
    clock,
    log,
    health: new Health(log),
    logged,
    instance: 'here',
  };
}

/** A folder of each test's own, with contexts that are closed after it. */
export function freshFolder() {
  const closing: { close(): Promise<void> }[] = [];
  /** Closed before the folder goes. */
  const keep = <T extends { close(): Promise<void> }>(one: T): T => {
    closing.push(one);
    return one;
  };
  const given = {
    folder: '',
    keep,
    open: async (more?: Parameters<typeof open>[1]) => keep(await open(given.folder, more)),
    bus: async (): Promise<Bus> => keep(await openBus({ DATA_DIR: given.folder }, 'spec', pino({ level: 'silent' }))),
  };
  beforeEach(() => {
    given.folder = mkdtempSync(join(tmpdir(), 'service-'));
  });
  afterEach(async () => {
    for (const one of closing.splice(0).reverse()) await one.close();
    rmSync(given.folder, { recursive: true });
  });
  return given;
}

const command = commandsBy({ id: 'pn_tester', kind: 'person', roles: [] });

/** Sends a thing a command. */
export const tell = async <T extends ThingCommand['type']>(
  context: Context,
  id: string,
  type: T,
  data: Extract<ThingCommand, { type: T }>['data'],
  more: Partial<ThingCommand> = {},
): Promise<void> => void (await handle(context, thing, id, command(type, data, AT, more as never) as ThingCommand));

export const eventsOf = async (context: Context, id: string): Promise<readonly Event[]> =>
  (await readStream(context, `thing-${id}`)).map(({ type, data }) => ({ type, data }));

/** Looks again and again, and answers what was found; what never comes true is ended by the test's own limit. */
export async function eventually<T>(look: () => T | Promise<T>, enough: (found: T) => boolean = Boolean): Promise<T> {
  for (;;) {
    const found = await look();
    if (enough(found)) return found;
    await turn(1);
  }
}

/** Runs a piece from its start to its end around some work. */
export async function running<T>(
  piece: { onApplicationBootstrap(): Promise<void> | void; beforeApplicationShutdown(): Promise<void> },
  work: () => Promise<T>,
): Promise<T> {
  await piece.onApplicationBootstrap();
  try {
    return await work();
  } finally {
    await piece.beforeApplicationShutdown();
  }
}
