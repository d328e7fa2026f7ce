/** One line of the table. Everything in it was measured in the same run. */
export interface Figure {
  readonly what: string;
  readonly ours: number;
  readonly unit: string;
  /** A program that does the same work with less, or what the machine itself can do; in the same unit. */
  readonly peer?: { readonly what: string; readonly value: number };
  readonly goal?: Goal;
}

export interface Goal {
  /** Whether the figure itself is bounded, or its ratio to the peer. */
  readonly of: 'ours' | 'ratio';
  readonly at: 'most' | 'least';
  readonly value: number;
}

export const atMost = (value: number, of: Goal['of'] = 'ours'): Goal => ({ of, at: 'most', value });
export const atLeast = (value: number, of: Goal['of'] = 'ours'): Goal => ({ of, at: 'least', value });

/** The smallest value that `share` of all do not exceed (0.5: the median). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new RangeError('no values');
  return found;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Runs both by turns, so that what disturbs the machine meanwhile disturbs both; the medians of each. */
export async function byTurns(
  times: number,
  ours: () => Promise<number>,
  peer: () => Promise<number>,
): Promise<{ readonly ours: number; readonly peer: number }> {
  const [own, other]: [number[], number[]] = [[], []];
  for (let n = 0; n < times; n += 1) {
    other.push(await peer());
    own.push(await ours());
  }
  return { ours: median(own), peer: median(other) };
}

const rounded = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value >= 10 ? value.toFixed(1) : value.toFixed(2);

const met = ({ ours, peer, goal }: Figure): string => {
  if (!goal) return '';
  const value = goal.of === 'ours' ? ours : peer && ours / peer.value;
  if (value === undefined) return 'no peer';
  return (goal.at === 'most' ? value <= goal.value : value >= goal.value) ? 'yes' : 'NO';
};

const goalText = ({ goal }: Figure): string =>
  goal ? `${goal.at === 'most' ? '≤' : '≥'} ${goal.of === 'ratio' ? `${goal.value} ×` : rounded(goal.value)}` : '';

/** A Markdown table, as `docs/performance.md` shows it. */
export function table(figures: readonly Figure[]): string {
  const head = ['what', 'ours', 'unit', 'held against', 'it', 'ratio', 'goal', 'met'];
  const lines = figures.map((figure) => [
    figure.what,
    rounded(figure.ours),
    figure.unit,
    figure.peer?.what ?? '',
    figure.peer ? rounded(figure.peer.value) : '',
    figure.peer ? (figure.ours / figure.peer.value).toFixed(2) : '',
    goalText(figure),
    met(figure),
  ]);
  const widths = head.map((title, n) => Math.max(...[head, ...lines].map((line) => (line[n] ?? title).length)));
  const row = (cells: readonly string[]): string => `| ${cells.map((cell, n) => cell.padEnd(widths[n]!)).join(' | ')} |`;
  return [row(head), row(widths.map((width) => '-'.repeat(width))), ...lines.map(row)].join('\n');
}
