/** FLD, FILD, FBLD from memory, and the constants (SDM vol. 1, 8.3.3, 8.3.4). */
import { fault, load16, load64, operand } from './host';
import { IE, RC_DOWN, RC_UP } from './state';
import { finishPush, push, track, trackMemory } from './stack';
import { BIAS, QUIET, SIGN, give, isSignaling, raise, zSe, zSig } from './float80/format';
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
import { fromBcd } from './float80/bcd';
import { roundingControl } from './float80/round';

/** FLD m32 and m64. */
// @ts-ignore: decorator
@inline export function fldReal(single: bool): void {
  let x: u64, signExponent: u32, significand: u64, normal: bool;
  if (single) {
    const narrow = operand<u32>();
    x = narrow;
    signExponent = singleSe(narrow);
    significand = singleSig(narrow);
    normal = isNormalSingle(narrow);
  } else {
    x = operand<u64>();
    signExponent = doubleSe(x);
    significand = doubleSig(x);
    normal = isNormalDouble(x);
  }
  if (fault()) return;
  trackMemory();
  if (normal) push(signExponent, significand);
  else fldSpecial(single, x);
}

/** x is no normal number; a signaling NaN is quieted here. */
function fldSpecial(single: bool, x: u64): void {
  if (single) fromSingle(<u32>x);
  else fromDouble(x);
  if (isSignaling(zSe, zSig)) {
    raise(IE);
    give(zSe, zSig | QUIET);
  }
  finishPush();
}

/** FLD m80 takes any bit pattern as it is. */
export function fldExtended(): void {
  const significand = operand<u64>();
  if (fault()) return;
  const signExponent = load16(8);
  if (fault()) return;
  trackMemory();
  push(signExponent, significand);
}

/** FILD. */
export function fild16(): void {
  pushInteger(<i16>load16(0));
}

export function fild32(): void {
  pushInteger(<i32>operand<u32>());
}

export function fild64(): void {
  pushInteger(operand<u64>());
}

function pushInteger(value: i64): void {
  if (fault()) return;
  trackMemory();
  const n = clz(abs(value));
  if (value) push((value < 0 ? SIGN : 0) | (BIAS + 63 - <u32>n), (<u64>abs(value)) << n);
  else push(0, 0);
}

export function fbld(): void {
  const low = load64(0);
  if (fault()) return;
  const high = load16(8);
  if (fault()) return;
  trackMemory();
  fromBcd(low, high);
  finishPush();
}

/** FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: the constants have more bits inside and obey rounding control. */
export function fldConstant(which: u32): void {
  track();
  const rc = roundingControl();
  const up = u64(rc == RC_UP);
  const down = u64(rc == RC_DOWN || rc == 3);
  switch (which) {
    case 0:
      return push(0x3fff, 0x8000000000000000);
    case 1:
      return push(0x4000, 0xd49a784bcd1b8afe + up);
    case 2:
      return push(0x3fff, 0xb8aa3b295c17f0bc - down);
    case 3:
      return push(0x4000, 0xc90fdaa22168c235 - down);
    case 4:
      return push(0x3ffd, 0x9a209a84fbcff799 - down);
    case 5:
      return push(0x3ffe, 0xb17217f7d1cf79ac - down);
    default:
      return push(0, 0);
  }
}
