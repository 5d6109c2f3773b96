/** Intermediates of 64 bits, whatever the mode of the code is. */
import { op } from './emit';
import { keep, keepWide, Local } from './local';
import { cut } from './values';
import { ARITHMETIC_64, I32_WRAP } from './wasm';

/** Pops an i64 into a fresh local. */
export function keepI64(): Local {
  return keepWide();
}
/** The operation on i64 whose form on i32 is `code`. */
export function wide(code: u32): void {
  op(code + ARITHMETIC_64);
}
/** Pops an i64 as a value of T, which is narrower. */
export function keepLow<T>(): Local {
  op(I32_WRAP);
  cut<T>();
  return keep<T>();
}
