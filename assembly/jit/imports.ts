/**
 * The functions of the core that translated code calls (engine/accesses.ts, engine/helpers.ts, engine/transfers.ts): by their place in the table
 * that modules import for it, which the host fills as `helperSlot` (engine/imports.ts) says. Not as imported functions:
 * engines compile a wrapper for each of those in every module, which takes longer than all the rest.
 */
import { byte, i32Const, leb, op } from './emit';
import { CALL_INDIRECT, FUNCTION, I32, I64 } from './wasm';

/** Of these four each, by the logarithm of the width: 8, 16, 32 and 64 bits. */
export const IMPORT_LOAD: u32 = 0;
export const IMPORT_STORE: u32 = 4;
export const IMPORT_PREPARE: u32 = 8;
export const IMPORT_INTERPRET: u32 = 12;
export const IMPORT_MUL_OVERFLOWS: u32 = 13;
export const IMPORT_FLOAT: u32 = 14;
export const IMPORT_INTERRUPT: u32 = 15;
export const IMPORT_IRET: u32 = 16;
export const IMPORT_SYSTEM_CALL: u32 = 17;
export const IMPORT_SEGMENT: u32 = 18;
export const IMPORTED_FUNCTIONS: u32 = 19;

/** Calls one of them: its arguments are on the stack. */
export function callCore(which: u32): void {
  i32Const(which);
  op(CALL_INDIRECT);
  leb(which); // its type
  leb(0); // the table
}
/** A function type of up to four parameters; 0: none, and no result. */
function type(result: u32, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): void {
  byte(FUNCTION);
  leb(<u32>(a != 0) + <u32>(b != 0) + <u32>(c != 0) + <u32>(d != 0));
  if (a) byte(a);
  if (b) byte(b);
  if (c) byte(c);
  if (d) byte(d);
  leb(<u32>(result != 0));
  if (result) byte(result);
}
/** Type n is that of function n, the last one that of regions. */
export function writeTypeList(): void {
  leb(IMPORTED_FUNCTIONS + 1);
  for (let i = 0; i < 4; i++) type(i < 3 ? I32 : I64, I64);
  for (let i = 0; i < 4; i++) type(0, I64, i < 3 ? I32 : I64);
  for (let i = 0; i < 4; i++) type(I32, I64);
  type(I32, I32, I32, I32);
  type(I32, I64, I64);
  type(I32, I64, I32, I32, I64);
  type(I32, I32, I32);
  type(I32);
  type(I32, I32);
  type(I32, I32, I32);
  type(I64, I32);
}
