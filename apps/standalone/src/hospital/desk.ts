import { randomUUID } from 'node:crypto';

export type Row = Readonly<Record<string, any>>; // eslint-disable-line @typescript-eslint/no-explicit-any -- what was asked for comes back

/** A refusal that was not expected. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Somebody in front of the graph. */
export class Desk {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** @throws {Refusal} */
  async ask(query: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Row> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(10_000),
    });
    const { data, errors } = (await response.json()) as {
      data: Row | null;
      errors?: { message: string; extensions?: { code?: string } }[];
    };
    if (errors?.[0] || !data) throw new Refusal(errors?.[0]?.extensions?.code ?? 'ERROR', errors?.[0]?.message ?? 'no answer');
    return data;
  }

  /** One mutation; answers the fields asked for. @throws {Refusal} also when it is refused */
  async does(mutation: string, entity: string, input: object, fields = 'id', key: string = randomUUID()): Promise<Row> {
    const type = mutation === 'acceptWorkOrder' ? 'WorkOrderInput' : `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation ($input: ${type}!, $key: ID!) {
      answer: ${mutation}(input: $input, idempotencyKey: $key) { ... on ${entity} { ${fields} } ... on Rejection { code message } } }`;
    const answer = (await this.ask(query, { input, key }))['answer'] as Row;
    if (typeof answer['code'] === 'string' && 'message' in answer) throw new Refusal(answer['code'], `${mutation}: ${answer['message']}`);
    return answer;
  }
}
