/**
 * Values of translated code. A Local is a Wasm local that is set once, or a constant of a pool: an opaque reference, so
 * that `x + y` on it does not compile and a body can only say `b.add<T>(x, y)`. u8, u16 and u32 are i32, zero-extended;
 * u64 is i64; conditions are i32, 0 or 1.
 *
 *   bit 31: constant   bit 30: i64   below: number of the local, or of the constant
 */
import { byte, CONSTANTS, CONSTANTS_SIZE, i32Const, i64Const, leb, overflow, TYPES, TYPES_SIZE } from './emit';
import { I32, I64, LOCAL_GET, LOCAL_SET } from './wasm';


@unmanaged
export class Local {}

const CONSTANT: u32 = 0x8000_0000;
const WIDE: u32 = 0x4000_0000;
const NUMBER: u32 = 0x3fff_ffff;

// Transient: of the block that is being translated
let locals: u32 = 0;
let first: u32 = 0;
let constants: u32 = 0;

/** Starts a function whose locals below `from` have a use of their own. */
export function beginLocals(from: u32): void {
  first = from;
  locals = from;
  constants = 0;
}
/** How many values have got a local. */
export function valueLocals(): u32 {
  return locals - first;
}
// @ts-ignore: decorator
@inline export function nothing(): Local {
  return changetype<Local>(<usize>0xffff_ffff);
}
/** Wasm local `n`, of type i64. */
export function wideLocal(n: u32): Local {
  return changetype<Local>(<usize>(WIDE | n));
}
export function isConstant(v: Local): bool {
  return (changetype<usize>(v) & CONSTANT) != 0;
}
/** Of a constant. */
export function valueOf(v: Local): u64 {
  return load<u64>(CONSTANTS + ((changetype<usize>(v) & NUMBER) << 3));
}
export function isValue(v: Local, value: u64): bool {
  return isConstant(v) && valueOf(v) == value;
}
/** `v` at width T. */
export function constantOf<T>(v: u64): Local {
  if (constants << 3 >= CONSTANTS_SIZE) {
    overflow();
    constants = 0;
  }
  store<u64>(CONSTANTS + (constants << 3), <u64>(<T>v));
  return changetype<Local>(<usize>(CONSTANT | (sizeof<T>() == 8 ? WIDE : 0) | constants++));
}

/** Pushes `v`. */
export function get(v: Local): void {
  const bits = <u32>changetype<usize>(v);
  if (!isConstant(v)) getLocal(bits & NUMBER);
  else if (bits & WIDE) i64Const(valueOf(v));
  else i32Const(<u32>valueOf(v));
}
/** Pops a value of type T into a fresh local. */
export function keep<T>(): Local {
  if (locals - first >= TYPES_SIZE) {
    overflow();
    locals = first;
  }
  store<u8>(TYPES + (locals - first), sizeof<T>() == 8 ? I64 : I32);
  setLocal(locals);
  return changetype<Local>(<usize>((sizeof<T>() == 8 ? WIDE : 0) | locals++));
}
export function getLocal(n: u32): void {
  byte(LOCAL_GET);
  leb(n);
}
export function setLocal(n: u32): void {
  byte(LOCAL_SET);
  leb(n);
}

/** Number of runs of the same type among the values' locals, as a function declares them. */
export function localRuns(): u32 {
  let runs: u32 = 0;
  for (let i: u32 = 0; i < locals - first; i++) if (startsRun(i)) runs++;
  return runs;
}
/** Writes those runs: length and type each. */
export function declareLocals(): void {
  let start: u32 = 0;
  for (let i: u32 = 1; i <= locals - first; i++) {
    if (i < locals - first && !startsRun(i)) continue;
    leb(i - start);
    byte(load<u8>(TYPES + start));
    start = i;
  }
}
function startsRun(i: u32): bool {
  return i == 0 || load<u8>(TYPES + i) != load<u8>(TYPES + i - 1);
}
