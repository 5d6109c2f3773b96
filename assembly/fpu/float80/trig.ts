/**
 * Sine, cosine and tangent. Arguments are reduced with the 66-bit value of pi that x87 processors use (SDM vol. 1, 8.3.8),
 * exactly; then power series in 128-bit fixed point on [-pi/4, pi/4].
 */
import {
  BIAS,
  EXP,
  INTEGER,
  SIGN,
  give,
  invalid,
  isInfinite,
  isZero,
  normalExp,
  normalSig,
  noteDenormal,
} from './format';
import { low, minus, mulHigh, normalize, packWide, polynomial, quotient, shifted, square } from './fixed';
import { special1 } from './nan';
import { INVERSE_FACTORIAL_EVEN, INVERSE_FACTORIAL_ODD } from './tables';

/** Pi/2 * 2^65: 66 bits. */
const HALF_PI_HI: u64 = 0x3;
const HALF_PI_LO: u64 = 0x243f6a8885a308d3;
/** Terms that reach 2^-75 at pi/4. */
const TERMS: u32 = 12;

/** The reduced argument: quadrant, sign, normalised magnitude. */
let quadrant: u32 = 0;
let rSign: u32 = 0;
let rExp: i32 = 0;
let rHi: u64 = 0;
let rLo: u64 = 0;

export const SINE: u32 = 0;
export const COSINE: u32 = 1;

/** True when the argument is out of range (2^63 or more): C2, and the operand stays. */
export function outOfReach(aSe: u32, aSig: u64): bool {
  const e = aSe & EXP;
  return e >= <u32>BIAS + 63 && e != EXP && <i64>aSig < 0;
}

/** Operands that need no series; true when the result is there. `atZero` is f(+0): 0 gives back the operand, 1 gives 1. */
export function trigSpecial(aSe: u32, aSig: u64, one: bool): bool {
  if (special1(aSe, aSig)) return true;
  if (isInfinite(aSe, aSig)) {
    invalid();
    return true;
  }
  if (isZero(aSe, aSig)) {
    if (one) give(BIAS, INTEGER);
    else give(aSe, 0);
    return true;
  }
  noteDenormal(aSe, aSig);
  return false;
}

/** a = quadrant * pi/2 + r. */
export function reduce(aSe: u32, aSig: u64): void {
  rSign = aSe & SIGN;
  rExp = normalExp(aSe, aSig);
  rHi = normalSig(aSig);
  rLo = 0;
  quadrant = 0;
  if (rExp < BIAS - 1 || (rExp == BIAS - 1 && rHi <= 0xc90fdaa22168c234)) return;
  // Long division bit by bit in units of 2^-65: the dividend is sig * 2^(e + 2), the remainder stays below 2^66.
  let hi: u64 = 0,
    lo = rHi;
  for (let n = rExp - BIAS + 2; n > 0; n--) {
    hi = (hi << 1) | (lo >> 63);
    lo <<= 1;
    quadrant <<= 1;
    if (hi > HALF_PI_HI || (hi == HALF_PI_HI && lo >= HALF_PI_LO)) {
      hi = minus(hi, lo, HALF_PI_HI, HALF_PI_LO);
      lo = low;
      quadrant |= 1;
    }
  }
  centre(hi, lo);
}

/** Moves a remainder in [0, pi/2) to [-pi/4, pi/4]. */
function centre(hi: u64, lo: u64): void {
  const otherHi = minus(HALF_PI_HI, HALF_PI_LO, hi, lo),
    otherLo = low;
  if (otherHi < hi || (otherHi == hi && otherLo < lo)) {
    hi = otherHi;
    lo = otherLo;
    quadrant++;
    rSign ^= SIGN;
    // For a negative argument the quadrants count down, so the sign of r is still relative to the argument's.
  }
  rHi = normalize(hi, lo);
  rLo = low;
  // hi:lo counts units of 2^-65: its top bit is worth 2^62.
  rExp = BIAS + 62 - shifted;
}

/** Leaves sin r or cos r as a normalised wide value. */
let vExp: i32 = 0;
let vHi: u64 = 0;
let vLo: u64 = 0;

function series(cosine: bool): void {
  const zHi = square(rExp, rHi, rLo),
    zLo = low;
  if (cosine) {
    const c = polynomial(INVERSE_FACTORIAL_EVEN, TERMS, zHi, zLo, true);
    vHi = normalize(c, low);
    vLo = low;
    vExp = BIAS - shifted;
    return;
  }
  const s = polynomial(INVERSE_FACTORIAL_ODD, TERMS, zHi, zLo, true);
  const p = mulHigh(s, low, rHi, rLo);
  vHi = normalize(p, low);
  vLo = low;
  vExp = rExp + 1 - shifted;
}

/** Sine or cosine of the reduced argument; `aSe` gives the sign of the operand. */
export function sineOrCosine(aSe: u32, which: u32): void {
  const q = quadrant + which;
  // sin(-a) = -sin(a): the quadrant was counted on |a|. rSign holds sign(a) * sign(r).
  const negative = aSe & SIGN;
  const relative = rSign ^ negative;
  series((q & 1) != 0);
  let sign = q & 2 ? SIGN : 0;
  if (!(q & 1)) sign ^= relative;
  if (which == SINE) sign ^= negative;
  packWide(sign, vExp, vHi, vLo);
}

/** Tangent of the reduced argument. */
export function tangent(): void {
  series(true);
  const cExp = vExp,
    cHi = vHi,
    cLo = vLo;
  series(false);
  if (quadrant & 1) ratio(rSign ^ SIGN, cExp, cHi, cLo, vExp, vHi, vLo);
  else ratio(rSign, vExp, vHi, vLo, cExp, cHi, cLo);
}

function ratio(sign: u32, nExp: i32, nHi: u64, nLo: u64, dExp: i32, dHi: u64, dLo: u64): void {
  // Halving the numerator keeps it below the denominator.
  const q = quotient(nHi >> 1, (nHi << 63) | (nLo >> 1), dHi, dLo);
  packWide(sign, nExp - dExp + BIAS, q, low);
}
