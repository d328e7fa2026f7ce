import { text } from '@hospital/service';
import { z } from 'zod';

/** Answers to the questions of a request form, each once. */
export const details = z
  .array(z.object({ key: text(50), value: text(500) }))
  .max(50, 'must have at most 50 entries')
  .superRefine((entries, context) => {
    const keys = entries.map(({ key }) => key);
    const twice = keys.find((key, n) => keys.indexOf(key) !== n);
    if (twice !== undefined) context.addIssue({ code: 'custom', path: [twice], message: 'is answered twice' });
  })
  .nullish()
  .transform((entries): Record<string, string> => Object.fromEntries((entries ?? []).map(({ key, value }) => [key, value])));
