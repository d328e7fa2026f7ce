import { type Command, type Decider, type Instant, reject, type Rejection } from '@hospital/kernel';

export type Level = 'junior' | 'middle' | 'senior';
const LEVELS: readonly (Level | null)[] = [null, 'junior', 'middle', 'senior'];

/** What a job asks of whoever does it. */
export type Needs = { readonly minimumLevel: Level | null; readonly certificate: string | null };
/** A job, as far as the choice depends on it. */
export type Job = {
  readonly trade: string;
  readonly zone: string | null;
  readonly requires: Needs;
  readonly declinedBy: readonly string[];
};

/** A candidate as known at the moment of dispatch; recorded with the choice, so that anyone can make it again. */
export type Technician = {
  readonly id: string;
  readonly trades: readonly string[];
  /** Works there; empty: everywhere. */
  readonly zones: readonly string[];
  readonly onShiftFrom: Instant | null;
  readonly onShiftUntil: Instant | null;
  readonly onCall: 'primary' | 'backup' | null;
  readonly certificates: readonly { readonly kind: string; readonly from: Instant; readonly until: Instant }[];
  readonly levels: readonly { readonly trade: string; readonly level: Level; readonly from: Instant }[];
  /** Orders dispatched to or accepted by this person and not completed. */
  readonly openOrders: number;
  readonly lastDispatchedAt: Instant | null;
};

export type Criterion = 'zone' | 'open-orders' | 'level' | 'longest-idle' | 'free' | 'name';

/** How one is chosen, as data. What a job needs (trade, certificate, level) is never up to a rule. */
export type Rule = {
  readonly id: string;
  readonly version: number;
  /** `required`: only who works in the job's zone. */
  readonly zone: 'required' | 'any';
  /** Nobody on shift gets more than this; null: no bound. */
  readonly maxOpenOrders: number | null;
  /** `offer`: nobody is sent, whoever is qualified may grab it. */
  readonly mode: 'assign' | 'offer';
  /** Which of the eligible comes first; the id decides in the end. */
  readonly order: readonly Criterion[];
};

/** The rule that ships. */
export const SHIPPED: Rule = {
  id: 'trade-on-shift-least-loaded',
  version: 2,
  zone: 'any',
  // What is more waits for whoever is done first, the most urgent before the rest; see `npm run simulate`.
  maxOpenOrders: 2,
  mode: 'assign',
  order: ['open-orders', 'zone', 'longest-idle', 'level'],
};

/** One candidate and why this one was, or was not, the one. */
export type Considered = Technician & { readonly eligible: boolean; readonly reasons: readonly string[] };

export type Choice = {
  readonly technicianId: string | null;
  /** Nobody on shift would do: it goes to whoever is on call. */
  readonly onCall: boolean;
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly rule: Rule;
  readonly job: Job;
  readonly considered: readonly Considered[];
};

const levelAt = ({ levels }: Technician, trade: string, at: Instant): Level | null =>
  levels.reduce<(typeof levels)[number] | null>(
    (latest, one) => (one.trade === trade && one.from <= at && (latest === null || one.from >= latest.from) ? one : latest),
    null,
  )?.level ?? null;

const inZone = ({ zones }: Technician, zone: string | null): boolean => zones.length === 0 || zone === null || zones.includes(zone);

/** One thing that was looked at in a candidate, to be put into any language. */
export type Judgement = {
  readonly about: 'trade' | 'certificate' | 'level' | 'shift' | 'zone' | 'open-orders' | 'declined' | 'on-call';
  readonly holds: boolean;
  /** The trades, when the certificate or the shift ends, the level, the zones, how many orders, which on call; null: none. */
  readonly found: string | null;
  /** Trade, certificate, level, zone, at most how many orders; null: nothing in particular. */
  readonly needed: string | null;
};

const WORDS: Readonly<Record<Judgement['about'], (judgement: Judgement) => string>> = {
  trade: ({ holds, found, needed }) => (holds ? `trade is ${needed}` : `trade is ${found ?? 'unknown'}, needed is ${needed}`),
  certificate: ({ holds, found, needed }) => (holds ? `certificate ${needed} valid until ${found}` : `no valid certificate ${needed}`),
  level: ({ found, needed }) => `level is ${found ?? 'none'}, needed is ${needed}`,
  shift: ({ holds, found }) => (holds ? `on shift until ${found}` : 'not on shift'),
  zone: ({ holds, needed }) => `${holds ? 'works' : 'does not work'} in ${needed}`,
  'open-orders': ({ holds, found, needed }) => `${found} open orders${holds ? '' : `, at most ${needed}`}`,
  declined: () => 'declined it',
  'on-call': ({ found }) => `on call as ${found}`,
};
export const inWords = (judgements: readonly Judgement[]): readonly string[] => judgements.map((one) => WORDS[one.about](one));

/** Whether somebody has what a job needs at that instant; without a look at shift or load. */
export function qualifications(technician: Technician, { trade, requires }: Job, at: Instant): readonly Judgement[] {
  const { certificate, minimumLevel } = requires;
  const { trades } = technician;
  const judged: Judgement[] = [{ about: 'trade', holds: trades.includes(trade), found: trades.join(', ') || null, needed: trade }];
  if (certificate !== null) {
    const valid = technician.certificates.find(({ kind, from, until }) => kind === certificate && from <= at && at < until);
    judged.push({ about: 'certificate', holds: valid !== undefined, found: valid?.until ?? null, needed: certificate });
  }
  if (minimumLevel !== null) {
    const level = levelAt(technician, trade, at);
    const reached = LEVELS.indexOf(level) >= LEVELS.indexOf(minimumLevel);
    judged.push({ about: 'level', holds: reached, found: level, needed: minimumLevel });
  }
  return judged;
}
const qualified = (...of: Parameters<typeof qualifications>): boolean => qualifications(...of).every(({ holds }) => holds);

