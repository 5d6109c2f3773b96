/**
 * PVH: an ELF kernel is entered in 32-bit protected mode at the address that its Xen note names, with EBX pointing to
 * an hvm_start_info (Xen's public/arch-x86/hvm/start_info.h, version 1; docs/misc/pvh.pandoc). Linux has it as
 * CONFIG_PVH; it spares the guest unpacking itself.
 */
import type { CpuState } from '../cpu-state.ts';
import { hex, type GuestMemory } from '../guest-memory.ts';
import { type Elf, parseElf } from './elf.ts';
import { enterFlatMode } from './flat-mode.ts';
import { memoryMap, Placement } from './memory-map.ts';
import { type BootInput, type BootPlan, cString } from './protocol.ts';
import { RSDP, writeTables } from './tables.ts';

const XEN_ELFNOTE_PHYS32_ENTRY = 18;
const START_INFO_MAGIC = 0x336ec578;
const START_INFO_SIZE = 56;
const MODULE_SIZE = 32;
const MEMORY_MAP_ENTRY = 24;

/** The entry that the note names; undefined when there is no such note. */
export function pvhEntry(elf: Elf): number | undefined {
  const note = elf.notes.find((n) => n.name === 'Xen' && n.type === XEN_ELFNOTE_PHYS32_ENTRY);
  if (!note) return undefined;
  const { description } = note;
  const view = new DataView(description.buffer, description.byteOffset, description.byteLength);
  if (description.length === 4) return view.getUint32(0, true);
  if (description.length !== 8 || view.getUint32(4, true) !== 0)
    throw new Error('the PVH note is damaged: its entry is not a 32-bit address');
  return view.getUint32(0, true);
}

export function planPvh(input: BootInput): BootPlan {
  const elf = parseElf(input.kernel);
  const entry = pvhEntry(elf);
  if (entry === undefined) throw new Error('ELF file without a PVH note');
  if (!elf.segments.some((s) => entry >= s.physical && entry < s.physical + s.data.length))
    throw new Error(`the PVH note names entry ${hex(entry)}, which no segment of the kernel contains`);

  const place = new Placement(input.ramSize);
  for (const s of elf.segments) place.claim(s.physical, s.memorySize, 'a kernel segment');
  const map = memoryMap(input.ramSize);
  const commandLine = cString(input.commandLine);
  const initrdAt = input.initrd ? place.high(input.initrd.length, 'the initrd') : 0;
  const commandLineAt = place.low(commandLine.length, 'the command line');
  const infoAt = place.low(START_INFO_SIZE + MODULE_SIZE + map.length * MEMORY_MAP_ENTRY, 'the start info');

  return {
    protocol: 'PVH',
    load(memory: GuestMemory, cpu: CpuState): void {
      loadSegments(memory, elf);
      writeTables(memory);
      memory.write(commandLineAt, commandLine);
      if (input.initrd) memory.write(initrdAt, input.initrd);
      writeStartInfo(memory, infoAt, { commandLineAt, initrdAt, initrdSize: input.initrd?.length ?? 0 });
      enterFlatMode(cpu, entry);
      cpu.setGeneral('rbx', infoAt);
      cpu.commit();
    },
  };
}

export function loadSegments(memory: GuestMemory, elf: Elf): void {
  for (const s of elf.segments) {
    memory.write(s.physical, s.data);
    memory.zero(s.physical + s.data.length, s.memorySize - s.data.length);
  }
}

function writeStartInfo(
  memory: GuestMemory,
  at: number,
  info: { commandLineAt: number; initrdAt: number; initrdSize: number },
): void {
  const modulesAt = at + START_INFO_SIZE;
  const mapAt = modulesAt + MODULE_SIZE;
  const map = memoryMap(memory.size);
  memory.zero(at, START_INFO_SIZE + MODULE_SIZE);
  memory.setU32(at, START_INFO_MAGIC);
  memory.setU32(at + 4, 1); // version
  memory.setU32(at + 12, info.initrdSize ? 1 : 0); // nr_modules
  memory.setU64(at + 16, info.initrdSize ? modulesAt : 0); // modlist_paddr
  memory.setU64(at + 24, info.commandLineAt); // cmdline_paddr
  memory.setU64(at + 32, RSDP); // rsdp_paddr
  memory.setU64(at + 40, mapAt); // memmap_paddr
  memory.setU32(at + 48, map.length); // memmap_entries
  memory.setU64(modulesAt, info.initrdAt);
  memory.setU64(modulesAt + 8, info.initrdSize);
  map.forEach((range, i) => {
    const entry = mapAt + i * MEMORY_MAP_ENTRY;
    memory.setU64(entry, range.start);
    memory.setU64(entry + 8, range.size);
    memory.setU32(entry + 16, range.type);
    memory.setU32(entry + 20, 0);
  });
}
