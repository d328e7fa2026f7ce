import { createHash } from 'node:crypto';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** JSON text with keys in code-unit order and `undefined` members left out (RFC 8785): equal values have equal texts. */
export function canonicalText(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) text += `${text && ','}${canonicalText(item)}`;
    return `[${text}]`;
  }
  const source = value as JsonObject;
  for (const key of Object.keys(source).sort()) {
    const member = source[key];
    if (member !== undefined) text += `${text && ','}${quoted(key)}:${canonicalText(member)}`;
  }
  return `{${text}}`;
}

/** Most texts need no escape, and finding that out costs less than `JSON.stringify`; this is called for every event written. */
const quoted = (text: string): string => (/[^ !#-[\]-\ud7ff]/.test(text) ? JSON.stringify(text) : `"${text}"`);

export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
