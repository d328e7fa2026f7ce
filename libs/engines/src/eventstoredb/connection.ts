import { randomUUID } from 'node:crypto';
import type { CallOptions, ClientDuplexStream, Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { EventStoreDBClient } from '@eventstore/db-client';
import { StreamIdentifier, UUID, WrongExpectedVersion } from '@eventstore/db-client/generated/shared_pb';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import { BatchAppendReq, type BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Timestamp } from 'google-protobuf/google/protobuf/timestamp_pb';
import {
  type Appended,
  AppendTooLarge,
  InvalidAppend,
  NO_STREAM,
  OutcomeUnknown,
  ForeignPosition,
  StoreUnavailable,
  StreamErased,
  WrongRevision,
} from '@hospital/kernel';

/** The user of this connection may not do that. Nothing was written; an administrator has to act. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDenied';
}

/** An event as it goes over the wire: JSON texts. */
export type Encoded = Readonly<Record<'id' | 'type' | 'data' | 'metadata', string>>;

export const APPEND_LIMITS = {
  /** Milliseconds an append may wait for its turn, then for a connection, then for the answer. */
  deadline: 5_000,
  /**
   * How far, in milliseconds, this machine's clock may be behind the server's. The deadline travels as an instant of this
   * clock, and the server refuses at once what has expired by its own: so the instant sent lies this much later.
   */
  clockTolerance: 600_000,
  /** Appends sent and not yet answered; further ones wait for their turn. */
  inFlight: 96,
};
type AppendLimits = Readonly<typeof APPEND_LIMITS>;

/** What the client keeps protected: its connection, and the call arguments that carry the credentials. */
interface Inside {
  callArguments(base: object, call: CallOptions): [GrpcMetadata, CallOptions];
  GRPCStreamCreator<T>(service: typeof StreamsClient, name: string, create: (client: StreamsClient) => T): () => Promise<T>;
  handleError(client: unknown, error: Error): Promise<void>;
}

type Call = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;
interface AppendCall {
  readonly call: Call;
  readonly unanswered: Map<string, { resolve(answer: BatchAppendResp): void; reject(error: Error): void }>;
  ended: boolean;
}

/**
 * The client of one store, and its appends. These do not go through the client's own `appendToStream` but over the same batch call,
 * kept here. The client keeps one table of appends in flight for the whole process: an error of one append stream rejects the
 * appends of every other, and an answer that finds no entry in the table (a second one, or one on a stream that outlived a
 * reconnection) throws inside a listener and ends the process; so does an append that waits for the buffer to drain when its stream
 * breaks. Here each call has a table of its own, and an answer nobody waits for is dropped.
 */
export class Connection {
  readonly client: EventStoreDBClient;
  private appending: Promise<AppendCall> | undefined;
  private inFlight = 0;
  private readonly turns = new Set<() => void>();

  constructor(url: string) {
    this.client = connect(url);
  }

  /** @throws {StoreUnavailable} when it was certainly not sent @throws {OutcomeUnknown} when it was and no answer tells */
  async append(stream: string, expected: number, events: readonly Encoded[], limits: AppendLimits): Promise<Appended> {
    await this.takeTurn(limits);
    try {
      const opened = await within(limits.deadline, this.opened(), () => new StoreUnavailable(`no connection for an append to ${stream}`));
      const id = randomUUID();
      const answer = new Promise<BatchAppendResp>((resolve, reject) => opened.unanswered.set(id, { resolve, reject }));
      opened.call.write(requestOf(id, stream, expected, events, new Date(Date.now() + limits.deadline + limits.clockTolerance)));
      const late = (): Error => new OutcomeUnknown(`${stream}: no answer to an append within ${limits.deadline} ms`);
      return readAnswer(stream, expected, events, await within(limits.deadline, answer, late).finally(() => opened.unanswered.delete(id)));
    } finally {
      this.passTurn();
    }
  }

  private async takeTurn({ inFlight, deadline }: AppendLimits): Promise<void> {
    if (this.inFlight < inFlight) {
      this.inFlight += 1;
      return;
    }
    let turn = (): void => undefined;
    const passed = new Promise<void>((resolve) => this.turns.add((turn = resolve)));
    await within(deadline, passed, () => {
      this.turns.delete(turn);
      return new StoreUnavailable(`${inFlight} appends are unanswered`);
    });
  }

  private passTurn(): void {
    const [next] = this.turns;
    if (next === undefined) this.inFlight -= 1;
    else if (this.turns.delete(next)) next();
  }

  /** The call that carries appends, opened again when the last one ended. */
  private async opened(): Promise<AppendCall> {
    for (;;) {
      const opened = await (this.appending ??= this.openCall());
      if (!opened.ended) return opened;
    }
  }

  private async openCall(): Promise<AppendCall> {
    const inside = this.client as unknown as Inside;
    try {
      // Whether the server knows batch appends is not asked: the client would remember for ever that the question failed.
      const create = (client: StreamsClient): Call => client.batchAppend(...inside.callArguments({}, { deadline: Infinity }));
      const opened: AppendCall = {
        call: await inside.GRPCStreamCreator(StreamsClient, 'append', create)(),
        unanswered: new Map(),
        ended: false,
      };
      const retire = (): void => {
        if (!opened.ended) this.appending = undefined;
        opened.ended = true;
      };
      const end = (error?: Error): void => {
        retire();
        for (const { reject } of opened.unanswered.values()) reject(lost(error));
        opened.unanswered.clear();
      };
      opened.call.on('data', (answer: BatchAppendResp) => {
        opened.unanswered.get(textOf(answer.getCorrelationId()))?.resolve(answer);
        if (answer.getError()?.getMessage() !== 'Server Is Not Ready') return;
        // An election: the next append goes to whichever node the client has found by then. What is in flight is still answered here.
        retire();
        opened.call.end();
      });
      opened.call.on('error', end).on('end', end);
      return opened;
    } catch (error) {
      this.appending = undefined;
      throw failureOf(error);
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** 7: the user may not; 16: unknown user or wrong password. */
const isDenied = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as { type?: string }).type === 'access-denied' || [7, 16].includes((error as { code?: number }).code ?? 0));

/**
 * Why a call failed that wrote nothing. Everything but a refusal is a store that cannot be reached just now: a graceful stop, too,
 * arrives as an unknown error.
 */
export function failureOf(error: unknown): Error {
  if (error instanceof StoreUnavailable || error instanceof AccessDenied || error instanceof ForeignPosition) return error;
  if (isDenied(error))
    return new AccessDenied(
      `${messageOf(error)}; following events needs leave to read $all, which an administrator gives (npm run eventstoredb:allow)`,
    );
  return new StoreUnavailable(error === undefined ? 'the server ended the call' : messageOf(error), { cause: error });
}

const lost = (error: Error | undefined): Error =>
  isDenied(error)
    ? new AccessDenied(messageOf(error))
    : new OutcomeUnknown(`the append call ended: ${error?.message ?? 'by the server'}`, { cause: error });

function connect(url: string): EventStoreDBClient {
  const client = EventStoreDBClient.connectionString(url);
  // The client calls this without waiting for it; it rejects when a later discovery fails, which would end the process.
  const inside = client as unknown as Inside;
  const handleError = inside.handleError;
  inside.handleError = (...failed) => handleError(...failed).catch(() => undefined);
  return client;
}

function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout;
  const expired = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late()), ms)));
  return Promise.race([work, expired]).finally(() => clearTimeout(timer));
}

