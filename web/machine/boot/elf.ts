/**
 * Reads ELF executables (System V gABI, 32 and 64 bit, little-endian x86). The file is hostile until proven otherwise:
 * each offset and size is checked against the file before it is used.
 */
import { hex } from '../guest-memory.ts';

export interface ElfSegment {
  readonly virtual: bigint;
  readonly physical: number;
  readonly memorySize: number;
  /** The file's part; the rest up to memorySize is zeros. */
  readonly data: Uint8Array;
}
export interface ElfNote {
  readonly name: string;
  readonly type: number;
  readonly description: Uint8Array;
}
export interface Elf {
  readonly bits: 32 | 64;
  /** Virtual address. */
  readonly entry: bigint;
  /** PT_LOAD. */
  readonly segments: readonly ElfSegment[];
  /** PT_NOTE. */
  readonly notes: readonly ElfNote[];
}

const MAGIC = 0x464c457f; // 7f 'ELF'
const PT_LOAD = 1;
const PT_NOTE = 4;
const ET_EXEC = 2;
const ET_DYN = 3;
const EM_386 = 3;
const EM_X86_64 = 62;
const MAX_SEGMENTS = 128;
const MAX_NOTES = 256;

export function isElf(file: Uint8Array): boolean {
  return file.length >= 4 && viewOf(file).getUint32(0, true) === MAGIC;
}

/** Where the two classes keep their fields: [offset, bytes]. */
const CLASS32 = {
  bits: 32, header: 52, programHeader: 32, entry: [24, 4], phoff: [28, 4], phentsize: 42, phnum: 44,
  offset: [4, 4], virtual: [8, 4], physical: [12, 4], fileSize: [16, 4], memorySize: [20, 4], align: [28, 4],
} as const; // prettier-ignore
const CLASS64 = {
  bits: 64, header: 64, programHeader: 56, entry: [24, 8], phoff: [32, 8], phentsize: 54, phnum: 56,
  offset: [8, 8], virtual: [16, 8], physical: [24, 8], fileSize: [32, 8], memorySize: [40, 8], align: [48, 8],
} as const; // prettier-ignore
type Layout = typeof CLASS32 | typeof CLASS64;

export function parseElf(file: Uint8Array): Elf {
  const layout = checkIdentity(file);
  const view = viewOf(file);
  const table = readSmall(view, layout.phoff, 0, 'program header table');
  const entrySize = view.getUint16(layout.phentsize, true);
  const count = view.getUint16(layout.phnum, true);
  if (count === 0) throw new Error('ELF file without program headers: an executable is needed, not an object file');
  if (count > MAX_SEGMENTS)
    throw new Error(`ELF file with ${count} program headers; at most ${MAX_SEGMENTS} make sense`);
  if (entrySize < layout.programHeader) throw new Error(`ELF program headers of ${entrySize} bytes are too small`);
  if (table + count * entrySize > file.length)
    throw new Error('ELF file is cut off: its program headers lie beyond the end');

  const segments: ElfSegment[] = [];
  const notes: ElfNote[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + i * entrySize;
    const type = view.getUint32(at, true);
    if (type === PT_LOAD) segments.push(readSegment(file, layout, at));
    else if (type === PT_NOTE) notes.push(...readNotes(file, layout, at));
  }
  return { bits: layout.bits, entry: readBig(view, layout.entry, 0), segments, notes };
}

function checkIdentity(file: Uint8Array): Layout {
  if (!isElf(file) || file.length < 20) throw new Error('not an ELF file');
  const elfClass = file[4];
  if (elfClass !== 1 && elfClass !== 2) throw new Error(`ELF file of unknown class ${elfClass}`);
  if (file[5] !== 1) throw new Error('ELF file is big-endian; a PC runs little-endian code');
  const layout = elfClass === 1 ? CLASS32 : CLASS64;
  if (file.length < layout.header) throw new Error('ELF file is cut off within its header');
  const view = viewOf(file);
  const type = view.getUint16(16, true);
  const machine = view.getUint16(18, true);
  if (machine !== EM_386 && machine !== EM_X86_64)
    throw new Error(`ELF file is for machine type ${machine}; x86 is 3 (32 bit) or 62 (64 bit)`);
  if (type !== ET_EXEC && type !== ET_DYN)
    throw new Error(`ELF file of type ${type} is not an executable (type 2); link it first`);
  return layout;
}

function readSegment(file: Uint8Array, layout: Layout, at: number): ElfSegment {
  const view = viewOf(file);
  const physical = readSmall(view, layout.physical, at, 'physical address');
  const memorySize = readSmall(view, layout.memorySize, at, 'size in memory');
  const data = content(file, layout, at);
  if (data.length > memorySize)
    throw new Error(`ELF segment at ${hex(physical)} has ${data.length} bytes in the file but ${memorySize} in memory`);
  return { virtual: readBig(view, layout.virtual, at), physical, memorySize, data };
}
function content(file: Uint8Array, layout: Layout, at: number): Uint8Array {
  const view = viewOf(file);
  const offset = readSmall(view, layout.offset, at, 'file offset');
  const size = readSmall(view, layout.fileSize, at, 'size in the file');
  if (offset + size > file.length)
    throw new Error(`ELF file is cut off: a segment ends at byte ${offset + size}, the file at ${file.length}`);
  return file.subarray(offset, offset + size);
}

/** Notes (gABI, "Note Section"): name size, description size, type, name, description, each padded to 4 (or 8). */
function readNotes(file: Uint8Array, layout: Layout, at: number): ElfNote[] {
  const data = content(file, layout, at);
  const view = viewOf(data);
  const align = readBig(viewOf(file), layout.align, at) === 8n ? 8 : 4;
  const notes: ElfNote[] = [];
  for (let p = 0; p + 12 <= data.length && notes.length < MAX_NOTES;) {
    const nameSize = view.getUint32(p, true);
    const nameAt = p + 12;
    const descriptionAt = alignUp(nameAt + nameSize, align);
    const end = descriptionAt + view.getUint32(p + 4, true);
    if (end > data.length) throw new Error('ELF file is damaged: a note is longer than its segment');
    notes.push({
      name: latin1(data.subarray(nameAt, nameAt + nameSize)).replace(/\0+$/, ''),
      type: view.getUint32(p + 8, true),
      description: data.subarray(descriptionAt, end),
    });
    p = alignUp(end, align);
  }
  return notes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
function readBig(view: DataView, field: readonly [number, 4 | 8], base: number): bigint {
  const at = base + field[0];
  return field[1] === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
}
/** A value that only makes sense below 2^52: file offsets, sizes and physical addresses. */
function readSmall(view: DataView, field: readonly [number, 4 | 8], base: number, what: string): number {
  const value = readBig(view, field, base);
  if (value >= 1n << 52n) throw new Error(`ELF file is damaged: ${what} ${hex(value)}`);
  return Number(value);
}
function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 64));
}
