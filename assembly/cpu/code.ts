/**
 * The last step of every far transfer: a checked code segment and instruction pointer take over. RIP is relative to
 * the window's mapping whatever CS is, and the shut window makes the run loop translate CS.base + RIP afresh.
 */
import { isCanonical } from '../memory/segmented';
import {
  accessOf,
  dplOf,
  inTable,
  isCode,
  isConforming,
  isNull,
  isPresent,
  limitOf,
  readDescriptor,
  widthBits,
} from './descriptors';
import { fail } from './errors';
import { faulted, Vector } from './exceptions';
import { followMode, followPrivilege, updateCode } from './mode';
import { CODE64, cpu, longMode, Seg, segment } from './state';
import { cacheFlat32, cacheSegment } from './segments';
import { leaveWindow, nextRip, seek, shutWindow } from './window';

/** RIP of the next instruction, as the current code sees it. */
// @ts-ignore: decorator
@inline export function currentRip(): u64 {
  return cpu.codeMode == CODE64 ? nextRip() : nextRip() & 0xffff_ffff;
}
/** A 64-bit code segment? */
// @ts-ignore: decorator
@inline export function isLongCode(d: u64): bool {
  return longMode() && (widthBits(d) & 1) != 0;
}
/** Reads the descriptor of a code segment that a transfer names: #GP(0) for null, #GP(selector) outside its table. */
export function findCode(selector: u32): u64 {
  if (isNull(selector)) {
    fail(Vector.GP, 0);
    return 0;
  }
  if (!inTable(selector)) {
    fail(Vector.GP, selector);
    return 0;
  }
  return readDescriptor(selector);
}
/** L and D exclude each other in IA-32e mode, else L is ignored. */
// @ts-ignore: decorator
@inline export function hasValidWidth(d: u64): bool {
  return !longMode() || widthBits(d) != 3;
}
/** Is `rip` within the code segment `d`? Raises #GP(0) if not. */
export function checkTarget(d: u64, rip: u64): bool {
  if (isLongCode(d) ? isCanonical(rip) : rip <= <u64>limitOf(d)) return true;
  fail(Vector.GP, 0);
  return false;
}
/** The same for the code segment in CS, in real and virtual-8086 mode. */
export function checkRealTarget(rip: u64, limit: u32): bool {
  if (rip <= <u64>limit) return true;
  fail(Vector.GP, 0);
  return false;
}
/**
 * May a return go to code segment `d` (SDM 2 RET, IRET)? False with the exception raised: it is no code, more
 * privileged than now, its DPL does not match the selector's RPL, or it is not present.
 */
export function checkReturnCode(selector: u32, d: u64): bool {
  const rpl = selector & 3;
  const dpl = dplOf(d);
  if (!isCode(d) || rpl < cpu.cpl || !hasValidWidth(d) || (isConforming(d) ? dpl > rpl : dpl != rpl)) {
    fail(Vector.GP, selector);
    return false;
  }
  if (!isPresent(d)) {
    fail(Vector.NP, selector);
    return false;
  }
  return !faulted();
}
/** Loads CS, CPL and RIP. Cannot fail. */
export function enterCode(selector: u32, d: u64, cpl: u32, rip: u64): void {
  const cs = segment(Seg.CS);
  const base = cs.base;
  const limit = cs.limit;
  const changed = cacheSegment(Seg.CS, (selector & ~3) | cpl, d);
  if (changed || cpu.cpl != cpl) followCode(base, limit, cpl);
  seek(rip);
}
/** Is CS just what loading `selector` with the flat descriptor `d` would make of it? */
// @ts-ignore: decorator
@inline export function isFlatNow(selector: u32, d: u64): bool {
  const cs = segment(Seg.CS);
  if (cs.selector != selector) return false;
  if (cs.access != accessOf(d)) return false;
  if (cs.base) return false;
  return cs.limit == 0xffff_ffff;
}
/** From 32-bit code to ring `cpl`, CS and SS being flat there: their access rights, and CS's descriptor if it has one. */
// @ts-ignore: decorator
@inline export function switchRing(cs: u32, code: u32, d: u64, ss: u32, stack: u32, cpl: u32): void {
  // Whatever else stands on CS, the run loop has to see to it (prefix.ts, codeLimit).
  if (segment(Seg.CS).limit == 0xffff_ffff) leaveWindow();
  else shutWindow();
  cacheFlat32(Seg.CS, cs, code, d);
  cacheFlat32(Seg.SS, ss, stack, 0);
  cpu.cpl = cpl;
  followPrivilege();
}
/** CS had `base` and `limit` before, CPL is to be `cpl`: does what follows from the change, and no more. */
export function followCode(base: u64, limit: u32, cpl: u32): void {
  const cs = segment(Seg.CS);
  if (cs.limit != limit) shutWindow();
  else if (cs.base != base || cpu.cpl != cpl) leaveWindow();
  if (cpu.cpl != cpl) {
    cpu.cpl = cpl;
    followPrivilege();
  }
  followMode();
}
/** Continues at `rip` after CS was loaded by other means. */
export function enterRealCode(rip: u64): void {
  updateCode();
  seek(rip);
}
export function codeLimit(): u32 {
  return segment(Seg.CS).limit;
}
