/** The page-directory-pointer registers of PAE paging, loaded with CR3 (SDM 3A 4.4.1). */
import { field } from '../bus/section';
import { STATE } from '../layout';
import { readPhysical } from '../memory/physical';
import { CR0_PG, CR4_PAE, cpu, CpuState, longMode } from './state';

const P: u64 = 1;
/** Bits 2:1, 8:5 and those above MAXPHYADDR (40). */
const RESERVED: u64 = 0xffff_ff00_0000_01e6;

/** Loads all four from the table that `cr3` names; false, and nothing loaded, when one is invalid. */
export function loadPdptes(cr3: u64): bool {
  const table = cr3 & 0xffff_ffe0;
  for (let i: u32 = 0; i < 4; i++) {
    const entry = readPhysical<u64>(table + (i << 3));
    if (entry & P && entry & RESERVED) return false;
  }
  for (let i: u32 = 0; i < 4; i++) {
    store<u64>(STATE + offsetof<CpuState>('pdpte0') + (i << 3), readPhysical<u64>(table + (i << 3)));
  }
  return true;
}
/** After the host set the control registers. */
export function refreshPdptes(): void {
  if (cpu.cr0 & CR0_PG && cpu.cr4 & CR4_PAE && !longMode()) loadPdptes(cpu.cr3);
}
export function persistPdptes(): void {
  for (let i: usize = 0; i < 32; i += 8) {
    const at = STATE + offsetof<CpuState>('pdpte0') + i;
    store<u64>(at, field<u64>(load<u64>(at)));
  }
}
