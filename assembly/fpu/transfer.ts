/** Loads, stores, conversions, constants, register moves (SDM vol. 1, 8.3.3, 8.3.4). */
import {
  conditionB,
  conditionBE,
  conditionU,
  conditionZ,
  fault,
  load16,
  load32,
  load64,
  probeWrite,
  store16,
  store32,
  store64,
} from './host';
import { IE, RC_DOWN, RC_UP, isEmpty, markEmpty, markFull, moveTop, pop, put, se, sig, st } from './state';
import { blocked, finish, finishPush, settle, settleAndPop, track, trackMemory, underflow } from './stack';
import { INDEFINITE_SE, INDEFINITE_SIG, QUIET, give, isSignaling, raise, zSe, zSig } from './float80/format';
import { fromDouble, fromSingle, toDouble, toSingle } from './float80/binary';
import { fromInteger, toInteger } from './float80/integer';
import { bcdHigh, fromBcd, toBcd } from './float80/bcd';
import { roundingControl } from './float80/round';

/** Ends FLD of a narrow format: a signaling NaN is quieted here. */
function pushConverted(): void {
  if (fault()) return;
  trackMemory();
  if (isSignaling(zSe, zSig)) {
    raise(IE);
    give(zSe, zSig | QUIET);
  }
  finishPush();
}

export function fldSingle(): void {
  fromSingle(load32(0));
  pushConverted();
}

export function fldDouble(): void {
  fromDouble(load64(0));
  pushConverted();
}

/** FLD m80 takes any bit pattern as it is. */
export function fldExtended(): void {
  const significand = load64(0);
  if (fault()) return;
  give(load16(8), significand);
  if (fault()) return;
  trackMemory();
  finishPush();
}

/** FILD. */
export function fild(value: i64): void {
  if (fault()) return;
  trackMemory();
  fromInteger(value);
  finishPush();
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

/** Ends a store: `stored` has happened or was blocked by an unmasked exception. */
// @ts-ignore: decorator
@inline function finishStore(stored: bool, pops: bool): void {
  trackMemory();
  if (stored && pops) settleAndPop();
  else settle();
}

export function fstSingle(pops: bool): void {
  const a = st(0);
  let value: u32 = 0xffc00000;
  if (isEmpty(0)) underflow();
  else value = toSingle(se(a), sig(a));
  const stores = !blocked();
  if (stores) {
    store32(0, value);
    if (fault()) return;
  }
  finishStore(stores, pops);
}

export function fstDouble(pops: bool): void {
  const a = st(0);
  let value: u64 = 0xfff8000000000000;
  if (isEmpty(0)) underflow();
  else value = toDouble(se(a), sig(a));
  const stores = !blocked();
  if (stores) {
    store64(0, value);
    if (fault()) return;
  }
  finishStore(stores, pops);
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
  finishStore(stores, true);
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
    if (fault()) return;
  }
  finishStore(stores, pops);
}

/** FLD ST(i). */
export function fldRegister(i: u32): void {
  track();
  const a = st(i);
  if (isEmpty(i)) underflow();
  else give(se(a), sig(a));
  finishPush();
}

/** FST(P) ST(i). */
export function fstRegister(i: u32, pops: bool): void {
  track();
  const a = st(0);
  if (isEmpty(0)) underflow();
  else give(se(a), sig(a));
  if (finish(i) && pops) pop();
}

/** FXCH; an empty register counts as the indefinite value. */
export function fxch(i: u32): void {
  track();
  if (isEmpty(0) | isEmpty(i)) {
    underflow();
    if (!settle()) return;
    fillEmpty(0);
    fillEmpty(i);
  } else settle();
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
  settle();
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
      give(0x3fff, 0x8000000000000000);
      break;
    case 1:
      give(0x4000, 0xd49a784bcd1b8afe + up);
      break;
    case 2:
      give(0x3fff, 0xb8aa3b295c17f0bc - down);
      break;
    case 3:
      give(0x4000, 0xc90fdaa22168c235 - down);
      break;
    case 4:
      give(0x3ffd, 0x9a209a84fbcff799 - down);
      break;
    case 5:
      give(0x3ffe, 0xb17217f7d1cf79ac - down);
      break;
    default:
      give(0, 0);
  }
  finishPush();
}
