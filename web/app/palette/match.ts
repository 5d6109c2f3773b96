/** Which entries fit what was typed, best first: words that begin, then letters in this order. */

/** Higher is better; undefined: it does not fit. */
export function score(text: string, typed: string): number | undefined {
  const where = text.toLowerCase();
  let total = 0;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const one = scoreWord(where, word);
    if (one === undefined) return undefined;
    total += one;
  }
  return total;
}

function scoreWord(where: string, word: string): number | undefined {
  const at = where.indexOf(word);
  if (at === 0) return 100;
  if (at > 0) return /[^a-z0-9]/.test(where[at - 1] ?? '') ? 80 : 50;
  let from = 0;
  let gaps = 0;
  for (const letter of word) {
    const next = where.indexOf(letter, from);
    if (next < 0) return undefined;
    gaps += next - from;
    from = next + 1;
  }
  return Math.max(1, 30 - gaps);
}

export function best<T extends { readonly label: string }>(entries: readonly T[], typed: string): T[] {
  return entries
    .map((entry) => ({ entry, points: score(entry.label, typed) }))
    .filter((found): found is { entry: T; points: number } => found.points !== undefined)
    .sort((a, b) => b.points - a.points)
    .map(({ entry }) => entry);
}
