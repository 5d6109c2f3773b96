/**
 * Linux kernels in one multiboot image: kernel, initial RAM disk, command line and boot parameters, for an emulator
 * that loads multiboot but no vmlinux, and needs a BIOS for a bzImage. What is measured is the same kernel, without
 * the instructions of a BIOS. Offsets are those of Documentation/arch/x86/{boot,zero-page}.rst.
 */
import { readFileSync } from 'node:fs';
import { readElf, writeElf } from './elf.ts';
import type { ElfSegment } from './elf.ts';
import { link } from './image.ts';

const BOOT_PARAMS = 0x90000;
const COMMAND_LINE = 0x91000;
const LOADER = 0x92000;
/** linux-loader.S: after the multiboot header comes the kernel's entry, then the code. */
const LOADER_KERNEL_ENTRY = 12;
const LOADER_START = 16;

const SETUP_HEADER = 0x1f1;
const E820_COUNT = 0x1e8;
const E820_TABLE = 0x2d0;
const HDRS = 0x53726448;

export interface LinuxParts {
  readonly kernel: Uint8Array;
  readonly initrd: Uint8Array;
  readonly commandLine: string;
  readonly memory: number;
}

interface Kernel {
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
  /** From offset 0x1F1 of the boot parameters. */
  readonly setupHeader: Uint8Array;
}

/** A vmlinux has no setup header: the least that the kernel looks at. */
function vmlinux(bytes: Uint8Array): Kernel {
  const setupHeader = new Uint8Array(0x290 - SETUP_HEADER);
  const view = new DataView(setupHeader.buffer);
  view.setUint16(0x1fe - SETUP_HEADER, 0xaa55, true);
  view.setUint32(0x202 - SETUP_HEADER, HDRS, true);
  view.setUint16(0x206 - SETUP_HEADER, 0x20f, true);
  return { ...readElf(bytes), setupHeader };
}

function bzImage(bytes: Uint8Array): Kernel {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0x202, true) !== HDRS) throw new Error('neither a vmlinux nor a bzImage');
  const setupSectors = bytes[SETUP_HEADER] || 4;
  const data = bytes.subarray((setupSectors + 1) * 512);
  const entry = view.getUint32(0x214, true);
  const setupHeader = bytes.slice(SETUP_HEADER, 0x202 + (bytes[0x201] ?? 0));
  return { entry, segments: [{ address: 0x100000, data, memorySize: data.length }], setupHeader };
}

function bootParameters(kernel: Kernel, initrd: ElfSegment, memory: number): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  bytes.set(kernel.setupHeader, SETUP_HEADER);
  bytes[0x210] = 0xff; // type_of_loader: unknown
  bytes[0x211] = (bytes[0x211] ?? 0) | 1; // loadflags: LOADED_HIGH
  view.setUint32(0x218, initrd.address, true);
  view.setUint32(0x21c, initrd.data.length, true);
  view.setUint32(0x228, COMMAND_LINE, true);
  const map = [
    [0, 0x9fc00, 1],
    [0x9fc00, 0x400, 2],
    [0xf0000, 0x10000, 2],
    [0x100000, memory - 0x100000, 1],
  ] as const;
  bytes[E820_COUNT] = map.length;
  map.forEach(([address, size, type], index) => {
    view.setBigUint64(E820_TABLE + index * 20, BigInt(address), true);
    view.setBigUint64(E820_TABLE + index * 20 + 8, BigInt(size), true);
    view.setUint32(E820_TABLE + index * 20 + 16, type, true);
  });
  return bytes;
}

function whole(address: number, data: Uint8Array): ElfSegment {
  return { address, data, memorySize: data.length };
}

/** The multiboot image; `source` is the folder of linux-loader.S, `scratch` a file name for the assembler's output. */
export function linuxAsMultiboot(parts: LinuxParts, source: string, scratch: string): Uint8Array<ArrayBuffer> {
  const isElf = parts.kernel[0] === 0x7f;
  const kernel = isElf ? vmlinux(parts.kernel) : bzImage(parts.kernel);
  link(source, ['linux-loader.S'], scratch, ['--oformat', 'binary', '-Ttext', `0x${LOADER.toString(16)}`]);
  const loader = new Uint8Array(readFileSync(scratch));
  new DataView(loader.buffer).setUint32(LOADER_KERNEL_ENTRY, kernel.entry, true);
  const initrd = whole((parts.memory - parts.initrd.length - 0x10000) & ~0xfff, parts.initrd);
  return writeElf({
    entry: LOADER + LOADER_START,
    segments: [
      whole(LOADER, loader),
      whole(BOOT_PARAMS, bootParameters(kernel, initrd, parts.memory)),
      whole(COMMAND_LINE, new TextEncoder().encode(`${parts.commandLine}\0`)),
      ...kernel.segments,
      initrd,
    ],
  });
}
