/**
 * The x87 instruction set: ESC opcodes D8-DF, WAIT (SDM vol. 2D, A.4.2.1 opcode maps; vol. 1, chapter 8).
 *
 * The CPU has fetched the instruction and decoded ModRM; memory operands are reached through ./host at the decoded
 * effective address. Encodings that no manual defines, but every processor since the 8087 executes as aliases, are
 * executed (DC D0, DC D8, DD C8, DE D0, DF C8, DF D0, DF D8, D9 D8).
 */
import { cr0, load16, load32, load64, raiseNM, raiseUD } from './host';
import { ES, fpu } from './state';
import { begin } from './float80/format';
import { setEncoding } from './stack';
import { arithmeticMemory, arithmeticRegister, compareFlags, compareRegister, compareZero } from './arithmetic';
import {
  fbld,
  fbstp,
  fcmov,
  ffree,
  fild,
  fist,
  fldConstant,
  fldDouble,
  fldExtended,
  fldRegister,
  fldSingle,
  fstDouble,
  fstRegister,
  fstSingle,
  fstpExtended,
  fxch,
  rotate,
} from './transfer';
import { COSINE, SINE } from './float80/trig';
import { f2xm1, fpatan, fptan, fsinOrCos, fsincos, fyl2x } from './transcendental';
import { changeSign, fprem, frndint, fscale, fsqrt, fxam, fxtract } from './unary';
import { fldcw, fnclex, fnstcw, fnstswAx, fnstswMemory, initialize, pendingException } from './control';
import { fldenv, fnsave, fnstenv, frstor } from './environment';

export { fxrstor, fxsave } from './fxsave';
export { initialize, reset } from './control';

const CR0_MP_TS: u32 = 0x0a;
const CR0_EM_TS: u32 = 0x0c;

