/** Samples added up: by kernel and user code, within these by function. */
import type { Spot } from './sampler.ts';

export interface Share {
  readonly name: string;
  readonly milliseconds: number;
  readonly parts: readonly Share[];
}

/** Smaller parts than this share of the whole are put together. */
const SMALLEST = 0.004;

function sum(parts: readonly { readonly milliseconds: number }[]): number {
  return parts.reduce((total, { milliseconds }) => total + milliseconds, 0);
}

function grouped(spots: readonly Spot[], key: (spot: Spot) => string): Map<string, Spot[]> {
  const groups = new Map<string, Spot[]>();
  for (const spot of spots) {
    const group = groups.get(key(spot)) ?? [];
    group.push(spot);
    groups.set(key(spot), group);
  }
  return groups;
}

function functionsOf(spots: readonly Spot[], nameOf: (spot: Spot) => string, least: number): Share[] {
  const all = [...grouped(spots, nameOf)].map(([name, own]): Share => ({ name, milliseconds: sum(own), parts: [] }));
  const large = all.filter(({ milliseconds }) => milliseconds >= least);
  large.sort((a, b) => b.milliseconds - a.milliseconds);
  const rest = all.length - large.length;
  if (!rest) return large;
  const remainder = sum(spots) - sum(large);
  return [...large, { name: `${rest} smaller`, milliseconds: remainder, parts: [] }];
}

export function sharesOf(
  title: string,
  spots: readonly Spot[],
  nameOf: (spot: Spot) => string,
  groupOf: (spot: Spot) => string,
): Share {
  const total = sum(spots);
  const parts = [...grouped(spots, groupOf)].map(([name, own]): Share => {
    return { name, milliseconds: sum(own), parts: functionsOf(own, nameOf, total * SMALLEST) };
  });
  parts.sort((a, b) => b.milliseconds - a.milliseconds);
  return { name: title, milliseconds: total, parts };
}
