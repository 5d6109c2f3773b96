/** F2XM1, FYL2X, FPTAN, FPATAN, FYL2XP1, FSINCOS, FSIN, FCOS (SDM vol. 1, 8.3.7-8.3.10). Precision control has no effect. */
import { C2, fpu, isEmpty, se, sig, st } from './state';
import { finish, finishAndPop, overflow, settle, track, underflow } from './stack';
import { BIAS, INDEFINITE_SE, INDEFINITE_SIG, INTEGER, give, zSe, zSig } from './float80/format';
import { arctangent } from './float80/arctangent';
import { exp2Minus1, yLog2x, yLog2xPlus1 } from './float80/logarithm';
import { COSINE, SINE, outOfReach, reduce, sineOrCosine, tangent, trigSpecial } from './float80/trig';
import { finishTwo } from './unary';

export function f2xm1(): void {
  track();
  const a = st(0);
  if (isEmpty(0)) underflow();
  else exp2Minus1(se(a), sig(a));
  finish(0);
}

/** FYL2X and FYL2XP1: the result replaces ST(1), then pop. */
export function fyl2x(plus1: bool): void {
  track();
  const x = st(0),
    y = st(1);
  if (isEmpty(0) | isEmpty(1)) underflow();
  else if (plus1) yLog2xPlus1(se(x), sig(x), se(y), sig(y));
  else yLog2x(se(x), sig(x), se(y), sig(y));
  finishAndPop(1);
}

export function fpatan(): void {
  track();
  const x = st(0),
    y = st(1);
  if (isEmpty(0) | isEmpty(1)) underflow();
  else arctangent(se(y), sig(y), se(x), sig(x));
  finishAndPop(1);
}

/** FSIN and FCOS. */
export function fsinOrCos(which: u32): void {
  track();
  fpu.status &= ~C2;
  const a = st(0);
  if (isEmpty(0)) underflow();
  else if (outOfReach(se(a), sig(a))) {
    reject();
    return;
  } else one(se(a), sig(a), which);
  finish(0);
}

function one(aSe: u32, aSig: u64, which: u32): void {
  if (trigSpecial(aSe, aSig, which == COSINE)) return;
  reduce(aSe, aSig);
  sineOrCosine(aSe, which);
}

/** The operand is 2^63 or more: C2 says so, nothing is written. */
function reject(): void {
  settle();
  fpu.status |= C2;
}

/** FSINCOS: the sine replaces ST(0), the cosine is pushed. */
export function fsincos(): void {
  track();
  fpu.status &= ~C2;
  const a = st(0);
  const aSe = se(a),
    aSig = sig(a);
  if (pairFault()) return;
  if (outOfReach(aSe, aSig)) {
    reject();
    return;
  }
  one(aSe, aSig, SINE);
  const sineSe = zSe,
    sineSig = zSig;
  one(aSe, aSig, COSINE);
  finishTwo(sineSe, sineSig);
}

/** FPTAN: the tangent replaces ST(0), 1.0 is pushed. */
export function fptan(): void {
  track();
  fpu.status &= ~C2;
  const a = st(0);
  const aSe = se(a),
    aSig = sig(a);
  if (pairFault()) return;
  if (outOfReach(aSe, aSig)) {
    reject();
    return;
  }
  if (trigSpecial(aSe, aSig, false)) {
    const special = zSe,
      specialSig = zSig;
    if (aSig != 0 && (special & 0x7fff) == 0x7fff) give(special, specialSig);
    else give(BIAS, INTEGER);
    finishTwo(special, specialSig);
    return;
  }
  reduce(aSe, aSig);
  tangent();
  const tanSe = zSe,
    tanSig = zSig;
  give(BIAS, INTEGER);
  finishTwo(tanSe, tanSig);
}

/** Stack faults of an instruction that reads ST(0) and pushes. */
function pairFault(): bool {
  if (isEmpty(0)) underflow();
  else if (!isEmpty(7)) overflow();
  else return false;
  finishTwo(INDEFINITE_SE, INDEFINITE_SIG);
  return true;
}
