/**
 * Loading segment registers (SDM 3A 5.5 to 5.8, SDM 2 MOV and POP). The checks come first and in the manual's order;
 * a register changes only when nothing can fail any more.
 */
import { FLAT_END, refreshSegment } from '../memory/segmented';
import {
  accessOf,
  baseOf,
  dplOf,
  inTable,
  isCode,
  isConforming,
  isNull,
  isPresent,
  isReadable,
  isUsualData,
  isWritableData,
  knownDescriptor,
  limitOf,
  markAccessed,
  readDescriptor,
} from './descriptors';
import { fail } from './errors';
import { faulted, Vector } from './exceptions';
import { shadowStackLoad } from './flagops';
import { noteCode, noteSegment } from './shape';
import { legacyProtected } from './mode';
import {
  AR_CODE,
  AR_CONFORMING,
  AR_DB,
  AR_DPL,
  AR_G,
  AR_P,
  AR_S,
  AR_UNUSABLE,
  CODE64,
  cpu,
  descriptorMode,
  longMode,
  protectedMode,
  Seg,
  segment,
} from './state';
import { shutWindow } from './window';

export { loadGdt, loadIdt } from './tables';
export { loadLdt, loadTask, ldtSelector, taskSelector } from './tables';
export { arpl, loadAccessRights, loadLimit, verifyRead, verifyWrite } from './verify';

/** Present, code or data, accessed, writable, DPL 0. */
const REAL: u32 = AR_P | AR_S | 3;

/** Transient: the descriptor that CS was loaded from, 0 when it came from elsewhere. */
let codeDescriptor: u64 = 0;

/** Is CS, at the present CPL, just what loading `selector` with descriptor `d` would make of it? */
// @ts-ignore: decorator
@inline export function isCurrentCode(selector: u32, d: u64): bool {
  return d != 0 && d == codeDescriptor && selector == segment(Seg.CS).selector;
}
/** After CS changed, or may have, in another way than by its descriptor. */
export function forgetCodeDescriptor(): void {
  codeDescriptor = 0;
}

/** Loads ES, SS, DS, FS or GS, with all checks of the current mode. */
export function loadSegment(s: u32, selector: u32): void {
  selector &= 0xffff;
  if (loadSegmentShort(s, selector)) return;
  if (!descriptorMode()) setRealSegment(s, selector);
  else if (s == Seg.SS) loadStackSegment(selector, cpu.cpl, Vector.GP);
  else loadDataSegment(s, selector, Vector.GP);
  if (s == Seg.SS && !faulted()) shadowStackLoad();
}
/** The usual load; false: nothing has changed. */
// @ts-ignore: decorator
@inline export function loadSegmentShort(s: u32, selector: u32): bool {
  return legacyProtected && loadKnown(s, selector & 0xffff);
}
/**
 * The usual load: null or, present, accessed and open to this level, writable data of the GDT, known to the TLB. Nothing
 * can fail then; false: nothing has changed.
 */
