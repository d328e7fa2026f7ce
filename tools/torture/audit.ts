import { join } from 'node:path';
import { topic } from '@hospital/contracts';
import {
  type AnyView,
  canonicalText,
  categoryOf,
  type EventStore,
  foldRow,
  type History,
  idOf,
  type Instant,
  instant,
  type Json,
  type JsonObject,
  keysOfBatch,
  millis,
  type Recorded,
  upcast,
  type ViewStore,
} from '@hospital/kernel';
import type { Tells } from '@hospital/service';
import { history as assetsHistory } from '../../apps/assets/src/history';
import { tells as assetsTells } from '../../apps/assets/src/integration/tells';
import { assets } from '../../apps/assets/src/views/assets';
import { DemoClock } from '../../apps/standalone/src/demo-clock';
import { history as staffingHistory } from '../../apps/staffing/src/history';
import { tells as staffingTells } from '../../apps/staffing/src/integration/tells';
import { people } from '../../apps/staffing/src/views/people';
import { workorders } from '../../apps/workorders/src/app.module';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';
import { Sqlite } from '../../libs/engines/src/embedded/sqlite';
import { EmbeddedViewStore } from '../../libs/engines/src/embedded/view-store';
import { sentenceOf, verifyStored } from '../evidence/verify-stored';
import type { Chance } from './chance';
import { markOf, type Thing } from './load';

interface Audited {
  readonly name: string;
  readonly aggregates: readonly string[];
  readonly views: readonly AnyView[];
  readonly tells: Tells;
  readonly history: History;
}

const CONTEXTS: readonly Audited[] = [
  { name: 'staffing', aggregates: ['person'], views: [people], tells: staffingTells, history: staffingHistory },
  { name: 'assets', aggregates: ['asset'], views: [assets], tells: assetsTells, history: assetsHistory },
  {
    name: 'workorders',
    aggregates: workorders.aggregates.map(({ category }) => category),
    views: workorders.views,
    tells: workorders.tells,
    history: workorders.history,
  },
];

/** Instants of the past each view is asked for. */
const PAST_INSTANTS = 3;

/** What was found in the data folder of a victim that is dead. */
export interface Findings {
  /** Never to be seen, at whatever moment it died. */
  readonly faults: readonly string[];
  /** What the suite still has to do by itself; nothing of it may be left once it has lived long enough. */
  readonly undone: readonly string[];
  readonly events: number;
  readonly breaches: number;
}

/** Compares everything in the folder with what was asked for and acknowledged, and with itself. */
export async function audit(folder: string, things: readonly Thing[], chance: Chance): Promise<Findings> {
  const faults: string[] = [];
  const undone: string[] = [];
  const streams = new Map<string, readonly Recorded[]>();
  let events = 0;
  for (const context of CONTEXTS) {
    const file = join(folder, `${context.name}.events.sqlite`);
    const store = new EmbeddedEventStore(file);
    const rows = new EmbeddedViewStore(join(folder, `${context.name}.views.sqlite`));
    try {
      const log = await logOf(store, context);
      events += log.length;
      for (const [stream, own] of byStream(log)) streams.set(stream, own);
      faults.push(...repetitions(context.name, log), ...(await parkedLetters(store)));
      for (const view of context.views) {
        const found = await auditView(view, rows, log, chance);
        faults.push(...found.faults);
        undone.push(...found.undone);
      }
      const told = toldBy(context, log, messagesIn(folder));
      faults.push(...told.faults);
      undone.push(...told.undone);
    } finally {
      await Promise.all([store.close(), rows.close()]);
    }
    faults.push(...(await brokenStreams(file)));
  }
  faults.push(...wishes(things, streams));
  const now = new DemoClock(folder).now();
  const responses = auditResponses(streams, now);
  const heard = auditHeard(streams);
  return {
    faults: [...faults, ...responses.faults, ...heard.faults],
    undone: [...undone, ...responses.undone, ...heard.undone],
    events,
    breaches: responses.breaches,
  };
}

// --- streams ---------------------------------------------------------------------------------------------------------------

async function logOf(store: EventStore, { aggregates, history }: Audited): Promise<readonly Recorded[]> {
  const log: Recorded[] = [];
  for await (const { events } of store.readAll({ categories: aggregates })) log.push(...events.map((event) => upcast(history, event)));
  return log;
}

const byStream = (log: readonly Recorded[]): Map<string, Recorded[]> => {
  const streams = new Map<string, Recorded[]>();
  for (const event of log) streams.set(event.stream, [...(streams.get(event.stream) ?? []), event]);
  return streams;
};

const brokenStreams = async (file: string): Promise<readonly string[]> => (await verifyStored(file)).breaks.map(sentenceOf);

/** One event twice, or one command in two places. */
function repetitions(context: string, log: readonly Recorded[]): readonly string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  const last = new Map<string, Recorded>();
  for (const event of log) {
    if (ids.has(event.id)) faults.push(`${context}: event ${event.id} is there twice`);
    ids.add(event.id);
    const before = last.get(event.metadata.commandId);
    if (before && (before.stream !== event.stream || before.revision !== event.revision - 1))
      faults.push(
        `${context}: command ${event.metadata.commandId} led to ${before.stream}@${before.revision} and ${event.stream}@${event.revision}`,
      );
    last.set(event.metadata.commandId, event);
  }
  return faults;
}

