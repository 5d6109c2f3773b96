/** Conversions from and to single and double precision. */
import { C1, DE, IE, OE, PE, UE, fpu } from '../state';
import {
  BIAS,
  EXP,
  INTEGER,
  QUIET,
  SIGN,
  drop,
  give,
  isNaN80,
  isUnsupported,
  normalExp,
  normalSig,
  raise,
} from './format';
import { carries, roundsUp } from './round';
import { shiftRightJam, wideLo } from './wide';

/** What the narrow formats drop from the significand and from the exponent, and their largest exponent field. */
export const DOUBLE_DROPS: u32 = 11;
export const DOUBLE_BIAS: i32 = BIAS - 1023;
export const DOUBLE_MAXIMUM: i32 = 0x7ff;
export const SINGLE_DROPS: u32 = 40;
export const SINGLE_BIAS: i32 = BIAS - 127;
export const SINGLE_MAXIMUM: i32 = 0xff;

// A normal number of a narrow format is one in ours, with the same sign.

// @ts-ignore: decorator
@inline export function isNormalDouble(x: u64): bool {
  return <u32>(((<u32>(x >> 52)) & 0x7ff) - 1) < 0x7fe;
}
// @ts-ignore: decorator
@inline export function doubleSe(x: u64): u32 {
  const high = <u32>(x >> 52);
  return ((high << 4) & SIGN) | ((high & 0x7ff) + (BIAS - 1023));
}
// @ts-ignore: decorator
@inline export function doubleSig(x: u64): u64 {
  return (x << 11) | INTEGER;
}
// @ts-ignore: decorator
@inline export function isNormalSingle(x: u32): bool {
  return <u32>(((x >> 23) & 0xff) - 1) < 0xfe;
}
// @ts-ignore: decorator
@inline export function singleSe(x: u32): u32 {
  return ((x >> 16) & SIGN) | (((x >> 23) & 0xff) + (BIAS - 127));
}
// @ts-ignore: decorator
@inline export function singleSig(x: u32): u64 {
  return ((<u64>x) << 40) | INTEGER;
}

/** Leaves the value of a double, exactly; a signaling NaN stays one (the operation decides), a denormal raises DE. */
export function fromDouble(x: u64): void {
  const sign = (<u32>(x >> 48)) & SIGN;
  if (isNormalDouble(x)) give(doubleSe(x), doubleSig(x));
  else if ((x >> 52) & 0x7ff) give(sign | EXP, doubleSig(x));
  else fromSubnormal(sign, x << 12, BIAS - 1023);
}

export function fromSingle(x: u32): void {
  const sign = (x >> 16) & SIGN;
  if (isNormalSingle(x)) give(singleSe(x), singleSig(x));
  else if ((x >> 23) & 0xff) give(sign | EXP, singleSig(x));
  else fromSubnormal(sign, (<u64>x) << 41, BIAS - 127);
}

/** `fraction`: the fraction field at the top of the word; its value is 0.fraction * 2^(base + 1 - BIAS). */
function fromSubnormal(sign: u32, fraction: u64, base: u32): void {
  if (fraction == 0) {
    give(sign, 0);
    return;
  }
  raise(DE);
  const n = clz(fraction);
  give(sign | (base - <u32>n), fraction << n);
}

// The usual narrowing, rounding to nearest even without branches. INVARIANT: `narrows` has said yes.

/**
 * Is this a normal number that stays one in the format that drops `drops` significand bits, rebiases by `bias` and has the
 * largest exponent field `maximum`, and does rounding go to nearest? The largest exponent, which could overflow, is out.
 */
// @ts-ignore: decorator
@inline export function narrows(aSe: u32, aSig: u64, bias: i32, maximum: i32): bool {
  const inRange = <u32>(<i32>(aSe & EXP) - bias - 1) < <u32>(maximum - 2);
  return inRange & (<i64>aSig < 0) & ((fpu.control & 0xc00) == 0);
}
/** Exponent and fraction fields, cut off: the integer bit is added into the exponent field. */
// @ts-ignore: decorator
@inline export function narrowFields(aSe: u32, aSig: u64, drops: u32, bias: i32): u64 {
  return ((<u64>(<i32>(aSe & EXP) - bias - 1)) << (63 - drops)) + (aSig >> drops);
}
/** 1 when the fields have to be rounded up. */
// @ts-ignore: decorator
@inline export function narrowUp(fields: u64, aSig: u64, drops: u32): u64 {
  const unit = (<u64>1) << drops;
  return ((aSig & (unit - 1)) + (unit / 2 - 1) + (fields & 1)) >> drops;
}
// @ts-ignore: decorator
@inline export function narrowFlags(up: u64, aSig: u64, drops: u32): u32 {
  return (u32((aSig & (((<u64>1) << drops) - 1)) != 0) * PE) | (<u32>up * C1);
}

