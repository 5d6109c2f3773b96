/** Addition and subtraction, into a register (see round.ts, `packInto`). */
import { RC_DOWN, se, sig } from '../state';
import { replace } from '../stack';
import {
  EXP,
  INTEGER,
  SIGN,
  give,
  invalid,
  isExtreme,
  isInfinite,
  isZero,
  normalExp,
  normalSig,
  noteDenormal,
} from './format';
import { special2 } from './nan';
import { pack, packInto, roundingControl } from './round';

/**
 * The register `to` and b: their sum for the reg field `digit` = 0 (FADD), `to` - b for 4 (FSUB), b - `to` for 5 (FSUBR).
 * False when an unmasked exception forbids to go on.
 */
export function add(to: usize, digit: u32, bSe: u32, bSig: u64): bool {
  return addInline(to, digit, bSe, bSig);
}

// @ts-ignore: decorator
@inline export function addInline(to: usize, digit: u32, bSe: u32, bSig: u64): bool {
  const aSe = se(to),
    aSig = sig(to);
  // Bit 0 of the field negates a; bit 2 without bit 0 negates b.
  const flipA = digit << 15,
    flipB = flipA ^ (digit << 13);
  if (<i64>(aSig & bSig) >= 0) return addSpecial(to, aSe, aSig, bSe, bSig, flipA, flipB);
  if (isExtreme(aSe)) return addSpecial(to, aSe, aSig, bSe, bSig, flipA, flipB);
  if (isExtreme(bSe)) return addSpecial(to, aSe, aSig, bSe, bSig, flipA, flipB);
  return addFinite(to, (aSe ^ flipA) & SIGN, aSe & EXP, aSig, (bSe ^ flipB) & SIGN, bSe & EXP, bSig);
}

function addSpecial(to: usize, aSe: u32, aSig: u64, bSe: u32, bSig: u64, flipA: u32, flipB: u32): bool {
  if (special2(aSe, aSig, bSe, bSig)) return replace(to);
  noteDenormal(aSe, aSig);
  noteDenormal(bSe, bSig);
  aSe ^= flipA & SIGN;
  bSe ^= flipB & SIGN;
  if (isInfinite(aSe, aSig) || isInfinite(bSe, bSig)) addInfinite(aSe, aSig, bSe, bSig);
  else if (isZero(aSe, aSig) || isZero(bSe, bSig)) addZero(aSe, aSig, bSe, bSig);
  else {
    const aExp = normalExp(aSe, aSig),
      bExp = normalExp(bSe, bSig);
    return addNormalized(to, aSe & SIGN, aExp, normalSig(aSig), bSe & SIGN, bExp, normalSig(bSig));
  }
  return replace(to);
}

function addInfinite(aSe: u32, aSig: u64, bSe: u32, bSig: u64): void {
  const aInf = isInfinite(aSe, aSig);
  if (aInf && isInfinite(bSe, bSig) && aSe != bSe) invalid();
  else give(aInf ? aSe : bSe, INTEGER);
}

function addZero(aSe: u32, aSig: u64, bSe: u32, bSig: u64): void {
  if (!isZero(aSe, aSig)) pack(aSe & SIGN, normalExp(aSe, aSig), normalSig(aSig), 0);
  else if (!isZero(bSe, bSig)) pack(bSe & SIGN, normalExp(bSe, bSig), normalSig(bSig), 0);
  else give(aSe == bSe ? aSe : zeroSign(), 0);
}

/** Sign of an exact zero from operands of different sign: negative only when rounding down. */
function zeroSign(): u32 {
  return roundingControl() == RC_DOWN ? SIGN : 0;
}

/** `addFinite` out of line, for denormal operands. */
function addNormalized(to: usize, aSign: u32, aExp: i32, aSig: u64, bSign: u32, bExp: i32, bSig: u64): bool {
  return addFinite(to, aSign, aExp, aSig, bSign, bExp, bSig);
}

// @ts-ignore: decorator
@inline function addFinite(to: usize, aSign: u32, aExp: i32, aSig: u64, bSign: u32, bExp: i32, bSig: u64): bool {
  // The larger magnitude comes first; selected without a branch, which would be a coin toss.
  const swap = (aExp < bExp) | ((aExp == bExp) & (aSig < bSig));
  const sign = swap ? bSign : aSign;
  const exp = swap ? bExp : aExp;
  const large = swap ? bSig : aSig;
  const small = swap ? aSig : bSig;
  const shift = <u32>(swap ? bExp - aExp : aExp - bExp);
  const whole = shift < 64 ? small >> shift : 0;
  // The word behind it. Two shifts, because one by 64 would be none.
  const fraction = shift < 64 ? (small << 1) << (63 - shift) : farFraction(small, shift);
  return aSign == bSign
    ? sum(to, sign, exp, large, whole, fraction)
    : difference(to, sign, exp, large, whole, fraction);
}

/** Fraction word of `sig >> shift` for a shift of 64 or more, the lowest bit sticky. */
function farFraction(sig: u64, shift: u32): u64 {
  if (shift == 64) return sig;
  return shift < 128 ? (sig >> (shift - 64)) | u64(sig << (128 - shift) != 0) : 1;
}

// @ts-ignore: decorator
@inline function sum(to: usize, sign: u32, exp: i32, a: u64, b: u64, fraction: u64): bool {
  let lo = fraction;
  let hi = a + b;
  if (hi < a) {
    lo = (hi << 63) | (lo >> 1) | (lo & 1);
    hi = (hi >> 1) | INTEGER;
    exp++;
  }
  return packInto(to, sign, exp, hi, lo);
}

/** a - (b and a fraction behind it), a the larger. */
// @ts-ignore: decorator
@inline function difference(to: usize, sign: u32, exp: i32, a: u64, b: u64, fraction: u64): bool {
  let lo = 0 - fraction;
  let hi = a - b - u64(fraction != 0);
  if (hi == 0) {
    if (lo == 0) {
      give(zeroSign(), 0);
      return replace(to);
    }
    hi = lo;
    lo = 0;
    exp -= 64;
  }
  const n = clz(hi);
  hi = (hi << n) | ((lo >> 1) >> (63 - n));
  return packInto(to, sign, exp - <i32>n, hi, lo << n);
}
