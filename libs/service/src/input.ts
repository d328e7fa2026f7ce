import { instant, reject, type Rejection } from '@hospital/kernel';
import { z } from 'zod';

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/; // eslint-disable-line no-control-regex

/** Well-formed Unicode without control characters but line breaks and tabs: whatever is stored or looked for is such a text. */
export const legible = z
  .string()
  .refine((value) => value.isWellFormed(), 'is not well-formed Unicode')
  .refine((value) => !CONTROL.test(value), 'contains control characters');

/** Text a person typed: legible, trimmed. Lengths in UTF-16 units. */
export const text = (longest: number, shortest = 1) =>
  legible
    .transform((value) => value.trim())
    .pipe(
      z
        .string()
        .min(shortest, shortest === 1 ? 'must not be empty' : `must have at least ${shortest} characters`)
        .max(longest, `must have at most ${longest} characters`),
    );

const NO_INSTANT = 'is not an instant that exists (ISO 8601 with offset, e.g. 2026-03-01T08:00:00+08:00)';

/** An instant with an offset, on a date that exists; becomes UTC with milliseconds. Outside the years 1 to 9999 texts would no longer sort as the instants do. */
export const dateTime = z.iso
  .datetime({ offset: true, error: NO_INSTANT })
  .transform((value) => instant(Date.parse(value)))
  .refine((value) => /^(?!0000)\d{4}-/.test(value), NO_INSTANT);

/** Ids as this suite makes them. Anything else cannot exist and is refused as unknown by whoever looks it up. */
export const id = z.string().regex(/^[A-Za-z0-9_]{1,64}$/, 'is not an id');

export const idempotencyKey = text(200);

/** Checks input; the first thing wrong becomes a rejection that names its field. */
export function checked<T>(shape: z.ZodType<T>, value: unknown): { readonly value: T } | Rejection {
  const parsed = shape.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const { path, message } = parsed.error.issues[0]!;
  const field = path.join('.');
  return reject('INVALID_INPUT', `${field} ${message}.`, field);
}
