import { HOUR, MINUTE } from '@hospital/kernel';
import type { Rule } from '../../apps/workorders/src/domain/dispatch-rule';
import { quantile } from '../bench/figures';
import type { Outcome, Plan } from './hospital';

const PLAIN = { zone: 'any', maxOpenOrders: null, mode: 'assign' } as const;
/** Rules to hold against each other; undefined: the one that ships. */
const RULES: Readonly<Record<string, Omit<Rule, 'id' | 'version'> | undefined>> = {
  shipped: undefined,
  'first free': { ...PLAIN, order: ['free', 'name'] },
  nearest: { ...PLAIN, order: ['zone', 'name'] },
};

interface Compared {
  readonly rule: string;
  readonly outcome: Outcome;
}

const p90 = (times: readonly number[]): number => quantile(times, 0.9);
const count = ({ breaches }: Outcome, what: string): number => breaches.filter((breach) => breach.what === what).length;

/** The same staff and the same requests under each rule. */
export function compare(plan: Omit<Plan, 'rule'>, play: (plan: Plan) => Promise<Outcome>): Promise<readonly Compared[]> {
  const one = async ([name, rule]: [string, Plan['rule']]) => ({ rule: name, outcome: await play({ ...plan, ...(rule ? { rule } : {}) }) });
  const rules = Object.entries(RULES);
  return Promise.all(rules.map(one));
}

/** Whether the first answers faster than any other, nine times of ten, and lets fewer limits pass. */
export function wins([first, ...others]: readonly Compared[]): boolean {
  const better = ({ outcome }: Compared): boolean =>
    p90(first!.outcome.answer) < p90(outcome.answer) && first!.outcome.breaches.length < outcome.breaches.length;
  return others.every(better);
}

export function table(compared: readonly Compared[]): string {
  const head = [
    'rule',
    'requests',
    'p90 decision',
    'p50 answer',
    'p90 answer',
    'response late',
    'owned late',
    'repaired late',
    'late in all',
  ];
  const rows = compared.map(({ rule, outcome }) => [
    rule,
    outcome.submitted,
    `${(p90(outcome.decision) / MINUTE).toFixed(0)} min`,
    `${(quantile(outcome.answer, 0.5) / MINUTE).toFixed(0)} min`,
    `${(p90(outcome.answer) / HOUR).toFixed(1)} h`,
    ...['response', 'own', 'resolve'].map((what) => count(outcome, what)),
    outcome.breaches.length,
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Every limit that passed under the first rule: order, limit, the instant it was due. */
export const breachList = ([first]: readonly Compared[]): string =>
  first!.outcome.breaches.map(({ orderId, what, dueAt }) => `${orderId.slice('workOrder-'.length)} ${what} ${dueAt}`).join('\n');
