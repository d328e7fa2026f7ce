import { Metadata, type StatusObject } from '@grpc/grpc-js';
import {
  AllStreamPosition,
  MaximumAppendSizeExceeded,
  StreamDeleted,
  StreamIdentifier,
  UUID,
  WrongExpectedVersion,
} from '@eventstore/db-client/generated/shared_pb';
import { AppendResp, type BatchAppendReq, BatchAppendResp, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import type { Draft, Entry, Expected, Outcome, Place } from './log';

/** The server's messages, as recorded, from what the log says. */

export const MAX_APPEND = 1_048_576;
/** Over this the server ends the call that carried it. */
export const MAX_MESSAGE = 17 * 1024 * 1024;

export const nameOf = (id: StreamIdentifier | undefined): string => Buffer.from(id?.getStreamName_asU8() ?? []).toString();
export const identifier = (stream: string): StreamIdentifier => new StreamIdentifier().setStreamName(Buffer.from(stream));

/** A gRPC status, with the trailers by which the client tells its errors apart. */
export const failed = (code: number, details: string, trailers: Record<string, string> = {}): StatusObject => {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return { code, details, metadata };
};
export const streamDeleted = (stream: string): StatusObject =>
  failed(9, `Event stream '${stream}' is deleted.`, { exception: 'stream-deleted', 'stream-name': stream });
export const accessDenied = (): StatusObject => failed(7, 'Access Denied', { exception: 'access-denied' });
export const requiresLeader = ({ metadata }: { readonly metadata: Metadata }): boolean => metadata.get('requires-leader').includes('true');

export const notLeader = (port: number): StatusObject =>
  failed(5, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': '127.0.0.1',
    'leader-endpoint-port': String(port),
  });

export const notReady = (): StatusObject => failed(14, 'Server Is Not Ready');
export const tooSlow = (): StatusObject =>
  failed(10, 'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.');

export const recorded = (entry: Entry): ReadResp => {
  const position = String(entry.position);
  const event = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new UUID().setString(entry.id))
    .setStreamIdentifier(identifier(entry.stream))
    .setStreamRevision(entry.revision)
    .setPreparePosition(position)
    .setCommitPosition(position)
    .setCustomMetadata(entry.metadata)
    .setData(entry.data);
  event.getMetadataMap().set('content-type', entry.contentType).set('created', entry.created).set('type', entry.type);
  return new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(event).setCommitPosition(position));
};
export const confirmation = (): ReadResp =>
  new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID()));
export const checkpoint = ({ commit, prepare }: Place): ReadResp =>
  new ReadResp().setCheckpoint(new ReadResp.Checkpoint().setCommitPosition(String(commit)).setPreparePosition(String(prepare)));
export const caughtUp = (): ReadResp => new ReadResp().setCaughtUp(new ReadResp.CaughtUp());
export const fellBehind = (): ReadResp => new ReadResp().setFellBehind(new ReadResp.FellBehind());
export const streamNotFound = (stream: string): ReadResp =>
  new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identifier(stream)));

interface Message {
  getId(): UUID | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getData_asU8(): Uint8Array;
  getCustomMetadata_asU8(): Uint8Array;
}
export const draftOf = (message: Message): Draft => ({
  id: message.getId()?.getString() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
});

interface Asked {
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists?(): boolean;
}
export const expectedOf = (options: Asked, revision: string): Expected =>
  options.hasNoStream() ? 'no stream' : options.hasAny() ? 'any' : options.hasStreamExists?.() ? 'stream exists' : Number(revision);

/** What an append or a message of it lacks, in the server's words. */
export function malformed(stream: string, drafts: readonly Draft[]): string | undefined {
  if (stream === '') return "Value cannot be null. (Parameter 'value')";
  if (drafts.some(({ id }) => !/^[0-9a-f-]{36}$/i.test(id))) return 'Unrecognized Guid format.';
  if (drafts.some(({ type }) => type === '')) return "Empty eventType provided. (Parameter 'eventType')";
  return undefined;
}

const answerTo = (request: BatchAppendReq, stream: string): BatchAppendResp =>
  new BatchAppendResp().setCorrelationId(request.getCorrelationId()).setStreamIdentifier(identifier(stream));

