/** Multiplication, into a register (see round.ts, `packInto`). */
import { se, sig } from '../state';
import { replace } from '../stack';
import {
  BIAS,
  EXP,
  INTEGER,
  SIGN,
  give,
  invalid,
  isExtreme,
  isInfinite,
  isZero,
  normalExp,
  normalSig,
  noteDenormal,
} from './format';
import { special2 } from './nan';
import { packInto } from './round';

const LOW: u64 = 0xffffffff;

/** Multiplies the register `to` by b; false when an unmasked exception forbids to go on. */
export function mul(to: usize, bSe: u32, bSig: u64): bool {
  return mulInline(to, bSe, bSig);
}

// @ts-ignore: decorator
@inline export function mulInline(to: usize, bSe: u32, bSig: u64): bool {
  const aSe = se(to),
    aSig = sig(to);
  if (<i64>(aSig & bSig) >= 0) return mulSpecial(to, aSe, aSig, bSe, bSig);
  if (isExtreme(aSe)) return mulSpecial(to, aSe, aSig, bSe, bSig);
  if (isExtreme(bSe)) return mulSpecial(to, aSe, aSig, bSe, bSig);
  return mulFinite(to, (aSe ^ bSe) & SIGN, (aSe & EXP) + (bSe & EXP), aSig, bSig);
}

function mulSpecial(to: usize, aSe: u32, aSig: u64, bSe: u32, bSig: u64): bool {
  if (special2(aSe, aSig, bSe, bSig)) return replace(to);
  noteDenormal(aSe, aSig);
  noteDenormal(bSe, bSig);
  const sign = (aSe ^ bSe) & SIGN;
  const infinite = isInfinite(aSe, aSig) || isInfinite(bSe, bSig);
  if (isZero(aSe, aSig) || isZero(bSe, bSig)) {
    if (infinite) invalid();
    else give(sign, 0);
  } else if (infinite) give(sign | EXP, INTEGER);
  else {
    const exps = normalExp(aSe, aSig) + normalExp(bSe, bSig);
    return mulNormalized(to, sign, exps, normalSig(aSig), normalSig(bSig));
  }
  return replace(to);
}

/** `mulFinite` out of line, for denormal operands. */
function mulNormalized(to: usize, sign: u32, exps: i32, a: u64, b: u64): bool {
  return mulFinite(to, sign, exps, a, b);
}

// @ts-ignore: decorator
@inline function mulFinite(to: usize, sign: u32, exps: i32, a: u64, b: u64): bool {
  // Wasm has no wide product: four of 32 bits each, as in wide.ts, but without a global for the low word.
  const a1 = a >> 32,
    a0 = a & LOW,
    b1 = b >> 32,
    b0 = b & LOW;
  const low = a0 * b0;
  const mid = a1 * b0 + (low >> 32);
  const mid2 = a0 * b1 + (mid & LOW);
  const hi = a1 * b1 + (mid >> 32) + (mid2 >> 32);
  const lo = (mid2 << 32) | (low & LOW);
  const n = (hi >> 63) ^ 1;
  return packInto(to, sign, exps - (BIAS - 1) - <i32>n, (hi << n) | ((lo >> 63) & n), lo << n);
}
