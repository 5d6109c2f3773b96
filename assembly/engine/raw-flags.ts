/**
 * The arithmetic flags as regions hand them to one another: the four words of jit/frame.ts, in memory at JIT_RAW_FLAGS. The
 * rest of the core knows the two words of cpu/flags.ts; who goes from one to the other calls here.
 */
import { CODE64, cpu } from '../cpu/state';
import { RAW_A, RAW_B, RAW_R, RAW_S } from '../jit/frame';

const ADJUST: u32 = 8;
/** All that cpu/flags.ts reads of carries. */
const CARRIES: u64 = 0xc000_0000_0000_0008;

/** Before a region runs. INVARIANT: the flags are not odd (cpu/flags.ts). */
export function unpackFlags(): void {
  const c = cpu.flagCarries;
  const narrow = ((<u32>(c >> 32)) & ~ADJUST) | ((<u32>c) & ADJUST);
  const carries = cpu.codeMode == CODE64 ? c : <u64>narrow;
  store<u64>(RAW_A, carries);
  store<u64>(RAW_B, carries);
  store<u64>(RAW_R, cpu.flagResult);
}
/** After one has run, in the mode in which it did. */
export function packFlags(): void {
  if (cpu.codeMode == CODE64) {
    cpu.flagCarries = majority<u64>() & CARRIES;
    cpu.flagResult = load<u64>(RAW_R);
  } else {
    const carries = <u64>majority<u32>();
    cpu.flagCarries = (carries << 32) | (carries & ADJUST);
    cpu.flagResult = <u64>(<i64>load<i32>(RAW_R));
  }
}
/** Read in the width in which it was written: processors wait otherwise. */
// @ts-ignore: decorator
@inline function majority<T>(): T {
  const a = load<T>(RAW_A);
  const b = load<T>(RAW_B);
  return (a & b) | ((a | b) & ~load<T>(RAW_S));
}