// @ts-ignore: decorator
@inline function loadKnown(s: u32, selector: u32): bool {
  if (isNull(selector)) {
    if (s == Seg.SS) return false;
    cacheNull(s, selector);
    return true;
  }
  const d = knownDescriptor(selector);
  if (!isUsualData(d)) return false;
  const dpl = dplOf(d);
  const rpl = selector & 3;
  if (s == Seg.SS ? rpl != cpu.cpl || dpl != cpu.cpl : rpl > dpl || cpu.cpl > dpl) return false;
  cacheSegment(s, selector, d);
  if (s == Seg.SS) shadowStackLoad();
  return true;
}
/** As real and virtual-8086 mode load: the base follows the selector. Real mode leaves the limit as it was. */
export function setRealSegment(s: u32, selector: u32): void {
  const segmentRegister = segment(s);
  const access = protectedMode() ? REAL | AR_DPL : (segmentRegister.access & (AR_DB | AR_G)) | REAL;
  noteWidth(s, access);
  segmentRegister.selector = selector;
  segmentRegister.base = (<u64>selector) << 4;
  if (protectedMode()) segmentRegister.limit = 0xffff;
  segmentRegister.access = access;
  refreshSegment(s);
}
/** Fills the hidden part from descriptor `d`; false when it was the same before. */
// @ts-ignore: decorator
@inline export function cacheSegment(s: u32, selector: u32, d: u64): bool {
  const r = segment(s);
  r.selector = selector;
  if (s == Seg.CS) codeDescriptor = d;
  return fillHidden(s, baseOf(d), limitOf(d), accessOf(d) | (s < Seg.LDTR ? 1 : 0));
}
// @ts-ignore: decorator
@inline function fillHidden(s: u32, base: u64, limit: u32, access: u32): bool {
  const r = segment(s);
  if (r.base == base && r.limit == limit && r.access == access) return false;
  noteWidth(s, access);
  r.base = base;
  r.limit = limit;
  r.access = access;
  refreshSegment(s);
  return true;
}
/** Fills CS or SS, flat, in 32-bit code; `d`: the descriptor that says so, 0 if there is none. */
// @ts-ignore: decorator
@inline export function cacheFlat32(s: u32, selector: u32, access: u32, d: u64): void {
  const r = segment(s);
  noteWidth(s, access);
  if (s == Seg.CS) codeDescriptor = d;
  r.selector = selector;
  r.base = 0;
  r.limit = 0xffff_ffff;
  r.access = access;
  r.safeEnd = s == Seg.SS ? FLAT_END : 0;
  if (s == Seg.CS) noteCode(0, 0xffff_ffff);
  else noteSegment(s, true);
}
/** A flat segment as SYSENTER and its relatives make it, without looking at a descriptor. */
export function cacheFlat(s: u32, selector: u32, access: u32): bool {
  segment(s).selector = selector;
  if (s == Seg.CS) codeDescriptor = 0;
  return fillHidden(s, 0, 0xffff_ffff, access);
}
/** Loads a null selector. The bases of FS and GS outlive it in IA-32e mode. */
export function cacheNull(s: u32, selector: u32): void {
  const segmentRegister = segment(s);
  segmentRegister.selector = selector;
  if (!longMode()) segmentRegister.base = 0;
  noteWidth(s, 0);
  segmentRegister.access = AR_UNUSABLE | (s == Seg.SS ? (selector & 3) << 5 : 0);
  refreshSegment(s);
}
/** The width of the stack is derived state of the run loop. */
// @ts-ignore: decorator
@inline function noteWidth(s: u32, access: u32): void {
  if (s == Seg.SS && (segment(s).access ^ access) & AR_DB) shutWindow();
}

/**
 * Is `d` a stack segment for privilege level `cpl`? Raises `vector` if not, #SS if it is not present. `vector` is #GP
 * for an instruction, #TS for a stack that comes out of a TSS.
 */
export function checkStackSegment(selector: u32, d: u64, cpl: u32, vector: u32): bool {
  if ((selector & 3) != cpl || !isWritableData(d) || dplOf(d) != cpl) {
    fail(vector, selector);
    return false;
  }
  if (!isPresent(d)) {
    fail(Vector.SS, selector);
    return false;
  }
  return true;
}
/** Loads SS for privilege level `cpl`; false when it failed. */
export function loadStackSegment(selector: u32, cpl: u32, vector: u32): bool {
  if (isNull(selector)) return loadNullStack(selector, cpl, vector);
  if (!inTable(selector)) {
    fail(vector, selector);
    return false;
  }
  const d = readDescriptor(selector);
  if (faulted() || !checkStackSegment(selector, d, cpl, vector) || !markAccessed(selector, d)) return false;
  cacheSegment(Seg.SS, selector, d);
  return true;
}
/** 64-bit code above CPL 3 does without a stack segment. */
function loadNullStack(selector: u32, cpl: u32, vector: u32): bool {
  if (cpu.codeMode == CODE64 && cpl < 3 && (selector & 3) == cpl) {
    cacheNull(Seg.SS, selector);
    return true;
  }
  fail(vector, 0);
  return false;
}
/** Loads ES, DS, FS or GS; false when it failed. */
export function loadDataSegment(s: u32, selector: u32, vector: u32): bool {
  if (isNull(selector)) {
    cacheNull(s, selector);
    return true;
  }
  if (!inTable(selector)) {
    fail(vector, selector);
    return false;
  }
  const d = readDescriptor(selector);
  if (faulted()) return false;
  const dpl = dplOf(d);
  const open = isCode(d) && isConforming(d);
  if (!isReadable(d) || (!open && ((selector & 3) > dpl || cpu.cpl > dpl))) {
    fail(vector, selector);
    return false;
  }
  if (!isPresent(d)) {
    fail(Vector.NP, selector);
    return false;
  }
  if (!markAccessed(selector, d)) return false;
  cacheSegment(s, selector, d);
  return true;
}
/** After a return to a less privileged level: what it may not see is gone (SDM 2 RET). */
export function dropInnerSegments(): void {
  dropInner(Seg.ES);
  dropInner(Seg.DS);
  dropInner(Seg.FS);
  dropInner(Seg.GS);
}
// @ts-ignore: decorator
@inline function dropInner(s: u32): void {
  const access = segment(s).access;
  if (access & AR_UNUSABLE || ((access >> 5) & 3) >= cpu.cpl) return;
  const conforming = (access & (AR_CODE | AR_CONFORMING)) == (AR_CODE | AR_CONFORMING);
  if (!conforming) cacheNull(s, 0);
}