const error = (
  request: BatchAppendReq,
  stream: string,
  code: number,
  message: string,
  type: string,
  value: Uint8Array,
): BatchAppendResp => {
  const details = new Any();
  details.pack(value, type);
  return answerTo(request, stream).setError(new Status().setCode(code).setMessage(message).setDetails(details));
};

export const batch = {
  timeout: (request: BatchAppendReq, stream: string): BatchAppendResp =>
    error(request, stream, 4, 'Timeout', 'event_store.client.Timeout', new Uint8Array()),
  notReady: (request: BatchAppendReq, stream: string): BatchAppendResp =>
    error(request, stream, 14, 'Server Is Not Ready', 'google.protobuf.Empty', new Uint8Array()),
  denied: (request: BatchAppendReq, stream: string): BatchAppendResp =>
    error(request, stream, 7, 'AccessDenied', 'event_store.client.AccessDenied', new Uint8Array()),
  malformed: (request: BatchAppendReq, stream: string, reason: string): BatchAppendResp =>
    error(
      request,
      stream,
      3,
      'BadRequest',
      'event_store.client.BadRequest',
      Buffer.concat([Buffer.from([0x0a, reason.length]), Buffer.from(reason)]),
    ),
  tooLarge: (request: BatchAppendReq, stream: string): BatchAppendResp =>
    error(
      request,
      stream,
      3,
      'MaximumAppendSizeExceeded',
      'event_store.client.MaximumAppendSizeExceeded',
      new MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND).serializeBinary(),
    ),
  outcome(request: BatchAppendReq, stream: string, expected: Expected, outcome: Outcome): BatchAppendResp {
    if (outcome.kind === 'deleted') {
      const value = new StreamDeleted().setStreamIdentifier(identifier(stream)).serializeBinary();
      return error(request, stream, 5, 'StreamDeleted', 'event_store.client.StreamDeleted', value);
    }
    if (outcome.kind === 'wrong revision') {
      const wrong = new WrongExpectedVersion();
      if (outcome.current < 0) wrong.setCurrentNoStream(new Empty());
      else wrong.setCurrentStreamRevision(String(outcome.current));
      if (expected === 'any') wrong.setExpectedAny(new Empty());
      else if (expected === 'no stream') wrong.setExpectedNoStream(new Empty());
      else if (expected === 'stream exists') wrong.setExpectedStreamExists(new Empty());
      else wrong.setExpectedStreamPosition(String(expected));
      return error(request, stream, 6, 'WrongExpectedVersion', 'event_store.client.WrongExpectedVersion', wrong.serializeBinary());
    }
    const success = new BatchAppendResp.Success();
    if (outcome.empty === 'no stream') success.setNoStream(new Empty());
    else success.setCurrentRevision(String(outcome.revision));
    if (outcome.position === undefined) success.setNoPosition(new Empty());
    else {
      const position = String(outcome.position);
      success.setPosition(new AllStreamPosition().setCommitPosition(position).setPreparePosition(position));
    }
    return answerTo(request, stream).setSuccess(success);
  },
};

/** The same outcome on the single path; a deleted stream is a status there. */
export function singleAnswer(expected: Expected, outcome: Exclude<Outcome, { kind: 'deleted' }>): AppendResp {
  if (outcome.kind === 'wrong revision') {
    const wrong = new AppendResp.WrongExpectedVersion();
    if (outcome.current < 0) wrong.setCurrentNoStream(new Empty()).setNoStream2060(new Empty());
    else wrong.setCurrentRevision(String(outcome.current)).setCurrentRevision2060(outcome.current);
    if (expected === 'any') wrong.setExpectedAny(new Empty()).setAny2060(new Empty());
    else if (expected === 'no stream') wrong.setExpectedNoStream(new Empty());
    else if (expected === 'stream exists') wrong.setExpectedStreamExists(new Empty()).setStreamExists2060(new Empty());
    else wrong.setExpectedRevision(String(expected)).setExpectedRevision2060(expected);
    return new AppendResp().setWrongExpectedVersion(wrong);
  }
  const success = new AppendResp.Success().setCurrentRevision(String(outcome.revision));
  const position = String(outcome.position);
  if (outcome.position === undefined) success.setNoPosition(new Empty());
  else success.setPosition(new AppendResp.Position().setCommitPosition(position).setPreparePosition(position));
  return new AppendResp().setSuccess(success);
}
