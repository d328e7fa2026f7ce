/** Milliseconds before the n-th attempt to do again what failed: 100, 200, 400 …, at most 30 s. */
export const doubling = (attempt: number): number => Math.min(30_000, 100 * 2 ** (attempt - 1));
