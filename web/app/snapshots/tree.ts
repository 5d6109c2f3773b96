/** How snapshots descend from one another. Files may lie about it; what is made of them ends all the same. */
import type { SnapshotEntry, SnapshotNode } from './entry.ts';

/** The oldest first, at each level. One whose parent is not there stands at the top. */
export function treeOf(entries: readonly SnapshotEntry[]): SnapshotNode[] {
  const sorted = [...entries].sort((a, b) => a.date.localeCompare(b.date));
  const known = new Set(sorted.map(({ id }) => id));
  // A parent was taken before its child; files that say otherwise cannot make a circle then
  const isChildOf = (entry: SnapshotEntry, parent: SnapshotEntry): boolean =>
    entry.parent === parent.id && sorted.indexOf(entry) > sorted.indexOf(parent);
  const node = (entry: SnapshotEntry): SnapshotNode => ({
    ...entry,
    children: sorted.filter((other) => isChildOf(other, entry)).map(node),
  });
  const isTop = (entry: SnapshotEntry): boolean =>
    entry.parent === undefined || !known.has(entry.parent) || !sorted.some((other) => isChildOf(entry, other));
  return sorted.filter(isTop).map(node);
}

/** Itself first, then its children, theirs, and so on. */
export function descendants(id: string, entries: readonly SnapshotEntry[]): string[] {
  const found = entries.some((entry) => entry.id === id) ? [id] : [];
  for (const parent of found)
    for (const entry of entries) if (entry.parent === parent && !found.includes(entry.id)) found.push(entry.id);
  return found;
}
