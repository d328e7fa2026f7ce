import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser'];

/** The browser of this machine: CHROMIUM_PATH, or the first found in PATH. Nothing is downloaded. */
export function chromiumOf({ CHROMIUM_PATH, PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  const places = CHROMIUM_PATH ? [CHROMIUM_PATH] : PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return places.find((place) => existsSync(place));
}
