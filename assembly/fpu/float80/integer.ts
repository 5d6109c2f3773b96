/** Conversions to and from integers, and rounding to an integral value. */
import { C1, IE, PE } from '../state';
import { BIAS, EXP, SIGN, drop, give, isUnsupported, isZero, noteDenormal, raise } from './format';
import { special1 } from './nan';
import { roundsUp } from './round';

/** Leaves the value of a two's-complement integer; always exact. */
export function fromInteger(value: i64): void {
  if (value == 0) give(0, 0);
  else fromMagnitude(value < 0 ? SIGN : 0, <u64>abs(value));
}

export function fromMagnitude(sign: u32, magnitude: u64): void {
  const n = clz(magnitude);
  if (magnitude) give(sign | (BIAS + 63 - <u32>n), magnitude << n);
  else give(sign, 0);
}

/** True when the last `magnitude` did not fit 64 bits or its operand was no number. */
export let outOfRange: bool = false;

/** |a| as an integer, rounded by `chop` or rounding control; raises PE and C1. */
export function magnitude(aSe: u32, aSig: u64, chop: bool): u64 {
  const e = <i32>(aSe & EXP) - BIAS;
  outOfRange = e > 63 || isUnsupported(aSe, aSig);
  if (outOfRange || aSig == 0) return 0;
  let whole: u64 = 0;
  let fraction: u64 = 1;
  if (e >= 0) {
    whole = aSig >> (63 - e);
    fraction = e == 63 ? 0 : aSig << (e + 1);
  } else if (e == -1) fraction = aSig;
  if (fraction == 0) return whole;
  raise(PE);
  if (chop || !roundsUp(aSe & SIGN, (whole & 1) != 0, fraction)) return whole;
  raise(C1);
  outOfRange = ++whole == 0;
  return whole;
}

/** Two's-complement integer of `bits` bits; what does not fit is invalid and gives the "integer indefinite". */
export function toInteger(aSe: u32, aSig: u64, bits: u32, chop: bool): i64 {
  const limit = (<u64>1) << (bits - 1);
  const value = magnitude(aSe, aSig, chop);
  const negative = (aSe & SIGN) != 0;
  if (outOfRange || value > limit || (value == limit && !negative)) {
    drop(PE | C1);
    raise(IE);
    return -(<i64>limit);
  }
  return negative ? -(<i64>value) : <i64>value;
}

/** FRNDINT. */
export function roundToIntegral(aSe: u32, aSig: u64): void {
  if (special1(aSe, aSig)) return;
  if (<i32>(aSe & EXP) >= BIAS + 63 || isZero(aSe, aSig)) {
    give(aSe, aSig);
    return;
  }
  noteDenormal(aSe, aSig);
  const whole = magnitude(aSe, aSig, false);
  // 2^63 and more did not come here, so a carry leads at most to 2^63.
  fromMagnitude(aSe & SIGN, whole);
}
