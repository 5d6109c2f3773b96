/**
 * From segment and offset to linear address. The common case is one comparison (Segment.safeEnd) and one addition.
 * Any other offset gets a POISON address, which no TLB entry matches: the slow path of the access then knows size and
 * kind and makes the exact check here. INVARIANT: a poisoned address is used before the next one is formed.
 */
import { raise, Vector } from '../cpu/exceptions';
import {
  AR_CODE,
  AR_CONFORMING,
  AR_DB,
  AR_P,
  AR_S,
  AR_UNUSABLE,
  AR_WRITABLE,
  CODE64,
  cpu,
  protectedMode,
  Seg,
  Segment,
  segment,
  v86Mode,
} from '../cpu/state';
import { noteCode, noteSegment } from '../cpu/shape';
import { SEGMENTS } from '../layout';
import { Access } from './paging';

/** Not canonical, and below it nothing that an offset could reach. */
// @ts-ignore: decorator
@inline export const POISON: u64 = 0x4000_0000_0000_0000;

let poisonedSegment: Segment = changetype<Segment>(SEGMENTS);
let poisonedOffset: u64 = 0;
/** Of legacy code: linear addresses have 32 bits. */
let linearMask: u64 = 0xffff_ffff;

/** Called when the code mode changes. */
export function setLinearWidth(long: bool): void {
  linearMask = long ? ~(<u64>0) : 0xffff_ffff;
}
// @ts-ignore: decorator
@inline export function wrapLinear(linear: u64): u64 {
  return linear & linearMask;
}

/** Linear address of `offset` in segment `s`. */
// @ts-ignore: decorator
@inline export function linearAddress(s: Segment, offset: u64): u64 {
  if (offset < s.safeEnd) return wrapLinear(s.base + offset);
  return poison(s, offset);
}
function poison(s: Segment, offset: u64): u64 {
  if (cpu.codeMode == CODE64) {
    const linear = s.base + offset;
    if (isCanonical(linear) && isCanonical(linear + 15)) return linear;
  }
  poisonedSegment = s;
  poisonedOffset = offset;
  return POISON;
}

/** The exact check for the poisoned address plus `displacement`: its linear address, or an exception raised. */
export function resolveSegmented(displacement: u64, size: u32, access: u32): u64 {
  const s = poisonedSegment;
  if (cpu.codeMode == CODE64) return resolveLong(s, poisonedOffset + displacement, size);
  const offset = <u64>(<u32>(poisonedOffset + displacement));
  if (!allows(s, offset, size, access)) {
    raise(isStack(s) ? Vector.SS : Vector.GP, 0);
    return 0;
  }
  return <u64>(<u32>(s.base + offset));
}
/** SDM 1 3.3.7.1: every byte must be canonical. */
function resolveLong(s: Segment, offset: u64, size: u32): u64 {
  const linear = s.base + offset;
  if (isCanonical(linear) && isCanonical(linear + size - 1)) return linear;
  raise(isStack(s) ? Vector.SS : Vector.GP, 0);
  return 0;
}
function isStack(s: Segment): bool {
  return s == segment(Seg.SS) || s == segment(Seg.FLAT_STACK);
}
export function isCanonical(linear: u64): bool {
  return <u64>(((<i64>linear) << 16) >> 16) == linear;
}
/** SDM 3A 5.3 and 5.4: limit and type. Real and virtual-8086 mode check the limit only. */
function allows(s: Segment, offset: u64, size: u32, access: u32): bool {
  const ar = s.access;
  if (protectedMode() && !v86Mode()) {
    if (ar & AR_UNUSABLE || !(ar & AR_P)) return false;
    const code = (ar & AR_CODE) != 0;
    if (access == Access.Write && (code || !(ar & AR_WRITABLE))) return false;
    if (access == Access.Read && code && !(ar & AR_WRITABLE)) return false;
  }
  const last = offset + size - 1;
  if ((ar & (AR_S | AR_CODE | AR_CONFORMING)) == (AR_S | AR_CONFORMING))
    return offset > <u64>s.limit && last <= (ar & AR_DB ? 0xffff_ffff : 0xffff);
  // A segment of 4 GiB wraps round.
  return s.limit == 0xffff_ffff || last <= <u64>s.limit;
}

/** `safeEnd` of a writable segment of 4 GiB. */
export const FLAT_END: u64 = 1 << 32;

/** Derives `safeEnd` from the other fields: to be called whenever a segment register changes. */
export function refreshSegment(index: u32): void {
  const s = segment(index);
  s.safeEnd = safeEndOf(s, index);
  if (index == Seg.CS) noteCode(s.base, s.limit);
  else noteSegment(index, s.base == 0 && s.safeEnd == FLAT_END);
}
function safeEndOf(s: Segment, index: u32): u64 {
  // Canonical without a look; the upper half and bases of FS and GS go through `poison`.
  if (cpu.codeMode == CODE64) return s.base ? 0 : 1 << 46;
  const ar = s.access;
  const real = !protectedMode() || v86Mode();
  const writableData = (ar & (AR_CODE | AR_CONFORMING | AR_WRITABLE)) == AR_WRITABLE;
  if (!real && (ar & AR_UNUSABLE || !(ar & AR_P) || !writableData)) return 0;
  if (s.limit == 0xffff_ffff) return FLAT_END;
  return s.limit >= 15 ? <u64>s.limit - 14 : 0;
}

/** The flat segments of 64-bit code; once. */
export function initFlatSegments(): void {
  for (let i = Seg.FLAT; i <= Seg.FLAT_STACK; i++) {
    segment(i).base = 0;
    segment(i).safeEnd = 1 << 46;
    segment(i).limit = 0xffff_ffff;
  }
}
