/** Division. */
import { DE, ZE } from '../state';
import {
  BIAS,
  EXP,
  INTEGER,
  SIGN,
  drop,
  give,
  invalid,
  isInfinite,
  isNormal,
  isZero,
  normalExp,
  normalSig,
  noteDenormal,
  raise,
} from './format';
import { special2 } from './nan';
import { packFast } from './round';
import { divide, remainder } from './wide';

export function div(aSe: u32, aSig: u64, bSe: u32, bSig: u64): void {
  if (isNormal(aSe, aSig) & isNormal(bSe, bSig)) divFinite((aSe ^ bSe) & SIGN, (aSe & EXP) - (bSe & EXP), aSig, bSig);
  else divSpecial(aSe, aSig, bSe, bSig);
}

function divSpecial(aSe: u32, aSig: u64, bSe: u32, bSig: u64): void {
  if (special2(aSe, aSig, bSe, bSig)) return;
  noteDenormal(aSe, aSig);
  noteDenormal(bSe, bSig);
  const sign = (aSe ^ bSe) & SIGN;
  if (isInfinite(aSe, aSig)) {
    if (isInfinite(bSe, bSig)) invalid();
    else give(sign | EXP, INTEGER);
  } else if (isInfinite(bSe, bSig)) give(sign, 0);
  else if (isZero(bSe, bSig)) {
    if (isZero(aSe, aSig)) invalid();
    else {
      drop(DE);
      raise(ZE);
      give(sign | EXP, INTEGER);
    }
  } else if (isZero(aSe, aSig)) give(sign, 0);
  else divFinite(sign, normalExp(aSe, aSig) - normalExp(bSe, bSig), normalSig(aSig), normalSig(bSig));
}

// @ts-ignore: decorator
@inline function divFinite(sign: u32, exps: i32, a: u64, b: u64): void {
  // The dividend is aligned so that the quotient has its top bit set and fits 64 bits.
  const less = a < b;
  const q = less ? divide(a, 0, b) : divide(a >> 1, a << 63, b);
  packFast(sign, exps + BIAS - i32(less), q, fraction(remainder, b));
}

/** The rest of a quotient as a fraction word: only its relation to zero and one half matters. */
function fraction(rest: u64, b: u64): u64 {
  if (rest == 0) return 0;
  const other = b - rest;
  return rest < other ? 1 : rest == other ? INTEGER : INTEGER | 1;
}
