/**
 * Rounding and packing of finite results: precision control, rounding control, overflow, underflow, C1
 * (SDM vol. 1, 4.8.4, 4.9.1, 8.1.5, 8.5.4-8.5.6).
 *
 * Input: sign (0 or 0x8000), biased exponent of any size, and a 128-bit significand hi:lo with the integer bit of `hi` set;
 * `lo` is a fraction of one unit in the last place of `hi`, whose lowest bit may be sticky.
 */
import { C1, EXCEPTIONS, OE, PE, RC_DOWN, RC_UP, UE, fpu, put } from '../state';
import { replace } from '../stack';
import { EXP, INTEGER, drop, give, raise, raised } from './format';
import { shiftRightJam, wideLo } from './wide';

/** Exponent adjustment of the result of an unmasked overflow or underflow: 3 * 2^13. */
const WRAP: i32 = 24576;

// @ts-ignore: decorator
@inline export function roundingControl(): u32 {
  return (fpu.control >> 10) & 3;
}

/** Number of low significand bits that precision control takes away; the reserved encoding 01 acts as 11. */
function precisionShift(): u32 {
  switch ((fpu.control >> 8) & 3) {
    case 0:
      return 40;
    case 2:
      return 11;
    default:
      return 0;
  }
}

/** Does a value with this fraction (of one last place) round away from zero? */
export function roundsUp(sign: u32, odd: bool, fraction: u64): bool {
  switch (roundingControl()) {
    case 0:
      return fraction > INTEGER || (fraction == INTEGER && odd);
    case RC_DOWN:
      return sign != 0;
    case RC_UP:
      return sign == 0;
    default:
      return false;
  }
}

/** Rounds to the precision in force and leaves the result. */
export function pack(sign: u32, exp: i32, hi: u64, lo: u64): void {
  packAt(sign, exp, hi, lo, precisionShift());
}

/**
 * `pack` and write-back in one, with the usual case in line: full precision to nearest, no overflow, no underflow, nothing
 * unmasked. No branches on the fraction, which is as good as random. False when the instruction must not go on.
 */
// @ts-ignore: decorator
@inline export function packInto(to: usize, sign: u32, exp: i32, hi: u64, lo: u64): bool {
  const control = fpu.control;
  const up = u64(lo > INTEGER - (hi & 1));
  const flags = raised | (u32(lo != 0) * PE) | (<u32>up * C1);
  if ((control & 0xf00) != 0x300) return packElsewhere(to, sign, exp, hi, lo);
  if (<u32>(exp - 1) >= 0x7ffd) return packElsewhere(to, sign, exp, hi, lo);
  if (flags & ~control & EXCEPTIONS) return packElsewhere(to, sign, exp, hi, lo);
  return leave(to, sign, exp, hi + up, flags);
}

/** The same at any precision and rounding. */
function packElsewhere(to: usize, sign: u32, exp: i32, hi: u64, lo: u64): bool {
  const drops = precisionShift();
  const unit = (<u64>1) << drops;
  const fraction = drops ? (hi << (64 - drops)) | u64(lo != 0) : lo;
  const up = u64(fraction != 0 && roundsUp(sign, (hi & unit) != 0, fraction));
  const flags = raised | (u32(fraction != 0) * PE) | (<u32>up * C1);
  // Neither overflow, wherever rounding goes, nor underflow, nor an unmasked exception.
  if (<u32>(exp - 1) < 0x7ffd && (flags & ~fpu.control & EXCEPTIONS) == 0)
    return leave(to, sign, exp, (hi & (0 - unit)) + (up << drops), flags);
  pack(sign, exp, hi, lo);
  return replace(to);
}

/** Writes a rounded result and what it raised; a significand of 0 has carried out. */
// @ts-ignore: decorator
@inline function leave(to: usize, sign: u32, exp: i32, significand: u64, flags: u32): bool {
  fpu.status = (fpu.status & ~C1) | flags;
  if (significand) put(to, sign | exp, significand);
  else put(to, sign | (exp + 1), INTEGER);
  return true;
}

/** The same at a given precision: `drops` low bits of `hi` go into the fraction. */
export function packAt(sign: u32, exp: i32, hi: u64, lo: u64, drops: u32): void {
  if (exp < 1) {
    packTiny(sign, exp, hi, lo, drops);
    return;
  }
  if (roundAt(sign, hi, lo, drops)) exp++;
  if (exp >= <i32>EXP) overflow(sign, exp, drops);
  else give(sign | exp, rounded);
}

let rounded: u64 = 0;

/** Rounds hi:lo into `rounded`, raises PE and C1; true when it carried out, leaving 1.0. */
function roundAt(sign: u32, hi: u64, lo: u64, drops: u32): bool {
  const fraction = drops ? (hi << (64 - drops)) | u64(lo != 0) : lo;
  const unit = (<u64>1) << drops;
  rounded = hi & ~(unit - 1);
  if (!fraction) return false;
  raise(PE);
  if (!roundsUp(sign, (hi & unit) != 0, fraction)) return false;
  raise(C1);
  rounded += unit;
  if (rounded) return false;
  rounded = INTEGER;
  return true;
}

function overflow(sign: u32, exp: i32, drops: u32): void {
  raise(OE);
  if (!(fpu.control & OE)) {
    exp -= WRAP;
    if (exp < <i32>EXP) give(sign | exp, rounded);
    else infinite(sign);
    return;
  }
  if (roundsUp(sign, true, INTEGER)) infinite(sign);
  else {
    drop(C1);
    raise(PE);
    give(sign | 0x7ffe, ~(((<u64>1) << drops) - 1));
  }
}

function infinite(sign: u32): void {
  raise(PE | C1);
  give(sign | EXP, INTEGER);
}

/** Results below the smallest normal number. Tininess is judged after rounding (SDM vol. 1, 4.9.1.5). */
function packTiny(sign: u32, exp: i32, hi: u64, lo: u64, drops: u32): void {
  const tiny = exp < 0 || !carries(sign, hi, lo, drops);
  if (tiny && !(fpu.control & UE)) {
    raise(UE);
    if (exp + WRAP > 0) packAt(sign, exp + WRAP, hi, lo, drops);
    else {
      raise(PE);
      give(sign, 0);
    }
    return;
  }
  const shifted = shiftRightJam(hi, lo, <u32>(1 - exp));
  const inexact = drops ? ((shifted & (((<u64>1) << drops) - 1)) | wideLo) != 0 : wideLo != 0;
  if (inexact && tiny) raise(UE);
  roundAt(sign, shifted, wideLo, drops);
  give(sign | u32(rounded >> 63), rounded);
}

/** Would rounding with an unbounded exponent carry out of the significand? */
export function carries(sign: u32, hi: u64, lo: u64, drops: u32): bool {
  const unit = (<u64>1) << drops;
  if ((hi | (unit - 1)) != u64.MAX_VALUE) return false;
  const fraction = drops ? (hi << (64 - drops)) | u64(lo != 0) : lo;
  return fraction != 0 && roundsUp(sign, true, fraction);
}
