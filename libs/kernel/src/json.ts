import { createHash } from 'node:crypto';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** JSON text with keys in code-unit order and `undefined` members left out (RFC 8785): equal values have equal texts. */
export function canonicalText(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const source = value as JsonObject;
  const members = Object.keys(source)
    .filter((key) => source[key] !== undefined)
    .sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalText(source[key]!)}`).join(',')}}`;
}

/** A copy whose plain JSON text is canonical. */
export const canonical = <T extends Json>(value: T): T => JSON.parse(canonicalText(value)) as T;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
