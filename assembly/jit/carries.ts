/** What shifts and products lose: the last bit shifted out, and whether a signed product fits. */
import { i32Const, i64Const, op } from './emit';
import { get, keep, keepWide, Local } from './local';
import { callCore, IMPORT_MUL_OVERFLOWS } from './imports';
import { arithmetic, getCount, getSigned, getWide, getWideSigned, number } from './values';
import { is64 } from './width';
import { AND, ARITHMETIC_64, COMPARE_64, I32_WRAP, MUL, NE, SHL, SHR_S, SHR_U, SUB } from './wasm';

function wide(code: u32): void {
  op(code + ARITHMETIC_64);
}
/** Bit 0 of the number on the stack, as a condition. */
function lowBit<T>(): Local {
  if (is64<T>()) op(I32_WRAP);
  i32Const(1);
  op(AND);
  return keep<u32>();
}
/** Bit `width` of the shifted value: bit `width - n` of a whole number. */
export function lastOutLeft<T>(x: Local, n: Local): Local {
  if (sizeof<T>() < 4) {
    getWide<T>(x);
    getWide<u8>(n);
    wide(SHL);
    i64Const(sizeof<T>() * 8);
    wide(SHR_U);
    op(I32_WRAP);
    return lowBit<u32>();
  }
  get(x);
  number<T>(0);
  getCount<T>(n);
  arithmetic<T>(SUB); // Wasm takes counts modulo the width
  arithmetic<T>(SHR_U);
  return lowBit<T>();
}
export function lastOutRight<T>(x: Local, n: Local): Local {
  get(x);
  return bitBelow<T>(n, SHR_U);
}
export function lastOutRightSigned<T>(x: Local, n: Local): Local {
  getSigned<T>(x);
  return bitBelow<T>(n, SHR_S);
}
/** Of the number on the stack: bit n - 1. */
function bitBelow<T>(n: Local, shift: u32): Local {
  getCount<T>(n);
  number<T>(1);
  arithmetic<T>(SUB);
  arithmetic<T>(shift);
  return lowBit<T>();
}
export function productOverflows<T>(x: Local, y: Local): Local {
  if (sizeof<T>() == 8) {
    get(x);
    get(y);
    callCore(IMPORT_MUL_OVERFLOWS);
    return keep<u32>();
  }
  getWideSigned<T>(x);
  getWideSigned<T>(y);
  wide(MUL);
  const product = keepWide();
  get(product);
  get(product);
  signExtendLow<T>();
  op(NE + COMPARE_64);
  return keep<u32>();
}
/** Of the i64 on the stack the low T, sign-extended. */
function signExtendLow<T>(): void {
  i64Const(64 - sizeof<T>() * 8);
  wide(SHL);
  i64Const(64 - sizeof<T>() * 8);
  wide(SHR_S);
}
