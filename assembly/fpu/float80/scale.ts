/** FSCALE and FXTRACT: access to the exponent. */
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
  zSe,
  zSig,
} from './format';
import { special1, special2 } from './nan';
import { packAt } from './round';

/** Beyond this any finite operand overflows or vanishes; keeps the exponent arithmetic small. */
const FAR: i32 = 0x10000;

/** a * 2^trunc(b). */
export function scale(aSe: u32, aSig: u64, bSe: u32, bSig: u64): void {
  if (special2(aSe, aSig, bSe, bSig)) return;
  noteDenormal(aSe, aSig);
  noteDenormal(bSe, bSig);
  const sign = aSe & SIGN;
  if (isInfinite(bSe, bSig)) scaleByInfinity(aSe, aSig, (bSe & SIGN) != 0);
  else if (isInfinite(aSe, aSig)) give(aSe, INTEGER);
  else if (isZero(aSe, aSig)) give(aSe, 0);
  else packAt(sign, normalExp(aSe, aSig) + truncated(bSe, bSig), normalSig(aSig), 0, 0);
}

function scaleByInfinity(aSe: u32, aSig: u64, down: bool): void {
  if (down ? isInfinite(aSe, aSig) : isZero(aSe, aSig)) invalid();
  else if (down) give(aSe & SIGN, 0);
  else give((aSe & SIGN) | EXP, INTEGER);
}

/** The integer part of a finite value, clamped to +-FAR. */
function truncated(bSe: u32, bSig: u64): i32 {
  const e = <i32>(bSe & EXP) - BIAS;
  if (e < 0) return 0;
  const n = e > 16 ? FAR : min(<i32>(bSig >> (63 - e)), FAR);
  return bSe & SIGN ? -n : n;
}

/** FXTRACT leaves the significand as result and the exponent here. */
export let exponentSe: u32 = 0;
export let exponentSig: u64 = 0;

export function extract(aSe: u32, aSig: u64): void {
  if (special1(aSe, aSig)) both();
  else if (isInfinite(aSe, aSig)) exponent(EXP, INTEGER, aSe, aSig);
  else if (isZero(aSe, aSig)) {
    raise(ZE);
    exponent(SIGN | EXP, INTEGER, aSe, 0);
  } else {
    noteDenormal(aSe, aSig);
    const e = normalExp(aSe, aSig) - BIAS;
    const magnitude = <u64>(e < 0 ? -e : e);
    const n = clz(magnitude);
    const expSe = e ? (e < 0 ? SIGN : 0) | (BIAS + 63 - <u32>n) : 0;
    exponent(expSe, e ? magnitude << n : 0, (aSe & SIGN) | BIAS, normalSig(aSig));
  }
}

function exponent(expSe: u32, expSig: u64, sigSe: u32, sigSig: u64): void {
  give(sigSe, sigSig);
  exponentSe = expSe;
  exponentSig = expSig;
}

/** A NaN comes out twice. */
function both(): void {
  exponentSe = zSe;
  exponentSig = zSig;
}
