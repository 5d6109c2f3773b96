/**
 * Multiboot 1 (Multiboot Specification 0.6.96): an ELF file, or a flat one whose header gives its addresses. A request
 * for a video mode (flag 2) is passed over: there is no graphics adapter to set, and the information structure says so.
 */
import type { CpuState } from '../cpu-state.ts';
import { hex, type GuestMemory } from '../guest-memory.ts';
import { type ElfSegment, isElf, parseElf } from './elf.ts';
import { enterFlatMode } from './flat-mode.ts';
import { HIGH_RAM, memoryMap, Placement } from './memory-map.ts';
import { type BootInput, type BootPlan, cString } from './protocol.ts';
import { writeTables } from './tables.ts';

const HEADER_MAGIC = 0x1badb002;
const LOADER_MAGIC = 0x2badb002;
const SEARCH = 8192;
// Header flags
const VIDEO_MODE = 1 << 2;
const REQUIRED_KNOWN = 1 | 2 | VIDEO_MODE; // align modules, memory information
const ADDRESSES_VALID = 1 << 16;
// Information flags (3.3)
const INFO_MEMORY = 1;
const INFO_COMMAND_LINE = 1 << 2;
const INFO_MODULES = 1 << 3;
const INFO_MEMORY_MAP = 1 << 6;
const INFO_LOADER_NAME = 1 << 9;
const INFO_SIZE = 120;
const MODULE_SIZE = 16;
const MAP_ENTRY = 24;
const LOADER_NAME = 'DomZero';

/** Offset of the header in the file; undefined when there is none. */
export function findMultibootHeader(file: Uint8Array): number | undefined {
  const view = viewOf(file);
  for (let at = 0; at + 12 <= Math.min(file.length, SEARCH); at += 4) {
    if (view.getUint32(at, true) !== HEADER_MAGIC) continue;
    const sum = HEADER_MAGIC + view.getUint32(at + 4, true) + view.getUint32(at + 8, true);
    if (sum % 2 ** 32 === 0) return at;
  }
  return undefined;
}

interface Program {
  readonly entry: number;
  readonly segments: readonly Omit<ElfSegment, 'virtual'>[];
}

export function planMultiboot(input: BootInput): BootPlan {
  const at = findMultibootHeader(input.kernel);
  if (at === undefined) throw new Error('no multiboot header in the first 8 KiB');
  const flags = viewOf(input.kernel).getUint32(at + 4, true);
  if (flags & 0xffff & ~REQUIRED_KNOWN)
    throw new Error(
      `the multiboot header requires features ${hex(flags & 0xffff & ~REQUIRED_KNOWN)}, which do not exist in version 1`,
    );
  const program = flags & ADDRESSES_VALID ? flatProgram(input.kernel, at) : elfProgram(input.kernel);
  const place = new Placement(input.ramSize);
  for (const s of program.segments) place.claim(s.physical, s.memorySize, 'a kernel segment');
  if (!program.segments.some((s) => program.entry >= s.physical && program.entry < s.physical + s.memorySize))
    throw new Error(`the entry ${hex(program.entry)} lies in no segment of the kernel`);

  const info = layOutInfo(place, input);
  return {
    protocol: 'multiboot',
    load(memory: GuestMemory, cpu: CpuState): void {
      for (const s of program.segments) {
        memory.write(s.physical, s.data);
        memory.zero(s.physical + s.data.length, s.memorySize - s.data.length);
      }
      writeTables(memory);
      writeInfo(memory, info);
      enterFlatMode(cpu, program.entry);
      cpu.setGeneral('rax', LOADER_MAGIC);
      cpu.setGeneral('rbx', info.at);
      cpu.commit();
    },
  };
}

