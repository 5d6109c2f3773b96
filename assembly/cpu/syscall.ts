/** Fast system calls (SDM 3A 5.8.7, 5.8.8; SDM 2 SYSENTER, SYSEXIT, SYSCALL, SYSRET, SWAPGS). */
import { isCanonical, refreshSegment } from '../memory/segmented';
import { currentRip, followCode, switchRing } from './code';
import { fail, privileged } from './errors';
import { raiseUd, Vector } from './exceptions';
import { writeFlags } from './flagops';
import { flags } from './flags';
import { usualMode } from './mode';
import { cacheFlat } from './segments';
import {
  AR_CODE,
  AR_DB,
  AR_DPL,
  AR_G,
  AR_L,
  AR_P,
  AR_S,
  CODE64,
  cpu,
  EFER_SCE,
  FL_IF,
  FL_RF,
  FL_VM,
  Gpr,
  gpr,
  longMode,
  protectedMode,
  Seg,
  segment,
  setGpr,
} from './state';
import { seek } from './window';

const R11: u32 = 11;
/** Present, readable or writable, accessed, 4 GiB. */
const FLAT: u32 = AR_P | AR_S | AR_G | 3;
/** Flags that SYSRET can set. */
const SYSRET_FLAGS: u32 = 0x3c7fd7;

/** CS and SS without a look at any descriptor, CPL, RIP, RSP. */
function enter(cs: u32, ss: u32, cpl: u32, long: bool, rip: u64): void {
  const dpl = cpl ? AR_DPL : 0;
  if (usualMode && !long) {
    switchRing(cs, FLAT | AR_CODE | AR_DB | dpl, 0, ss, FLAT | AR_DB | dpl, cpl);
    seek(rip);
    return;
  }
  const base = segment(Seg.CS).base;
  const limit = segment(Seg.CS).limit;
  cacheFlat(Seg.CS, cs, FLAT | AR_CODE | dpl | (long ? AR_L : AR_DB));
  cacheFlat(Seg.SS, ss, FLAT | AR_DB | dpl);
  followCode(base, limit, cpl);
  seek(rip);
}
export function sysenter(): void {
  const cs = (<u32>cpu.sysenterCs) & 0xfffc;
  if (!protectedMode() || !cs) {
    fail(Vector.GP, 0);
    return;
  }
  const long = longMode();
  cpu.eflags &= ~(FL_VM | FL_IF | FL_RF);
  setGpr<u64>(Gpr.RSP, long ? cpu.sysenterEsp : cpu.sysenterEsp & 0xffff_ffff);
  enter(cs, cs + 8, 0, long, long ? cpu.sysenterEip : cpu.sysenterEip & 0xffff_ffff);
}
/** Can the two that follow not fail? In legacy mode. */
export function systemCallOpen(cpl: u32): bool {
  return usualMode && (cpu.sysenterCs & 0xfffc) != 0 && cpu.cpl <= cpl;
}
/** `size` 8: to 64-bit code. */
export function sysexit(size: u32): void {
  const cs = (<u32>cpu.sysenterCs) & 0xfffc;
  if (!protectedMode() || !cs) {
    fail(Vector.GP, 0);
    return;
  }
  if (!privileged()) return;
  const long = size == 8;
  const rip = gpr<u64>(Gpr.RDX);
  const rsp = gpr<u64>(Gpr.RCX);
  if (long && !(isCanonical(rip) && isCanonical(rsp))) {
    fail(Vector.GP, 0);
    return;
  }
  setGpr<u64>(Gpr.RSP, long ? rsp : rsp & 0xffff_ffff);
  const to = (cs + (long ? 32 : 16)) | 3;
  enter(to, to + 8, 3, long, long ? rip : rip & 0xffff_ffff);
}

/** SYSCALL and SYSRET exist in 64-bit code only, as in Intel's processors. */
function enabled(): bool {
  if (cpu.codeMode == CODE64 && cpu.efer & EFER_SCE) return true;
  raiseUd();
  return false;
}
export function syscall(): void {
  if (!enabled()) return;
  setGpr<u64>(Gpr.RCX, currentRip());
  setGpr<u64>(R11, flags() & ~FL_RF);
  writeFlags(0, (<u32>cpu.fmask) | FL_RF);
  const cs = (<u32>(cpu.star >> 32)) & 0xfffc;
  enter(cs, cs + 8, 0, true, cpu.lstar);
}
export function sysret(size: u32): void {
  if (!enabled() || !privileged()) return;
  const long = size == 8;
  const rip = gpr<u64>(Gpr.RCX);
  if (long && !isCanonical(rip)) {
    fail(Vector.GP, 0);
    return;
  }
  writeFlags(gpr<u32>(R11), SYSRET_FLAGS);
  const base = <u32>(cpu.star >> 48);
  enter((base + (long ? 16 : 0)) | 3, (base + 8) | 3, 3, long, long ? rip : rip & 0xffff_ffff);
}
/** Exchanges GS.base with IA32_KERNEL_GS_BASE. */
export function swapgs(): void {
  if (cpu.codeMode != CODE64) {
    raiseUd();
    return;
  }
  if (!privileged()) return;
  const gs = segment(Seg.GS);
  const base = gs.base;
  gs.base = cpu.kernelGsBase;
  cpu.kernelGsBase = base;
  refreshSegment(Seg.GS);
}
