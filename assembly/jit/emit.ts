/**
 * Writes bytes of a Wasm module into the EMIT area (layout.ts). Every byte is checked against the end of its part: what
 * does not fit is dropped, `overflowed` tells, and what is being written is thrown away.
 *
 *   MODULE     896 KiB  the finished module, which the host compiles
 *   HINTS      128 KiB  branch hints (hints.ts)
 *   FUNCTIONS  640 KiB  functions that wait for their module, each with its size before it
 *   BODY       256 KiB  the code of a function while it grows: how many locals it needs is known at the end only
 *   CONSTANTS  64 KiB   values known at translation time (local.ts)
 *   TABLES     64 KiB   types of locals (local.ts), blocks of the region (blocks.ts)
 */
import { EMIT } from '../layout';
import { I32_CONST, I64_CONST, LOCAL_GET, LOCAL_SET, LOCAL_TEE } from './wasm';

export const MODULE: usize = EMIT;
export const MODULE_SIZE: u32 = 0xe0000;
export const HINTS: usize = MODULE + MODULE_SIZE;
export const HINTS_SIZE: u32 = 0x20000;
export const FUNCTIONS: usize = HINTS + HINTS_SIZE;
export const FUNCTIONS_SIZE: u32 = 0xa0000;
export const BODY: usize = FUNCTIONS + FUNCTIONS_SIZE;
export const BODY_SIZE: u32 = 0x40000;
export const CONSTANTS: usize = BODY + BODY_SIZE;
export const CONSTANTS_SIZE: u32 = 0x10000;
export const TYPES: usize = CONSTANTS + CONSTANTS_SIZE;
export const TYPES_SIZE: u32 = 0x4000;
export const BLOCKS: usize = TYPES + TYPES_SIZE;
export const BLOCKS_SIZE: u32 = 0xc000;

let next: usize = MODULE;
let end: usize = MODULE;
let lost: bool = false;
/** Where the last `local.set` stands, and where it ends: a `local.get` of the same right after it makes it a tee. */
let setAt: usize = 0;
let setEnd: usize = 0;
let setNumber: u32 = 0;

/** What follows goes to the `size` bytes from `start`. */
export function writeTo(start: usize, size: u32): void {
  next = start;
  end = start + size;
  setEnd = 0;
}
export function cursor(): usize {
  return next;
}
/** Forgets earlier overflows. */
export function beginOutput(): void {
  lost = false;
}
/** Did anything not fit since `beginOutput`? */
export function overflowed(): bool {
  return lost;
}
/** Something else than bytes is used up. */
export function overflow(): void {
  lost = true;
}

export function byte(b: u32): void {
  if (next < end) store<u8>(next++, b);
  else lost = true;
}
/** Unsigned LEB128. */
export function leb(v: u32): void {
  while (v >= 0x80) {
    byte(v | 0x80);
    v >>= 7;
  }
  byte(v);
}
/** Signed LEB128. */
export function sleb(v: i64): void {
  while (v < -64 || v > 63) {
    byte((<u32>v) | 0x80);
    v >>= 7;
  }
  byte((<u32>v) & 0x7f);
}
export function bytes(from: usize, size: u32): void {
  if (size > <u32>(end - next)) {
    lost = true;
    return;
  }
  memory.copy(next, from, size);
  next += size;
}
/** Bytes that a length takes. */
export const SIZED: u32 = 5;
/** Leaves room for a length, to be given to `closeSized` when all that it counts is written. */
export function openSized(): usize {
  const at = next;
  for (let i: u32 = 0; i < SIZED; i++) byte(0);
  return at;
}
/** All bytes of it in LEB128, whatever the value. INVARIANT: `at` is from `openSized`, and nothing was lost since. */
export function closeSized(at: usize): void {
  if (lost) return;
  let size = <u32>(next - at) - SIZED;
  for (let i = 0; i < 4; i++, size >>= 7) store<u8>(at + i, size | 0x80);
  store<u8>(at + 4, size);
}

/** An operation without immediates. */
export function op(code: u32): void {
  byte(code);
}
export function i32Const(v: u32): void {
  byte(I32_CONST);
  sleb(<i64>(<i32>v));
}
export function i64Const(v: u64): void {
  byte(I64_CONST);
  sleb(<i64>v);
}
/** A constant in five bytes, 0 for now; returns where, for `setConst`. */
export function openConst(code: u32): usize {
  byte(code);
  const at = next;
  for (let i = 0; i < 4; i++) byte(0x80);
  byte(0);
  return at;
}
/** INVARIANT: `at` is from `openConst`. */
export function setConst(at: usize, v: i32): void {
  if (lost) return;
  let rest = v;
  for (let i = 0; i < 4; i++, rest >>= 7) store<u8>(at + i, (<u32>rest) | 0x80);
  store<u8>(at + 4, rest & 0x7f);
}
export function getLocal(n: u32): void {
  if (setEnd == next && setNumber == n && !lost) {
    store<u8>(setAt, LOCAL_TEE);
    setEnd = 0;
    return;
  }
  byte(LOCAL_GET);
  leb(n);
}
export function setLocal(n: u32): void {
  setAt = next;
  setNumber = n;
  byte(LOCAL_SET);
  leb(n);
  setEnd = next;
}
/** A load or store; its address, on the stack, is that of the last operand minus `offset`. */
export function access(code: u32, offset: usize): void {
  byte(code);
  byte(0); // no promise on alignment
  leb(<u32>offset);
}
/** Pushes what lies at a constant address. */
export function loadAt(code: u32, address: usize): void {
  i32Const(0);
  access(code, address);
}
