/** FADD, FMUL, FSUB(R), FDIV(R), FCOM(P) with memory and register operands: ESC D8, DA, DC, DE (SDM vol. 2, appendix B). */
import { fault, load16, operand, setZPC } from './host';
import { C0, C1, C2, C3, fpu, isEitherEmpty, isEmpty, pop, se, sig, st } from './state';
import { finish, settle, settleKeepingC1, track, trackMemory, underflow } from './stack';
import { raised, zSe, zSig } from './float80/format';
import { add, addInline } from './float80/add';
import { mul, mulInline } from './float80/multiply';
import { div } from './float80/divide';
import {
  doubleSe,
  doubleSig,
  fromDouble,
  fromSingle,
  isNormalDouble,
  isNormalSingle,
  singleSe,
  singleSig,
} from './float80/binary';
import { fromInteger } from './float80/integer';
import { EQUAL, LESS, UNORDERED, compare } from './float80/compare';

/** An operand is empty; the masked response goes to ST(i). */
function missing(i: u32, pops: bool): void {
  underflow();
  if (finish(i) && pops) pop();
}

/**
 * Register `to`, which is not empty, becomes `to` op b, or b op `to` for the reversed ones; `digit` is the reg field of the
 * memory forms: 0 FADD, 1 FMUL, 4 FSUB, 5 FSUBR, 6 FDIV, 7 FDIVR. False when an unmasked exception forbids to go on.
 */
// @ts-ignore: decorator
@inline function operate(digit: u32, to: usize, bSe: u32, bSig: u64): bool {
  if (digit == 1) return mulInline(to, bSe, bSig);
  if (digit < 6) return addInline(to, digit, bSe, bSig);
  return div(to, (digit & 1) != 0, bSe, bSig);
}

/** ST(0) and a single or a double: one body for both, so that there is one copy of what is in line. */
// @ts-ignore: decorator
@inline export function arithmeticReal(single: bool, digit: u32): void {
  let x: u64, bSe: u32, bSig: u64, normal: bool;
  if (single) {
    const narrow = operand<u32>();
    x = narrow;
    bSe = singleSe(narrow);
    bSig = singleSig(narrow);
    normal = isNormalSingle(narrow);
  } else {
    x = operand<u64>();
    bSe = doubleSe(x);
    bSig = doubleSig(x);
    normal = isNormalDouble(x);
  }
  if (fault()) return;
  trackMemory();
  if (!normal) arithmeticSpecial(single, digit, x);
  else if (isEmpty(0)) arithmeticSpecial(single, digit, x);
  else if ((digit & 6) == 2) comparison(bSe, bSig, false, false, digit & 1);
  else operate(digit, st(0), bSe, bSig);
}

/** The memory operand x is no normal number, or ST(0) is empty. */
function arithmeticSpecial(single: bool, digit: u32, x: u64): void {
  if (single) fromSingle(<u32>x);
  else fromDouble(x);
  withConverted(digit);
}

export function arithmeticInteger32(digit: u32): void {
  const x = <i32>operand<u32>();
  if (fault()) return;
  trackMemory();
  fromInteger(x);
  withConverted(digit);
}

export function arithmeticInteger16(digit: u32): void {
  const x = <i16>load16(0);
  if (fault()) return;
  trackMemory();
  fromInteger(x);
  withConverted(digit);
}

function withConverted(digit: u32): void {
  const a = st(0);
  if ((digit & 6) == 2) comparison(zSe, zSig, isEmpty(0), false, digit & 1);
  else if (isEmpty(0)) missing(0, false);
  else if (digit == 1) mul(a, zSe, zSig);
  else if (digit < 6) add(a, digit, zSe, zSig);
  else div(a, (digit & 1) != 0, zSe, zSig);
}

/**
 * ST(0) and ST(i): the destination is ST(0) for D8, ST(i) for DC and DE, which pops. ST(0) stays the first operand, so what
 * DC and DE call FSUB is FSUBR from the destination's point of view.
 */
// @ts-ignore: decorator
@inline export function arithmeticRegister(op: u32, digit: u32, i: u32): void {
  track();
  if (isEitherEmpty(i)) {
    missing(op ? i : 0, op == 6);
    return;
  }
  const to = st(op ? i : 0),
    b = st(op ? 0 : i);
  const proceeds = operate(op ? digit ^ (digit >> 2) : digit, to, se(b), sig(b));
  if (op == 6 && proceeds) pop();
}

/** FCOM, FCOMP, FUCOM, FUCOMP, FCOMPP, FUCOMPP: ST(0) with ST(i). */
export function compareRegister(i: u32, quiet: bool, pops: u32): void {
  track();
  const b = st(i);
  comparison(se(b), sig(b), isEitherEmpty(i), quiet, pops);
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
  if (pops) pop();
  if (pops > 1) pop();
}

/** FCOMI, FCOMIP, FUCOMI, FUCOMIP. */
export function compareFlags(i: u32, quiet: bool, pops: bool): void {
  track();
  const a = st(0),
    b = st(i);
  let code = UNORDERED;
  if (isEitherEmpty(i)) underflow();
  else code = compare(se(a), sig(a), se(b), sig(b), quiet);
  if (raised && !settleKeepingC1()) return;
  setZPC((code & EQUAL) != 0, code == UNORDERED, (code & LESS) != 0);
  if (pops) pop();
}
