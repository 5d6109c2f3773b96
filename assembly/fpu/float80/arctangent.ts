/**
 * FPATAN: the angle of the point (x, y). With a <= b the smaller and larger magnitude, i = round(16 a / b),
 * atan(a/b) = atan(i/16) + atan((16 a - i b) / (16 b + i a)), the latter at most 1/32.
 */
import { BIAS, SIGN, isInfinite, isZero, give, normalExp, normalSig, noteDenormal } from './format';
import {
  low,
  minus,
  mulHigh,
  normalize,
  packWide,
  plus,
  polynomial,
  quotient,
  shiftRight,
  shifted,
  square,
} from './fixed';
import { special2 } from './nan';
import { divide } from './wide';
import { ARCTANGENT, INVERSE_ODD, PI_HI, PI_LO } from './tables';

const TERMS: u32 = 9;

/** The angle in the first octant: normalised. */
let vExp: i32 = 0;
let vHi: u64 = 0;
let vLo: u64 = 0;

export function arctangent(ySe: u32, ySig: u64, xSe: u32, xSig: u64): void {
  if (special2(ySe, ySig, xSe, xSig)) return;
  noteDenormal(ySe, ySig);
  noteDenormal(xSe, xSig);
  const sign = ySe & SIGN;
  const left = (xSe & SIGN) != 0;
  const yInf = isInfinite(ySe, ySig),
    xInf = isInfinite(xSe, xSig);
  if (yInf) eighths(sign, xInf ? (left ? 6 : 2) : 4);
  else if (isZero(ySe, ySig) || xInf) eighths(sign, left ? 8 : 0);
  else if (isZero(xSe, xSig)) eighths(sign, 4);
  else general(sign, left, normalExp(ySe, ySig), normalSig(ySig), normalExp(xSe, xSig), normalSig(xSig));
}

/** n * pi / 8. */
function eighths(sign: u32, n: u32): void {
  if (n == 0) give(sign, 0);
  else if (n == 6) packWide(sign, BIAS + 1, mulHigh(PI_HI, PI_LO, 0xc000000000000000, 0), low);
  else packWide(sign, n == 8 ? BIAS + 1 : n == 4 ? BIAS : BIAS - 1, PI_HI, PI_LO);
}

function general(sign: u32, left: bool, yExp: i32, y: u64, xExp: i32, x: u64): void {
  const steep = yExp > xExp || (yExp == xExp && y > x);
  if (steep) octant(xExp, x, yExp, y);
  else octant(yExp, y, xExp, x);
  if (!steep && !left) packWide(sign, vExp, vHi, vLo);
  else turn(sign, steep, left);
}

/** pi/2 -+ v or pi - v, in fixed point with two integer bits. */
function turn(sign: u32, steep: bool, left: bool): void {
  const hi = shiftRight(vHi, vLo, <u32>(BIAS + 1 - vExp)),
    lo = low;
  const base = steep ? PI_HI >> 1 : PI_HI,
    baseLo = steep ? (PI_HI << 63) | (PI_LO >> 1) : PI_LO;
  const sum = steep && left ? plus(base, baseLo, hi, lo) : minus(base, baseLo, hi, lo);
  packWide(sign, BIAS + 1, sum, low);
}

/** v = atan(a / b), a <= b. */
function octant(aExp: i32, a: u64, bExp: i32, b: u64): void {
  const apart = bExp - aExp;
  const i = apart > 5 ? 0 : sixteenths(a, b, <u32>apart);
  if (i == 0) {
    // a / b itself; halving keeps the dividend below the divisor.
    const q = normalize(quotient(a >> 1, a << 63, b, 0), low);
    series(aExp - bExp + BIAS - shifted, q, low);
    return;
  }
  const table = ARCTANGENT + <usize>i * 16;
  residue(a, b, <u32>apart, i);
  // Q1.127 -+ the rest, which is at most 1/32.
  const rest = shiftRight(vHi, vLo, <u32>(BIAS - vExp));
  const sum = negative
    ? minus(load<u64>(table), load<u64>(table, 8), rest, low)
    : plus(load<u64>(table), load<u64>(table, 8), rest, low);
  vHi = normalize(sum, low);
  vLo = low;
  vExp = BIAS - shifted;
}

/** round(16 a / (b << apart)). */
function sixteenths(a: u64, b: u64, apart: u32): u32 {
  const q = divide(a >> 1, a << 63, b) >> apart;
  return <u32>((q + ((<u64>1) << 58)) >> 59);
}

let negative: bool = false;

/** v = |atan((16 a - i b) / (16 b + i a))|, its sign in `negative`; b counts 2^apart times as much as a. */
function residue(a: u64, b: u64, apart: u32, i: u32): void {
  const bHi = apart ? b >> (64 - apart) : 0,
    bLo = b << apart;
  const a16Hi = a >> 60,
    a16Lo = a << 4;
  const ibHi = bHi * i + mulSmallHigh(bLo, i),
    ibLo = bLo * i;
  let nHi = minus(a16Hi, a16Lo, ibHi, ibLo),
    nLo = low;
  negative = <i64>nHi < 0;
  if (negative) {
    nHi = minus(0, 0, nHi, nLo);
    nLo = low;
  }
  const iaHi = mulSmallHigh(a, i),
    iaLo = a * i;
  let dHi = plus((bHi << 4) | (bLo >> 60), bLo << 4, iaHi, iaLo);
  if ((nHi | nLo) == 0) {
    vHi = 0;
    vLo = 0;
    vExp = BIAS;
    return;
  }
  dHi = normalize(dHi, low);
  const dLo = low,
    dShift = shifted;
  nHi = normalize(nHi, nLo);
  nLo = low;
  const exp = BIAS + dShift - shifted;
  const q = normalize(quotient(nHi >> 1, (nHi << 63) | (nLo >> 1), dHi, dLo), low);
  series(exp - shifted, q, low);
}

/** High word of the product with a number up to 16. */
// @ts-ignore: decorator
@inline function mulSmallHigh(a: u64, i: u32): u64 {
  return ((a >> 32) * i + (((a & 0xffffffff) * i) >> 32)) >> 32;
}

/** v = t (1 - t^2/3 + t^4/5 - ...), t at most 1/32. */
function series(exp: i32, hi: u64, lo: u64): void {
  const zHi = square(exp, hi, lo);
  const p = polynomial(INVERSE_ODD, TERMS, zHi, low, true);
  vHi = normalize(mulHigh(p, low, hi, lo), low);
  vLo = low;
  vExp = exp + 1 - shifted;
}