/** Nothing that is told here is beyond hearing. */
async function parkedLetters(store: EventStore): Promise<readonly string[]> {
  return (await store.head(['parking'])) === undefined ? [] : ['a message was parked'];
}

/** Every acknowledged wish is in its stream once, in order; the one without an answer is there as a whole or not at all. */
function wishes(things: readonly Thing[], streams: ReadonlyMap<string, readonly Recorded[]>): readonly string[] {
  const asked = new Set(things.map(({ category }) => category));
  const open = new Map<string, string>();
  for (const [stream, events] of streams)
    if (asked.has(categoryOf(stream))) {
      const marks = events.flatMap(({ type, data }) => markOf(type, data) ?? []);
      open.set(stream, marks.join('\n'));
    }
  const faults: string[] = [];
  for (const { category, id, acknowledged, asked: unanswered } of things) {
    if (id === undefined) continue;
    const stream = `${category}-${id}`;
    const found = open.get(stream);
    open.delete(stream);
    const possible = [acknowledged, [...acknowledged, ...unanswered]].map((marks) => marks.join('\n'));
    if (found === undefined) faults.push(`${stream} was acknowledged and is not there`);
    else if (!possible.includes(found)) faults.push(`${stream} should be\n${possible[0]}\nand is\n${found}`);
  }
  for (const { category, id, asked: unanswered } of things) {
    if (id !== undefined || unanswered.length === 0) continue;
    const wanted = unanswered.join('\n');
    const found = [...open].find(([stream, marks]) => categoryOf(stream) === category && marks === wanted);
    if (found) open.delete(found[0]);
  }
  for (const [stream, marks] of open) faults.push(`${stream} is there once too often, or nobody asked for it: ${marks}`);
  return faults;
}

// --- what the suite does by itself -----------------------------------------------------------------------------------------

interface Round {
  readonly dueAt: Instant;
  breached: boolean;
}

/** Each dispatch is overdue once when it was not accepted in time, with the instant it was due, and never otherwise. */
function auditResponses(streams: ReadonlyMap<string, readonly Recorded[]>, now: Instant) {
  const faults: string[] = [];
  const undone: string[] = [];
  let breaches = 0;
  for (const [stream, events] of streams) {
    if (categoryOf(stream) !== 'workOrder') continue;
    let round: Round | undefined;
    let dispatched = true;
    let overdue = new Set<Json>();
    const acceptedBy = (commandId: string): boolean =>
      events.some(({ type, metadata }) => type === 'WorkOrderAccepted' && metadata.commandId === commandId);
    for (const { type, data, metadata, revision } of events) {
      const fault = (what: string): void => void faults.push(`${stream}@${revision}: ${what}`);
      if (type === 'WorkOrderReported' || type === 'WorkOrderReopened') {
        dispatched = false;
        overdue = new Set();
      } else if (type === 'WorkOrderDispatched') {
        if (dispatched) fault('dispatched twice');
        dispatched = true;
        round = { dueAt: String(data['responseDueAt']), breached: false };
      } else if (type === 'WorkOrderResponseBreached') {
        breaches += 1;
        if (!round || round.breached) fault('overdue twice');
        else if (data['dueAt'] !== round.dueAt) fault(`overdue at ${String(data['dueAt'])}, was due at ${round.dueAt}`);
        else if (metadata.recordedAt < round.dueAt) fault('overdue before it was due');
        // Noted by whoever accepts too late, it happens when that does.
        else if (metadata.occurredAt !== round.dueAt && !acceptedBy(metadata.commandId))
          fault(`overdue as of ${metadata.occurredAt}, was due at ${round.dueAt}`);
        if (round) round.breached = true;
      } else if (type === 'WorkOrderAccepted') {
        // At the very instant it is due, either is right.
        const inTime = round !== undefined && metadata.occurredAt < round.dueAt;
        const late = round !== undefined && metadata.occurredAt > round.dueAt;
        if (inTime && round?.breached) fault('accepted in time and overdue');
        if (late && !round?.breached) fault('accepted late and not overdue');
        round = undefined;
      } else if (type === 'WorkOrderLimitPassed') {
        if (overdue.has(data['clock']!)) fault(`${String(data['clock'])} is overdue twice`);
        if (metadata.recordedAt < String(data['dueAt'])) fault('overdue before it was due');
        overdue.add(data['clock']!);
      }
    }
    if (!dispatched) undone.push(`${stream} waits to be dispatched`);
    if (round && !round.breached && round.dueAt <= now) undone.push(`${stream} was due at ${round.dueAt}`);
  }
  return { faults, undone, breaches };
}

