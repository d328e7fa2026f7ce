import { basename } from 'node:path';
import ts from 'typescript';
import type { Source } from './house-plan';

/** What is asked of work orders, people and the suite as a whole, row by row, and which tests show it. */
export const REQUIREMENTS: Readonly<Record<string, string>> = {
  'WO-01': 'One intake 一站式报修 for mini-program, app, phone and paper, by staff and patients, with the place and a photo',
  'WO-02': 'Dispatch to the right team within 60 s, with the rule that chose; nobody on shift: whoever is on call, flagged',
  'WO-03': 'Acceptance within 30 minutes of dispatch, else one breach and one escalation at that instant',
  'WO-04':
    'What a category requires is asked for at intake, or the clocks stand still until it is given; the incomplete share (25 % at the start) is a figure',
  'WO-05': '12 months × 300 requests: none is lost, totals equal what was submitted',
  'WO-06': 'Every step with actor, time, channel and reason; no role can change or remove any 全程留痕',
  'WO-07': 'Whoever takes a call in owns it to the end and hears of every step 首问负责, until somebody accepts a hand-over',
  'WO-08': 'A firm is on site within 2 h (30 min with people stuck), proved; else breach, escalation and a mark in its score',
  'WO-09': 'A month closes with 100 % closed, cancelled for a reason, merged, or carried over by name and date; exceptions are named',
  'WO-10': 'Limits by priority, less pauses, by calendar; overdue names the stage that took the time 限时办结',
  'WO-11': '1 to 5 stars within N days, to order, team and person; poor ones reopen or complain; none is none, not 5',
  'WO-12': 'A complaint is closed with cause and corrective action; rate per 100 closed orders',
  'WO-24': 'Patients report without an account, contact or health data',
  'WO-25': 'Waiting time of each stage and number of hand-overs of closed orders',
  'ST-01': 'Headcount by trade, computed: 85 = 12 + 35 + 20 + 8 and 10 unclassified; ages from birth dates',
  'ST-02':
    'Certificates with validity: from midnight on nobody is sent without; coverage per trade (85 % hides 3 electricians) and shift; revoked for the past: the jobs in doubt',
  'ST-03': 'Three levels, promoted by exam from an effective date; a job can ask for one',
  'ST-07': 'At any instant one primary and one back-up on call 24 h, or a declared gap; time to accept is measured',
  'GW-02': 'No information islands: an id that one context has of another is found from there',
  'GW-05':
    'Each role may do what the graph says of it, and no more; what is denied is refused and recorded; personal data only to who needs it',
  'GW-08':
    'One service fails under load: no accepted command is lost, none is done twice, and answers name what is missing until it is back',
  'GW-09': 'A new kind of request with fields, limits and dispatch rule is live without a release; old orders keep theirs',
};

/** What no context decides alone: only the whole suite shows it. */
const OF_THE_WHOLE: readonly string[] = ['GW-08'];

/** A title of a test, of a group of tests or of one. */
export interface Title {
  readonly path: string;
  readonly text: string;
}

const TITLED = new Set(['describe', 'it', 'test']);

/** `it('…')`, `describe.each(…)('…')` and their kin. */
export function titlesIn({ path, text }: Source): readonly Title[] {
  const found: Title[] = [];
  const called = (node: ts.Expression): string | undefined => {
    if (ts.isIdentifier(node)) return node.text;
    return ts.isCallExpression(node) || ts.isPropertyAccessExpression(node) ? called(node.expression) : undefined;
  };
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [title] = node.arguments;
      if (title && ts.isStringLiteralLike(title) && TITLED.has(called(node.expression) ?? '')) found.push({ path, text: title.text });
    }
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return found;
}

/** Where rules are shown without anything around them, and where the whole suite is walked through. */
const PLACES = {
  'domain tests': /^(apps\/[^/]+\/src\/domain|apps\/gateway\/src|libs\/service\/src|tools\/properties|tools\/simulate)\//,
  scenarios: /^tools\/(journeys|security)\//,
} as const;
type Place = keyof typeof PLACES;
const COLUMNS = Object.keys(PLACES) as readonly Place[];

const shownBy = (id: string, place: Place, titles: readonly Title[]): readonly Title[] =>
  titles.filter(({ path, text }) => PLACES[place].test(path) && new RegExp(`\\b${id}\\b`).test(text));

/** Rows that lack a test of a kind, as `WO-03: no scenarios`. */
export const unshown = (titles: readonly Title[], rows: readonly string[] = Object.keys(REQUIREMENTS)): readonly string[] =>
  rows.flatMap((id) =>
    COLUMNS.filter((place) => place === 'scenarios' || !OF_THE_WHOLE.includes(id))
      .filter((place) => shownBy(id, place, titles).length === 0)
      .map((place) => `${id}: no ${place}`),
  );

const INTRODUCTION = `# Requirements and what shows them

Each row is a requirement of work orders, of people or of the suite as a whole. The domain tests show the rule itself, also over generated
histories and a simulated year; the scenarios show it through the gateway, as a front-end sees it, and alone what no context decides. Tests
name the rows they are for in their titles, from which this table is written: \`WRITE=1 npx jest tools/requirements\`.
`;

const LEADING_IDS = /^((WO|ST|GW)-\d+( and)? |T\d+ )+/;
const cellOf = (titles: readonly Title[]): string =>
  [...new Set(titles.map(({ path }) => path))]
    .sort()
    .map((path) => {
      const said = titles.filter((title) => title.path === path).map(({ text }) => text.replace(LEADING_IDS, '').trim());
      return `[${basename(path).replace(/\.ts$/, '')}](../${path}): ${said.join('; ')}`.replaceAll('|', '\\|');
    })
    .join('<br>');

/** docs/requirements.md */
export function documentOf(titles: readonly Title[]): string {
  const rows = Object.entries(REQUIREMENTS).map(
    ([id, asked]) => `| ${id} | ${asked} | ${COLUMNS.map((place) => cellOf(shownBy(id, place, titles))).join(' | ')} |`,
  );
  const table = [`| row | asks | ${COLUMNS.join(' | ')} |`, '| --- | --- | --- | --- |', ...rows];
  return [INTRODUCTION, '<!-- prettier-ignore-start -->', '', ...table, '', '<!-- prettier-ignore-end -->', ''].join('\n');
}