function requestOf(id: string, stream: string, expected: number, events: readonly Encoded[], deadline: Date): BatchAppendReq {
  const options = new BatchAppendReq.Options()
    .setStreamIdentifier(new StreamIdentifier().setStreamName(Buffer.from(stream)))
    .setDeadline(Timestamp.fromDate(deadline));
  if (expected === NO_STREAM) options.setNoStream(new Empty());
  else options.setStreamPosition(String(expected));
  const messages = events.map((event) => {
    const message = new BatchAppendReq.ProposedMessage()
      .setId(new UUID().setString(event.id))
      .setData(Buffer.from(event.data))
      .setCustomMetadata(Buffer.from(event.metadata));
    message.getMetadataMap().set('type', event.type).set('content-type', 'application/json');
    return message;
  });
  const correlation = new UUID().setString(id);
  return new BatchAppendReq().setCorrelationId(correlation).setOptions(options).setProposedMessagesList(messages).setIsFinal(true);
}

function readAnswer(stream: string, expected: number, events: readonly Encoded[], answer: BatchAppendResp): Appended {
  const success = answer.getSuccess();
  if (success) {
    const position = success.getPosition();
    // Said of events that were written before their stream was deleted: they are not there, and will not be written again.
    if (!position) throw new StreamErased(`${stream}: these events were deleted with their stream`);
    return { revision: Number(success.getCurrentRevision()), position: BigInt(position.getCommitPosition()) };
  }
  const error = answer.getError();
  const details = error?.getDetails();
  switch (details?.getTypeName()) {
    case 'event_store.client.WrongExpectedVersion': {
      const found = details.unpack(WrongExpectedVersion.deserializeBinary, 'event_store.client.WrongExpectedVersion');
      throw new WrongRevision(stream, expected, found?.hasCurrentStreamRevision() ? Number(found.getCurrentStreamRevision()) : NO_STREAM);
    }
    case 'event_store.client.MaximumAppendSizeExceeded':
      throw new AppendTooLarge(stream, bytesOf(events));
    case 'event_store.client.StreamDeleted':
      throw new StreamErased(`${stream} was erased`);
    case 'event_store.client.BadRequest':
      throw new InvalidAppend(`${stream}: the server found the append malformed`);
    case 'event_store.client.AccessDenied':
      throw new AccessDenied(`the user of this connection may not append to ${stream}`);
    default:
      // A time-out, an election, whatever a later server may say: the stream alone tells.
      throw new OutcomeUnknown(`${stream}: ${error?.getMessage() ?? 'an empty answer'}`);
  }
}

/** As the server counts them against its limit. */
export const bytesOf = (events: readonly Encoded[]): number =>
  events.reduce((sum, { data, metadata }) => sum + Buffer.byteLength(data) + Buffer.byteLength(metadata), 0);

/** The server answers in the form it was asked in, but for a few errors, where it falls back to two 64-bit halves. */
function textOf(id: UUID | undefined): string {
  const halves = id?.getStructured();
  if (!halves) return id?.getString() ?? '';
  const hex = [halves.getMostSignificantBits(), halves.getLeastSignificantBits()]
    .map((half) => BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, '0'))
    .join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
