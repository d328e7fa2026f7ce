import { MINUTE } from '@hospital/kernel';
import { limited } from './intake-limits';

/** Counts what one identity asks. @throws {GraphQLError} RATE_LIMITED, status 429 */
export type AdmitIdentity = (subject: string) => void;

/** Beyond so many, whoever was silent longest starts anew. */
const REMEMBERED = 10_000;

/** A bucket of tokens per subject: a minute's worth at once, then as they come back. Counted in this process; 0: nothing is counted. */
export function identityRate(perMinute: number, now: () => number = Date.now): AdmitIdentity {
  const buckets = new Map<string, { left: number; at: number }>();
  if (perMinute === 0) return () => undefined;
  return (subject) => {
    const at = now();
    const known = buckets.get(subject) ?? { left: perMinute, at };
    const left = Math.min(perMinute, known.left + (Math.max(0, at - known.at) * perMinute) / MINUTE);
    buckets.delete(subject);
    if (buckets.size >= REMEMBERED) buckets.delete(buckets.keys().next().value!);
    buckets.set(subject, { left: left < 1 ? left : left - 1, at });
    if (left < 1) throw limited(Math.ceil(((1 - left) * MINUTE) / perMinute / 1_000), 'Too much at once');
  };
}
