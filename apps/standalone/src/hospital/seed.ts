import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openEngines } from '@hospital/engines';
import { type Bus, HOUR, instant, type Instant } from '@hospital/kernel';
import { logger, type Settings } from '@hospital/service';
import { keepText } from '../kept-file';
import { demoData } from '../whose-folder';
import { play, type Played } from './year';

/** How much of the hospital's history there is. */
export interface Size {
  readonly months: number;
  readonly requestsPerMonth: number;
}

export interface Seeding extends Size {
  readonly seed: number;
  /** The hour that history ends with. */
  readonly end: Instant;
  readonly progress: (share: number) => void;
}

/** What the demo begins with: a hospital with a history, a little starting data, or nothing. */
export type Beginning = 'hospital' | 'small' | 'empty';

export const YEAR: Size = { months: 12, requestsPerMonth: 300 };
export const SEED = 2026;
const CONTEXTS = ['workorders', 'staffing', 'assets', 'inventory', 'energy'] as const;
const GROWING = 'seeding';
const DONE = 'done';

/** The hour that has just begun. */
export const hourOf = (at: number): Instant => instant(at - (at % HOUR));

/** Ends or undoes what a start that was killed left behind, so that nobody is ever served half a hospital. */
export function settleSeeding(folder: string): void {
  const growing = join(folder, GROWING);
  if (existsSync(join(growing, DONE))) moveInto(folder, growing);
  rmSync(growing, { recursive: true, force: true });
}

/**
 * Writes the hospital's history into an empty data folder. It grows in a folder of its own and is moved when it is whole: a start
 * that was killed in between begins anew, or goes on moving. A folder that holds any history is left as it is. Whoever calls owns the
 * folder by its bus.
 */
export async function seedHospital(settings: Settings, masterKey: Buffer, bus: Bus, seeding: Seeding): Promise<Played | undefined> {
  settleSeeding(settings.DATA_DIR);
  const growing = join(settings.DATA_DIR, GROWING);
  if (existsSync(join(settings.DATA_DIR, 'workorders.events.sqlite'))) return undefined;
  mkdirSync(growing, { recursive: true });
  const log = logger(settings, 'seeding');
  const at = { ...settings, DATA_DIR: growing };
  const opened = await Promise.all(CONTEXTS.map(async (name) => [name, await openEngines(name, at, log, bus)] as const));
  const engines = Object.fromEntries(opened) as Parameters<typeof play>[1];
  let played: Played;
  try {
    played = await play(seeding, engines, masterKey, settings.INSTANCE, log, seeding.progress);
  } finally {
    for (const [, { close }] of opened) await close();
  }
  const { people } = played;
  keepText(demoData(growing), JSON.stringify({ people, until: seeding.end }));
  keepText(join(growing, DONE), '');
  moveInto(settings.DATA_DIR, growing);
  return played;
}

/** What is whole already stays in its place; the mark goes last. */
function moveInto(folder: string, growing: string): void {
  for (const name of readdirSync(growing)) if (name !== DONE) renameSync(join(growing, name), join(folder, name));
  rmSync(join(growing, DONE));
  rmdirSync(growing);
}