/** Rounds to double precision by rounding control; precision control has no say here. */
export function toDouble(aSe: u32, aSig: u64): u64 {
  if (isUnsupported(aSe, aSig)) {
    raise(IE);
    return 0xfff8000000000000;
  }
  return ((<u64>(aSe & SIGN)) << 48) | narrow(aSe, aSig, DOUBLE_DROPS, DOUBLE_BIAS, DOUBLE_MAXIMUM);
}

export function toSingle(aSe: u32, aSig: u64): u32 {
  if (isUnsupported(aSe, aSig)) {
    raise(IE);
    return 0xffc00000;
  }
  return ((aSe & SIGN) << 16) | (<u32>narrow(aSe, aSig, SINGLE_DROPS, SINGLE_BIAS, SINGLE_MAXIMUM));
}

/**
 * Exponent and fraction fields of the narrow format that drops `drops` significand bits, rebiases by `bias` and has the
 * largest exponent field `maximum`. The integer bit is added into the exponent field, so that a carry does the rest.
 */
function narrow(aSe: u32, aSig: u64, drops: u32, bias: i32, maximum: i32): u64 {
  const e = <i32>(aSe & EXP) - bias;
  if (<u32>(e - 1) >= <u32>(maximum - 1)) return narrowSpecial(aSe, aSig, drops, bias, maximum);
  const fields = ((<u64>(e - 1)) << (63 - drops)) + (aSig >> drops);
  const fraction = aSig << (64 - drops);
  if (fraction == 0) return fields;
  raise(PE);
  if (!roundsUp(aSe & SIGN, (fields & 1) != 0, fraction)) return fields;
  raise(C1);
  if ((fields + 1) >> (63 - drops) == <u64>maximum) narrowOverflow(aSe & SIGN, drops, maximum);
  return fields + 1;
}

function narrowSpecial(aSe: u32, aSig: u64, drops: u32, bias: i32, maximum: i32): u64 {
  const infinity = (<u64>maximum) << (63 - drops);
  if (isNaN80(aSe, aSig)) {
    if (!(aSig & QUIET)) raise(IE);
    return infinity | (((aSig | QUIET) & ~INTEGER) >> drops);
  }
  if ((aSe & EXP) == EXP) return infinity;
  if (aSig == 0) return 0;
  const exp = normalExp(aSe, aSig) - bias;
  return exp >= maximum
    ? narrowOverflow(aSe & SIGN, drops, maximum)
    : narrowTiny(aSe & SIGN, exp, normalSig(aSig), drops);
}

/** Infinity or the largest finite number. */
function narrowOverflow(sign: u32, drops: u32, maximum: i32): u64 {
  const infinity = (<u64>maximum) << (63 - drops);
  raise(OE | PE);
  drop(C1);
  if (!roundsUp(sign, true, INTEGER)) return infinity - 1;
  raise(C1);
  return infinity;
}

/** Denormal and vanishing results; tininess is judged after rounding. */
function narrowTiny(sign: u32, exp: i32, sig: u64, drops: u32): u64 {
  const tiny = exp < 0 || !carries(sign, sig, 0, drops);
  const shifted = shiftRightJam(sig, 0, <u32>(1 - exp));
  const fraction = (shifted << (64 - drops)) | u64(wideLo != 0);
  const fields = shifted >> drops;
  if (tiny && (fraction != 0 || !(fpu.control & UE))) raise(UE);
  if (fraction == 0) return fields;
  raise(PE);
  if (!roundsUp(sign, (fields & 1) != 0, fraction)) return fields;
  raise(C1);
  return fields + 1;
}