/** All that speaks for and against somebody at that instant under that rule; a choice can be read again with it. */
export function judge(technician: Technician, job: Job, at: Instant, rule: Rule): readonly Judgement[] {
  const { onShiftFrom: from, onShiftUntil: until, openOrders, onCall, zones } = technician;
  const onShift = from !== null && until !== null && from <= at && at < until;
  const bound = rule.maxOpenOrders;
  const judged: Judgement[] = [
    ...qualifications(technician, job, at),
    { about: 'shift', holds: onShift, found: onShift ? until : null, needed: null },
  ];
  if (job.zone !== null)
    judged.push({ about: 'zone', holds: inZone(technician, job.zone), found: zones.join(', ') || null, needed: job.zone });
  const room = bound === null || openOrders < bound;
  judged.push({ about: 'open-orders', holds: room, found: String(openOrders), needed: bound === null ? null : String(bound) });
  if (job.declinedBy.includes(technician.id)) judged.push({ about: 'declined', holds: false, found: null, needed: null });
  if (onCall !== null) judged.push({ about: 'on-call', holds: true, found: onCall, needed: null });
  return judged;
}

/** Of those whom the rule allows, the first by its order; else who is on call and qualified; else nobody. Pure. */
export function choose(job: Job, technicians: readonly Technician[], at: Instant, rule: Rule = SHIPPED): Choice {
  const full = new Set<string>();
  const judged = technicians.map((technician): Considered => {
    const judgements = judge(technician, job, at, rule);
    const against = judgements.filter(({ about, holds }) => !holds && (about !== 'zone' || rule.zone === 'required'));
    const fits = against.every(({ about }) => about === 'open-orders');
    if (fits && against.length > 0) full.add(technician.id);
    return { ...needed(technician, job), eligible: against.length === 0, reasons: inWords(judgements) };
  });
  const considered = judged.sort((a, b) => Number(b.eligible) - Number(a.eligible) || byOrder(a, b, job, at, rule));
  const decided = { ruleId: rule.id, ruleVersion: rule.version, rule, job, considered };
  if (rule.mode === 'offer') return { technicianId: null, onCall: false, ...decided };
  if (considered[0]?.eligible) return { technicianId: considered[0].id, onCall: false, ...decided };
  // Somebody is there and will have room: nobody is called out of bed for that.
  if (full.size > 0) return { technicianId: null, onCall: false, ...decided };
  const called = (['primary', 'backup'] as const)
    .map((role) => considered.find((one) => one.onCall === role && !job.declinedBy.includes(one.id) && qualified(one, job, at)))
    .find((one) => one !== undefined);
  return { technicianId: called?.id ?? null, onCall: called !== undefined, ...decided };
}

/** What the choice looks at, of all that is known of somebody. */
const needed = (technician: Technician, { trade, requires }: Job): Technician => ({
  ...technician,
  certificates: technician.certificates.filter(({ kind }) => kind === requires.certificate),
  levels: technician.levels.filter((level) => level.trade === trade),
});

function byOrder(a: Technician, b: Technician, { zone, trade }: Job, at: Instant, { order }: Rule): number {
  const rank: Readonly<Record<Criterion, (one: Technician) => number | string>> = {
    zone: (one) => Number(!(zone !== null && one.zones.includes(zone))),
    'open-orders': ({ openOrders }) => openOrders,
    // A job that a junior can do leaves the senior free.
    level: (one) => LEVELS.indexOf(levelAt(one, trade, at)),
    'longest-idle': ({ lastDispatchedAt }) => lastDispatchedAt ?? '',
    free: ({ openOrders }) => Number(openOrders > 0),
    name: ({ id }) => id,
  };
  for (const criterion of [...order, 'name' as const]) {
    const [left, right] = [rank[criterion](a), rank[criterion](b)];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

export type DispatchRuleCommand =
  | Command<'DefineDispatchRule', Omit<Rule, 'id' | 'version'> & { name: string; id: string }>
  | Command<'ReviseDispatchRule', Omit<Rule, 'id' | 'version'> & { name: string; id: string }>;
export type DispatchRuleEvent =
  { type: 'DispatchRuleDefined'; data: Rule & { name: string } } | { type: 'DispatchRuleRevised'; data: Rule & { name: string } };

/** Rules an administrator defines; an order is dispatched by the version in force at that moment, which its event carries. */
export const dispatchRule: Decider<{ readonly version: number }, DispatchRuleCommand, DispatchRuleEvent> = {
  category: 'dispatchRule',
  initial: { version: 0 },
  decide({ type, data }, { version }): readonly DispatchRuleEvent[] | Rejection {
    const twice = data.order.find((criterion, n) => data.order.indexOf(criterion) !== n);
    if (twice !== undefined) return reject('CRITERION_TWICE', `${twice} is named twice.`, 'input.order');
    if (type === 'DefineDispatchRule')
      return version > 0
        ? reject('ALREADY_DEFINED', 'This rule exists.', 'idempotencyKey')
        : [{ type: 'DispatchRuleDefined', data: { ...data, version: 1 } }];
    if (version === 0) return reject('UNKNOWN_RULE', 'There is no such rule.', 'input.id');
    return [{ type: 'DispatchRuleRevised', data: { ...data, version: version + 1 } }];
  },
  evolve(_, { type, data }) {
    switch (type) {
      case 'DispatchRuleDefined':
      case 'DispatchRuleRevised':
        return { version: data.version };
    }
  },
};
