import { createHash } from 'node:crypto';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Deep copy with keys in code-unit order and `undefined` members left out: its JSON text is canonical (RFC 8785). */
export function canonical<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map(canonical) as unknown as T;
  if (typeof value !== 'object' || value === null) return value;
  const source = value as JsonObject;
  const sorted: Record<string, Json> = {};
  for (const key of Object.keys(source).sort()) {
    const member = source[key];
    // A plain assignment to __proto__ would be lost.
    if (member !== undefined)
      Object.defineProperty(sorted, key, { value: canonical(member), enumerable: true, configurable: true, writable: true });
  }
  return sorted as unknown as T;
}

export const canonicalText = (value: Json): string => JSON.stringify(canonical(value));

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