/** What another context learns of an event. */
const LEARNT: Readonly<Record<string, (data: JsonObject) => readonly [type: string, data: JsonObject]>> = {
  PersonRegistered: ({ trade, trades }) => ['TechnicianLearned', { trade, trades }],
  PersonShiftStarted: ({ from, until }) => ['TechnicianShiftStarted', { zones: [], from, until }],
  PersonShiftEnded: ({ at }) => ['TechnicianShiftEnded', { at }],
  AssetRegistered: ({ name, kind }) => ['PlaceLearned', { name, kind }],
};
const LEARNER: Readonly<Record<string, string>> = { person: 'technician', asset: 'place' };

/** What was told is learnt once each, in order. */
function auditHeard(streams: ReadonlyMap<string, readonly Recorded[]>) {
  const faults: string[] = [];
  const undone: string[] = [];
  const teachers = new Set<string>();
  for (const [stream, events] of streams) {
    const learner = LEARNER[categoryOf(stream)];
    if (learner === undefined) continue;
    const name = `${learner}-${idOf(stream)}`;
    teachers.add(name);
    const expected = events.map(({ type, data }) => canonicalText([...LEARNT[type]!(data)]));
    const learnt = (streams.get(name) ?? []).map(({ type, data }) => canonicalText([type, data]));
    if (learnt.some((one, n) => one !== expected[n])) faults.push(`${name} learnt\n${learnt.join('\n')}\nof\n${expected.join('\n')}`);
    else if (learnt.length < expected.length) undone.push(`${name} has ${expected.length - learnt.length} to learn`);
  }
  for (const stream of streams.keys())
    if (Object.values(LEARNER).includes(categoryOf(stream)) && !teachers.has(stream)) faults.push(`${stream} was learnt from nobody`);
  return { faults, undone };
}

interface Told {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
}

function messagesIn(folder: string): readonly Told[] {
  const db = new Sqlite(join(folder, 'bus.sqlite'), { survives: 'crash' });
  try {
    // A victim that died young may not have made the table.
    if (!db.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'message'`).first()) return [];
    return db
      .prepare('SELECT topic, body FROM message ORDER BY id')
      .all()
      .map(([name, body]) => {
        const { key, headers } = JSON.parse(String(body)) as { key: string; headers: Record<string, string> };
        return { id: headers['ce_id']!, topic: String(name), key };
      });
  } finally {
    db.close();
  }
}

/** Repetitions aside, each key's messages are the told events of its stream, in order, none left out. */
function toldBy({ name, aggregates, tells }: Audited, log: readonly Recorded[], messages: readonly Told[]) {
  const faults: string[] = [];
  const undone: string[] = [];
  const topics = new Set(aggregates.map((aggregate) => topic(name, aggregate)));
  const found = new Map<string, Set<string>>();
  for (const message of messages)
    if (topics.has(message.topic)) found.set(message.key, (found.get(message.key) ?? new Set()).add(message.id));
  const streams = byStream(log.filter((event) => tells(event) !== undefined));
  for (const [stream, events] of streams) {
    const told = [...(found.get(stream) ?? [])];
    if (told.some((id, n) => id !== events[n]?.id)) faults.push(`${stream} is told out of order or with gaps`);
    else if (told.length < events.length) undone.push(`${stream} has ${events.length - told.length} to tell`);
    found.delete(stream);
  }
  for (const stream of found.keys()) faults.push(`${stream} is told and is not there`);
  return { faults, undone };
}

// --- views -----------------------------------------------------------------------------------------------------------------

/** Rows are the pure fold of the streams up to the view's checkpoint, now and as of some instants of the past. */
async function auditView(view: AnyView, rows: ViewStore, log: readonly Recorded[], chance: Chance) {
  await rows.open(view);
  const checkpoint = await rows.checkpoint(view.name);
  const concerned = log.filter(({ stream }) => view.categories.includes(categoryOf(stream)));
  const seen = concerned.filter(({ position }) => checkpoint !== undefined && position <= checkpoint);
  const byKey = new Map<string, Recorded[]>();
  for (const event of seen) for (const key of keysOfBatch(view, [event])) byKey.set(key, [...(byKey.get(key) ?? []), event]);

  const instants = Array.from({ length: seen.length === 0 ? 0 : PAST_INSTANTS }, () => {
    const { recordedAt } = chance.of(seen).metadata;
    return chance.once(0.5) ? recordedAt : instant(millis(recordedAt) - 1);
  });
  const faults: string[] = [];
  for (const asOf of [undefined, ...instants]) {
    const stored = new Map((await rows.query(view.name, { asOf })).map(({ key, row }) => [key, canonicalText(row)]));
    for (const [key, events] of byKey) {
      const folded = foldRow(view, key, events, asOf);
      const expected = folded && canonicalText(folded);
      if (stored.get(key) !== expected)
        faults.push(`${view.name}/${key} as of ${asOf ?? 'now'} is\n${stored.get(key)}\nand should be\n${expected}`);
      stored.delete(key);
    }
    for (const key of stored.keys()) faults.push(`${view.name}/${key} as of ${asOf ?? 'now'} is there for no event`);
  }
  return { faults, undone: seen.length < concerned.length ? [`${view.name} has ${concerned.length - seen.length} events to see`] : [] };
}
