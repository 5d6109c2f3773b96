/**
 * 128-bit arithmetic below the transcendental functions: fixed point, and floating values {exponent, hi:lo} as `packWide`
 * takes them. Results come back as the high word with the low one in `low`. Errors stay below a few units of 2^-126.
 */
import { BIAS } from './format';
import { packAt } from './round';
import { divide, multiply, wideLo } from './wide';

/** Low word of the last result. */
export let low: u64 = 0;
/** What `normalize` took off the exponent. */
export let shifted: i32 = 0;

/** The upper 128 bits of a 256-bit product. */
export function mulHigh(aHi: u64, aLo: u64, bHi: u64, bLo: u64): u64 {
  const middle1 = multiply(aHi, bLo),
    middle2 = multiply(aLo, bHi);
  let hi = multiply(aHi, bHi);
  const lo1 = wideLo + middle1;
  hi += u64(lo1 < middle1);
  low = lo1 + middle2;
  return hi + u64(low < middle2);
}

/** a + b modulo 2^128. */
// @ts-ignore: decorator
@inline export function plus(aHi: u64, aLo: u64, bHi: u64, bLo: u64): u64 {
  low = aLo + bLo;
  return aHi + bHi + u64(low < bLo);
}

/** a - b modulo 2^128. */
// @ts-ignore: decorator
@inline export function minus(aHi: u64, aLo: u64, bHi: u64, bLo: u64): u64 {
  low = aLo - bLo;
  return aHi - bHi - u64(aLo < bLo);
}

/** Plain right shift by any amount. */
export function shiftRight(hi: u64, lo: u64, n: u32): u64 {
  if (n == 0) {
    low = lo;
    return hi;
  }
  if (n < 64) {
    low = (hi << (64 - n)) | (lo >> n);
    return hi >> n;
  }
  low = n < 128 ? hi >> (n - 64) : 0;
  return 0;
}

/** Shifts a non-zero value up until the top bit is set. */
export function normalize(hi: u64, lo: u64): u64 {
  shifted = 0;
  if (hi == 0) {
    shifted = 64;
    hi = lo;
    lo = 0;
  }
  const n = <i32>clz(hi);
  shifted += n;
  low = lo << n;
  return n ? (hi << n) | (lo >> (64 - n)) : hi;
}

/** n / d as a 128-bit fraction; d has its top bit set and n < d. */
export function quotient(nHi: u64, nLo: u64, dHi: u64, dLo: u64): u64 {
  let q1 = nHi < dHi ? divide(nHi, nLo, dHi) : u64.MAX_VALUE;
  // rest = n * 2^64 - q1 * d, in 192 bits.
  const a1 = multiply(q1, dHi),
    a0 = wideLo;
  const b1 = multiply(q1, dLo),
    b0 = wideLo;
  const middle = a0 + b1;
  let r0 = 0 - b0;
  let r1 = nLo - middle;
  let r2 = nHi - a1 - u64(middle < b1) - u64(nLo < middle);
  if (b0) {
    r2 -= u64(r1 == 0);
    r1--;
  }
  // The estimate is at most 2 too large.
  while (<i64>r2 < 0) {
    q1--;
    r0 += dLo;
    const carry = u64(r0 < dLo);
    const sum = r1 + dHi;
    r1 = sum + carry;
    r2 += u64(sum < dHi) + u64(r1 < carry);
  }
  low = r1 < dHi ? divide(r1, r0, dHi) : u64.MAX_VALUE;
  return q1;
}

/** Fixed point (Q0.128) of a normalised value below 1. */
export function toFixed(exp: i32, hi: u64, lo: u64): u64 {
  return shiftRight(hi, lo, <u32>(BIAS - 1 - exp));
}

/** Fixed point square of a normalised value below 1. */
export function square(exp: i32, hi: u64, lo: u64): u64 {
  const s = mulHigh(hi, lo, hi, lo);
  return shiftRight(s, low, <u32>(2 * (BIAS - 1 - exp)));
}

/**
 * The sum of c[k] * z^k, or with alternating signs; c in Q1.127, z in Q0.128, `n` terms. An alternating sum stays below
 * c[0] even for a z that has vanished, so that directed rounding of sin x and the like goes the right way.
 */
export function polynomial(table: usize, n: u32, zHi: u64, zLo: u64, alternating: bool): u64 {
  if (alternating) zLo |= 16;
  let at = table + <usize>(n - 1) * 16;
  let hi = load<u64>(at),
    lo = load<u64>(at, 8);
  while (at > table) {
    at -= 16;
    hi = mulHigh(hi, lo, zHi, zLo);
    if (alternating) hi = minus(load<u64>(at), load<u64>(at, 8), hi, low);
    else hi = plus(load<u64>(at), load<u64>(at, 8), hi, low);
    lo = low;
  }
  low = lo;
  return hi;
}

/** Rounds an irrational result: never exact, so the sticky bit is set. */
export function packWide(sign: u32, exp: i32, hi: u64, lo: u64): void {
  const n = normalize(hi, lo);
  packAt(sign, exp - shifted, n, low | 1, 0);
}
