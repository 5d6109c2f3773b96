/** What the store knows of a snapshot without opening it: kept beside its file, and made anew from that if it is lost. */
import type { SnapshotHeader } from '../../client/index.ts';

/** The machine of the page that was saved. An imported snapshot has none. */
export interface SnapshotOrigin {
  /** Its id and name in the list of machines. */
  readonly machine: string;
  readonly name: string;
  /** The image that it was booted from; absent: files of a visitor's own. */
  readonly image?: string | undefined;
  /** The page saved it by itself, and will replace it. */
  readonly automatic: boolean;
}
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
  readonly origin?: SnapshotOrigin | undefined;
  /** Its file is not what was written: it can only be removed, or imported again. */
  readonly damaged?: boolean | undefined;
}
/** A snapshot and those that were taken after it on the same machine. */
export interface SnapshotNode extends SnapshotEntry {
  readonly children: readonly SnapshotNode[];
}

/** As files name them. */
export const SNAPSHOT_ID = /^[0-9a-f]{32}$/;
const TEXT_MAX = 8192;
const NAME_MAX = 120;

export function entryOf(header: SnapshotHeader, size: number, text = '', origin?: SnapshotOrigin): SnapshotEntry {
  const { id, parent, name, date, memory, image } = header;
  const { kernel, commandLine } = image;
  const people = { name: name.slice(0, NAME_MAX), text: text.slice(-TEXT_MAX) };
  return { id, parent, ...people, date, size, memory, kernel, commandLine, origin };
}
/** Of a file that nothing can be read of. */
export function damagedEntry(id: string, size: number): SnapshotEntry {
  const nothing = { parent: undefined, name: '', date: '', memory: 0, kernel: undefined, commandLine: '', text: '' };
  return { ...nothing, id, size, damaged: true };
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Undefined when the text is not what `JSON.stringify` made of an entry with this id. */
export function parseEntry(json: string, id: string): SnapshotEntry | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isFields(raw) || raw['id'] !== id) return undefined;
  const { parent, name, date, size, memory, kernel, commandLine, text, origin } = raw;
  const texts = [name, date, commandLine, text].every((value) => typeof value === 'string');
  const numbers = [size, memory].every((value) => typeof value === 'number' && value >= 0);
  const optional = [parent, kernel].every((value) => value === undefined || typeof value === 'string');
  if (!texts || !numbers || !optional) return undefined;
  const known = { id, parent, name, date, size, memory, kernel, commandLine, text } as SnapshotEntry;
  return { ...known, origin: parseOrigin(origin) };
}

function parseOrigin(value: unknown): SnapshotOrigin | undefined {
  if (!isFields(value)) return undefined;
  const { machine, name, image, automatic } = value;
  if (typeof machine !== 'string' || typeof name !== 'string') return undefined;
  return { machine, name, image: typeof image === 'string' ? image : undefined, automatic: automatic === true };
}

/** 'linux at the prompt 1f3a.dzsnap': without what file systems do not take. */
export function fileName({ name, id }: Pick<SnapshotEntry, 'name' | 'id'>): string {
  const clean = name
    .replace(/[^\p{L}\p{N} ._-]+/gu, ' ')
    .trim()
    .slice(0, 80);
  return `${clean || 'snapshot'} ${id.slice(0, 4)}.dzsnap`;
}
