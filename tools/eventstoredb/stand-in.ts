import { type AddressInfo, createServer, connect, type Server as TcpServer, type Socket } from 'node:net';
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
} from '@grpc/grpc-js';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import { UUID } from '@eventstore/db-client/generated/shared_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import {
  type AppendReq,
  type AppendResp,
  type BatchAppendReq,
  type BatchAppendResp,
  type DeleteReq,
  DeleteResp,
  type ReadReq,
  type ReadResp,
  type TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb';
import { type Draft, type Entry, Log, type Place } from './log';
import { flowing, type Generation, Subscription } from './subscription';
import * as wire from './wire';

export type { Generation } from './subscription';

/** How long a second write of ids in flight waits for the first before it is answered with a time-out. */
const COMMIT_TIMEOUT = 2_500;
/**
 * gRPC keeps one table of connections by address for the whole process. The system may give a port again as soon as it is free; a
 * new client there would be handed the connection of an earlier one, cut already, while that has yet to notice.
 */
const PORTS_GIVEN = new Set<number>();
/** As the server of the record told them; without `batchappend` the client would not use it. */
const METHODS = {
  'event_store.client.streams.streams': ['read', 'append', 'delete', 'tombstone', 'batchappend'],
  'event_store.client.gossip.gossip': ['read'],
  'event_store.client.server_features.serverfeatures': ['getsupportedmethods'],
};

type ReadCall = ServerWritableStream<ReadReq, ReadResp>;
type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;
type AppendCall = ServerReadableStream<AppendReq, AppendResp>;

export interface StandInOptions {
  readonly generation?: Generation;
  /** 0: a free one, and never the same twice in a process. */
  readonly port?: number;
  readonly host?: string;
  readonly commitTimeout?: number;
  /** Users are switched on: the one user there is, `hospital`, may read `$all` only when its ACL says so. */
  readonly guarded?: boolean;
}

/**
 * A server that answers the client as a real one was recorded to, message by message, with its faults at hand. It listens behind a
 * relay, on 127.0.0.1 unless told, so that connections can be cut, frozen and refused without the server's knowing.
 */
export class StandIn {
  readonly log: Log;
  /** What arrived, by method: `BatchAppend` counts appends, not calls. */
  readonly received: Record<string, number> = {};
  /** Milliseconds this server's clock is ahead. */
  clockAhead = 0;
  /** An election is going on. */
  electing = false;
  follower = false;
  /** Where a follower says the leader is; absent: it has become the leader by then. */
  leader: StandIn | undefined;

  private readonly server = new Server({ 'grpc.max_receive_message_length': 64 * 1024 * 1024 });
  private relay: TcpServer | undefined;
  private readonly sockets = new Set<Socket>();
  private frozen = false;
  private backend = 0;
  private port = 0;
  private readonly subscriptions = new Set<Subscription>();
  private readonly calls = new Set<ReadCall | BatchCall>();
  private gate: Promise<void> | undefined;
  private openGate: () => void = () => undefined;
  private held: (() => void)[] | undefined;
  private readonly inFlight = new Set<string>();

  private constructor(private readonly options: Required<StandInOptions>) {
    this.log = new Log((entries) => {
      for (const subscription of this.subscriptions) subscription.offer(entries);
    });
    this.server.addService(StreamsService, {
      read: (call: ReadCall) => void this.whileOpen(call, this.read(call)),
      append: (call: AppendCall, callback: sendUnaryData<AppendResp>) => void this.append(call, callback),
      batchAppend: (call: BatchCall) => void this.whileOpen(call, this.batchAppend(call)),
      delete: (call: ServerUnaryCall<DeleteReq, DeleteResp>, callback: sendUnaryData<DeleteResp>) =>
        void this.delete(call.request.getOptions()!, false, callback, (at) =>
          new DeleteResp().setPosition(new DeleteResp.Position().setCommitPosition(at).setPreparePosition(at)),
        ),
      tombstone: (call: ServerUnaryCall<TombstoneReq, TombstoneResp>, callback: sendUnaryData<TombstoneResp>) =>
        void this.delete(call.request.getOptions()!, true, callback, (at) =>
          new TombstoneResp().setPosition(new TombstoneResp.Position().setCommitPosition(at).setPreparePosition(at)),
        ),
    });
    this.server.addService(ServerFeaturesService, {
      getSupportedMethods: (_: unknown, callback: sendUnaryData<SupportedMethods>) =>
        void this.ready().then(() => callback(null, this.features())),
    });
    this.server.addService(GossipService, { read: (_: unknown, callback: sendUnaryData<ClusterInfo>) => callback(null, this.gossip()) });
  }

