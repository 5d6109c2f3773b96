/**
 * The processor in a snapshot. Arithmetic flags go as EFLAGS and derived state does not go at all, so that a core that
 * keeps them in another way reads the same section. A file may hold any bits: those that do not exist are masked off,
 * and combinations that no processor is in are refused.
 */
import { bits, demand, field, isRestoring } from '../bus/section';
import { initFlatSegments } from '../memory/segmented';
import { flushAll } from '../memory/tlb';
import { clearFault } from './exceptions';
import { CR0_EXISTING, CR3_RESERVED, CR4_EXISTING } from './control';
import { persistDebug } from './debug';
import { EXISTING } from './flagops';
import { flags, setFlags } from './flags';
import { narrow, updateMode } from './mode';
import { EFER_WRITABLE, validPat } from './msr';
import { persistPdptes } from './pdpte';
import { AR_UNUSABLE, CODE64, CR0_PG, CR4_PAE, cpu, EFER_LMA, EFER_LME, FL_VM, gpr, longMode } from './state';
import { protectedMode, Seg, segment, Segment, setGpr } from './state';

/** More than any machine retires. */
const MOST_INSTRUCTIONS: u64 = 1 << 53;
const ACCESS: u32 = (AR_UNUSABLE << 1) - 1;

export function persistCpu(): void {
  for (let r: u32 = 0; r < 16; r++) setGpr<u64>(r, field<u64>(gpr<u64>(r)));
  cpu.rip = field<u64>(cpu.rip);
  const eflags = bits(flags(), EXISTING | 2);
  if (isRestoring()) setFlags(eflags);
  cpu.cpl = bits(cpu.cpl, 3);
  persistControl();
  for (let s = Seg.ES; s <= Seg.TR; s++) persistSegment(segment(s));
  persistTables();
  persistMsrs();
  persistDebug();
  persistPdptes();
  persistProgress();
}
function persistControl(): void {
  cpu.cr0 = field<u64>(cpu.cr0) & CR0_EXISTING;
  cpu.cr2 = field<u64>(cpu.cr2);
  cpu.cr3 = field<u64>(cpu.cr3) & ~CR3_RESERVED;
  cpu.cr4 = field<u64>(cpu.cr4) & CR4_EXISTING;
  cpu.cr8 = bits(<u32>cpu.cr8, 15);
  cpu.efer = field<u64>(cpu.efer) & (EFER_WRITABLE | EFER_LMA);
  const paging = (cpu.cr0 & CR0_PG) != 0;
  demand(!paging || protectedMode());
  demand(longMode() == (paging && (cpu.efer & EFER_LME) != 0));
  demand(!longMode() || (cpu.cr4 & CR4_PAE) != 0);
  demand(!(cpu.eflags & FL_VM) || (protectedMode() && !longMode() && cpu.cpl == 3));
  demand(protectedMode() || cpu.cpl == 0);
}
function persistSegment(s: Segment): void {
  s.base = field<u64>(s.base);
  s.limit = field<u32>(s.limit);
  s.access = bits(s.access, ACCESS);
  s.selector = bits(s.selector, 0xffff);
}
function persistTables(): void {
  cpu.gdtBase = field<u64>(cpu.gdtBase);
  cpu.gdtLimit = bits(cpu.gdtLimit, 0xffff);
  cpu.idtBase = field<u64>(cpu.idtBase);
  cpu.idtLimit = bits(cpu.idtLimit, 0xffff);
}
function persistMsrs(): void {
  cpu.tscOffset = field<u64>(cpu.tscOffset);
  cpu.sysenterCs = field<u64>(cpu.sysenterCs);
  cpu.sysenterEsp = field<u64>(cpu.sysenterEsp);
  cpu.sysenterEip = field<u64>(cpu.sysenterEip);
  cpu.star = field<u64>(cpu.star);
  cpu.lstar = field<u64>(cpu.lstar);
  cpu.cstar = field<u64>(cpu.cstar);
  cpu.fmask = field<u64>(cpu.fmask);
  cpu.kernelGsBase = field<u64>(cpu.kernelGsBase);
  cpu.tscAux = field<u64>(cpu.tscAux);
  cpu.pat = field<u64>(cpu.pat);
  cpu.miscEnable = field<u64>(cpu.miscEnable);
  demand(validPat(cpu.pat));
}
/** The shadow is that of the last instruction, or none: `run` ends so. INTR is the interrupt controller's. */
function persistProgress(): void {
  cpu.instructions = field<u64>(cpu.instructions);
  demand(cpu.instructions < MOST_INSTRUCTIONS);
  cpu.halted = bits(cpu.halted, 1);
  cpu.shadow = bits(cpu.shadow, 3);
  cpu.nmiPending = bits(cpu.nmiPending, 1);
  cpu.nmiBlocked = bits(cpu.nmiBlocked, 1);
  if (isRestoring()) cpu.shadowAt = cpu.shadow ? cpu.instructions : 0;
}

/** All sections are there: derives what no section holds. Code, like every cache, is the engine's to forget. */
export function resumeCpu(): void {
  clearFault();
  initFlatSegments();
  flushAll();
  updateMode();
  if (cpu.codeMode != CODE64) narrow();
}
