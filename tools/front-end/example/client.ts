import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

export interface Failure {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  /** Switch on `code`; `context` names the part of the hospital that did not answer. */
  readonly extensions: { readonly code: string; readonly field?: string; readonly context?: string; readonly retryable?: boolean };
}

export interface Answer<Data> {
  /** What could be answered; beside `errors` perhaps only a part. */
  readonly data: Data | null;
  readonly errors: readonly Failure[];
  /** How far each context had got: `x-wait-for` of a later query. */
  readonly positions: Readonly<Record<string, { readonly position: string | null }>>;
}

export interface Moment {
  /** The hospital as recorded at this instant; queries only. */
  readonly asOf?: string;
  /** Wait until the answer can see these positions. */
  readonly waitFor?: Answer<unknown>['positions'];
}

/** Asks the graph; documents carry the types of their variables and answers. */
export class Client {
  constructor(
    private readonly url: string,
    /** Asked for each time: tokens expire. */
    private readonly token: () => string,
  ) {}

  async ask<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    { asOf, waitFor }: Moment = {},
  ): Promise<Answer<Data>> {
    const positions = Object.entries(waitFor ?? {}).flatMap(([context, { position }]) => (position ? [`${context}=${position}`] : []));
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${this.token()}`,
        ...(asOf === undefined ? {} : { 'x-as-of': asOf }),
        ...(positions.length === 0 ? {} : { 'x-wait-for': positions.join(',') }),
      },
      body: JSON.stringify({ query: print(document), variables }),
    });
    const { data, errors, extensions } = (await response.json()) as Partial<Answer<Data>> & { extensions?: Partial<Answer<Data>> };
    return { data: data ?? null, errors: errors ?? [], positions: extensions?.positions ?? {} };
  }
}

/** A key for one wish: a UUIDv7, so that ids made of it sort by time. */
export function newKey(at = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = at.toString(16).padStart(12, '0') + [...bytes.subarray(6)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const variant = ((bytes[8]! & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