/** Address fields of the header (3.1.3): the file from the header's place on, up to load_end_addr. */
function flatProgram(file: Uint8Array, at: number): Program {
  if (at + 32 > file.length) throw new Error('the multiboot header is cut off');
  const view = viewOf(file);
  const field = (n: number): number => view.getUint32(at + n, true);
  const [headerAddr, loadAddr, loadEndAddr, bssEndAddr, entry] = [
    field(12),
    field(16),
    field(20),
    field(24),
    field(28),
  ];
  const start = at - (headerAddr - loadAddr);
  if (headerAddr < loadAddr || start < 0)
    throw new Error(`the multiboot header's load address ${hex(loadAddr)} does not fit its own ${hex(headerAddr)}`);
  const size = loadEndAddr === 0 ? file.length - start : loadEndAddr - loadAddr;
  if (size <= 0 || start + size > file.length)
    throw new Error(`the multiboot header speaks of ${size} bytes from byte ${start}, the file has ${file.length}`);
  if (bssEndAddr !== 0 && bssEndAddr < loadAddr + size)
    throw new Error(`the multiboot header's bss ends at ${hex(bssEndAddr)}, before the end of the data`);
  const memorySize = bssEndAddr === 0 ? size : bssEndAddr - loadAddr;
  return { entry, segments: [{ physical: loadAddr, memorySize, data: file.subarray(start, start + size) }] };
}

/** The entry of an ELF file is virtual; where it lies physically its segment tells. */
function elfProgram(file: Uint8Array): Program {
  if (!isElf(file)) throw new Error('a multiboot image must be an ELF file or give its addresses (flag 16)');
  const elf = parseElf(file);
  const home = elf.segments.find((s) => elf.entry >= s.virtual && elf.entry < s.virtual + BigInt(s.memorySize));
  if (!home) throw new Error(`the entry ${hex(elf.entry)} lies in no segment of the ELF file`);
  return { entry: home.physical + Number(elf.entry - home.virtual), segments: elf.segments };
}

interface InfoLayout {
  readonly at: number;
  readonly mapAt: number;
  readonly moduleAt: number;
  readonly nameAt: number;
  readonly commandLineAt: number;
  readonly commandLine: Uint8Array;
  readonly initrdAt: number;
  readonly initrd: Uint8Array | undefined;
}
function layOutInfo(place: Placement, input: BootInput): InfoLayout {
  const commandLine = cString(input.commandLine);
  return {
    initrd: input.initrd,
    initrdAt: input.initrd ? place.high(input.initrd.length, 'the initrd') : 0,
    commandLine,
    commandLineAt: place.low(commandLine.length, 'the command line'),
    nameAt: place.low(LOADER_NAME.length + 1, 'the loader name'),
    moduleAt: place.low(MODULE_SIZE, 'the module list'),
    mapAt: place.low(memoryMap(input.ramSize).length * MAP_ENTRY, 'the memory map'),
    at: place.low(INFO_SIZE, 'the multiboot information'),
  };
}
function writeInfo(memory: GuestMemory, info: InfoLayout): void {
  const map = memoryMap(memory.size);
  const modules = info.initrd ? INFO_MODULES : 0;
  memory.zero(info.at, INFO_SIZE);
  memory.setU32(info.at, INFO_MEMORY | INFO_COMMAND_LINE | modules | INFO_MEMORY_MAP | INFO_LOADER_NAME);
  memory.setU32(info.at + 4, 639); // mem_lower, KiB
  memory.setU32(info.at + 8, (memory.size - HIGH_RAM) / 1024); // mem_upper
  memory.setU32(info.at + 16, info.commandLineAt);
  memory.setU32(info.at + 20, info.initrd ? 1 : 0); // mods_count
  memory.setU32(info.at + 24, info.moduleAt); // mods_addr
  memory.setU32(info.at + 44, map.length * MAP_ENTRY); // mmap_length
  memory.setU32(info.at + 48, info.mapAt); // mmap_addr
  memory.setU32(info.at + 64, info.nameAt); // boot_loader_name
  memory.write(info.commandLineAt, info.commandLine);
  memory.write(info.nameAt, cString(LOADER_NAME));
  writeModule(memory, info);
  map.forEach((range, i) => {
    const entry = info.mapAt + i * MAP_ENTRY;
    memory.setU32(entry, MAP_ENTRY - 4); // size, not counting itself
    memory.setU64(entry + 4, range.start);
    memory.setU64(entry + 12, range.size);
    memory.setU32(entry + 20, range.type);
  });
}
function writeModule(memory: GuestMemory, info: InfoLayout): void {
  memory.zero(info.moduleAt, MODULE_SIZE);
  if (!info.initrd) return;
  memory.write(info.initrdAt, info.initrd);
  memory.setU32(info.moduleAt, info.initrdAt); // mod_start
  memory.setU32(info.moduleAt + 4, info.initrdAt + info.initrd.length); // mod_end
  memory.setU32(info.moduleAt + 8, info.commandLineAt + info.commandLine.length - 1); // string: empty
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
