/**
 * A raw boot sector: loaded at 0x7C00 and entered in real mode with DL = 0x80, as a PC's BIOS does. There is NO BIOS
 * here: no interrupt services, no disk to load more from. A file longer than a sector is therefore loaded whole, as
 * far as low memory goes, so that bare-metal programs are not held to 510 bytes. A BIOS call ends in CLI, HLT: the
 * machine reports 'halted' instead of running through zeros.
 */
import type { SegmentRegister } from '../types.ts';
import { type CpuState, GENERAL } from '../cpu-state.ts';
import type { GuestMemory } from '../guest-memory.ts';
import { formatSize } from '../memory-size.ts';
import { LOW_RAM_END } from './memory-map.ts';
import type { BootInput, BootPlan } from './protocol.ts';

const ENTRY = 0x7c00;
const SECTOR = 512;
const HARD_DISK = 0x80;
const CR0_ET = 0x10;
/** Real mode, SDM 3C 25.4.1: present, read/write, accessed. */
const REAL_MODE = 0x93;
/** Below the ROM's reset vector, where PCs keep BIOS code: F000:E000. */
const NO_BIOS = 0xfe000;
const VECTORS = 256;

export function isBootSector(file: Uint8Array): boolean {
  return file.length >= SECTOR && file[510] === 0x55 && file[511] === 0xaa;
}

export function planBootSector(input: BootInput): BootPlan {
  const { kernel } = input;
  if (!isBootSector(kernel)) throw new Error('no boot sector: bytes 510 and 511 are not 55 AA');
  if (kernel.length > LOW_RAM_END - ENTRY)
    throw new Error(
      `a boot sector with ${formatSize(kernel.length)} behind it does not fit below 640 KiB, and there is no BIOS to load it from a disk`,
    );
  if (input.initrd)
    throw new Error('a boot sector takes no initrd: leave it away, or boot a Linux or multiboot kernel');
  return {
    protocol: 'boot sector',
    load(memory: GuestMemory, cpu: CpuState): void {
      memory.write(ENTRY, kernel);
      writeMissingBios(memory);
      enterRealMode(cpu);
    },
  };
}

/** All interrupt vectors point to CLI; HLT; JMP to the HLT. */
function writeMissingBios(memory: GuestMemory): void {
  memory.write(NO_BIOS, new Uint8Array([0xfa, 0xf4, 0xeb, 0xfd]));
  for (let vector = 0; vector < VECTORS; vector++) memory.setU32(vector * 4, 0xf000_e000);
}
function enterRealMode(cpu: CpuState): void {
  const zero: SegmentRegister = { selector: 0, base: 0n, limit: 0xffff, access: REAL_MODE };
  for (const name of GENERAL) cpu.setGeneral(name, 0);
  for (const name of ['cs', 'ds', 'es', 'ss', 'fs', 'gs'] as const) cpu.setSegment(name, zero);
  cpu.setDescriptorTable('gdt', 0, 0xffff);
  cpu.setDescriptorTable('idt', 0, 0x3ff);
  cpu.set('cr0', CR0_ET);
  cpu.set('cr3', 0);
  cpu.set('cr4', 0);
  cpu.set('efer', 0);
  cpu.cpl = 0;
  cpu.setGeneral('rdx', HARD_DISK);
  cpu.setGeneral('rsp', ENTRY);
  cpu.set('rip', ENTRY);
  cpu.setEflags(2);
  cpu.commit();
}
