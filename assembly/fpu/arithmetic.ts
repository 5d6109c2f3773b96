/** FADD, FMUL, FSUB(R), FDIV(R), FCOM(P) with memory and register operands: ESC D8, DA, DC, DE (SDM vol. 2, appendix B). */
import { fault, load16, operand, setZPC } from './host';
import { C0, C1, C2, C3, fpu, isEmpty, pop, se, sig, st } from './state';
import { finish, settle, settleKeepingC1, track, trackMemory, underflow } from './stack';
import { raised, zSe, zSig } from './float80/format';
import { add } from './float80/add';
import { mul } from './float80/multiply';
import { div } from './float80/divide';
import { doubleSe, doubleSig, fromDouble, fromSingle, isNormalDouble, isNormalSingle, singleSe, singleSig } from './float80/binary';
import { fromInteger } from './float80/integer';
import { EQUAL, LESS, UNORDERED, compare } from './float80/compare';

/**
 * Register `a`, which is not empty, becomes a op b, or b op a for the reversed ones; `digit` is the reg field of the memory
 * forms: 0 FADD, 1 FMUL, 4 FSUB, 5 FSUBR, 6 FDIV, 7 FDIVR. False when an unmasked exception forbids to go on.
 */
// @ts-ignore: decorator
@inline function operate(digit: u32, a: usize, bSe: u32, bSig: u64): bool {
  if (digit == 1) return mul(a, bSe, bSig);
  if (digit < 6) return add(a, digit, bSe, bSig);
  return div(a, (digit & 1) != 0, bSe, bSig);
}

/** ST(0) and the memory operand. */
// @ts-ignore: decorator
@inline function withMemory(digit: u32, bSe: u32, bSig: u64): void {
  trackMemory();
  if ((digit & 6) == 2) comparison(bSe, bSig, isEmpty(0), false, digit & 1);
  else if (isEmpty(0)) missing(0);
  else operate(digit, st(0), bSe, bSig);
}

/** An operand is empty; the masked response goes to ST(i). */
function missing(i: u32): bool {
  underflow();
  return finish(i);
}

export function arithmeticDouble(digit: u32): void {
  const x = operand<u64>();
  if (fault()) return;
  if (isNormalDouble(x)) withMemory(digit, doubleSe(x), doubleSig(x));
  else {
    fromDouble(x);
    withConverted(digit);
  }
}

export function arithmeticSingle(digit: u32): void {
  const x = operand<u32>();
  if (fault()) return;
  if (isNormalSingle(x)) withMemory(digit, singleSe(x), singleSig(x));
  else {
    fromSingle(x);
    withConverted(digit);
  }
}

export function arithmeticInteger32(digit: u32): void {
  const x = <i32>operand<u32>();
  if (fault()) return;
  fromInteger(x);
  withConverted(digit);
}

export function arithmeticInteger16(digit: u32): void {
  const x = <i16>load16(0);
  if (fault()) return;
  fromInteger(x);
  withConverted(digit);
}

function withConverted(digit: u32): void {
  withMemory(digit, zSe, zSig);
}

/** D8: ST(0) is the destination. */
export function arithmeticTop(digit: u32, i: u32): void {
  track();
  if (isEmpty(0) | isEmpty(i)) {
    missing(0);
    return;
  }
  const b = st(i);
  operate(digit, st(0), se(b), sig(b));
}

/** DC and DE: ST(i) is the destination, but ST(0) stays the first operand, which makes it the second of `operate`. */
export function arithmeticOther(digit: u32, i: u32): bool {
  track();
  if (isEmpty(0) | isEmpty(i)) return missing(i);
  const b = st(0);
  return operate(digit ^ (digit >> 2), st(i), se(b), sig(b));
}

/** DE. */
export function arithmeticPop(digit: u32, i: u32): void {
  if (arithmeticOther(digit, i)) pop();
}

/** FCOM, FCOMP, FUCOM, FUCOMP, FCOMPP, FUCOMPP: ST(0) with ST(i). */
export function compareRegister(i: u32, quiet: bool, pops: u32): void {
  track();
  const b = st(i);
  comparison(se(b), sig(b), isEmpty(0) | isEmpty(i), quiet, pops);
}

/** FTST. */
export function compareZero(): void {
  track();
  comparison(0, 0, isEmpty(0), false, 0);
}

function comparison(bSe: u32, bSig: u64, empty: bool, quiet: bool, pops: u32): void {
  const a = st(0);
  let code = UNORDERED;
  if (empty) underflow();
  else code = compare(se(a), sig(a), bSe, bSig, quiet);
  if (raised && !settle()) return;
  fpu.status = (fpu.status & ~(C0 | C1 | C2 | C3)) | code;
  for (; pops; pops--) pop();
}

/** FCOMI, FCOMIP, FUCOMI, FUCOMIP. */
export function compareFlags(i: u32, quiet: bool, pops: bool): void {
  track();
  const a = st(0),
    b = st(i);
  let code = UNORDERED;
  if (isEmpty(0) | isEmpty(i)) underflow();
  else code = compare(se(a), sig(a), se(b), sig(b), quiet);
  if (raised && !settleKeepingC1()) return;
  setZPC((code & EQUAL) != 0, code == UNORDERED, (code & LESS) != 0);
  if (pops) pop();
}
