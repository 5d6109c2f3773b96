/** What the store knows of a snapshot without opening it: kept beside its file, and made anew from that if it is lost. */
import type { SnapshotHeader } from '../../client/index.ts';

export interface SnapshotEntry {
  readonly id: string;
  readonly parent: string | undefined;
  readonly name: string;
  /** ISO 8601. */
  readonly date: string;
  /** Of the file, bytes. */
  readonly size: number;
  /** Guest RAM, bytes. */
  readonly memory: number;
  /** The machine's kernel, as Snapshot headers name it; and its command line. */
  readonly kernel: string | undefined;
  readonly commandLine: string;
  /** A thumbnail: what the terminal showed. */
  readonly text: string;
}
/** A snapshot and those that were taken after it on the same machine. */
export interface SnapshotNode extends SnapshotEntry {
  readonly children: readonly SnapshotNode[];
}

const TEXT_MAX = 8192;

export function entryOf(header: SnapshotHeader, size: number, text = ''): SnapshotEntry {
  const { id, parent, name, date, memory, image } = header;
  const { kernel, commandLine } = image;
  return { id, parent, name, date, size, memory, kernel, commandLine, text: text.slice(-TEXT_MAX) };
}
/** Undefined when the text is not what `JSON.stringify` made of an entry with this id. */
export function parseEntry(json: string, id: string): SnapshotEntry | undefined {
  let raw: Partial<Record<keyof SnapshotEntry, unknown>>;
  try {
    raw = JSON.parse(json) as typeof raw;
  } catch {
    return undefined;
  }
  if (typeof raw !== 'object' || raw === null || raw.id !== id) return undefined;
  const texts = [raw.name, raw.date, raw.commandLine, raw.text].every((value) => typeof value === 'string');
  const numbers = [raw.size, raw.memory].every((value) => typeof value === 'number' && value >= 0);
  const optional = [raw.parent, raw.kernel].every((value) => value === undefined || typeof value === 'string');
  return texts && numbers && optional ? (raw as unknown as SnapshotEntry) : undefined;
}

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
