/**
 * The function of a region: which Wasm locals have a fixed use, and how registers and flags get into them and back.
 *
 *   (func (param LEFT i32) (result i64)
 *     too few instructions left, or another page where the region's next one was? then return    (regions.ts)
 *     loads of the registers and flags that the region uses
 *     block $out
 *       block $side
 *         ...                exits set RIP and NEXT and branch to $out
 *       end                  side exits have stored their site and branch to $side
 *       NEXT = Exit.Side
 *     end
 *     stores of the registers and flags that the region changes
 *     LEFT | NEXT << 32)
 *
 * LEFT is how many instructions the slice may still retire. Flags live in four locals, from which every carry follows:
 * FLAG_R is the result; the carry out of each bit is the majority of FLAG_A, FLAG_B and ~FLAG_S. An addition x + y = r is
 * (x, y, r), a subtraction x - y = r is (r, y, x), and carries that are known are A and B both.
 */
import { CpuState } from '../cpu/state';
import { REGS, STATE } from '../layout';
import { access, getLocal, i32Const, i64Const, loadAt, op, setLocal } from './emit';
import { longCode, native } from './width';
import {
  AND,
  ARITHMETIC_64,
  I32_LOAD,
  I32_STORE,
  I64_EXTEND_S,
  I64_EXTEND_U,
  I64_LOAD,
  I64_STORE,
  OR,
  SHL,
  XOR,
} from './wasm';

// Wasm locals
export const LEFT: u32 = 0;
const FIRST_REGISTER: u32 = 1;
export const FLAG_A: u32 = 9;
export const FLAG_B: u32 = 10;
export const FLAG_S: u32 = 11;
export const FLAG_R: u32 = 12;
export const NEXT: u32 = 13;
/** R8 to R15, in 64-bit code only. */
const FIRST_EXTENDED: u32 = 14;
const EXTENDED: u32 = 8;
/** Locals of a register's type between LEFT and NEXT. */
export const NATIVE_LOCALS: u32 = 12;

export function firstValue(): u32 {
  return longCode() ? FIRST_EXTENDED + EXTENDED : FIRST_EXTENDED;
}
export function extendedLocals(): u32 {
  return longCode() ? EXTENDED : 0;
}
export function registerLocal(r: u32): u32 {
  return r < 8 ? FIRST_REGISTER + r : FIRST_EXTENDED + r - 8;
}
export const REGISTERS: u32 = 16;

// What the region uses and changes, a bit a register; known before it is written (survey.ts)
let used: u32 = 0;
let written: u32 = 0;
let flags: bool = false;

export function beginFrame(registersUsed: u32, registersWritten: u32, flagsTouched: bool): void {
  used = registersUsed | registersWritten;
  written = registersWritten;
  flags = flagsTouched;
}
export function writtenRegisters(): u32 {
  return written;
}

const RESULT_AT: usize = STATE + offsetof<CpuState>('flagResult');
const CARRIES_AT: usize = STATE + offsetof<CpuState>('flagCarries');
export const RIP_AT: usize = STATE + offsetof<CpuState>('rip');

export function emitLoads(): void {
  emitRegisterLoads();
  if (flags) loadFlags();
}
export function emitRegisterLoads(which: u32 = used): void {
  for (let r: u32 = 0; r < REGISTERS; r++) {
    if (!((which >> r) & 1)) continue;
    loadAt(longCode() ? I64_LOAD : I32_LOAD, REGS + (r << 3));
    setLocal(registerLocal(r));
  }
}
/** Stores the registers in `which`, and the flags if the region touches them. */
export function emitStores(which: u32): void {
  emitRegisterStores(which);
  if (flags) storeFlags();
}
export function emitRegisterStores(which: u32): void {
  for (let r: u32 = 0; r < REGISTERS; r++) {
    if (!((which >> r) & 1)) continue;
    i32Const(0);
    getLocal(registerLocal(r));
    access(longCode() ? I64_STORE : I32_STORE, REGS + (r << 3));
  }
}
/** Of 32-bit code the carries are the upper half of the word, but for AF (cpu/flags.ts). */
export function loadFlags(): void {
  if (longCode()) loadAt(I64_LOAD, CARRIES_AT);
  else {
    loadAt(I32_LOAD, CARRIES_AT + 4);
    i32Const(~8);
    op(AND);
    loadAt(I32_LOAD, CARRIES_AT);
    i32Const(8);
    op(AND);
    op(OR);
  }
  setLocal(FLAG_A);
  getLocal(FLAG_A);
  setLocal(FLAG_B);
  loadAt(longCode() ? I64_LOAD : I32_LOAD, RESULT_AT);
  setLocal(FLAG_R);
}
export function storeFlags(): void {
  i32Const(0);
  pushMajority();
  if (longCode()) {
    i64Const(0xc000_0000_0000_0008);
    op(AND + ARITHMETIC_64);
    access(I64_STORE, CARRIES_AT);
  } else {
    setLocal(FLAG_A);
    getLocal(FLAG_A);
    op(I64_EXTEND_U);
    i64Const(32);
    op(SHL + ARITHMETIC_64);
    // In one piece: a processor waits when it reads as one what was written as two
    getLocal(FLAG_A);
    i32Const(8);
    op(AND);
    op(I64_EXTEND_U);
    op(OR + ARITHMETIC_64);
    access(I64_STORE, CARRIES_AT);
    getLocal(FLAG_A);
    setLocal(FLAG_B);
  }
  i32Const(0);
  getLocal(FLAG_R);
  if (!longCode()) op(I64_EXTEND_S);
  access(I64_STORE, RESULT_AT);
}
/** Pushes the carries that the four locals stand for. */
export function pushMajority(): void {
  getLocal(FLAG_A);
  getLocal(FLAG_B);
  native(AND);
  getLocal(FLAG_A);
  getLocal(FLAG_B);
  native(OR);
  getLocal(FLAG_S);
  if (longCode()) i64Const(~(<u64>0));
  else i32Const(~0);
  native(XOR);
  native(AND);
  native(OR);
}
/** Sets RIP as the dispatcher finds it. */
export function storeRip(rip: u64): void {
  i32Const(0);
  i64Const(rip);
  access(I64_STORE, RIP_AT);
}
/** The same from an i64 that `push` pushes. */
export function openRip(): void {
  i32Const(0);
}
export function closeRip(): void {
  access(I64_STORE, RIP_AT);
}
