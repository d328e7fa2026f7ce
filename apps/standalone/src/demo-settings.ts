import { readSettings } from '@hospital/service';
import { z } from 'zod';
import type { Beginning } from './hospital/seed';

const shape = z.object({
  /** With what an empty data folder begins. */
  DEMO: z.enum(['hospital', 'small', 'empty']).default('hospital'),
  /** Minutes between two requests of the live simulator; 0: nothing moves by itself. */
  DEMO_PACE: z.coerce.number().min(0).max(1_440).default(5),
});

/** What the demo is to be, from the environment and `--empty`. @throws {BadSetting} */
export function demoFrom(
  environment: Readonly<Record<string, string | undefined>>,
  words: readonly string[],
): { readonly beginning: Beginning; readonly paceMinutes: number } {
  const { DEMO, DEMO_PACE } = readSettings(shape, words.includes('--empty') ? { ...environment, DEMO: 'empty' } : environment);
  return { beginning: DEMO, paceMinutes: DEMO_PACE };
}
