/** FST, FIST, FISTTP, FBSTP to memory (SDM vol. 1, 8.3.3). */
import { fault, probeWrite, setOperand, store16, store32, store64 } from './host';
import { isEmpty, se, sig, st } from './state';
import { blocked, finishStore, settle, trackMemory, underflow } from './stack';
import { INDEFINITE_SE, INDEFINITE_SIG, SIGN, give, raised, zSe, zSig } from './float80/format';
import {
  DOUBLE_BIAS,
  DOUBLE_DROPS,
  DOUBLE_MAXIMUM,
  SINGLE_BIAS,
  SINGLE_DROPS,
  SINGLE_MAXIMUM,
  narrowFields,
  narrowFlags,
  narrowUp,
  narrows,
  toDouble,
  toSingle,
} from './float80/binary';
import { toInteger } from './float80/integer';
import { bcdHigh, toBcd } from './float80/bcd';

// @ts-ignore: decorator
@inline export function fstSingle(pops: bool): void {
  const a = st(0);
  const aSe = se(a),
    aSig = sig(a);
  if (!narrows(aSe, aSig, SINGLE_BIAS, SINGLE_MAXIMUM)) return fstSingleSlowly(pops);
  if (isEmpty(0)) return fstSingleSlowly(pops);
  const fields = narrowFields(aSe, aSig, SINGLE_DROPS, SINGLE_BIAS),
    up = narrowUp(fields, aSig, SINGLE_DROPS);
  setOperand<u32>(((aSe & SIGN) << 16) | (<u32>(fields + up)));
  if (fault()) return;
  trackMemory();
  finishStore(narrowFlags(up, aSig, SINGLE_DROPS), pops);
}

// @ts-ignore: decorator
@inline export function fstDouble(pops: bool): void {
  const a = st(0);
  const aSe = se(a),
    aSig = sig(a);
  if (!narrows(aSe, aSig, DOUBLE_BIAS, DOUBLE_MAXIMUM)) return fstDoubleSlowly(pops);
  if (isEmpty(0)) return fstDoubleSlowly(pops);
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
