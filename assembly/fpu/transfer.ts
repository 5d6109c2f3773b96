/** Loads, stores, conversions, constants, register moves (SDM vol. 1, 8.3.3, 8.3.4). */
import {
  conditionB,
  conditionBE,
  conditionU,
  conditionZ,
  fault,
  load16,
  load64,
  operand,
  probeWrite,
  setOperand,
  store16,
  store32,
  store64,
} from './host';
import { IE, RC_DOWN, RC_UP, isEmpty, markEmpty, markFull, moveTop, pop, put, se, sig, st } from './state';
import {
  blocked,
  clearC1,
  finish,
  finishPush,
  finishStore,
  push,
  settle,
  track,
  trackMemory,
  underflow,
} from './stack';
import { BIAS, INDEFINITE_SE, INDEFINITE_SIG, QUIET, SIGN, give, isSignaling, raise, raised, zSe, zSig } from './float80/format';
import {
  DOUBLE_BIAS,
  DOUBLE_DROPS,
  DOUBLE_MAXIMUM,
  SINGLE_BIAS,
  SINGLE_DROPS,
  SINGLE_MAXIMUM,
  doubleSe,
  doubleSig,
  fromDouble,
  fromSingle,
  isNormalDouble,
  isNormalSingle,
  narrowFields,
  narrowFlags,
  narrowUp,
  narrows,
  singleSe,
  singleSig,
  toDouble,
  toSingle,
} from './float80/binary';
import { toInteger } from './float80/integer';
import { bcdHigh, fromBcd, toBcd } from './float80/bcd';
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

// @ts-ignore: decorator
@inline export function fstSingle(pops: bool): void {
  const a = st(0);
  const aSe = se(a),
    aSig = sig(a);
  if (isEmpty(0) | !narrows(aSe, aSig, SINGLE_BIAS, SINGLE_MAXIMUM)) {
    fstSingleSlowly(pops);
    return;
  }
  const fields = narrowFields(aSe, aSig, SINGLE_DROPS, SINGLE_BIAS),
    up = narrowUp(fields, aSig, SINGLE_DROPS);
  setOperand<u32>(((aSe & SIGN) << 16) | <u32>(fields + up));
  if (fault()) return;
  trackMemory();
  finishStore(narrowFlags(up, aSig, SINGLE_DROPS), pops);
}

// @ts-ignore: decorator
@inline export function fstDouble(pops: bool): void {
  const a = st(0);
  const aSe = se(a),
    aSig = sig(a);
  if (isEmpty(0) | !narrows(aSe, aSig, DOUBLE_BIAS, DOUBLE_MAXIMUM)) {
    fstDoubleSlowly(pops);
    return;
  }
  const fields = narrowFields(aSe, aSig, DOUBLE_DROPS, DOUBLE_BIAS),
    up = narrowUp(fields, aSig, DOUBLE_DROPS);
  setOperand<u64>(((<u64>(aSe & SIGN)) << 48) | (fields + up));
  if (fault()) return;
  trackMemory();
  finishStore(narrowFlags(up, aSig, DOUBLE_DROPS), pops);
}

// The other stores leave what they raise in `raised`.

function fstSingleSlowly(pops: bool): void {
  const a = st(0);
  let value: u32 = 0xffc00000;
  if (isEmpty(0)) underflow();
  else value = toSingle(se(a), sig(a));
  const stores = !blocked();
  if (stores) store32(0, value);
  finishAttempt(stores, pops);
}

function fstDoubleSlowly(pops: bool): void {
  const a = st(0);
  let value: u64 = 0xfff8000000000000;
  if (isEmpty(0)) underflow();
  else value = toDouble(se(a), sig(a));
  const stores = !blocked();
  if (stores) store64(0, value);
  finishAttempt(stores, pops);
}

/** Ends a store that has been done, has failed, or was blocked by an unmasked exception. */
function finishAttempt(stored: bool, pops: bool): void {
  if (fault()) return;
  trackMemory();
  if (stored) finishStore(raised, pops);
  else settle();
}

/** FSTP m80. */
export function fstpExtended(): void {
  const a = st(0);
  if (isEmpty(0)) underflow();
  else give(se(a), sig(a));
  storeTen(zSe, zSig);
}

export function fbstp(): void {
  const a = st(0);
  let low = INDEFINITE_SIG;
  let high = INDEFINITE_SE;
  if (isEmpty(0)) underflow();
  else {
    low = toBcd(se(a), sig(a));
    high = bcdHigh;
  }
  storeTen(high, low);
}

function storeTen(high: u32, low: u64): void {
  const stores = !blocked();
  if (stores) {
    if (!probeWrite(10)) return;
    store64(0, low);
    store16(8, high);
  }
  finishAttempt(stores, true);
}

/** FIST, FISTP, FISTTP for 16, 32 and 64 bits. */
export function fist(bits: u32, chop: bool, pops: bool): void {
  const a = st(0);
  let value: i64 = -(<i64>((<u64>1) << (bits - 1)));
  if (isEmpty(0)) underflow();
  else value = toInteger(se(a), sig(a), bits, chop);
  const stores = !blocked();
  if (stores) {
    if (bits == 32) store32(0, <u32>value);
    else if (bits == 64) store64(0, value);
    else store16(0, (<u32>value) & 0xffff);
  }
  finishAttempt(stores, pops);
}

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
  if (isEmpty(0) | isEmpty(i)) {
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
  if (isEmpty(0) | isEmpty(i)) {
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
