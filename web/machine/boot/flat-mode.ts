/**
 * The processor state that PVH, multiboot and Linux's 32-bit boot protocol share: protected mode, flat 4 GiB segments,
 * no paging, interrupts off.
 */
import type { SegmentRegister } from '../types.ts';
import { type CpuState, GENERAL } from '../cpu-state.ts';

// Access rights, SDM 3C 25.4.1: type, S, P, D/B, G
const CODE32 = 0xc09b; // execute/read, accessed
const DATA32 = 0xc093; // read/write, accessed
const TSS32_BUSY = 0x8b;
const LDT_UNUSABLE = 0x1_0082;
const CR0_PE_ET = 0x11;
/** Bit 1 is always set. */
const EFLAGS_CLEAR = 2;

export interface FlatSelectors {
  readonly code: number;
  readonly data: number;
}

/** All general registers 0; the caller sets what its protocol passes and calls `cpu.commit()`. */
export function enterFlatMode(cpu: CpuState, entry: number, selectors: FlatSelectors = { code: 8, data: 16 }): void {
  for (const name of GENERAL) cpu.setGeneral(name, 0);
  cpu.setSegment('cs', flat(selectors.code, CODE32));
  for (const name of ['ds', 'es', 'ss', 'fs', 'gs'] as const) cpu.setSegment(name, flat(selectors.data, DATA32));
  cpu.setSegment('ldtr', { selector: 0, base: 0n, limit: 0xffff, access: LDT_UNUSABLE });
  cpu.setSegment('tr', { selector: 0, base: 0n, limit: 0x67, access: TSS32_BUSY });
  cpu.setDescriptorTable('gdt', 0, 0);
  cpu.setDescriptorTable('idt', 0, 0);
  cpu.set('cr0', CR0_PE_ET);
  cpu.set('cr3', 0);
  cpu.set('cr4', 0);
  cpu.set('efer', 0);
  cpu.cpl = 0;
  cpu.set('rip', entry);
  cpu.setEflags(EFLAGS_CLEAR);
}
function flat(selector: number, access: number): SegmentRegister {
  return { selector, base: 0n, limit: 0xffff_ffff, access };
}
