/**
 * Linux's own boot protocol, version 2.02 and up, through the 32-bit entry (Documentation/arch/x86/boot.rst, "32-bit
 * Boot Protocol"; offsets and names from its "The Real-Mode Kernel Header"). 64-bit kernels have the same entry and
 * switch to long mode by themselves.
 */
import type { CpuState } from '../cpu-state.ts';
import type { GuestMemory } from '../guest-memory.ts';
import { enterFlatMode } from './flat-mode.ts';
import { E820_RAM, HIGH_RAM, memoryMap, Placement } from './memory-map.ts';
import { type BootInput, type BootPlan, cString } from './protocol.ts';
import { RSDP, writeTables } from './tables.ts';

const HEADER = 0x1f1;
const HDRS = 0x53726448; // 'HdrS'
const BOOT_FLAG = 0xaa55;
const LOADED_HIGH = 1;
/** Offsets in the file, and alike in the zero page. */
const Field = {
  setup_sects: 0x1f1, syssize: 0x1f4, boot_flag: 0x1fe, jump: 0x200, header: 0x202, version: 0x206,
  type_of_loader: 0x210, loadflags: 0x211, code32_start: 0x214, ramdisk_image: 0x218, ramdisk_size: 0x21c,
  cmd_line_ptr: 0x228, initrd_addr_max: 0x22c, relocatable_kernel: 0x234, cmdline_size: 0x238,
  pref_address: 0x258, init_size: 0x260,
} as const; // prettier-ignore
/** Fields of the zero page (struct boot_params) outside the header. */
const ZeroPage = {
  ext_mem_k: 0x02,
  acpi_rsdp_addr: 0x70,
  alt_mem_k: 0x1e0,
  e820_entries: 0x1e8,
  e820_table: 0x2d0,
} as const;
const ZERO_PAGE_SIZE = 4096;
const E820_ENTRY = 20;
/** __BOOT_CS and __BOOT_DS. */
const SELECTORS = { code: 0x10, data: 0x18 };
const GDT = [0n, 0n, 0x00cf_9b00_0000_ffffn, 0x00cf_9300_0000_ffffn];
/** Without an assigned number: "undefined" (boot.rst, type_of_loader). */
const LOADER_UNDEFINED = 0xff;

export function isBzImage(file: Uint8Array): boolean {
  return file.length >= 0x250 && viewOf(file).getUint32(Field.header, true) === HDRS;
}

interface Header {
  readonly version: number;
  /** The header's bytes, from 0x1f1. */
  readonly bytes: Uint8Array;
  readonly kernel: Uint8Array;
  readonly commandLineMax: number;
  readonly initrdMax: number;
  /** Where the protected-mode kernel goes, and how much memory it needs there before it knows the memory map. */
  readonly preferred: number;
  readonly relocatable: boolean;
  readonly initSize: number;
}

export function planBzImage(input: BootInput): BootPlan {
  const header = parseHeader(input.kernel);
  const commandLine = cString(input.commandLine);
  if (commandLine.length - 1 > header.commandLineMax)
    throw new Error(
      `the command line has ${commandLine.length - 1} bytes; this kernel takes at most ${header.commandLineMax}`,
    );
  const place = new Placement(input.ramSize);
  const kernelAt = placeKernel(place, header);
  const initrdAt = input.initrd ? place.high(input.initrd.length, 'the initrd', header.initrdMax + 1) : 0;
  const commandLineAt = place.low(commandLine.length, 'the command line');
  const zeroPageAt = place.low(ZERO_PAGE_SIZE, 'the zero page', 4096);
  const gdtAt = place.low(GDT.length * 8, 'the boot GDT');

  return {
    protocol: `Linux boot protocol ${header.version >> 8}.${String(header.version & 0xff).padStart(2, '0')}`,
    load(memory: GuestMemory, cpu: CpuState): void {
      writeTables(memory);
      memory.write(kernelAt, header.kernel);
      if (input.initrd) memory.write(initrdAt, input.initrd);
      memory.write(commandLineAt, commandLine);
      writeZeroPage(memory, zeroPageAt, header.bytes);
      memory.setU32(zeroPageAt + Field.code32_start, kernelAt);
      memory.setU32(zeroPageAt + Field.cmd_line_ptr, commandLineAt);
      memory.setU32(zeroPageAt + Field.ramdisk_image, initrdAt);
      memory.setU32(zeroPageAt + Field.ramdisk_size, input.initrd?.length ?? 0);
      GDT.forEach((descriptor, i) => memory.setU64(gdtAt + i * 8, descriptor));
      enterFlatMode(cpu, kernelAt, SELECTORS);
      cpu.setDescriptorTable('gdt', gdtAt, GDT.length * 8 - 1);
      cpu.setGeneral('rsi', zeroPageAt);
      cpu.commit();
    },
  };
}

