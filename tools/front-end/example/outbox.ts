import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type Answer, type Client, newKey } from './client';

/** Refusals of the moment: the same wish may be sent again. */
const PASSING = new Set(['CONTEXT_UNAVAILABLE', 'STORE_UNAVAILABLE', 'RATE_LIMITED']);

export interface Wish<Input> {
  readonly key: string;
  readonly input: Input;
}

/**
 * Wishes of a device that may be without a network. Each gets its key when it is made, and keeps it: sent twice, it is done once. A
 * real one keeps `waiting` in IndexedDB or the like.
 */
export class Outbox<Data, Input> {
  private readonly waiting: Wish<Input>[] = [];

  constructor(
    private readonly client: Client,
    private readonly document: TypedDocumentNode<Data, { input: Input; key: string }>,
  ) {}

  put(input: Input): string {
    const key = newKey();
    this.waiting.push({ key, input });
    return key;
  }

  get size(): number {
    return this.waiting.length;
  }

  /** Sends in order what waits, as far as it can; a wish leaves once it has its answer, a refusal being one. */
  async send(): Promise<ReadonlyMap<string, Answer<Data>>> {
    const answers = new Map<string, Answer<Data>>();
    for (let wish = this.waiting[0]; wish; wish = this.waiting[0]) {
      const answer = await this.client.ask(this.document, { input: wish.input, key: wish.key }).catch(() => undefined);
      if (!answer || answer.errors.some(({ extensions: { code } }) => PASSING.has(code))) break;
      answers.set(wish.key, answer);
      this.waiting.shift();
    }
    return answers;
  }
}
