/** Kernel files made by hand, field by field from the formats' specifications. */

export interface SegmentSpec {
  readonly type?: number;
  readonly virtual?: bigint;
  readonly physical: number;
  readonly data: Uint8Array;
  readonly memorySize?: number;
  readonly align?: number;
}

/** An ELF executable with these program headers, data in order behind them. */
export function elf(
  bits: 32 | 64,
  entry: bigint,
  segments: readonly SegmentSpec[],
  machine = bits === 32 ? 3 : 62,
): Uint8Array {
  const header = bits === 32 ? 52 : 64;
  const programHeader = bits === 32 ? 32 : 56;
  const dataAt = header + segments.length * programHeader;
  const file = new Uint8Array(dataAt + segments.reduce((sum, s) => sum + s.data.length, 0));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  if (bits === 32) {
    view.setUint32(24, Number(entry), true);
    view.setUint32(28, header, true);
    [52, programHeader, segments.length].forEach((v, i) => view.setUint16(40 + 2 * i, v, true));
  } else {
    view.setBigUint64(24, entry, true);
    view.setBigUint64(32, BigInt(header), true);
    [64, programHeader, segments.length].forEach((v, i) => view.setUint16(52 + 2 * i, v, true));
  }
  let offset = dataAt;
  segments.forEach((s, i) => {
    const at = header + i * programHeader;
    const { type = 1, physical, data, memorySize = data.length, align = 4 } = s;
    const virtual = s.virtual ?? BigInt(physical);
    view.setUint32(at, type, true);
    if (bits === 32) {
      const fields = [offset, Number(virtual), physical, data.length, memorySize, 7, align];
      fields.forEach((v, n) => view.setUint32(at + 4 + 4 * n, v, true));
    } else {
      const fields = [offset, virtual, physical, data.length, memorySize, align];
      view.setUint32(at + 4, 7, true);
      fields.forEach((v, n) => view.setBigUint64(at + 8 + 8 * n, BigInt(v), true));
    }
    file.set(data, offset);
    offset += data.length;
  });
  return file;
}

/** The content of a PT_NOTE segment with one note. */
export function note(name: string, type: number, description: Uint8Array): Uint8Array {
  const pad = (n: number): number => (n + 3) & ~3;
  const out = new Uint8Array(12 + pad(name.length + 1) + pad(description.length));
  const view = new DataView(out.buffer);
  view.setUint32(0, name.length + 1, true);
  view.setUint32(4, description.length, true);
  view.setUint32(8, type, true);
  out.set(new TextEncoder().encode(name), 12);
  out.set(description, 12 + pad(name.length + 1));
  return out;
}
export function u32(...values: number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  values.forEach((v, i) => new DataView(out.buffer).setUint32(i * 4, v, true));
  return out;
}

/** XEN_ELFNOTE_PHYS32_ENTRY is 18. */
export function pvhKernel(entry: number, physical: number, code: Uint8Array, bits: 32 | 64 = 32): Uint8Array {
  const description = bits === 32 ? u32(entry) : u32(entry, 0);
  return elf(bits, BigInt(entry), [
    { physical, virtual: BigInt(physical) + 0xc000_0000n, data: code, memorySize: code.length + 64 },
    { type: 4, physical: 0, data: note('Xen', 18, description) },
  ]);
}

export interface BzImageSpec {
  readonly version?: number;
  readonly loadflags?: number;
  readonly relocatable?: boolean;
  readonly preferred?: number;
  readonly initSize?: number;
  readonly initrdMax?: number;
  readonly commandLineMax?: number;
  readonly code?: Uint8Array;
}
/** Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header". */
export function bzImage(spec: BzImageSpec = {}): Uint8Array {
  const code = spec.code ?? new Uint8Array(1024).fill(0x90);
  const setupSectors = 2;
  const file = new Uint8Array((setupSectors + 1) * 512 + Math.ceil(code.length / 16) * 16);
  const view = new DataView(file.buffer);
  file[0x1f1] = setupSectors;
  view.setUint32(0x1f4, Math.ceil(code.length / 16), true);
  view.setUint16(0x1fe, 0xaa55, true);
  file.set([0xeb, 0x6a], 0x200); // the header ends at 0x202 + 0x6a
  file.set(new TextEncoder().encode('HdrS'), 0x202);
  view.setUint16(0x206, spec.version ?? 0x20f, true);
  file[0x211] = spec.loadflags ?? 1;
  view.setUint32(0x214, 0x100000, true);
  view.setUint32(0x22c, spec.initrdMax ?? 0x7fff_ffff, true);
  view.setUint32(0x230, 0x1000, true);
  file[0x234] = (spec.relocatable ?? true) ? 1 : 0;
  view.setUint32(0x238, spec.commandLineMax ?? 2047, true);
  view.setBigUint64(0x258, BigInt(spec.preferred ?? 0x1000000), true);
  view.setUint32(0x260, spec.initSize ?? 0x200000, true);
  file.set(code, (setupSectors + 1) * 512);
  return file;
}

/** Multiboot 0.6.96, 3.1; `addresses`: header, load, load end, bss end, entry. */
export function multibootHeader(flags: number, addresses: readonly number[] = []): Uint8Array {
  return u32(0x1badb002, flags, -(0x1badb002 + flags) >>> 0, ...addresses);
}
export function concat(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
/** A boot sector with this code. */
export function bootSector(code: readonly number[]): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set(code);
  sector.set([0x55, 0xaa], 510);
  return sector;
}
