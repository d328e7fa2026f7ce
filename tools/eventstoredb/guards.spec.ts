import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { type Adapter, points, World } from './points';

/**
 * Every guard of the adapter taken out, one at a time, from a copy of its source: the point it stands for must then fail, against
 * the generation in which the server needs it. A point that would wait for ever counts as failed after a moment.
 */
const MOMENT = 1_500;

type File = 'connection' | 'event-store';
type Guard = readonly [point: string, taken: string, file: File, code: string, without: string];

const guards: readonly Guard[] = [
  [
    'point 1:',
    'the inclusive read before resuming',
    'event-store',
    'if (next && placeOf(next) !== after) {',
    'if (next && placeOf(next) < 0n) {',
  ],
  [
    'point 2: given a consumer',
    'the place of a mark among the events',
    'event-store',
    'const mark = (place: Mark): void => void subscription.push(place);',
    "const mark = (place: Mark): void => void ('upTo' in place && (position = place.upTo));",
  ],
  ['point 2: given the marks', 'asking for the place of a mark', 'event-store', '{ before: commit }', '{ upTo: commit }'],
  ['point 3:', 'resubscribing at once', 'event-store', 'if (isTooSlow(ending) && failures === 0) continue;', ''],
  ['point 4: given a malformed append, when', 'the check before the call', 'event-store', 'checkAppend(stream, expected, events);', ''],
  [
    'point 4: given a malformed append got out',
    'dropping an answer nobody waits for',
    'connection',
    'opened.unanswered.get(textOf(answer.getCorrelationId()))?.resolve(answer);',
    'const waiting = opened.unanswered.get(textOf(answer.getCorrelationId())); if (waiting) waiting.resolve(answer); else opened.call.cancel();',
  ],
  ['point 5:', 'the comparison with the end of the log', 'event-store', 'if (after > (end ?? -1n))', 'if (after < 0n)'],
  [
    'point 6:',
    'taking a time-out for unknown',
    'connection',
    'the stream alone tells.\n      throw new OutcomeUnknown(',
    'the stream alone tells.\n      throw new StoreUnavailable(',
  ],
  ['point 7:', 'the exact revision', 'connection', 'options.setNoStream(new Empty());', 'options.setAny(new Empty());'],
  [
    'point 8:',
    'the metadata that tells a repetition',
    'event-store',
    'metadata: canonicalText(metadata),',
    "metadata: canonicalText({ ...metadata, fingerprint: '' }),",
  ],
  ['point 9:', 'the actual revision', 'connection', 'Number(found.getCurrentStreamRevision())', 'expected'],
  ['point 10: given a server that hangs', 'our own deadline', 'connection', 'within(limits.deadline, answer, late)', 'answer'],
  ['point 10: given a clock', 'the tolerance of clocks', 'connection', 'limits.deadline + limits.clockTolerance', 'limits.deadline'],
  [
    'point 11: given two stores',
    'the table of its own of each call',
    'connection',
    'unanswered: new Map(),',
    "unanswered: ((globalThis as { table?: AppendCall['unanswered'] }).table ??= new Map()),",
  ],
  [
    'point 11: given forty',
    'taking a lost call for unknown',
    'connection',
    ': new OutcomeUnknown(`the append call ended',
    ': new StoreUnavailable(`the append call ended',
  ],
  [
    'point 12:',
    'keeping from a question whose failure the client remembers',
    'connection',
    'const create = (client: StreamsClient)',
    'await inside.supports();\n      const create = (client: StreamsClient)',
  ],
  ['point 17, followers:', 'asking the leader', 'event-store', 'const LEADER = { requiresLeader: true };', 'const LEADER = {};'],
  [
    'point 5, outgrown:',
    'telling a position of another log from a mistake of the server',
    'event-store',
    '/Unexpected ReadAllResult/.test(String(error))',
    "String(error) === ''",
  ],
  ['point 13:', 'answering a count of nought ourselves', 'event-store', 'if (limit <= 0) return [];', ''],
  ['point 14:', 'the bound of appends in flight', 'connection', 'if (this.inFlight < inFlight) {', 'if (inFlight > 0) {'],
  ['point 15: given a key', 'the tombstone', 'event-store', 'client.tombstoneStream(stream)', 'client.deleteStream(stream)'],
  [
    'point 15: given a stream soft-deleted',
    'noticing a success without a position',
    'connection',
    'if (!position) throw',
    'if (!position) return { revision: expected, position: 0n };\n    if (!position) throw',
  ],
  ['point 16:', 'telling a denial from an absence', 'connection', "(error as { type?: string }).type === 'access-denied' ||", 'false &&'],
  ['point 17:', 'the patience of reads', 'event-store', 'if (!(failure instanceof StoreUnavailable) ||', 'if (failure instanceof Error ||'],
  [
    'point 18: given a server stops',
    'going on after an unknown error',
    'event-store',
    'if (this.closed || !(failure instanceof StoreUnavailable)) throw failure;',
    "if (typeOf(ending) !== 'unavailable') throw failure;",
  ],
  [
    'point 18: given a server killed',
    'reading again after a lost connection',
    'event-store',
    'if (!(failure instanceof StoreUnavailable) ||',
    'if (failure instanceof Error ||',
  ],
  [
    'point 18: given a subscription',
    'going on after a lost connection',
    'event-store',
    'await this.options.pause(this.options.backOff(Math.max(1, failures)), signal);',
    'throw failure;',
  ],
  [
    'point 18: given a server that hangs',
    'giving up a silent read',
    'event-store',
    'setTimeout(giveUp, this.options.silence)',
    'undefined',
  ],
  ['point 19:', 'the size check before the call', 'event-store', 'if (bytesOf(encoded) > MAX_APPEND_BYTES)', 'if (bytesOf(encoded) < 0)'],
];

const source = (file: File): string => readFileSync(join(__dirname, `../../libs/engines/src/eventstoredb/${file}.ts`), 'utf8');

/** The adapter compiled from its source, one piece of it replaced. */
function adapterWith(mutated: File, code: string, without: string): Adapter {
  const load = (file: File): object => {
    const text = file === mutated ? source(file).replace(code, () => without) : source(file);
    const compiled = transformSync(text, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } });
    const module = { exports: {} };
    const find = (name: string): unknown => (name === './connection' ? connection : jest.requireActual(name));
    new Function('require', 'module', 'exports', compiled.code)(find, module, module.exports);
    return module.exports;
  };
  const connection = load('connection');
  return { ...load('event-store'), ...connection } as Adapter;
}

const moment = (): Promise<never> => new Promise((_, reject) => setTimeout(() => reject(new Error('waited for ever')), MOMENT).unref());

describe('the adapter without a guard', () => {
  it.each(guards)('%s fails without %s', async (name, _taken, file, code, without) => {
    const [point, more] = points.filter((one) => one.name.startsWith(name));
    expect([point?.name.startsWith(name), more]).toEqual([true, undefined]);
    expect(source(file).split(code)).toHaveLength(2);
    await expect(World.run(adapterWith(file, code, without), '23.10', point!, moment())).rejects.toThrow();
  });

  it('leaves no point without one', () => {
    expect(points.filter(({ name }) => !guards.some(([point]) => name.startsWith(point)))).toEqual([]);
  });
});