  static async start({
    generation = '23.10',
    port = 0,
    host = '127.0.0.1',
    commitTimeout = COMMIT_TIMEOUT,
    guarded = false,
  }: StandInOptions = {}): Promise<StandIn> {
    const standIn = new StandIn({ generation, port, host, commitTimeout, guarded });
    standIn.backend = await new Promise<number>((resolve, reject) =>
      standIn.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    standIn.port = port;
    await standIn.up();
    return standIn;
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.port}?tls=false`;
  }

  /** The same node, found by gossip. */
  get discoverUrl(): string {
    return `esdb+discover://127.0.0.1:${this.port}?tls=false&discoveryInterval=1&maxDiscoverAttempts=2`;
  }

  async stop(): Promise<void> {
    this.resume();
    await this.down();
    this.server.forceShutdown();
  }

  /** Accepts connections: where it did before, or at a port that no other had in this process. */
  async up(): Promise<void> {
    let given: number;
    do {
      this.relay?.close();
      this.relay = createServer((client) => this.carry(client));
      await new Promise<void>((resolve) => this.relay!.listen(this.port, this.options.host, resolve));
      given = (this.relay.address() as AddressInfo).port;
    } while (this.port === 0 && PORTS_GIVEN.has(given));
    PORTS_GIVEN.add(given);
    this.port = given;
  }

  /** Killed: every connection is cut and none accepted. What was written but not answered stays written. */
  async down(): Promise<void> {
    const closed = new Promise<unknown>((resolve) => (this.relay ? this.relay.close(resolve) : resolve(undefined)));
    this.drop();
    this.held = undefined;
    this.inFlight.clear();
    await closed;
    this.relay = undefined;
  }

