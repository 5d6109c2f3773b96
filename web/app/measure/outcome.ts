/** What the runs of a measurement came to: a median and its spread for each side, and whether they differ at all. */

export interface Cost {
  /** Host seconds spent executing the guest, compiling included. */
  readonly busySeconds: number;
  readonly instructions: number;
  /** Of the host seconds, milliseconds of compiling and linking. */
  readonly compileMs: number;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  const median = sorted.length % 2 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
  return { median, least: sorted[0] ?? NaN, most: sorted.at(-1) ?? NaN };
}

/** One sentence about two sides; `first` and `second` are their names. */
export function verdict(first: string, a: Spread, second: string, b: Spread): string {
  if (a.most >= b.least && b.most >= a.least) return 'The ranges overlap: so many runs could not tell a difference.';
  const [quick, slow] = a.median < b.median ? [a, b] : [b, a];
  const name = quick === a ? first : second;
  return `${name} takes ${(slow.median / quick.median).toFixed(2)} times less host time, and the ranges do not overlap.`;
}

export type Side = 'a' | 'b';

/** Which side comes when: in turn, and the one that begins changes, so that neither profits from its place. */
export function orderOf(runs: number): Side[] {
  return Array.from({ length: runs }, (_, i): Side[] => (i % 2 === 0 ? ['a', 'b'] : ['b', 'a'])).flat();
}
