/**
 * How wide the numbers of the code being translated are. In 16- and 32-bit code the upper halves of registers are zero
 * (cpu/mode.ts) and all addresses have 32 bits, so that everything the bodies call u64 is an i32 there.
 */
import { op } from './emit';
import { ARITHMETIC_64, COMPARE_64, I32, I64 } from './wasm';
import { i32Const, i64Const } from './emit';

/** Translating 64-bit code? */
let long: bool = false;

export function setWidth(isLong: bool): void {
  long = isLong;
}
export function longCode(): bool {
  return long;
}
/** Is a value of type T an i64? */
// @ts-ignore: decorator
@inline export function is64<T>(): bool {
  return sizeof<T>() == 8 && long;
}
/** Is it as wide as an address? */
// @ts-ignore: decorator
@inline export function isNative<T>(): bool {
  return sizeof<T>() == 8 || (sizeof<T>() == 4 && !long);
}
/** Type of a guest register. */
export function nativeType(): u32 {
  return long ? I64 : I32;
}
/** Bytes of one. */
export function nativeWidth(): u32 {
  return long ? 8 : 4;
}

// Operations on whole registers
export function native(code: u32): void {
  op(long ? code + ARITHMETIC_64 : code);
}
export function nativeCompare(code: u32): void {
  op(long ? code + COMPARE_64 : code);
}
/** `v` is sign-extended where it is cut. */
export function nativeConst(v: u64): void {
  if (long) i64Const(v);
  else i32Const(<u32>v);
}
