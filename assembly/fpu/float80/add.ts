/** Addition and subtraction. */
import { RC_DOWN } from '../state';
import {
  EXP,
  INTEGER,
  SIGN,
  give,
  invalid,
  isInfinite,
  isNormal,
  isZero,
  normalExp,
  normalSig,
  noteDenormal,
} from './format';
import { special2 } from './nan';
import { pack, packFast, roundingControl } from './round';

/** a + b, or a - b with `flip` = 0x8000. */
export function add(aSe: u32, aSig: u64, bSe: u32, bSig: u64, flip: u32): void {
  if (isNormal(aSe, aSig) & isNormal(bSe, bSig)) {
    addFinite(aSe & SIGN, aSe & EXP, aSig, (bSe ^ flip) & SIGN, bSe & EXP, bSig);
  } else addSpecial(aSe, aSig, bSe, bSig, flip);
}

function addSpecial(aSe: u32, aSig: u64, bSe: u32, bSig: u64, flip: u32): void {
  if (special2(aSe, aSig, bSe, bSig)) return;
  noteDenormal(aSe, aSig);
  noteDenormal(bSe, bSig);
  bSe ^= flip;
  const aInf = isInfinite(aSe, aSig);
  if (aInf || isInfinite(bSe, bSig)) {
    if (aInf && isInfinite(bSe, bSig) && aSe != bSe) invalid();
    else give(aInf ? aSe : bSe, INTEGER);
    return;
  }
  const aZero = isZero(aSe, aSig),
    bZero = isZero(bSe, bSig);
  if (aZero && bZero) give(aSe == bSe ? aSe : zeroSign(), 0);
  else if (aZero) pack(bSe & SIGN, normalExp(bSe, bSig), normalSig(bSig), 0);
  else if (bZero) pack(aSe & SIGN, normalExp(aSe, aSig), normalSig(aSig), 0);
  else addFinite(aSe & SIGN, normalExp(aSe, aSig), normalSig(aSig), bSe & SIGN, normalExp(bSe, bSig), normalSig(bSig));
}

/** Sign of an exact zero from operands of different sign: negative only when rounding down. */
function zeroSign(): u32 {
  return roundingControl() == RC_DOWN ? SIGN : 0;
}

function addFinite(aSign: u32, aExp: i32, aSig: u64, bSign: u32, bExp: i32, bSig: u64): void {
  // The larger magnitude comes first; selected without a branch, which would be a coin toss.
  const swap = (aExp < bExp) | ((aExp == bExp) & (aSig < bSig));
  const sign = swap ? bSign : aSign;
  const exp = swap ? bExp : aExp;
  const large = swap ? bSig : aSig;
  const small = swap ? aSig : bSig;
  const shift = <u32>(swap ? bExp - aExp : aExp - bExp);
  if (aSign == bSign) sum(sign, exp, large, small, shift);
  else difference(sign, exp, large, small, shift);
}

/** Fraction word of `sig >> shift`, the lowest bit sticky. */
// @ts-ignore: decorator
@inline function fractionOf(sig: u64, shift: u32): u64 {
  return shift == 0 ? 0 : shift <= 64 ? sig << (64 - shift) : farFraction(sig, shift);
}

function farFraction(sig: u64, shift: u32): u64 {
  return shift < 128 ? (sig >> (shift - 64)) | u64(sig << (128 - shift) != 0) : 1;
}

// @ts-ignore: decorator
@inline function sum(sign: u32, exp: i32, a: u64, b: u64, shift: u32): void {
  let lo = fractionOf(b, shift);
  let hi = a + (shift < 64 ? b >> shift : 0);
  if (hi < a) {
    lo = (hi << 63) | (lo >> 1) | (lo & 1);
    hi = (hi >> 1) | INTEGER;
    exp++;
  }
  packFast(sign, exp, hi, lo);
}

/** a - (b >> shift), a the larger. */
// @ts-ignore: decorator
@inline function difference(sign: u32, exp: i32, a: u64, b: u64, shift: u32): void {
  const fraction = fractionOf(b, shift);
  let lo = 0 - fraction;
  let hi = a - (shift < 64 ? b >> shift : 0) - u64(fraction != 0);
  if (hi == 0) {
    if (lo == 0) {
      give(zeroSign(), 0);
      return;
    }
    hi = lo;
    lo = 0;
    exp -= 64;
  }
  const n = clz(hi);
  if (n) {
    hi = (hi << n) | (lo >> (64 - n));
    lo <<= n;
    exp -= <i32>n;
  }
  packFast(sign, exp, hi, lo);
}
