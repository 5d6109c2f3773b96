/** Rotates and single bits. */
import { i32Const, op } from './emit';
import { leaveIf } from './exits';
import { constantOf, get, isConstant, keep, Local, valueOf } from './local';
import { arithmetic, compare, getCount, number } from './values';
import { is64 } from './width';
import { AND, CLZ, CTZ, I32_WRAP, NE, OR, REM_U, SHR_U, XOR } from './wasm';

/** Of u32 and u64. */
export function rotated<T>(code: u32, x: Local, n: Local): Local {
  get(x);
  getCount<T>(n);
  arithmetic<T>(code);
  return keep<T>();
}
export function modulo(x: Local, by: u32): Local {
  if (isConstant(x)) return constantOf<u8>(valueOf(x) % by);
  get(x);
  i32Const(by);
  op(REM_U);
  return keep<u8>();
}
/** Bit `n` (u8) of `x`, as a condition. */
export function bitSet<T>(x: Local, n: Local): Local {
  get(x);
  getCount<T>(n);
  arithmetic<T>(SHR_U);
  if (is64<T>()) op(I32_WRAP);
  i32Const(1);
  op(AND);
  return keep<u32>();
}
/** Of 0: the width of the Wasm type, which the caller does not use, but it fits T. */
export function lowest<T>(x: Local): Local {
  get(x);
  arithmetic<T>(CTZ);
  return keep<T>();
}
export function highest<T>(x: Local): Local {
  get(x);
  arithmetic<T>(CLZ);
  number<T>(is64<T>() ? 63 : 31);
  arithmetic<T>(XOR);
  return keep<T>();
}
/** Leaves unless eight bytes at `linear` lie in one page and those at `offset` do not wrap round. */
export function leaveUnlessAligned(linear: Local, offset: Local): void {
  get(linear);
  get(offset);
  arithmetic<u64>(OR);
  number<u64>(7);
  arithmetic<u64>(AND);
  number<u64>(0);
  compare<u64>(NE);
  leaveIf();
}
