/** FADD, FMUL, FSUB(R), FDIV(R), FCOM(P) with memory and register operands: ESC D8, DA, DC, DE (SDM vol. 2, appendix B). */
import { fault, load16, load32, load64, setZPC } from './host';
import { C0, C1, C2, C3, fpu, isEmpty, pop, se, sig, st } from './state';
import { finishAndPop, replace, settle, settleKeepingC1, track, trackMemory, underflow } from './stack';
import { SIGN, zSe, zSig } from './float80/format';
import { add } from './float80/add';
import { mul } from './float80/multiply';
import { div } from './float80/divide';
import { fromDouble, fromSingle } from './float80/binary';
import { fromInteger } from './float80/integer';
import { EQUAL, LESS, UNORDERED, compare } from './float80/compare';

/** The six operations by the reg field of ModRM; 2 and 3 are comparisons. */
// @ts-ignore: decorator
@inline function operate(digit: u32, aSe: u32, aSig: u64, bSe: u32, bSig: u64): void {
  if (digit == 1) mul(aSe, aSig, bSe, bSig);
  // FADD is 0, FSUB is 4, which makes the sign flip.
  else if (digit <= 4) add(aSe, aSig, bSe, bSig, digit << 13);
  else if (digit == 5) add(bSe, bSig, aSe, aSig, SIGN);
  else if (digit == 6) div(aSe, aSig, bSe, bSig);
  else div(bSe, bSig, aSe, aSig);
}

/** Operand kinds of the memory forms, by (opcode >> 1) & 3. */
function loadOperand(kind: u32): void {
  if (kind == 0) fromSingle(load32(0));
  else if (kind == 2) fromDouble(load64(0));
  else if (kind == 1) fromInteger(<i32>load32(0));
  else fromInteger(<i16>load16(0));
}

export function arithmeticMemory(op: u32, digit: u32): void {
  loadOperand(op >> 1);
  if (fault()) return;
  trackMemory();
  if ((digit & 6) == 2) {
    comparison(zSe, zSig, isEmpty(0), false, digit & 1);
    return;
  }
  const a = st(0);
  if (isEmpty(0)) underflow();
  else operate(digit, se(a), sig(a), zSe, zSig);
  replace(a, 0);
}

/** D8: ST(0) is the destination; DC: ST(i); DE: ST(i), then pop. The operands keep their order. */
export function arithmeticRegister(op: u32, digit: u32, i: u32): void {
  if ((digit & 6) == 2) {
    compareRegister(i, false, digit & 1);
    return;
  }
  track();
  const a = st(0),
    b = st(i);
  if (isEmpty(0) | isEmpty(i)) underflow();
  else operate(digit, se(a), sig(a), se(b), sig(b));
  if (op == 0) replace(a, 0);
  else if (op == 4) replace(b, i);
  else finishAndPop(i);
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
  if (!settle()) return;
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
  if (!settleKeepingC1()) return;
  setZPC((code & EQUAL) != 0, code == UNORDERED, (code & LESS) != 0);
  if (pops) pop();
}
