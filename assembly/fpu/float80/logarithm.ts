/**
 * FYL2X, FYL2XP1 and F2XM1. log2 m = 2 log2(e) atanh((m - 1) / (m + 1)) for m in [sqrt(1/2), sqrt(2)];
 * 2^x - 1 = y (1 + y/2! + y^2/3! + ...) with y = x ln 2, which keeps small results accurate.
 */
import { ZE } from '../state';
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
  raise,
} from './format';
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
  toFixed,
} from './fixed';
import { special1, special2 } from './nan';
import { packAt } from './round';
import { INVERSE_FACTORIAL, INVERSE_ODD, LN2_HI, LN2_LO, LOG2E_HI, LOG2E_LO } from './tables';

const SQRT2: u64 = 0xb504f333f9de6484;
const ATANH_TERMS: u32 = 17;
const EXP_TERMS: u32 = 22;

/** A logarithm on its way: normalised magnitude and sign. */
let vSign: u32 = 0;
let vExp: i32 = 0;
let vHi: u64 = 0;
let vLo: u64 = 0;

/** v = 2 log2(e) atanh(s). */
function log2FromRatio(sExp: i32, sHi: u64, sLo: u64): void {
  const zHi = square(sExp, sHi, sLo);
  const p = polynomial(INVERSE_ODD, ATANH_TERMS, zHi, low, false);
  const t = normalize(mulHigh(p, low, sHi, sLo), low);
  vExp = sExp + 1 - shifted;
  vHi = normalize(mulHigh(t, low, LOG2E_HI, LOG2E_LO), low);
  vLo = low;
  vExp += 2 - shifted;
}

/** v = log2 of hi:lo * 2^(e - 127), the top bit of hi set. */
function log2(e: i32, hi: u64, lo: u64): void {
  const above = hi > SQRT2;
  e += i32(above);
  if (hi == INTEGER && lo == 0) {
    integerPlus(e, 0, 0, false);
    return;
  }
  // Above sqrt(2) m is halved: s = (2^128 - hi:lo) / (2^128 + hi:lo), else (hi:lo - 2^127) / (hi:lo + 2^127).
  const n = above ? minus(0, 0, hi, lo) : minus(hi, lo, INTEGER, 0);
  const top = normalize(n, low),
    topLo = low,
    zeros = shifted;
  // The denominator is 2^128 + d: its 129 bits are shifted down by one.
  const d = above ? hi : hi + INTEGER;
  const q = quotient(top >> 1, (top << 63) | (topLo >> 1), INTEGER | (d >> 1), (d << 63) | (lo >> 1));
  const s = normalize(q, low);
  log2FromRatio(BIAS - 1 - zeros - shifted, s, low);
  vSign = above ? SIGN : 0;
  if (e) integerPlus(e, toFixed(vExp, vHi, vLo), low, above);
}

/** v = e + fraction or e - fraction, not both zero unless the result is zero. */
function integerPlus(e: i32, hi: u64, lo: u64, subtract: bool): void {
  let whole = <u32>abs(e);
  vSign = e < 0 ? SIGN : 0;
  if (subtract != e < 0 && (hi | lo) != 0) {
    whole--;
    hi = minus(0, 0, hi, lo);
    lo = low;
  }
  if (whole == 0) {
    vHi = normalize(hi, lo);
    vLo = low;
    vExp = BIAS - 1 - shifted;
    return;
  }
  const bits = 32 - clz(whole);
  vHi = ((<u64>whole) << (64 - bits)) | (hi >> bits);
  vLo = (hi << (64 - bits)) | (lo >> bits);
  vExp = BIAS - 1 + <i32>bits;
}

/** y * v, where v is exact for powers of two. */
function scaleBy(ySe: u32, ySig: u64, exact: bool): void {
  const p = mulHigh(vHi, vLo, normalSig(ySig), 0);
  const sign = (ySe & SIGN) ^ vSign;
  const exp = vExp + normalExp(ySe, ySig) - BIAS + 1;
  if (!exact) {
    packWide(sign, exp, p, low);
    return;
  }
  const hi = normalize(p, low);
  packAt(sign, exp - shifted, hi, low, 0);
}

/** FYL2X: y * log2 x. */
export function yLog2x(xSe: u32, xSig: u64, ySe: u32, ySig: u64): void {
  if (special2(xSe, xSig, ySe, ySig)) return;
  const yNothing = isZero(ySe, ySig);
  if (isZero(xSe, xSig)) {
    if (yNothing) invalid();
    else {
      if (isInfinite(ySe, ySig)) give((ySe & SIGN) ^ (SIGN | EXP), INTEGER);
      else divideByZero(ySe);
    }
    return;
  }
  if (xSe & SIGN) {
    invalid();
    return;
  }
  noteDenormal(xSe, xSig);
  noteDenormal(ySe, ySig);
  const one = xSe == BIAS && xSig == INTEGER;
  if (isInfinite(xSe, xSig)) {
    if (yNothing) invalid();
    else give((ySe & SIGN) | EXP, INTEGER);
  } else if (isInfinite(ySe, ySig)) {
    if (one) invalid();
    else give(ySe ^ (xSe < <u32>BIAS ? SIGN : 0), INTEGER);
  } else if (yNothing || one) give((ySe & SIGN) ^ (xSe < <u32>BIAS ? SIGN : 0), 0);
  else {
    const sig = normalSig(xSig);
    log2(normalExp(xSe, xSig) - BIAS, sig, 0);
    scaleBy(ySe, ySig, sig == INTEGER);
  }
}

