/** Multiplication. */
import {
  BIAS,
  EXP,
  INTEGER,
  SIGN,
  give,
  invalid,
  isInfinite,
  isNormal,
  isZero,
  normalExp,
  normalSig,
  noteDenormal,
} from './format';
import { special2 } from './nan';
import { packFast } from './round';
import { multiply, wideLo } from './wide';

export function mul(aSe: u32, aSig: u64, bSe: u32, bSig: u64): void {
  if (isNormal(aSe, aSig) & isNormal(bSe, bSig)) mulFinite((aSe ^ bSe) & SIGN, (aSe & EXP) + (bSe & EXP), aSig, bSig);
  else mulSpecial(aSe, aSig, bSe, bSig);
}

function mulSpecial(aSe: u32, aSig: u64, bSe: u32, bSig: u64): void {
  if (special2(aSe, aSig, bSe, bSig)) return;
  noteDenormal(aSe, aSig);
  noteDenormal(bSe, bSig);
  const sign = (aSe ^ bSe) & SIGN;
  const infinite = isInfinite(aSe, aSig) || isInfinite(bSe, bSig);
  if (isZero(aSe, aSig) || isZero(bSe, bSig)) {
    if (infinite) invalid();
    else give(sign, 0);
  } else if (infinite) give(sign | EXP, INTEGER);
  else mulFinite(sign, normalExp(aSe, aSig) + normalExp(bSe, bSig), normalSig(aSig), normalSig(bSig));
}

// @ts-ignore: decorator
@inline function mulFinite(sign: u32, exps: i32, a: u64, b: u64): void {
  const hi = multiply(a, b),
    lo = wideLo;
  const n = u64(<i64>hi >= 0);
  packFast(sign, exps - (BIAS - 1) - <i32>n, (hi << n) | ((lo >> 63) & n), lo << n);
}
