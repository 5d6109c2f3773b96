/**
 * 32-bit ELF executables (System V ABI, Intel386 supplement): the program headers of one, and writing one from
 * segments. No sections: loaders do not look at them.
 */
export interface ElfSegment {
  readonly address: number;
  readonly data: Uint8Array;
  /** Size in memory, at least that of the data; the rest is zero. */
  readonly memorySize: number;
}

export interface Elf {
  /** Physical address. */
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
}

const HEADER_SIZE = 52;
const PROGRAM_HEADER_SIZE = 32;
const PT_LOAD = 1;

export function readElf(bytes: Uint8Array): Elf {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, false) !== 0x7f454c46 || bytes[4] !== 1) throw new Error('not a 32-bit ELF file');
  const table = view.getUint32(28, true);
  const segments: ElfSegment[] = [];
  for (let index = 0; index < view.getUint16(44, true); index++) {
    const at = table + index * PROGRAM_HEADER_SIZE;
    if (view.getUint32(at, true) !== PT_LOAD) continue;
    const offset = view.getUint32(at + 4, true);
    segments.push({
      address: view.getUint32(at + 12, true),
      data: bytes.subarray(offset, offset + view.getUint32(at + 16, true)),
      memorySize: view.getUint32(at + 20, true),
    });
  }
  return { entry: view.getUint32(24, true), segments };
}

export function writeElf(elf: Elf): Uint8Array<ArrayBuffer> {
  const start = HEADER_SIZE + elf.segments.length * PROGRAM_HEADER_SIZE;
  const size = elf.segments.reduce((sum, segment) => sum + segment.data.length, start);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, 3, true); // EM_386
  view.setUint32(20, 1, true);
  view.setUint32(24, elf.entry, true);
  view.setUint32(28, HEADER_SIZE, true);
  view.setUint16(40, HEADER_SIZE, true);
  view.setUint16(42, PROGRAM_HEADER_SIZE, true);
  view.setUint16(44, elf.segments.length, true);
  view.setUint16(46, 40, true); // size of a section header, of which there are none
  let offset = start;
  elf.segments.forEach((segment, index) => {
    const fields = [PT_LOAD, offset, segment.address, segment.address, segment.data.length, segment.memorySize, 7, 1];
    fields.forEach((value, field) =>
      view.setUint32(HEADER_SIZE + index * PROGRAM_HEADER_SIZE + field * 4, value, true),
    );
    bytes.set(segment.data, offset);
    offset += segment.data.length;
  });
  return bytes;
}