  /** Cuts every connection; new ones are accepted. */
  drop(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Does nothing for anybody until {@link resume}, as a process that was stopped; connections stay alive. */
  pause(): void {
    this.gate ??= new Promise((resolve) => (this.openGate = resolve));
  }

  resume(): void {
    this.gate = undefined;
    this.openGate();
  }

  /** Not a byte passes, as on a network that loses everything, not even the answer to a ping. */
  freeze(frozen = true): void {
    this.frozen = frozen;
    for (const socket of this.sockets) {
      if (frozen) socket.pause();
      else socket.resume();
    }
  }

  /** Appends are written and not answered until {@link release}. */
  hold(): void {
    this.held ??= [];
  }

  get holding(): number {
    return this.held?.length ?? 0;
  }

  release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const answer of held) answer();
  }

  /** Stops in good order, which ends every open call without a status. */
  endCalls(): void {
    for (const call of this.calls) call.emit('error', wire.failed(13, 'Received RST_STREAM with code 0 (Call ended without gRPC status)'));
  }

  get subscribers(): number {
    return this.subscriptions.size;
  }

  private carry(client: Socket): void {
    const server = connect(this.backend, '127.0.0.1');
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          this.sockets.delete(socket);
          other.destroy();
        });
      socket.setNoDelay(true);
      socket.pipe(other);
      if (this.frozen) socket.pause();
    }
  }

  private async ready(): Promise<void> {
    await this.gate;
  }

  private count(method: string): void {
    this.received[method] = (this.received[method] ?? 0) + 1;
  }

  private async whileOpen<T extends ReadCall | BatchCall>(call: T, work: Promise<StatusObject | undefined>): Promise<void> {
    this.calls.add(call);
    const status = await work;
    this.calls.delete(call);
    if (status) call.emit('error', status);
    else call.end();
  }

  private async read(call: ReadCall): Promise<StatusObject | undefined> {
    this.count('Read');
    await this.ready();
    if (this.electing) return wire.notReady();
    // Recorded of appends only; reads name the leader in the same way.
    if (this.leader && wire.requiresLeader(call)) return wire.notLeader(this.leader.port);
    const options = call.request.getOptions()!;
    const backwards = options.getReadDirection() === 1;
    const count = Number(options.getCount());
    const stream = options.getStream();
    if (stream) {
      const name = wire.nameOf(stream.getStreamIdentifier());
      const from = stream.hasStart() ? 'start' : stream.hasEnd() ? 'end' : Number(stream.getRevision());
      return options.hasSubscription() ? this.followStream(call, name, from) : this.readStream(call, name, from, backwards, count);
    }
    if (!this.mayReadAll()) return wire.accessDenied();
    const all = options.getAll()!;
    const asked = all.getPosition();
    const place: Place | undefined = asked && { commit: Number(asked.getCommitPosition()), prepare: Number(asked.getPreparePosition()) };
    if (place && place.commit < place.prepare) return wire.failed(2, 'Exception was thrown by handler.');
    const from = place ?? (all.hasEnd() ? 'end' : 'start');
    if (options.hasSubscription()) {
      if (place && !this.log.isReadable(place)) return wire.failed(2, 'Exception was thrown by handler.');
      return this.followAll(call, from, options.getFilter());
    }
    if (count === 0 || (place && !this.log.isReadable(place))) return wire.failed(2, 'Unexpected ReadAllResult: Error');
    let sent = 0;
    for (const entry of this.log.all(from, backwards)) {
      if (call.cancelled || sent === count) break;
      if (!call.write(wire.recorded(entry))) await flowing(call);
      sent += 1;
    }
    return undefined;
  }

  private async readStream(
    call: ReadCall,
    name: string,
    from: number | 'start' | 'end',
    backwards: boolean,
    count: number,
  ): Promise<StatusObject | undefined> {
    if (count === 0) return wire.failed(2, 'Unexpected ReadStreamResult: Error');
    const found = this.log.readStream(name, from, backwards, count);
    if (found.kind === 'deleted') return wire.streamDeleted(name);
    if (found.kind === 'not found') call.write(wire.streamNotFound(name));
    else for (const entry of found.entries) if (!call.write(wire.recorded(entry))) await flowing(call);
    return undefined;
  }

  private followAll(
    call: ReadCall,
    from: Place | 'start' | 'end',
    filter: ReadReq.Options.FilterOptions | undefined,
  ): Promise<StatusObject | undefined> {
    const expression = filter?.getStreamIdentifier() ?? filter?.getEventType();
    const prefixes = expression?.getPrefixList() ?? [];
    const pattern = new RegExp(expression?.getRegex() ?? '');
    const text = (entry: Entry): string => (filter?.hasEventType() ? entry.type : entry.stream);
    const wants = (entry: Entry): boolean =>
      !filter || (prefixes.length > 0 ? prefixes.some((prefix) => text(entry).startsWith(prefix)) : pattern.test(text(entry)));
    const checkpoints = filter && { filter: { window: filter.getMax() || 32, interval: filter.getCheckpointintervalmultiplier() } };
    return this.serve(new Subscription(this.log, this.options.generation, call, { wants, from, ...checkpoints }, () => this.ready()));
  }

  private async followStream(call: ReadCall, name: string, from: number | 'start' | 'end'): Promise<StatusObject | undefined> {
    const found = this.log.readStream(name, 'start', false, Infinity);
    if (found.kind === 'deleted') return wire.streamDeleted(name);
    const start = typeof from === 'number' ? from : -1;
    const wants = ({ stream, revision }: Entry): boolean =>
      stream === name && Number(revision) > start && Number(revision) >= (this.log.metadataOf(name).$tb ?? 0);
    const exists = (): boolean => this.log.readStream(name, 'start', false, 1).kind === 'found';
    return this.serve(
      new Subscription(this.log, this.options.generation, call, { wants, from: from === 'end' ? 'end' : 'start', exists }, () =>
        this.ready(),
      ),
    );
  }

  private async serve(subscription: Subscription): Promise<StatusObject | undefined> {
    this.subscriptions.add(subscription);
    try {
      return await subscription.run();
    } finally {
      this.subscriptions.delete(subscription);
    }
  }

  private mayReadAll(): boolean {
    return (
      !this.options.guarded || [this.log.metadataOf('$all').$acl?.$r ?? []].flat().some((role) => role === 'hospital' || role === '$all')
    );
  }

  private batchAppend(call: BatchCall): Promise<StatusObject | undefined> {
    const parts = new Map<string, { request: BatchAppendReq; drafts: Draft[] }>();
    return new Promise((resolve) => {
      call.on('data', (request: BatchAppendReq) => {
        const correlation = request.getCorrelationId()!;
        const id = correlation.toString();
        const part = parts.get(id) ?? { request, drafts: [] };
        parts.set(id, part);
        part.drafts.push(...request.getProposedMessagesList().map(wire.draftOf));
        if (part.drafts.reduce((sum, { data }) => sum + data.length, 0) > wire.MAX_MESSAGE) {
          call.write(
            wire.batch.timeout(
              part.request.clone().setCorrelationId(structured(correlation)),
              wire.nameOf(part.request.getOptions()?.getStreamIdentifier()),
            ),
          );
          return resolve(wire.failed(8, 'Received message exceeds the maximum configured message size.'));
        }
        if (!request.getIsFinal()) return;
        parts.delete(id);
        this.count('BatchAppend');
        void this.ready().then(() => this.answer(call, part.request, part.drafts));
      });
      call.on('end', () => resolve(undefined)).on('cancelled', () => resolve(undefined));
    });
  }

  private answer(call: BatchCall, request: BatchAppendReq, drafts: readonly Draft[]): void {
    const options = request.getOptions()!;
    const stream = wire.nameOf(options.getStreamIdentifier());
    const expected = wire.expectedOf(options, options.getStreamPosition());
    const say = (response: BatchAppendResp): void => void (call.cancelled || call.destroyed || call.writableEnded || call.write(response));
    const left = options.getDeadline()!.toDate().getTime() - (Date.now() + this.clockAhead);
    if (this.electing) return say(wire.batch.notReady(request, stream));
    if (left <= 0) return say(wire.batch.timeout(request, stream));
    const reason = wire.malformed(stream, drafts);
    if (reason !== undefined) {
      say(wire.batch.malformed(request, stream, reason));
      // The server does not forget the append it has just refused, and answers it again.
      const again = (): void => {
        say(wire.batch.timeout(request, stream));
        this.count('second answer');
      };
      setTimeout(again, Math.min(left, 2 ** 31 - 1)).unref();
      return;
    }
    if (drafts.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0) > wire.MAX_APPEND)
      return say(wire.batch.tooLarge(request, stream));
    const key = `${stream} ${drafts[0]?.id}`;
    if (this.inFlight.has(key)) {
      setTimeout(() => say(wire.batch.timeout(request, stream)), this.options.commitTimeout).unref();
      return;
    }
    const outcome = this.log.append(stream, expected, drafts);
    const respond = (): void => {
      this.inFlight.delete(key);
      say(wire.batch.outcome(request, stream, expected, outcome));
    };
    if (!this.held) return respond();
    this.inFlight.add(key);
    this.held.push(respond);
  }

  private async append(call: AppendCall, callback: sendUnaryData<AppendResp>): Promise<void> {
    this.count('Append');
    let header: AppendReq.Options | undefined;
    const drafts: Draft[] = [];
    for await (const request of call) {
      header = request.getOptions() ?? header;
      const message = request.getProposedMessage();
      if (message) drafts.push(wire.draftOf(message));
    }
    await this.ready();
    if (this.electing) return callback(wire.notReady());
    if (this.follower && wire.requiresLeader(call)) return callback(wire.notLeader(this.port));
    const stream = wire.nameOf(header!.getStreamIdentifier());
    const expected = wire.expectedOf(header!, header!.getRevision());
    const outcome = this.log.append(stream, expected, drafts);
    if (outcome.kind === 'deleted') callback(wire.streamDeleted(stream));
    else callback(null, wire.singleAnswer(expected, outcome));
  }

  private async delete<T>(
    options: DeleteReq.Options | TombstoneReq.Options,
    forGood: boolean,
    callback: sendUnaryData<T>,
    answer: (position: string) => T,
  ): Promise<void> {
    this.count(forGood ? 'Tombstone' : 'Delete');
    await this.ready();
    if (this.electing) return callback(wire.notReady());
    const stream = wire.nameOf(options.getStreamIdentifier());
    const expected = wire.expectedOf(options, options.getRevision());
    const done = this.log.delete(stream, expected, forGood);
    if (done === 'deleted') return callback(wire.streamDeleted(stream));
    if ('position' in done) return callback(null, answer(String(done.position)));
    const asked = { any: -2, 'no stream': -1, 'stream exists': -4 }[expected] ?? expected;
    callback(
      wire.failed(
        9,
        `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${asked}, Actual version: ${done.current}`,
        {
          exception: 'wrong-expected-version',
          'stream-name': stream,
          'expected-version': String(asked),
          'actual-version': String(done.current),
        },
      ),
    );
  }

  private features(): SupportedMethods {
    const methods = Object.entries(METHODS).flatMap(([service, names]) =>
      names.map((name) => new SupportedMethod().setServiceName(service).setMethodName(name)),
    );
    return new SupportedMethods().setMethodsList(methods).setEventStoreServerVersion(`${this.options.generation}.6`);
  }

  private gossip(): ClusterInfo {
    const state = this.electing
      ? MemberInfo.VNodeState.UNKNOWN
      : this.follower
        ? MemberInfo.VNodeState.FOLLOWER
        : MemberInfo.VNodeState.LEADER;
    const endPoint = new EndPoint().setAddress('127.0.0.1').setPort(this.port);
    const id = new UUID().setString('00000000-0000-4000-8000-000000000001');
    return new ClusterInfo().setMembersList([
      new MemberInfo().setInstanceId(id).setTimeStamp('0').setState(state).setIsAlive(true).setHttpEndPoint(endPoint),
    ]) as ClusterInfo;
  }
}

/** The form of an id the server falls back to in a few errors. */
function structured(id: UUID): UUID {
  if (id.hasStructured()) return id;
  const digits = id.getString().replaceAll('-', '');
  const half = (from: number): string => String(BigInt.asIntN(64, BigInt(`0x${digits.slice(from, from + 16)}`)));
  return new UUID().setStructured(new UUID.Structured().setMostSignificantBits(half(0)).setLeastSignificantBits(half(16)));
}
