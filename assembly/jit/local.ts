/**
 * Values of translated code. A Local is an opaque reference, so that `x + y` on it does not compile and a body can only
 * say `b.add<T>(x, y)`: a Wasm local that is set once in its block, a constant of a pool, or an alias, which stands for
 * what a guest register held when it was read and moves to a local of its own when the register is about to change
 * (registers.ts). u8, u16 and u32 are i32, zero-extended; u64 is i64 in 64-bit code, else i32; conditions are i32, 0 or 1.
 *
 *   bit 31: constant   bit 30: i64   bit 29: alias   below: number of the local, constant or alias
 *
 * Locals of values are used again in the next block: engines are slow on functions that have many.
 */
import { JIT_ALIASES } from '../layout';
import {
  byte,
  CONSTANTS,
  CONSTANTS_SIZE,
  getLocal,
  i32Const,
  i64Const,
  leb,
  overflow,
  setLocal,
  TYPES,
  TYPES_SIZE,
} from './emit';
import { is64, longCode, nativeType } from './width';
import { I32, I64 } from './wasm';


@unmanaged
export class Local {}

const CONSTANT: u32 = 0x8000_0000;
const WIDE: u32 = 0x4000_0000;
const ALIAS: u32 = 0x2000_0000;
const NUMBER: u32 = 0x1fff_ffff;
const MOST_ALIASES: u32 = 256;

// Transient: of the function that is being translated
let first: u32 = 0;
let locals: u32 = 0;
let constants: u32 = 0;
let aliases: u32 = 0;
/** Local that each alias stands for. */
const ALIAS_AT: usize = JIT_ALIASES;
// Which locals the block has not used yet: the search for a free one of a type goes on from here
let nextNarrow: u32 = 0;
let nextWide: u32 = 0;

/** Marks an i32 in TYPES that no block gets as a fresh one. */
const RESERVED: u32 = I32 | 0x80;

/** Starts a function whose locals below `from` have a use of their own. */
export function beginLocals(from: u32): void {
  first = from;
  locals = from;
  forgetValues();
}
/** Starts a block: no value of the last one is needed any more. */
export function forgetValues(): void {
  constants = 0;
  aliases = 0;
  nextNarrow = first;
  nextWide = first;
}
/** How far the block has used locals; `useFrom` goes on there, after other blocks have been written. */
export function usedNarrow(): u32 {
  return nextNarrow;
}
export function usedWide(): u32 {
  return nextWide;
}
export function useFrom(narrow: u32, wide: u32): void {
  nextNarrow = narrow;
  nextWide = wide;
}
/** How many locals values have got. */
export function valueLocals(): u32 {
  return locals - first;
}
// @ts-ignore: decorator
@inline export function nothing(): Local {
  return changetype<Local>(<usize>0xffff_ffff);
}
function bitsOf(v: Local): u32 {
  return <u32>changetype<usize>(v);
}
/** Wasm local `n`, of a register's type. */
export function fixedLocal(n: u32): Local {
  return changetype<Local>(<usize>(longCode() ? WIDE | n : n));
}
/** Of an alias. */
export function numberOf(alias: Local): u32 {
  return bitsOf(alias) & NUMBER;
}
export function isConstant(v: Local): bool {
  return (bitsOf(v) & CONSTANT) != 0;
}
export function isAlias(v: Local): bool {
  return (bitsOf(v) & (CONSTANT | ALIAS)) == ALIAS;
}
export function isWide(v: Local): bool {
  return (bitsOf(v) & WIDE) != 0;
}
/** Of a constant. */
export function valueOf(v: Local): u64 {
  return load<u64>(CONSTANTS + ((bitsOf(v) & NUMBER) << 3));
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
  const wide = is64<T>();
  const cut = <u64>(<T>v);
  store<u64>(CONSTANTS + (constants << 3), wide ? cut : <u64>(<u32>cut));
  return changetype<Local>(<usize>(CONSTANT | (wide ? WIDE : 0) | constants++));
}
/** An alias of the register's local `n`. */
export function aliasOf(n: u32): Local {
  if (aliases == MOST_ALIASES) {
    overflow();
    aliases = 0;
  }
  store<u32>(ALIAS_AT + (aliases << 2), n);
  return changetype<Local>(<usize>(ALIAS | (longCode() ? WIDE : 0) | aliases++));
}
/** The local that holds a value that is no constant. */
export function localOf(v: Local): u32 {
  const n = bitsOf(v) & NUMBER;
  return isAlias(v) ? load<u32>(ALIAS_AT + (n << 2)) : n;
}
/** The same value by the local that holds it now: it outlives the block's aliases. */
export function resolved(v: Local): Local {
  if (v == nothing() || !isAlias(v)) return v;
  return changetype<Local>(<usize>((bitsOf(v) & WIDE) | localOf(v)));
}
/** A constant of an earlier block, or any other value as it is. */
export function revived(v: Local, value: u64): Local {
  if (v == nothing() || !isConstant(v)) return v;
  return isWide(v) ? constantOf<u64>(value) : constantOf<u32>(value);
}
/** Gives an alias a local of its own, which keeps what the register holds now. */
export function detach(alias: Local): void {
  getLocal(localOf(alias));
  const own = fresh(nativeType());
  setLocal(own);
  store<u32>(ALIAS_AT + ((bitsOf(alias) & NUMBER) << 2), own);
}

/** Pushes `v`. */
export function get(v: Local): void {
  if (!isConstant(v)) getLocal(localOf(v));
  else if (isWide(v)) i64Const(valueOf(v));
  else i32Const(<u32>valueOf(v));
}
/** Pops a value of type T into a fresh local. */
export function keep<T>(): Local {
  return is64<T>() ? keepWide() : keepNarrow();
}
/** Pops an i64, whatever the code. */
export function keepWide(): Local {
  const n = fresh(I64);
  setLocal(n);
  return changetype<Local>(<usize>(WIDE | n));
}
function keepNarrow(): Local {
  const n = fresh(I32);
  setLocal(n);
  return changetype<Local>(<usize>n);
}
/** A local that the block has not used yet. */
function fresh(type: u32): u32 {
  let n = type == I64 ? nextWide : nextNarrow;
  while (n < locals && load<u8>(TYPES + (n - first)) != type) n++;
  if (n == locals) addLocal(type);
  if (type == I64) nextWide = n + 1;
  else nextNarrow = n + 1;
  return n;
}
function addLocal(type: u32): void {
  if (locals - first >= TYPES_SIZE) {
    overflow();
    locals = first;
  }
  store<u8>(TYPES + (locals++ - first), type);
}

/** An i32 local that outlives blocks. */
export function reserveLocal(): u32 {
  addLocal(RESERVED);
  return locals - 1;
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
    byte(load<u8>(TYPES + start) == RESERVED ? I32 : load<u8>(TYPES + start));
    start = i;
  }
}
function startsRun(i: u32): bool {
  return i == 0 || load<u8>(TYPES + i) != load<u8>(TYPES + i - 1);
}
