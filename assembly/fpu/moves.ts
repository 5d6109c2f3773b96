/** Moves within the register stack: FLD and FST ST(i), FXCH, FCMOVcc, FFREE, FINCSTP, FDECSTP (SDM vol. 1, 8.3.3). */
import { conditionB, conditionBE, conditionU, conditionZ } from './host';
import { isEitherEmpty, isEmpty, markEmpty, markFull, moveTop, pop, put, se, sig, st } from './state';
import { clearC1, finish, finishPush, finishStore, push, settle, track, underflow } from './stack';
import { INDEFINITE_SE, INDEFINITE_SIG } from './float80/format';

/** FLD ST(i). */
// @ts-ignore: decorator
@inline export function fldRegister(i: u32): void {
  track();
  const a = st(i);
  if (isEmpty(i)) {
    underflow();
    finishPush();
  } else push(se(a), sig(a));
}

/** FST(P) ST(i). */
// @ts-ignore: decorator
@inline export function fstRegister(i: u32, pops: bool): void {
  track();
  const a = st(0);
  if (isEmpty(0)) {
    underflow();
    if (finish(i) && pops) pop();
    return;
  }
  put(st(i), se(a), sig(a));
  markFull(i);
  finishStore(0, pops);
}

/** FXCH; an empty register counts as the indefinite value. */
// @ts-ignore: decorator
@inline export function fxch(i: u32): void {
  track();
  if (isEitherEmpty(i)) {
    underflow();
    if (!settle()) return;
    fillEmpty(0);
    fillEmpty(i);
  } else clearC1();
  const a = st(0),
    b = st(i);
  const signExponent = se(a),
    significand = sig(a);
  put(a, se(b), sig(b));
  put(b, signExponent, significand);
}

function fillEmpty(i: u32): void {
  if (!isEmpty(i)) return;
  put(st(i), INDEFINITE_SE, INDEFINITE_SIG);
  markFull(i);
}

/** FCMOVcc: bits 3-4 of ModRM choose B, E, BE, U; DB negates. */
export function fcmov(op: u32, which: u32, i: u32): void {
  track();
  const b = st(i);
  if (isEitherEmpty(i)) {
    underflow();
    finish(0);
    return;
  }
  const holds = which == 0 ? conditionB() : which == 1 ? conditionZ() : which == 2 ? conditionBE() : conditionU();
  if (holds != (op == 3)) put(st(0), se(b), sig(b));
}

/** FFREE and FFREEP. */
export function ffree(i: u32, pops: bool): void {
  track();
  markEmpty(i);
  if (pops) pop();
}

/** FINCSTP and FDECSTP. */
export function rotate(by: i32): void {
  track();
  clearC1();
  moveTop(by);
}
