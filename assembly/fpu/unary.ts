/** Instructions on ST(0), or ST(0) and ST(1), that need no table: D9 E0-E5 and the exact ones of D9 F0-FF. */
import { C0, C1, C2, C3, fpu, isEmpty, markFull, moveTop, put, se, sig, st } from './state';
import { clearC1, finish, overflow, settle, track, underflow } from './stack';
import { INDEFINITE_SE, INDEFINITE_SIG, SIGN, zSe, zSig } from './float80/format';
import { classify } from './float80/compare';
import { roundToIntegral } from './float80/integer';
import { rem, remCodes } from './float80/remainder';
import { exponentSe, exponentSig, extract, scale } from './float80/scale';
import { sqrt80 } from './float80/sqrt';

/** FCHS and FABS: the sign bit only, whatever the value is. */
export function changeSign(absolute: bool): void {
  track();
  if (isEmpty(0)) {
    underflow();
    finish(0);
    return;
  }
  const a = st(0);
  clearC1();
  put(a, absolute ? se(a) & ~SIGN : se(a) ^ SIGN, sig(a));
}

export function fxam(): void {
  track();
  const a = st(0);
  const code = isEmpty(0) ? C3 | C0 | (se(a) & SIGN ? C1 : 0) : classify(se(a), sig(a));
  fpu.status = (fpu.status & ~(C0 | C1 | C2 | C3)) | code;
}

export function fsqrt(): void {
  track();
  const a = st(0);
  if (isEmpty(0)) underflow();
  else sqrt80(se(a), sig(a));
  finish(0);
}

export function frndint(): void {
  track();
  const a = st(0);
  if (isEmpty(0)) underflow();
  else roundToIntegral(se(a), sig(a));
  finish(0);
}

export function fscale(): void {
  track();
  const a = st(0),
    b = st(1);
  if (isEmpty(0) | isEmpty(1)) underflow();
  else scale(se(a), sig(a), se(b), sig(b));
  finish(0);
}

/** FPREM and FPREM1. Without a quotient (NaN, invalid, stack fault) C0 and C3 stay as they were. */
export function fprem(nearest: bool): void {
  track();
  const a = st(0),
    b = st(1);
  let codes = fpu.status & (C0 | C3);
  if (isEmpty(0) | isEmpty(1)) underflow();
  else if (rem(se(a), sig(a), se(b), sig(b), nearest)) codes = remCodes;
  if (finish(0)) fpu.status = (fpu.status & ~(C0 | C1 | C2 | C3)) | codes;
}

/** FXTRACT: the exponent replaces ST(0), the significand is pushed. */
export function fxtract(): void {
  track();
  const a = st(0);
  if (isEmpty(0)) underflow();
  else if (!isEmpty(7)) overflow();
  else {
    extract(se(a), sig(a));
    finishTwo(exponentSe, exponentSig);
    return;
  }
  finishTwo(INDEFINITE_SE, INDEFINITE_SIG);
}

/** Ends an instruction with two results: `below` goes to ST(0), the main one is pushed. */
export function finishTwo(belowSe: u32, belowSig: u64): void {
  if (!settle()) return;
  put(st(0), belowSe, belowSig);
  markFull(0);
  moveTop(-1);
  put(st(0), zSe, zSig);
  markFull(0);
}
