import type { ServerWritableStream, StatusObject } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import type { Entry, Log, Place } from './log';
import * as wire from './wire';

/** `23.10` ends a slow live subscription, and skips an event when it resumes at a scavenged one; `24.10` does neither. */
export type Generation = '23.10' | '24.10';

/** Live events the server holds for one subscriber. */
const BUFFER = 32;
const DEFAULT_WINDOW = 32;

export interface Following {
  readonly wants: (entry: Entry) => boolean;
  readonly from: Place | 'start' | 'end';
  /** Only filtered subscriptions have checkpoints: every `window * interval` events looked at. */
  readonly filter?: { readonly window: number; readonly interval: number };
  /** Of a stream: not sent before there is one. */
  readonly exists?: () => boolean;
}

/** One catch-up subscription: what is written, then what comes, at the pace of the caller's flow control. */
export class Subscription {
  private readonly queue: Entry[] = [];
  private live = false;
  private overflown = false;
  private considered = 0;
  private wake = (): void => undefined;
  private place: Place;
  private skipNext: boolean;

  constructor(
    private readonly log: Log,
    private readonly generation: Generation,
    private readonly call: ServerWritableStream<ReadReq, ReadResp>,
    private readonly following: Following,
    private readonly ready: () => Promise<void>,
  ) {
    const { from } = following;
    this.place = typeof from === 'object' ? from : { commit: 0, prepare: 0 };
    this.skipNext = generation === '23.10' && typeof from === 'object' && from.commit === from.prepare && log.isScavenged(from.commit);
    call.on('cancelled', () => this.wake());
  }

  /** Tells of events just written. */
  offer(entries: readonly Entry[]): void {
    if (!this.live || this.overflown) return;
    this.queue.push(...entries);
    this.overflown = this.queue.length > BUFFER;
    this.wake();
  }

  async run(): Promise<StatusObject | undefined> {
    const { from, filter, exists } = this.following;
    await this.send(wire.confirmation());
    if (filter?.interval === 1 && from === 'start') await this.send(wire.checkpoint({ commit: 0, prepare: 0 }));
    if (from === 'end') this.live = true;
    while (!this.call.cancelled) {
      const last = await this.catchUp();
      if (filter && last) await this.send(wire.checkpoint({ commit: last.position, prepare: last.position }));
      if (exists && !exists()) await this.next();
      if (!exists || this.queue.length === 0) await this.send(wire.caughtUp());
      const ended = await this.follow(exists !== undefined);
      if (ended) return ended;
    }
    return undefined;
  }

  /** Page by page up to the end of the log; turns live in the same breath. Returns the last event looked at. */
  private async catchUp(): Promise<Entry | undefined> {
    const { wants, filter } = this.following;
    const window = filter?.window ?? DEFAULT_WINDOW;
    let last: Entry | undefined;
    for (let pages = 1; !this.live && !this.call.cancelled; pages += 1) {
      await this.ready();
      const page: Entry[] = [];
      for (const entry of this.log.all(this.place)) {
        if (page.push(entry) === window) break;
      }
      this.live = page.length < window;
      const start = this.following.from;
      for (const entry of page) {
        last = entry;
        this.place = { commit: entry.next, prepare: 0 };
        const isStart = typeof start === 'object' && start.commit === entry.position && start.prepare === entry.position;
        if (isStart || !wants(entry)) continue;
        if (this.skipNext) this.skipNext = false;
        else await this.send(wire.recorded(entry));
      }
      if (filter && !this.live && pages % filter.interval === 0) await this.send(wire.checkpoint(this.place));
    }
    return last;
  }

  private async follow(ofStream: boolean): Promise<StatusObject | undefined> {
    const { wants, filter } = this.following;
    let isFirst = ofStream && this.queue.length > 0;
    for (;;) {
      await this.next();
      await this.ready();
      if (this.call.cancelled) return undefined;
      if (this.overflown) {
        this.queue.length = 0;
        this.overflown = false;
        if (this.generation === '23.10') return wire.tooSlow();
        this.live = false;
        await this.send(wire.fellBehind());
        return undefined;
      }
      const entry = this.queue.shift()!;
      this.place = { commit: entry.next, prepare: 0 };
      this.considered += 1;
      if (wants(entry)) {
        await this.send(wire.recorded(entry));
        if (isFirst) await this.send(wire.caughtUp());
        isFirst = false;
        if (ofStream && entry.type === '$streamDeleted') return wire.streamDeleted(entry.stream);
      }
      if (filter && this.considered % (filter.window * filter.interval) === 0)
        await this.send(wire.checkpoint({ commit: entry.position, prepare: entry.position }));
    }
  }

  private async next(): Promise<void> {
    while (this.queue.length === 0 && !this.overflown && !this.call.cancelled) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  private async send(message: ReadResp): Promise<void> {
    if (!this.call.cancelled && !this.call.write(message)) await flowing(this.call);
  }
}

/** Waits until the caller takes more, or has gone. */
export const flowing = (call: ServerWritableStream<ReadReq, ReadResp>): Promise<void> =>
  new Promise((resolve) => {
    const go = (): void => {
      call.off('drain', go).off('cancelled', go).off('close', go);
      resolve();
    };
    call.once('drain', go).once('cancelled', go).once('close', go);
  });
