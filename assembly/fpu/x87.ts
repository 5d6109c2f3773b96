/**
 * The x87 instruction set: ESC opcodes D8-DF, WAIT (SDM vol. 2D, A.4.2.1 opcode maps; vol. 1, chapter 8).
 *
 * The CPU has fetched the instruction and decoded ModRM; memory operands are reached through ./host at the decoded
 * effective address. Encodings that no manual defines, but every processor since the 8087 executes as aliases, are
 * executed (DC D0, DC D8, DD C8, DE D0, DF C8, DF D0, DF D8, D9 D8).
 */
import { cr0, raiseNM, raiseUD } from './host';
import { ES, fpu } from './state';
import { begin } from './float80/format';
import { setEncoding } from './stack';
import {
  arithmeticInteger16,
  arithmeticInteger32,
  arithmeticReal,
  arithmeticRegister,
  compareFlags,
  compareRegister,
  compareZero,
} from './arithmetic';
import {
  fbld,
  fbstp,
  fcmov,
  ffree,
  fild16,
  fild32,
  fild64,
  fist,
  fldConstant,
  fldExtended,
  fldReal,
  fldRegister,
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
  if ((op & 1) == 0 && op != 2 && (op != 6 || (digit & 6) != 2)) arithmeticRegister(op, digit, i);
  else if (op == 1 && digit < 2) {
    if (digit) fxch(i);
    else fldRegister(i);
  } else if (op == 5 && (digit & 6) == 2) fstRegister(i, (digit & 1) != 0);
  else otherRegisterForm(op, digit, i);
}

// The maps: opcode and reg field are the digits of an octal number.

function otherMemoryForm(op: u32, digit: u32): void {
  switch ((op << 3) | digit) {
    case 0o14:
      return fldenv();
    case 0o15:
      return fldcw();
    case 0o16:
      return fnstenv();
    case 0o17:
      return fnstcw();
    case 0o20:
    case 0o21:
    case 0o22:
    case 0o23:
    case 0o24:
    case 0o25:
    case 0o26:
    case 0o27:
      return arithmeticInteger32(digit);
    case 0o30:
      return fild32();
    case 0o31:
      return fist(32, true, true);
    case 0o32:
      return fist(32, false, false);
    case 0o33:
      return fist(32, false, true);
    case 0o35:
      return fldExtended();
    case 0o37:
      return fstpExtended();
    case 0o51:
      return fist(64, true, true);
    case 0o54:
      return frstor();
    case 0o56:
      return fnsave();
    case 0o57:
      return fnstswMemory();
    case 0o60:
    case 0o61:
    case 0o62:
    case 0o63:
    case 0o64:
    case 0o65:
    case 0o66:
    case 0o67:
      return arithmeticInteger16(digit);
    case 0o70:
      return fild16();
    case 0o71:
      return fist(16, true, true);
    case 0o72:
      return fist(16, false, false);
    case 0o73:
      return fist(16, false, true);
    case 0o74:
      return fbld();
    case 0o75:
      return fild64();
    case 0o76:
      return fbstp();
    case 0o77:
      return fist(64, false, true);
    default:
      return raiseUD();
  }
}

function otherRegisterForm(op: u32, digit: u32, i: u32): void {
  switch ((op << 3) | digit) {
    case 0o12:
      if (i) raiseUD();
      return;
    case 0o14:
      return testGroup(i);
    case 0o15:
      return i == 7 ? raiseUD() : fldConstant(i);
    case 0o16:
    case 0o17:
      return functionGroup(((digit & 1) << 3) | i);
    case 0o20:
    case 0o21:
    case 0o22:
    case 0o23:
      return fcmov(2, digit, i);
    case 0o25:
      return i == 1 ? compareRegister(1, true, 2) : raiseUD();
    case 0o30:
    case 0o31:
    case 0o32:
    case 0o33:
      return fcmov(3, digit, i);
    case 0o34:
      return controlGroup(i);
    case 0o35:
      return compareFlags(i, true, false);
    case 0o36:
      return compareFlags(i, false, false);
    case 0o50:
      return ffree(i, false);
    case 0o51:
    case 0o71:
      return fxch(i);
    case 0o54:
      return compareRegister(i, true, 0);
    case 0o55:
      return compareRegister(i, true, 1);
    case 0o62:
      return compareRegister(i, false, 1);
    case 0o63:
      return i == 1 ? compareRegister(1, false, 2) : raiseUD();
    case 0o70:
      return ffree(i, true);
    case 0o13:
    case 0o72:
    case 0o73:
      return fstRegister(i, true);
    case 0o74:
      return i ? raiseUD() : fnstswAx();
    case 0o75:
      return compareFlags(i, true, true);
    case 0o76:
      return compareFlags(i, false, true);
    default:
      return raiseUD();
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

/** DB E0-E7; FENI, FDISI, FSETPM do nothing since the 387. */
function controlGroup(i: u32): void {
  if (i == 2) fnclex();
  else if (i == 3) initialize();
  else if (i > 4) raiseUD();
}
