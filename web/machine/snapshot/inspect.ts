/** Looks at the file of a snapshot without a machine. */
import { loadChecksum } from './checksum.ts';
import { readContainer, readHeader } from './container.ts';
import { Flag, PAGE, SectionId, type SnapshotHeader } from './format.ts';
import { unpackSection } from './ram-sections.ts';

/** What a file says of itself; no machine is needed. */
export interface SnapshotInfo {
  readonly header: SnapshotHeader;
  readonly format: number;
  /** Of the file. */
  readonly bytes: number;
  /** Pages of RAM that it holds. */
  readonly pages: number;
  /** What the terminal showed, if it was saved with it. */
  readonly text: string | undefined;
  /** In the order of the file, those of RAM together. */
  readonly sections: readonly SectionInfo[];
}
/** A section of it. */
export interface SectionInfo {
  readonly id: string;
  readonly version: number;
  readonly required: boolean;
  /** How many of this name; bytes as stored and unpacked. */
  readonly count: number;
  readonly stored: number;
  readonly length: number;
}

/** Reads all of it and verifies every checksum. Throws a SnapshotError of one line. */
export async function inspectSnapshot(file: Uint8Array): Promise<SnapshotInfo> {
  const { format, header, sections } = readContainer(file, await loadChecksum());
  const byName = new Map<string, SectionInfo>();
  for (const { id, version, flags, length, bytes } of sections) {
    const before = byName.get(id) ?? { count: 0, stored: 0, length: 0 };
    const { count, stored } = before;
    const sum = { count: count + 1, stored: stored + bytes.length, length: before.length + length };
    byName.set(id, { id, version, required: (flags & Flag.Required) !== 0, ...sum });
  }
  const ram = byName.get(SectionId.Ram);
  // A section is a count, and for each page its number and itself
  const pages = ram ? (ram.length - 4 * ram.count) / (PAGE + 4) : 0;
  const text = sections.find(({ id }) => id === SectionId.Text);
  const shown = text && new TextDecoder().decode(await unpackSection(text));
  return { header, format, bytes: file.length, pages, text: shown, sections: [...byName.values()] };
}
/** What a snapshot says about itself, from the first bytes of its file (64 KiB are always enough). */
export async function inspectHeader(start: Uint8Array): Promise<SnapshotHeader> {
  return readHeader(start, await loadChecksum()).header;
}
