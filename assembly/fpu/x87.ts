/**
 * The x87 instruction set: ESC opcodes D8-DF, WAIT (SDM vol. 2D, A.4.2.1 opcode maps; vol. 1, chapter 8).
 *
 * The CPU has fetched the instruction and decoded ModRM; memory operands are reached through ./host at the decoded
 * effective address. Encodings that no manual defines, but every processor since the 8087 executes as aliases, are
 * executed (DC D0, DC D8, DD C8, DE D0, DF C8, DF D0, DF D8, D9 D8).
 */
import { cr0, raiseNM } from './host';
import { ES, fpu } from './state';
import { begin } from './float80/format';
import { setEncoding } from './stack';
import { arithmeticReal, arithmeticRegister, compareFlags } from './arithmetic';
import { fild32, fldConstant, fldReal } from './loads';
import { fist, fstDouble, fstSingle } from './stores';
import { fldRegister, fstRegister, fxch } from './moves';
import { changeSign } from './unary';
import { fnstswAx, pendingException } from './control';
import { mappedMemoryForm, mappedRegisterForm } from './maps';

export { fxrstor, fxsave } from './fxsave';
export { initialize, reset } from './control';

const CR0_MP_TS: u32 = 0x0a;
const CR0_EM_TS: u32 = 0x0c;

/** Executes one ESC instruction; `op` is 0xD8-0xDF. */
// @ts-ignore: decorator
@inline export function escape(op: u32, modrm: u32): void {
  if ((cr0() & CR0_EM_TS) | (fpu.status & ES)) {
    if (!mayProceed(op & 7, modrm)) return;
  }
  begin();
  setEncoding(op, modrm);
  const digit = (modrm >> 3) & 7;
  if (modrm < 0xc0) memoryForm(op & 7, digit);
  else registerForm(op & 7, digit, modrm & 7);
}

/** Neither #NM nor an exception that waits? */
function mayProceed(op: u32, modrm: u32): bool {
  if (cr0() & CR0_EM_TS) {
    raiseNM();
    return false;
  }
  return waits(op, modrm) ? !pendingException() : true;
}

/** WAIT (9B). */
export function fwait(): void {
  if ((cr0() & CR0_MP_TS) == CR0_MP_TS) raiseNM();
  else if (fpu.status & ES) pendingException();
}

/** All but FNINIT, FNCLEX, FNSTSW, FNSTCW, FNSTENV, FNSAVE and the 8087's and 287's FENI, FDISI, FSETPM. */
function waits(op: u32, modrm: u32): bool {
  const digit = (modrm >> 3) & 7;
  if (modrm < 0xc0) return !((op == 1 || op == 5) && digit >= 6);
  return !((op == 3 && digit == 4) || (op == 7 && modrm == 0xe0));
}

// What programs spend their time in comes first, by conditional branches: every processor predicts them by what went
// before, but not every one an indirect jump that all instructions share. The maps have the rest.

// @ts-ignore: decorator
@inline function memoryForm(op: u32, digit: u32): void {
  if ((op & 3) == 0) arithmeticReal(op == 0, digit);
  else if ((op & 3) != 1) otherMemoryForm(op, digit);
  else if (digit == 0) fldReal(op == 1);
  else if ((digit & 6) != 2) otherMemoryForm(op, digit);
  else if (op == 1) fstSingle((digit & 1) != 0);
  else fstDouble((digit & 1) != 0);
}

// @ts-ignore: decorator
@inline function registerForm(op: u32, digit: u32, i: u32): void {
  if ((op & 1) == 0) {
    if (op == 2) otherRegisterForm(op, digit, i);
    else if ((digit & 6) == 2) otherRegisterForm(op, digit, i);
    else arithmeticRegister(op, digit, i);
  } else if (op == 1) {
    if (digit == 1) fxch(i);
    else if (digit == 0) fldRegister(i);
    else otherRegisterForm(op, digit, i);
  } else if (op != 5) otherRegisterForm(op, digit, i);
  else if ((digit & 6) == 2) fstRegister(i, (digit & 1) != 0);
  else otherRegisterForm(op, digit, i);
}

/** What is left of the above: integers and the smaller register forms, of which most programs have some. */
function otherMemoryForm(op: u32, digit: u32): void {
  if (op == 3 && digit == 0) fild32();
  else if (op == 3 && digit == 3) fist(32, false, true);
  else mappedMemoryForm(op, digit);
}

function otherRegisterForm(op: u32, digit: u32, i: u32): void {
  if (op == 1) {
    if (digit == 4 && i < 2) changeSign(i != 0);
    else if (digit == 5 && i < 7) fldConstant(i);
    else mappedRegisterForm(op, digit, i);
  } else if ((op & 3) == 3 && (digit == 5 || digit == 6)) compareFlags(i, digit == 5, op == 7);
  else if (op == 7 && digit == 4 && i == 0) fnstswAx();
  else mappedRegisterForm(op, digit, i);
}