/** log2(0) = -infinity, times y. */
function divideByZero(ySe: u32): void {
  raise(ZE);
  give((ySe & SIGN) ^ (SIGN | EXP), INTEGER);
}

/**
 * FYL2XP1: y * log2(x + 1). Undefined by the manuals outside 1 - sqrt(1/2); as on recorded processors the function goes on
 * to all x > -1, and x itself comes out below.
 */
export function yLog2xPlus1(xSe: u32, xSig: u64, ySe: u32, ySig: u64): void {
  if (special2(xSe, xSig, ySe, ySig)) return;
  noteDenormal(xSe, xSig);
  noteDenormal(ySe, ySig);
  const sign = (xSe ^ ySe) & SIGN;
  const xNothing = isZero(xSe, xSig),
    yNothing = isZero(ySe, ySig);
  if (isInfinite(xSe, xSig)) {
    if (yNothing || (xSe & SIGN) != 0) invalid();
    else give(sign | EXP, INTEGER);
  } else if (isInfinite(ySe, ySig)) {
    if (xNothing) invalid();
    else give(sign | EXP, INTEGER);
  } else if (xNothing || yNothing) give(sign, 0);
  else if ((xSe & SIGN) != 0 && (xSe & EXP) >= <u32>BIAS) give(xSe, xSig);
  else {
    log2Plus1(xSe & SIGN, normalExp(xSe, xSig), normalSig(xSig));
    scaleBy(ySe, ySig, false);
  }
}

/** v = log2(1 + x): for small x from s = x / (2 + x), which loses nothing. */
function log2Plus1(sign: u32, exp: i32, sig: u64): void {
  if (exp >= BIAS - 2) {
    log2OfSum(sign, exp - BIAS, sig);
    return;
  }
  const xHi = shiftRight(sig, 0, <u32>(BIAS + 1 - exp)),
    xLo = low;
  let d = sign ? minus(INTEGER, 0, xHi, xLo) : plus(INTEGER, 0, xHi, xLo);
  d = normalize(d, low);
  const dExp = BIAS + 1 - shifted;
  const q = quotient(sig >> 1, sig << 63, d, low);
  const s = normalize(q, low);
  log2FromRatio(exp - dExp + BIAS - shifted, s, low);
  vSign = sign;
}

/** v = log2(1 + x) for x of 1/4 and more, or down to -1. */
function log2OfSum(sign: u32, e: i32, sig: u64): void {
  if (e < 0) {
    const xHi = shiftRight(sig, 0, <u32>-e);
    const sum = sign ? minus(INTEGER, 0, xHi, low) : plus(INTEGER, 0, xHi, low);
    const m = normalize(sum, low);
    log2(-shifted, m, low);
    return;
  }
  const oneHi = shiftRight(INTEGER, 0, <u32>e);
  const sum = plus(sig, 0, oneHi, low);
  if (<i64>sum < 0) log2(e, sum, low);
  else log2(e + 1, INTEGER | (sum >> 1), (sum << 63) | (low >> 1));
}

/** F2XM1: 2^x - 1 for |x| <= 1. */
export function exp2Minus1(xSe: u32, xSig: u64): void {
  if (special1(xSe, xSig)) return;
  if (isInfinite(xSe, xSig)) {
    if (xSe & SIGN) give(SIGN | BIAS, INTEGER);
    else give(xSe, xSig);
    return;
  }
  if (isZero(xSe, xSig)) {
    give(xSe, 0);
    return;
  }
  noteDenormal(xSe, xSig);
  const sign = xSe & SIGN;
  const e = normalExp(xSe, xSig);
  // Beyond 1 the result is undefined; at 1 it is exact.
  if (e >= BIAS) {
    if (e > BIAS || xSig != INTEGER) give(xSe, xSig);
    else give(sign ? SIGN | (BIAS - 1) : BIAS, INTEGER);
    return;
  }
  const y = normalize(mulHigh(normalSig(xSig), 0, LN2_HI, LN2_LO), low),
    yLo = low;
  const yExp = e - shifted;
  const z = toFixed(yExp, y, yLo);
  const p = polynomial(INVERSE_FACTORIAL, EXP_TERMS, z, low, sign != 0);
  const r = mulHigh(p, low, y, yLo);
  packWide(sign, yExp + 1, r, low);
}
