/** Operations on values: each emits code and leaves its result in a fresh local. Constants fold where it pays. */
import { i32Const, i64Const, op } from './emit';
import { constantOf, get, isConstant, isValue, isWide, keep, Local, valueOf } from './local';
import { noteDistance } from './distances';
import { is64, isNative, longCode } from './width';
import {
  ADD,
  AND,
  ARITHMETIC_64,
  COMPARE_64,
  EQZ,
  I32_EXTEND16_S,
  I32_EXTEND8_S,
  I32_WRAP,
  I64_EXTEND_S,
  I64_EXTEND_U,
  OR,
  ROTL,
  SHL,
  SHR_S,
  SHR_U,
  SUB,
  XOR,
} from './wasm';

/** The operation of width T whose 32-bit form is `code`. */
export function arithmetic<T>(code: u32): void {
  op(is64<T>() ? code + ARITHMETIC_64 : code);
}
export function compare<T>(code: u32): void {
  op(is64<T>() ? code + COMPARE_64 : code);
}
/** Pushes a number of width T. */
export function number<T>(v: u64): void {
  if (is64<T>()) i64Const(v);
  else i32Const(<u32>v);
}
/** Cuts the i32 on the stack to T. */
export function cut<T>(): void {
  if (sizeof<T>() >= 4) return;
  i32Const(sizeof<T>() == 1 ? 0xff : 0xffff);
  op(AND);
}
/** Pushes `x` of width T, sign-extended to its Wasm type. */
export function getSigned<T>(x: Local): void {
  get(x);
  if (sizeof<T>() == 1) op(I32_EXTEND8_S);
  else if (sizeof<T>() == 2) op(I32_EXTEND16_S);
}
/** Pushes `x` of width T as an i64. */
export function getWide<T>(x: Local): void {
  get(x);
  if (!isWide(x)) op(I64_EXTEND_U);
}
export function getWideSigned<T>(x: Local): void {
  getSigned<T>(x);
  if (!isWide(x)) op(I64_EXTEND_S);
}

/** An operation whose result may exceed a narrow T. */
export function binary<T>(code: u32, x: Local, y: Local): Local {
  get(x);
  get(y);
  arithmetic<T>(code);
  cut<T>();
  return keep<T>();
}
/** A comparison of two values as unsigned numbers, or for equality: a condition. */
export function test<T>(code: u32, x: Local, y: Local): Local {
  get(x);
  get(y);
  compare<T>(code);
  return keep<u32>();
}
export function testSigned<T>(code: u32, x: Local, y: Local): Local {
  getSigned<T>(x);
  getSigned<T>(y);
  compare<T>(code);
  return keep<u32>();
}
export function addition<T>(x: Local, y: Local): Local {
  if (isConstant(x) && isConstant(y)) return constantOf<T>(valueOf(x) + valueOf(y));
  if (isValue(y, 0)) return x;
  const r = binary<T>(ADD, x, y);
  if (isNative<T>() && isConstant(y)) noteDistance(r, x, <i64>valueOf(y));
  return r;
}
export function subtraction<T>(x: Local, y: Local): Local {
  if (isConstant(x) && isConstant(y)) return constantOf<T>(valueOf(x) - valueOf(y));
  const r = binary<T>(SUB, x, y);
  if (isNative<T>() && isConstant(y)) noteDistance(r, x, -(<i64>valueOf(y)));
  return r;
}
/** A number xor'ed with itself is 0: how programs clear a register. */
export function exclusion<T>(x: Local, y: Local): Local {
  if (x == y) return constantOf<T>(0);
  if (isConstant(x) && isConstant(y)) return constantOf<T>(valueOf(x) ^ valueOf(y));
  return binary<T>(XOR, x, y);
}
export function union<T>(x: Local, y: Local): Local {
  if (x == y) return x;
  if (isConstant(x) && isConstant(y)) return constantOf<T>(valueOf(x) | valueOf(y));
  return binary<T>(OR, x, y);
}
export function conjunction<T>(x: Local, y: Local): Local {
  if (x == y) return x;
  if (isConstant(x) && isConstant(y)) return constantOf<T>(valueOf(x) & valueOf(y));
  return binary<T>(AND, x, y);
}
export function zero<T>(x: Local): Local {
  if (isConstant(x)) return constantOf<u32>(<u64>(valueOf(x) == 0));
  get(x);
  compare<T>(EQZ);
  return keep<u32>();
}
/** Shifts by `n` (u8), which is below the width of the Wasm type. */
export function shift<T>(code: u32, x: Local, n: Local): Local {
  get(x);
  getCount<T>(n);
  arithmetic<T>(code);
  cut<T>();
  return keep<T>();
}
export function shiftSigned<T>(x: Local, n: Local): Local {
  getSigned<T>(x);
  getCount<T>(n);
  arithmetic<T>(SHR_S);
  cut<T>();
  return keep<T>();
}
/** Pushes a count (u8) as an operand for T. */
export function getCount<T>(n: Local): void {
  if (is64<T>()) getWide<u8>(n);
  else get(n);
}
export function converted<From, To>(x: Local): Local {
  if (isConstant(x)) return constantOf<To>(valueOf(x));
  const toWide = is64<To>();
  if (toWide == isWide(x) && sizeof<To>() >= sizeof<From>()) return x;
  // In 32-bit code u32 and u64 are the same
  if (!longCode() && sizeof<To>() >= 4) return x;
  get(x);
  if (isWide(x)) op(I32_WRAP);
  if (sizeof<To>() < sizeof<From>()) cut<To>();
  if (toWide) op(I64_EXTEND_U);
  return keep<To>();
}
export function signExtended<From, To>(x: Local): Local {
  if (is64<To>()) getWideSigned<From>(x);
  else {
    getSigned<From>(x);
    cut<To>();
  }
  return keep<To>();
}
/** Swaps groups of `bits` bits with their neighbours: `mask` has every other group. */
function swapGroups<T>(x: Local, bits: u32, mask: u64): Local {
  get(x);
  number<T>(mask);
  arithmetic<T>(AND);
  number<T>(bits);
  arithmetic<T>(SHL);
  get(x);
  number<T>(bits);
  arithmetic<T>(SHR_U);
  number<T>(mask);
  arithmetic<T>(AND);
  arithmetic<T>(OR);
  return keep<T>();
}
export function swapped<T>(x: Local): Local {
  if (sizeof<T>() == 1) return x;
  const bytes = swapGroups<T>(x, 8, 0x00ff00ff_00ff00ff);
  if (sizeof<T>() == 2) return bytes;
  const words = is64<T>() ? swapGroups<T>(bytes, 16, 0x0000ffff_0000ffff) : bytes;
  get(words);
  number<T>(is64<T>() ? 32 : 16);
  arithmetic<T>(ROTL);
  return keep<T>();
}
