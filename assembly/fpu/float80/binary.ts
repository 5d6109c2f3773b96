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

/** Exact; a signaling NaN stays one (the operation decides), a denormal raises DE. */
// @ts-ignore: decorator
@inline export function fromDouble(x: u64): void {
  const e = (<u32>(x >> 52)) & 0x7ff;
  if (e - 1 < 0x7fe) give(((<u32>(x >> 48)) & SIGN) | (e + (BIAS - 1023)), (x << 11) | INTEGER);
  else fromSpecialDouble(x);
}

function fromSpecialDouble(x: u64): void {
  const sign = (<u32>(x >> 48)) & SIGN;
  if ((x >> 52) & 0x7ff) give(sign | EXP, (x << 11) | INTEGER);
  else fromSubnormal(sign, x << 12, BIAS - 1023);
}

export function fromSingle(x: u32): void {
  const sign = (x >> 16) & SIGN;
  const e = (x >> 23) & 0xff;
  const fraction = (<u64>x) << 40;
  if (e - 1 < 0xfe) give(sign | (e + (BIAS - 127)), fraction | INTEGER);
  else if (e) give(sign | EXP, fraction | INTEGER);
  else fromSubnormal(sign, fraction << 1, BIAS - 127);
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

/** Rounds to double precision by rounding control; precision control has no say here. */
export function toDouble(aSe: u32, aSig: u64): u64 {
  const e = (aSe & EXP) - (BIAS - 1023);
  const low = (<u32>aSig) & 0x7ff;
  if ((e - 1 < 0x7fd) & (<i64>aSig < 0) & ((fpu.control & 0xc00) == 0)) {
    // Nearest even without branches; the largest exponent, which could overflow, is not here.
    const fields = ((<u64>(e - 1)) << 52) + (aSig >> 11);
    const up = (low + 0x3ff + ((<u32>fields) & 1)) >> 11;
    raise((u32(low != 0) * PE) | (up * C1));
    return ((<u64>(aSe & SIGN)) << 48) | (fields + up);
  }
  if (isUnsupported(aSe, aSig)) {
    raise(IE);
    return 0xfff8000000000000;
  }
  return ((<u64>(aSe & SIGN)) << 48) | narrow(aSe, aSig, 11, BIAS - 1023, 0x7ff);
}

export function toSingle(aSe: u32, aSig: u64): u32 {
  if (isUnsupported(aSe, aSig)) {
    raise(IE);
    return 0xffc00000;
  }
  return ((aSe & SIGN) << 16) | (<u32>narrow(aSe, aSig, 40, BIAS - 127, 0xff));
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
