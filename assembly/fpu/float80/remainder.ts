/** FPREM and FPREM1: exact partial remainders (SDM vol. 2A, FPREM; IEEE 754 remainder). */
import { C0, C1, C2, C3 } from '../state';
import { SIGN, give, invalid, isInfinite, isZero, normalExp, normalSig, noteDenormal } from './format';
import { special2 } from './nan';
import { packAt } from './round';
import { divide, remainder as rest } from './wide';

/** C0-C3 that the last `rem` found: quotient bits, or C2 for a partial reduction. */
export let remCodes: u32 = 0;

/**
 * a rem b; `nearest` rounds the quotient to nearest even (FPREM1) instead of chopping. False when there is no quotient
 * because of a NaN or an invalid operation.
 */
export function rem(aSe: u32, aSig: u64, bSe: u32, bSig: u64, nearest: bool): bool {
  if (special2(aSe, aSig, bSe, bSig)) return false;
  if (isInfinite(aSe, aSig) || isZero(bSe, bSig)) {
    invalid();
    return false;
  }
  remCodes = 0;
  noteDenormal(aSe, aSig);
  noteDenormal(bSe, bSig);
  if (isZero(aSe, aSig)) give(aSe, 0);
  else if (isInfinite(bSe, bSig)) packAt(aSe & SIGN, normalExp(aSe, aSig), normalSig(aSig), 0, 0);
  else remFinite(aSe & SIGN, normalExp(aSe, aSig), normalSig(aSig), normalExp(bSe, bSig), normalSig(bSig), nearest);
  return true;
}

function remFinite(sign: u32, aExp: i32, a: u64, bExp: i32, b: u64, nearest: bool): void {
  const distance = aExp - bExp;
  if (distance >= 64) partial(sign, a, bExp, b, distance);
  else if (distance < -1 || (distance < 0 && !nearest)) packAt(sign, aExp, a, 0, 0);
  else if (distance < 0) nearBelow(sign, aExp, a, bExp, b);
  else {
    let q = divide(distance ? a >> (64 - distance) : 0, a << distance, b);
    let r = rest;
    if (distance == 0 && a >= b) {
      q = 1;
      r = a - b;
    }
    if (nearest && (r > b - r || (r == b - r && (q & 1) != 0))) {
      q++;
      r = b - r;
      sign ^= SIGN;
    }
    quotientCodes(<u32>q);
    leave(sign, bExp, r);
  }
}

/** a < b with half the quotient possibly at 1: |a| > |b| / 2 rounds the quotient up to 1. */
function nearBelow(sign: u32, aExp: i32, a: u64, bExp: i32, b: u64): void {
  if (a <= b) {
    packAt(sign, aExp, a, 0, 0);
    return;
  }
  // |b| - |a| in units of a's last place: 2b - a, which fits because a > b.
  quotientCodes(1);
  leave(sign ^ SIGN, aExp, b - (a - b));
}

/** Reduces the exponent difference by 32 to 63; the quotient stays even, so chopping and rounding agree. */
function partial(sign: u32, a: u64, bExp: i32, b: u64, distance: i32): void {
  const n = (distance & 31) | 32;
  divide(a >> (64 - n), a << n, b);
  remCodes = C2;
  leave(sign, bExp + distance - n, rest);
}

function leave(sign: u32, exp: i32, r: u64): void {
  if (r == 0) give(sign, 0);
  else packAt(sign, exp - <i32>clz(r), normalSig(r), 0, 0);
}

function quotientCodes(q: u32): void {
  remCodes = (q & 1 ? C1 : 0) | (q & 2 ? C3 : 0) | (q & 4 ? C0 : 0);
}
