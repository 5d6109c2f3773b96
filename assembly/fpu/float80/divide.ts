/** Division, into a register (see round.ts, `packInto`). */
import { DE, ZE, se, sig } from '../state';
import { replace } from '../stack';
import {
  BIAS,
  EXP,
  INTEGER,
  SIGN,
  drop,
  give,
  invalid,
  isExtreme,
  isInfinite,
  isZero,
  normalExp,
  normalSig,
  noteDenormal,
  raise,
} from './format';
import { special2 } from './nan';
import { packInto } from './round';
import { divide, remainder } from './wide';

/**
 * Divides the register `to` by b, or b by `to` when `reversed`; false when an unmasked exception forbids to go on.
 */
export function div(to: usize, reversed: bool, bSe: u32, bSig: u64): bool {
  const toSe = se(to),
    toSig = sig(to);
  const nSe = reversed ? bSe : toSe,
    dSe = reversed ? toSe : bSe;
  const n = reversed ? bSig : toSig,
    d = reversed ? toSig : bSig;
  if (<i64>(n & d) >= 0) return divSpecial(to, nSe, n, dSe, d);
  if (isExtreme(nSe)) return divSpecial(to, nSe, n, dSe, d);
  if (isExtreme(dSe)) return divSpecial(to, nSe, n, dSe, d);
  return divFinite(to, (nSe ^ dSe) & SIGN, (nSe & EXP) - (dSe & EXP), n, d);
}

function divSpecial(to: usize, aSe: u32, aSig: u64, bSe: u32, bSig: u64): bool {
  if (special2(aSe, aSig, bSe, bSig)) return replace(to);
  noteDenormal(aSe, aSig);
  noteDenormal(bSe, bSig);
  const sign = (aSe ^ bSe) & SIGN;
  if (isInfinite(aSe, aSig)) {
    if (isInfinite(bSe, bSig)) invalid();
    else give(sign | EXP, INTEGER);
  } else if (isInfinite(bSe, bSig)) give(sign, 0);
  else if (isZero(bSe, bSig)) divByZero(sign, isZero(aSe, aSig));
  else if (isZero(aSe, aSig)) give(sign, 0);
  else {
    const exps = normalExp(aSe, aSig) - normalExp(bSe, bSig);
    return divNormalized(to, sign, exps, normalSig(aSig), normalSig(bSig));
  }
  return replace(to);
}

function divByZero(sign: u32, zero: bool): void {
  if (zero) {
    invalid();
    return;
  }
  drop(DE);
  raise(ZE);
  give(sign | EXP, INTEGER);
}

/** `divFinite` out of line, for denormal operands. */
function divNormalized(to: usize, sign: u32, exps: i32, a: u64, b: u64): bool {
  return divFinite(to, sign, exps, a, b);
}

// @ts-ignore: decorator
@inline function divFinite(to: usize, sign: u32, exps: i32, a: u64, b: u64): bool {
  // The dividend is aligned so that the quotient has its top bit set and fits 64 bits.
  const less = a < b;
  const q = less ? divide(a, 0, b) : divide(a >> 1, a << 63, b);
  return packInto(to, sign, exps + BIAS - i32(less), q, fraction(remainder, b));
}

/** The rest of a quotient as a fraction word: only its relation to zero and one half matters. */
function fraction(rest: u64, b: u64): u64 {
  if (rest == 0) return 0;
  const other = b - rest;
  return rest < other ? 1 : rest == other ? INTEGER : INTEGER | 1;
}
