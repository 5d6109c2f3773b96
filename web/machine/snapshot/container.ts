/** Writes and reads the container: prologue, header, sections. What is in a section is not looked at here. */
import type { Checksum } from './checksum.ts';
import {
  Flag,
  FORMAT,
  HEADER_MAX,
  ID_LENGTH,
  KNOWN_FLAGS,
  MAGIC,
  PROLOGUE,
  SECTION_HEAD,
  SECTION_MAX,
  SECTION_SUMMED,
  SectionId,
  SECTIONS_MAX,
  SnapshotError,
  type SnapshotHeader,
} from './format.ts';
import { checkHeader } from './header.ts';

/** A section as it lies in the file. */
export interface Section {
  readonly id: string;
  readonly version: number;
  readonly flags: number;
  /** Bytes when unpacked. */
  readonly length: number;
  /** As stored. */
  readonly bytes: Uint8Array;
}
export interface Container {
  readonly format: number;
  readonly header: SnapshotHeader;
  readonly sections: readonly Section[];
}

export function writeContainer(header: SnapshotHeader, sections: readonly Section[], sum: Checksum): Uint8Array[] {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const end: Section = { id: SectionId.End, version: 1, flags: Flag.Required, length: 0, bytes: new Uint8Array() };
  const parts = [prologue(json, sum), json];
  for (const section of [...sections, end]) parts.push(head(section, sum), section.bytes);
  return parts;
}
function prologue(json: Uint8Array, sum: Checksum): Uint8Array {
  const out = new Uint8Array(PROLOGUE);
  const view = new DataView(out.buffer);
  out.set(MAGIC);
  view.setUint16(8, FORMAT, true);
  view.setUint32(12, json.length, true);
  view.setBigUint64(16, sum.of(json), true);
  return out;
}
function head(section: Section, sum: Checksum): Uint8Array {
  const out = new Uint8Array(SECTION_HEAD);
  const view = new DataView(out.buffer);
  out.set(new TextEncoder().encode(section.id).subarray(0, ID_LENGTH));
  view.setUint16(8, section.version, true);
  view.setUint16(10, section.flags, true);
  view.setUint32(12, section.length, true);
  view.setBigUint64(16, BigInt(section.bytes.length), true);
  view.setBigUint64(24, sum.of(out.subarray(0, SECTION_SUMMED), section.bytes), true);
  return out;
}

/** The header alone. Throws a SnapshotError. */
export function readHeader(file: Uint8Array, sum: Checksum): Pick<Container, 'format' | 'header'> & { end: number } {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < PROLOGUE || MAGIC.some((byte, i) => file[i] !== byte))
    throw new SnapshotError('this file is no snapshot of DomZero');
  const format = view.getUint16(8, true);
  if (format > FORMAT || format < 1)
    throw new SnapshotError(
      `it has format ${format}, this version of DomZero reads formats up to ${FORMAT}: use a newer version`,
    );
  const length = view.getUint32(12, true);
  if (length > HEADER_MAX) throw damaged('the header is too long');
  if (PROLOGUE + length > file.length) throw truncated();
  const json = file.subarray(PROLOGUE, PROLOGUE + length);
  if (sum.of(json) !== view.getBigUint64(16, true)) throw damaged('the checksum of the header is wrong');
  return { format, header: checkHeader(json), end: PROLOGUE + length };
}
/** Everything, checksums verified. Throws a SnapshotError. */
export function readContainer(file: Uint8Array, sum: Checksum): Container {
  const { format, header, end } = readHeader(file, sum);
  const sections: Section[] = [];
  for (let at = end; ;) {
    const section = readSection(file, at, sum);
    at += SECTION_HEAD + section.bytes.length;
    if (section.id !== SectionId.End) sections.push(section);
    else if (at !== file.length) throw damaged('something follows its end');
    else return { format, header, sections };
    if (sections.length > SECTIONS_MAX) throw damaged('it has too many sections');
  }
}
function readSection(file: Uint8Array, at: number, sum: Checksum): Section {
  if (at + SECTION_HEAD > file.length) throw truncated();
  const head = file.subarray(at, at + SECTION_HEAD);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const stored = view.getBigUint64(16, true);
  const from = at + SECTION_HEAD;
  if (stored > BigInt(file.length - from)) throw truncated();
  const bytes = file.subarray(from, from + Number(stored));
  const id = idOf(head);
  if (sum.of(head.subarray(0, SECTION_SUMMED), bytes) !== view.getBigUint64(24, true))
    throw damaged(`the checksum of section ${JSON.stringify(id)} is wrong`);
  const section = { id, version: view.getUint16(8, true), flags: view.getUint16(10, true), bytes };
  const length = view.getUint32(12, true);
  const deflated = (section.flags & Flag.Deflated) !== 0;
  if (length > SECTION_MAX || (!deflated && length !== bytes.length)) throw damaged(`section ${id} has no such length`);
  if (section.flags & ~KNOWN_FLAGS) throw new SnapshotError(`section ${id} has flags that this version does not know`);
  return { ...section, length };
}
/** Letters, digits and what else a name may have; anything else is shown as it is. */
function idOf(head: Uint8Array): string {
  const end = head.subarray(0, ID_LENGTH).indexOf(0);
  return String.fromCharCode(...head.subarray(0, end < 0 ? ID_LENGTH : end));
}
function damaged(what: string): SnapshotError {
  return new SnapshotError(`${what}: the file is damaged`);
}
function truncated(): SnapshotError {
  return new SnapshotError('the file ends too early: it was cut off');
}
