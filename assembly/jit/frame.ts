/**
 * The function of a region: which Wasm locals have a fixed use, and how registers and flags get into them and back.
 *
 *   (func (param LEFT i32) (result i64)
 *     loads of the registers and flags that the region uses
 *     block $out
 *       block $side
 *         ...                exits set NEXT, or RIP and NEXT, and branch to $out
 *       end                  side exits have put their site into NEXT and branch to $side
 *       JIT_SITE = NEXT, NEXT = Exit.Side
 *     end
 *     stores of the registers and flags that the region changes
 *     LEFT | NEXT << 32)
 *
 * LEFT is how many instructions the slice may still retire. Flags live in four locals, from which every carry follows:
 * FLAG_R is the result; the carry out of each bit is the majority of FLAG_A, FLAG_B and ~FLAG_S. An addition x + y = r is
 * (x, y, r), a subtraction x - y = r is (r, y, x), and carries that are known are A and B both.
 */
import { CpuState } from '../cpu/state';
import { JIT_RAW_FLAGS, REGS, STATE } from '../layout';
import { access, getLocal, i32Const, i64Const, loadAt, setLocal } from './emit';
import { longCode, native } from './width';
import { AND, I32_LOAD, I32_STORE, I64_LOAD, I64_STORE, OR, XOR } from './wasm';

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
/** Code may be long where that makes it fast. */
let full: bool = false;

export function beginFrame(registersUsed: u32, registersWritten: u32, flagsTouched: bool, inFull: bool): void {
  full = inFull;
  used = registersUsed | registersWritten;
  written = registersWritten;
  flags = flagsTouched;
}
export function inFull(): bool {
  return full;
}
export function writtenRegisters(): u32 {
  return written;
}

/** Where the four are between two regions; in 32-bit code only the lower halves count. */
export const RAW_A: usize = JIT_RAW_FLAGS;
export const RAW_B: usize = JIT_RAW_FLAGS + 8;
export const RAW_S: usize = JIT_RAW_FLAGS + 16;
export const RAW_R: usize = JIT_RAW_FLAGS + 24;
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
export function loadFlags(): void {
  loadFlag(FLAG_A, RAW_A);
  loadFlag(FLAG_B, RAW_B);
  loadFlag(FLAG_S, RAW_S);
  loadFlag(FLAG_R, RAW_R);
}
function loadFlag(local: u32, at: usize): void {
  loadAt(longCode() ? I64_LOAD : I32_LOAD, at);
  setLocal(local);
}
export function storeFlags(): void {
  storeFlag(FLAG_A, RAW_A);
  storeFlag(FLAG_B, RAW_B);
  storeFlag(FLAG_S, RAW_S);
  storeFlag(FLAG_R, RAW_R);
}
function storeFlag(local: u32, at: usize): void {
  i32Const(0);
  getLocal(local);
  access(longCode() ? I64_STORE : I32_STORE, at);
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
