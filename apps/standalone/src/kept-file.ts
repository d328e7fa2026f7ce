import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BadSetting } from '@hospital/service';

/** Whether it is about something that is not there. */
const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** The text of a file, `undefined` when there is none. @throws {BadSetting} when there is one that cannot be read */
export function keptText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    const { code } = error as NodeJS.ErrnoException;
    throw new BadSetting(
      `${file} is there but cannot be read (${code}): nothing is written over it; give it to the user who starts the suite`,
    );
  }
}

/** Writes a file, for its owner only, whole or not at all, whatever ends the process. */
export function keepText(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}

/** Whether a data folder has a history, of events or of what was made of them. */
export function hasHistory(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => /\.(events|views)\.sqlite$/.test(name));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