function parseHeader(file: Uint8Array): Header {
  const view = viewOf(file);
  const version = view.getUint16(Field.version, true);
  const name = `${version >> 8}.${String(version & 0xff).padStart(2, '0')}`;
  if (view.getUint16(Field.boot_flag, true) !== BOOT_FLAG)
    throw new Error('Linux kernel image is damaged: no 55 AA at 0x1fe');
  if (version < 0x202) throw new Error(`Linux boot protocol ${name} is too old: 2.02 (Linux 2.4) or later is needed`);
  if (!((file[Field.loadflags] ?? 0) & LOADED_HIGH))
    throw new Error('this is a zImage, which loads below 640 KiB; build a bzImage instead');
  const setupEnd = ((file[Field.setup_sects] || 4) + 1) * 512;
  const needed = setupEnd + (version >= 0x204 ? view.getUint32(Field.syssize, true) * 16 : 0);
  if (setupEnd >= file.length || needed > file.length + 15)
    throw new Error(`Linux kernel image is cut off: its header speaks of ${needed} bytes, the file has ${file.length}`);
  const headerEnd = Math.min(Field.header + (file[Field.jump + 1] ?? 0), setupEnd, 0x290);
  const has = (since: number, field: number): boolean => version >= since && field < headerEnd;
  return {
    version,
    bytes: file.slice(HEADER, headerEnd),
    kernel: file.subarray(setupEnd),
    commandLineMax: has(0x206, Field.cmdline_size) ? view.getUint32(Field.cmdline_size, true) : 255,
    initrdMax: has(0x203, Field.initrd_addr_max) ? view.getUint32(Field.initrd_addr_max, true) : 0x37ff_ffff,
    relocatable: has(0x205, Field.relocatable_kernel) && file[Field.relocatable_kernel] !== 0,
    preferred: has(0x20a, Field.pref_address) ? preferredAddress(view) : HIGH_RAM,
    initSize: has(0x20a, Field.init_size) ? view.getUint32(Field.init_size, true) : file.length,
  };
}
function preferredAddress(view: DataView): number {
  const address = view.getBigUint64(Field.pref_address, true);
  if (address < BigInt(HIGH_RAM) || address > 0xffff_ffffn)
    throw new Error(`Linux kernel image is damaged: preferred address 0x${address.toString(16)}`);
  return Number(address);
}
/**
 * Loads a movable kernel where it wants to run, so that it need not move itself; another one at 1 MiB, from where it
 * moves. Either way it needs `init_size` bytes at the preferred address.
 */
function placeKernel(place: Placement, header: Header): number {
  const at = header.relocatable ? header.preferred : HIGH_RAM;
  const end = Math.max(header.preferred + header.initSize, at + header.kernel.length);
  place.claim(at, end - at, 'the kernel');
  return at;
}

function writeZeroPage(memory: GuestMemory, at: number, header: Uint8Array): void {
  memory.zero(at, ZERO_PAGE_SIZE);
  memory.write(at + HEADER, header);
  memory.setU8(at + Field.type_of_loader, LOADER_UNDEFINED);
  memory.setU64(at + ZeroPage.acpi_rsdp_addr, RSDP);
  const map = memoryMap(memory.size);
  memory.setU8(at + ZeroPage.e820_entries, map.length);
  map.forEach((range, i) => {
    const entry = at + ZeroPage.e820_table + i * E820_ENTRY;
    memory.setU64(entry, range.start);
    memory.setU64(entry + 8, range.size);
    memory.setU32(entry + 16, range.type);
  });
  // For kernels that ask the older way (INT 15h AX=E801, AH=88h)
  const highKiB = map
    .filter((r) => r.type === E820_RAM && r.start >= HIGH_RAM)
    .reduce((sum, r) => sum + r.size / 1024, 0);
  memory.setU32(at + ZeroPage.alt_mem_k, highKiB);
  memory.setU16(at + ZeroPage.ext_mem_k, Math.min(highKiB, 0xfc00));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
