/**
 * The opcode maps of the ESC instructions D8-DF (SDM vol. 2D, A.5) but for the forms that x87.ts executes before it looks
 * here. The opcode's low three bits and the reg field of ModRM are the digits of an octal number.
 */
import { raiseUD } from './host';
import { arithmeticInteger16, arithmeticInteger32, compareRegister, compareZero } from './arithmetic';
import { fbld, fild16, fild64, fldExtended } from './loads';
import { fbstp, fist, fstpExtended } from './stores';
import { fcmov, ffree, fstRegister, fxch, rotate } from './moves';
import { COSINE, SINE } from './float80/trig';
import { f2xm1, fpatan, fptan, fsinOrCos, fsincos, fyl2x } from './transcendental';
import { fprem, frndint, fscale, fsqrt, fxam, fxtract } from './unary';
import { fldcw, fnclex, fnstcw, fnstswMemory, initialize } from './control';
import { fldenv, fnsave, fnstenv, frstor } from './environment';

export function mappedMemoryForm(op: u32, digit: u32): void {
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
    case 0o31:
      return fist(32, true, true);
    case 0o32:
      return fist(32, false, false);
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

export function mappedRegisterForm(op: u32, digit: u32, i: u32): void {
  switch ((op << 3) | digit) {
    case 0o02:
    case 0o42:
      return compareRegister(i, false, 0);
    case 0o03:
    case 0o43:
    case 0o62:
      return compareRegister(i, false, 1);
    case 0o12:
      if (i) raiseUD();
      return;
    case 0o14:
      return testGroup(i);
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
    case 0o50:
      return ffree(i, false);
    case 0o51:
    case 0o71:
      return fxch(i);
    case 0o54:
      return compareRegister(i, true, 0);
    case 0o55:
      return compareRegister(i, true, 1);
    case 0o63:
      return i == 1 ? compareRegister(1, false, 2) : raiseUD();
    case 0o70:
      return ffree(i, true);
    case 0o13:
    case 0o72:
    case 0o73:
      return fstRegister(i, true);
    default:
      return raiseUD();
  }
}

/** D9 E2-E7. */
function testGroup(i: u32): void {
  switch (i) {
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