/** Executes one ESC instruction; `op` is 0xD8-0xDF. */
export function escape(op: u32, modrm: u32): void {
  if (cr0() & CR0_EM_TS) {
    raiseNM();
    return;
  }
  op &= 7;
  if (fpu.status & ES && waits(op, modrm) && pendingException()) return;
  begin();
  setEncoding(op, modrm);
  if (modrm < 0xc0) memoryForm(op, (modrm >> 3) & 7);
  else registerForm(op, (modrm >> 3) & 7, modrm & 7);
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

function memoryForm(op: u32, digit: u32): void {
  switch (op) {
    case 1:
      return memoryD9(digit);
    case 3:
      return memoryDB(digit);
    case 5:
      return memoryDD(digit);
    case 7:
      return memoryDF(digit);
    default:
      return arithmeticMemory(op, digit);
  }
}

function memoryD9(digit: u32): void {
  switch (digit) {
    case 0:
      return fldSingle();
    case 2:
      return fstSingle(false);
    case 3:
      return fstSingle(true);
    case 4:
      return fldenv();
    case 5:
      return fldcw();
    case 6:
      return fnstenv();
    case 7:
      return fnstcw();
    default:
      return raiseUD();
  }
}

function memoryDB(digit: u32): void {
  switch (digit) {
    case 0:
      return fild(<i32>load32(0));
    case 1:
      return fist(32, true, true);
    case 2:
      return fist(32, false, false);
    case 3:
      return fist(32, false, true);
    case 5:
      return fldExtended();
    case 7:
      return fstpExtended();
    default:
      return raiseUD();
  }
}

function memoryDD(digit: u32): void {
  switch (digit) {
    case 0:
      return fldDouble();
    case 1:
      return fist(64, true, true);
    case 2:
      return fstDouble(false);
    case 3:
      return fstDouble(true);
    case 4:
      return frstor();
    case 6:
      return fnsave();
    case 7:
      return fnstswMemory();
    default:
      return raiseUD();
  }
}

function memoryDF(digit: u32): void {
  switch (digit) {
    case 0:
      return fild(<i16>load16(0));
    case 1:
      return fist(16, true, true);
    case 2:
      return fist(16, false, false);
    case 3:
      return fist(16, false, true);
    case 4:
      return fbld();
    case 5:
      return fild(<i64>load64(0));
    case 6:
      return fbstp();
    default:
      return fist(64, false, true);
  }
}

function registerForm(op: u32, digit: u32, i: u32): void {
  switch (op) {
    case 1:
      return registerD9(digit, i);
    case 2:
      return registerDA(digit, i);
    case 3:
      return registerDB(digit, i);
    case 5:
      return registerDD(digit, i);
    case 6:
      return registerDE(digit, i);
    case 7:
      return registerDF(digit, i);
    default:
      return arithmeticRegister(op, digit, i);
  }
}

function registerD9(digit: u32, i: u32): void {
  switch (digit) {
    case 0:
      return fldRegister(i);
    case 1:
      return fxch(i);
    case 2:
      if (i) raiseUD();
      return;
    case 3:
      return fstRegister(i, true);
    case 4:
      return testGroup(i);
    case 5:
      return i == 7 ? raiseUD() : fldConstant(i);
    default:
      return functionGroup(((digit & 1) << 3) | i);
  }
}

/** D9 E0-E7. */
function testGroup(i: u32): void {
  switch (i) {
    case 0:
      return changeSign(false);
    case 1:
      return changeSign(true);
    case 4:
      return compareZero();
    case 5:
      return fxam();
    default:
      return raiseUD();
  }
}

/** D9 F0-FF. */
function functionGroup(i: u32): void {
  switch (i) {
    case 0:
      return f2xm1();
    case 1:
      return fyl2x(false);
    case 2:
      return fptan();
    case 3:
      return fpatan();
    case 4:
      return fxtract();
    case 5:
      return fprem(true);
    case 6:
      return rotate(-1);
    case 7:
      return rotate(1);
    case 8:
      return fprem(false);
    case 9:
      return fyl2x(true);
    case 10:
      return fsqrt();
    case 11:
      return fsincos();
    case 12:
      return frndint();
    case 13:
      return fscale();
    case 14:
      return fsinOrCos(SINE);
    default:
      return fsinOrCos(COSINE);
  }
}

function registerDA(digit: u32, i: u32): void {
  if (digit < 4) fcmov(2, digit, i);
  else if (digit == 5 && i == 1) compareRegister(1, true, 2);
  else raiseUD();
}

function registerDB(digit: u32, i: u32): void {
  if (digit < 4) fcmov(3, digit, i);
  else if (digit == 5) compareFlags(i, true, false);
  else if (digit == 6) compareFlags(i, false, false);
  else if (digit == 4 && i == 2) fnclex();
  else if (digit == 4 && i == 3) initialize();
  // FENI, FDISI, FSETPM do nothing since the 387.
  else if (digit == 7 || i > 4) raiseUD();
}

function registerDD(digit: u32, i: u32): void {
  switch (digit) {
    case 0:
      return ffree(i, false);
    case 1:
      return fxch(i);
    case 2:
      return fstRegister(i, false);
    case 3:
      return fstRegister(i, true);
    case 4:
      return compareRegister(i, true, 0);
    case 5:
      return compareRegister(i, true, 1);
    default:
      return raiseUD();
  }
}

function registerDE(digit: u32, i: u32): void {
  if (digit == 2) compareRegister(i, false, 1);
  else if (digit != 3) arithmeticRegister(6, digit, i);
  else if (i == 1) compareRegister(1, false, 2);
  else raiseUD();
}

function registerDF(digit: u32, i: u32): void {
  switch (digit) {
    case 0:
      return ffree(i, true);
    case 1:
      return fxch(i);
    case 2:
    case 3:
      return fstRegister(i, true);
    case 4:
      return i ? raiseUD() : fnstswAx();
    case 5:
      return compareFlags(i, true, true);
    case 6:
      return compareFlags(i, false, true);
    default:
      return raiseUD();
  }
}
