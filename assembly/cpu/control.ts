/**
 * Control registers and the mode changes that writing them makes (SDM 3A 2.5, 4.1.2, 9.8.5, 9.9; SDM 2 MOV CR), and
 * the small privileged instructions. Derived state follows each change at once.
 */
import { flushAll, flushLocal, flushPage } from '../memory/tlb';
import { fail, privileged } from './errors';
import { raiseUd, Vector } from './exceptions';
import { updateMode } from './mode';
import { loadPdptes } from './pdpte';
import {
  AR_L,
  CODE64,
  CR0_AM,
  CR0_CD,
  CR0_EM,
  CR0_ET,
  CR0_MP,
  CR0_NE,
  CR0_NW,
  CR0_PE,
  CR0_PG,
  CR0_TS,
  CR0_WP,
  CR4_DE,
  CR4_OSFXSR,
  CR4_PAE,
  CR4_PCE,
  CR4_PGE,
  CR4_PSE,
  CR4_TSD,
  cpu,
  EFER_LMA,
  EFER_LME,
  longMode,
  Seg,
  segment,
} from './state';
import { shutWindow } from './window';

export const CR0_EXISTING: u32 =
  CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG;
/** Those that derived state depends on; the others are looked at where they matter. */
const CR0_DECISIVE: u32 = CR0_PE | CR0_PG | CR0_WP | CR0_AM;
/** Bits of CR4 whose features CPUID announces; the others are reserved. */
export const CR4_EXISTING: u64 = CR4_TSD | CR4_DE | CR4_PSE | CR4_PAE | CR4_PGE | CR4_PCE | CR4_OSFXSR;
/** MAXPHYADDR is 40. */
export const CR3_RESERVED: u64 = 0xffff_ff00_0000_0000;
/** Bit 3 of a TSS type: not a 16-bit one. */
const TSS32: u32 = 8;

function refuse(): void {
  fail(Vector.GP, 0);
}
function exists(n: u32): bool {
  if (n == 0 || n == 2 || n == 3 || n == 4 || (n == 8 && cpu.codeMode == CODE64)) return true;
  raiseUd();
  return false;
}
/** MOV r, CRn; ask `faulted()`. */
export function readCr(n: u32): u64 {
  if (!exists(n) || !privileged()) return 0;
  if (n == 0) return cpu.cr0;
  if (n == 2) return cpu.cr2;
  if (n == 3) return cpu.cr3;
  return n == 4 ? cpu.cr4 : cpu.cr8;
}
/** MOV CRn, r. */
export function writeCr(n: u32, value: u64): void {
  if (!exists(n) || !privileged()) return;
  if (n == 0) writeCr0(value);
  else if (n == 2) cpu.cr2 = value;
  else if (n == 3) writeCr3(value);
  else if (n == 4) writeCr4(value);
  else if (value > 15) refuse();
  else cpu.cr8 = value;
}

function writeCr0(value: u64): void {
  const before = <u32>cpu.cr0;
  const after = ((<u32>value) & CR0_EXISTING) | CR0_ET;
  const changed = before ^ after;
  if (value >> 32 || (after & CR0_PG && !(after & CR0_PE)) || (after & CR0_NW && !(after & CR0_CD))) {
    refuse();
    return;
  }
  if (changed & CR0_PG && !mayChangePaging((after & CR0_PG) != 0)) {
    refuse();
    return;
  }
  const pae = after & CR0_PG && cpu.cr4 & CR4_PAE && !(cpu.efer & EFER_LME);
  if (pae && changed & (CR0_PG | CR0_CD | CR0_NW) && !loadPdptes(cpu.cr3)) {
    refuse();
    return;
  }
  cpu.cr0 = after;
  if (!(changed & CR0_DECISIVE)) return;
  if (changed & CR0_PG) {
    if (after & CR0_PG && cpu.efer & EFER_LME) cpu.efer |= EFER_LMA;
    else cpu.efer &= ~(<u64>EFER_LMA);
  }
  if (changed & (CR0_PG | CR0_PE | CR0_WP)) flushAll();
  updateMode();
}
/** Into IA-32e mode only with PAE, a 32-bit TSS and no 64-bit CS; out of it not from 64-bit code. */
function mayChangePaging(on: bool): bool {
  if (!on) return cpu.codeMode != CODE64;
  if (!(cpu.efer & EFER_LME)) return true;
  return (cpu.cr4 & CR4_PAE) != 0 && !(segment(Seg.CS).access & AR_L) && (segment(Seg.TR).access & TSS32) != 0;
}

function writeCr3(value: u64): void {
  if (longMode() && value & CR3_RESERVED) refuse();
  else loadPagingBase(value);
}
/** CR3 from an instruction or a task; #GP(0) when a PDPTE of PAE paging is invalid. */
export function loadPagingBase(value: u64): void {
  const pae = cpu.cr0 & CR0_PG && cpu.cr4 & CR4_PAE && !longMode();
  if (pae && !loadPdptes(value)) {
    refuse();
    return;
  }
  cpu.cr3 = value;
  flushLocal();
}

function writeCr4(value: u64): void {
  const changed = cpu.cr4 ^ value;
  if (value & ~CR4_EXISTING || (longMode() && changed & CR4_PAE)) {
    refuse();
    return;
  }
  const pae = cpu.cr0 & CR0_PG && value & CR4_PAE && !longMode();
  if (pae && changed & (CR4_PAE | CR4_PGE | CR4_PSE) && !loadPdptes(cpu.cr3)) {
    refuse();
    return;
  }
  cpu.cr4 = value;
  if (changed & (CR4_PAE | CR4_PGE | CR4_PSE)) flushAll();
}

/** LMSW: PE, MP, EM, TS; PE cannot be cleared. Ask `privileged()` before reading the operand. */
export function lmsw(value: u32): void {
  const mask: u64 = CR0_PE | CR0_MP | CR0_EM | CR0_TS;
  writeCr0((cpu.cr0 & ~mask) | ((<u64>value) & mask) | (cpu.cr0 & CR0_PE));
}
/** What SMSW stores; it is not privileged. */
export function smsw(): u64 {
  return cpu.cr0;
}
export function clts(): void {
  if (privileged()) cpu.cr0 &= ~(<u64>CR0_TS);
}
/** INVLPG of linear address `linear`. */
export function invlpg(linear: u64): void {
  if (privileged()) flushPage(linear);
}
/** INVD and WBINVD: there are no caches to write back. */
export function invalidateCaches(): void {
  privileged();
}
export function halt(): void {
  if (!privileged()) return;
  cpu.halted = 1;
  // HLT is the one instruction that STI held interrupts off for.
  cpu.shadow = 0;
  shutWindow();
}
