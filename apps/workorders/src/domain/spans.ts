import { type Instant, later } from '@hospital/kernel';
import { NEVER } from './business-time';

/** Stretches of time, from an instant until before another. */
export type Span<Until = Instant> = { readonly from: Instant; readonly until: Until };
/** null: not over yet. */
export type Lasting = Span<Instant | null>;

export const order = (a: Instant, b: Instant): number => (a < b ? -1 : Number(a > b));
export const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);
/** Empty, ending before it begins, where they do not meet. */
export const overlap = (a: Span, b: Span): Span => ({ from: later(a.from, b.from), until: earlier(a.until, b.until) });

/** What is left of [from, until) without the spans, which may overlap. */
export function without(spans: readonly Lasting[], from: Instant, until: Instant): readonly Span[] {
  const left: Span[] = [];
  let at = from;
  for (const span of [...spans].sort((a, b) => order(a.from, b.from))) {
    left.push({ from: at, until: earlier(span.from, until) });
    at = later(at, span.until ?? NEVER);
  }
  return [...left, { from: at, until }].filter((piece) => piece.from < piece.until);
}

/** How long these pieces are by the stage they lie in, each lasting until the next begins; `length` is told a part, and the piece it is of. */
export function inStages<Piece extends Span>(
  stages: readonly { readonly stage: string; readonly from: Instant }[],
  pieces: readonly Piece[],
  length: (part: Span, of: Piece) => number,
): Record<string, number> {
  const sums: Record<string, number> = {};
  stages.forEach(({ stage, from }, n) => {
    const ms = pieces.reduce((sum, piece) => {
      const part = overlap(piece, { from, until: stages[n + 1]?.from ?? NEVER });
      return part.from < part.until ? sum + length(part, piece) : sum;
    }, 0);
    if (ms > 0) sums[stage] = (sums[stage] ?? 0) + ms;
  });
  return sums;
}
