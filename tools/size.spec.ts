import { basename } from 'node:path';
import { contexts, entries, namesOf, pathOf, programIn, type Source } from './house-plan';

/** The house stays small enough for one head: these are its measures, taken from the files themselves. */

/** Lines that hold more than blanks and comments. */
const codeLines = (text: string): number =>
  text
    .replace(/^[ \t]*\/\*[^]*?\*\/[ \t]*$/gm, '')
    .split('\n')
    .filter((line) => !/^\s*(\/\/|$)/.test(line)).length;

const sizeOf = (folder: string): number => programIn(folder).reduce((sum, { text }) => sum + codeLines(text), 0);

/** A drawer for what nobody could name. */
const isDrawer = (name: string): boolean => /^(common|utils?|core|shared|helpers?|misc|lib)$/i.test(name.replace(/\.ts$/, ''));

const wordsOf = (name: string): readonly string[] => name.match(/[A-Z][a-z0-9]*|[A-Z]+(?![a-z])/g) ?? [];

const IRREGULAR = new Set(
  `Begun Bought Broken Brought Built Chosen Cut Done Drawn Driven Fallen Forgotten Found Frozen Given Gone Held Hidden Kept Known Laid Led Left Lent
  Lost Made Met Overdrawn Overridden Paid Put Read Rebuilt Resent Rewritten Risen Run Seen Sent Set Shut Sold Spent Split Stolen Stood Sworn Taken
  Thrown Told Torn Undone Understood Withdrawn Withheld Won Worn Written`.split(/\s+/),
);

const NOUNS_IN_ED = new Set(['Bed', 'Feed', 'Need', 'Seed', 'Shed', 'Speed']);

const isPast = (word: string): boolean => IRREGULAR.has(word) || (/ed$/.test(word) && !NOUNS_IN_ED.has(word));

/** `WorkOrderAssigned`, `AssetTakenOutOfService`: a noun, then a verb in the past. What changed has a better name than "updated". */
function faultOfEventName(name: string): string | undefined {
  if (/Updated|Event$/.test(name)) return `${name} says nothing about what happened`;
  const [, ...rest] = wordsOf(name);
  return rest.some(isPast) ? undefined : `${name} is not a noun and a past verb`;
}

/** The files a command passes: those that name it as a type (`AssignWorkOrder`) or as a mutation (`assignWorkOrder`). */
function filesOfCommand(command: string, own: readonly Source[]): readonly string[] {
  const mutation = command[0]!.toLowerCase() + command.slice(1);
  const named = new RegExp(`\\b(${command}|${mutation})\\b`);
  return own.filter(({ text }) => named.test(text)).map(({ path }) => path);
}

describe('given the libraries', () => {
  it('when the kernel is measured, then one person can hold it in the head: at most 600 lines of code', () => {
    expect(sizeOf('libs/kernel')).toBeLessThanOrEqual(600);
  });

  it('when all of them are measured, then they have not grown: at most 4,221 lines of code (docs/decisions/0011)', () => {
    expect(sizeOf('libs')).toBeLessThanOrEqual(4_221);
  });
});

describe('given every folder and file', () => {
  it('when its name is read, then it says what is in it', () => {
    const names = ['apps', 'libs', 'tools'].flatMap((folder) =>
      entries(folder).filter((entry) => entry.isDirectory() || /\.ts$/.test(entry.name)),
    );
    const drawers = names.map(pathOf).filter((path) => isDrawer(basename(path)) && !/node_modules|(^|\/)dist\//.test(path));
    expect(drawers).toEqual([]);
  });
});

describe('given the domain of a context', () => {
  it('when a file is measured, then it is read top to bottom in at most 250 lines', () => {
    const long = contexts.flatMap(({ domain }) => domain).filter(({ text }) => text.trimEnd().split('\n').length > 250);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('when its events are looked for, then there are some', () => {
    const mute = contexts.filter(({ domain }) => domain.every(({ text }) => namesOf('Event', text).length === 0));
    expect(mute.map(({ name }) => name)).toEqual([]);
  });

  it('when its events are named, then each is a noun and a past verb', () => {
    const names = contexts.flatMap(({ domain }) => domain.flatMap(({ text }) => namesOf('Event', text)));
    expect(names.map(faultOfEventName).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('when a command is followed, then it passes at most four files of the context, and one of them holds its rules', () => {
    const faults = contexts.flatMap(({ domain, own }) =>
      domain
        .flatMap(({ text }) => namesOf('Command', text))
        .flatMap((command) => {
          const passed = filesOfCommand(command, own);
          const rules = domain.filter(({ text }) => namesOf('Command', text).includes(command)).map(({ path }) => path);
          return passed.length <= 4 && rules.length === 1 ? [] : [{ command, passed, rules }];
        }),
    );
    expect(faults).toEqual([]);
  });
});

describe('given the measures themselves', () => {
  it('when blanks and comments are counted, then they are nothing', () => {
    expect(codeLines('/** a\n * b\n */\nconst a = 1;\n\n  // c\nconst b = 2; /* d */\n/* e */\n')).toBe(2);
  });

  it.each(['WorkOrderAssigned', 'AssetTakenOutOfService', 'LeaseHeld', 'OrderPaid'])(
    'when an event is named %s, then it may be',
    (name) => {
      expect(faultOfEventName(name)).toBeUndefined();
    },
  );

  it.each(['WorkOrderUpdated', 'WorkOrderAssignedEvent', 'AssignWorkOrder', 'Assigned', 'StockLevel', 'EmptyBed'])(
    'when an event is named %s, then it may not be',
    (name) => {
      expect(faultOfEventName(name)).toContain(name);
    },
  );

  it.each(['common', 'utils', 'core', 'shared', 'helpers', 'util.ts'])('when a place is called %s, then it is a drawer', (name) => {
    expect(isDrawer(name)).toBe(true);
  });

  it('when event and command types are declared, then their names are found, however they are written', () => {
    const text = `export type OrderEvent =
        | Event<'OrderOpened', { type: 'urgent' }>
        | { readonly type: 'OrderClosed'; data: { type: 'late' } };
      type OrderCommand = Command<'OpenOrder'>;
      type Order = { type: 'none' };`;
    expect([namesOf('Event', text), namesOf('Command', text)]).toEqual([['OrderOpened', 'OrderClosed'], ['OpenOrder']]);
  });

  it('when a command is named in the domain, the graph and a resolver, then three files are found', () => {
    const own = [
      { path: 'domain/work-order.ts', text: "Command<'OpenWorkOrder'>" },
      { path: 'api/workorders.graphql', text: 'openWorkOrder(input: OpenWorkOrderInput!): Answer!' },
      { path: 'api/work-order.resolver.ts', text: 'openWorkOrder: mutation(…)' },
      { path: 'views/orders.ts', text: 'reopenWorkOrder' },
    ];
    expect(filesOfCommand('OpenWorkOrder', own)).toEqual(['domain/work-order.ts', 'api/workorders.graphql', 'api/work-order.resolver.ts']);
  });
});
