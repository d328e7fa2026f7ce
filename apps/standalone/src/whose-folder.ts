import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BadSetting } from '@hospital/service';
import { hasHistory, keepText } from './kept-file';

/** What a folder of the demo holds, and no other: who its people are. */
export const demoData = (folder: string): string => join(folder, 'demo-data.json');

/** A data folder is a demo's from its beginning or never. @throws {BadSetting} */
export function claimForDemo(folder: string): void {
  if (existsSync(demoData(folder))) return;
  if (hasHistory(folder))
    throw new BadSetting(
      `DATA_DIR: ${folder} holds a history that is not a demo's, and a demo would write its people into it for good. ` +
        `Start it with NODE_ENV=production, AUTH_JWKS and its MASTER_KEY, or give the demo another DATA_DIR.`,
    );
  keepText(demoData(folder), '{}');
}

/** @throws {BadSetting} */
export function keepOutOfDemo(folder: string): void {
  if (existsSync(demoData(folder)))
    throw new BadSetting(
      `DATA_DIR: ${folder} is a demo's (demo-data.json), whose people and requests nobody can take out of it again. ` +
        `Give production another DATA_DIR; if this one is to go on all the same, remove demo-data.json.`,
    );
}
