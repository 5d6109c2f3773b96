/**
 * The guest's general registers while a block is translated: each is bound to the value that it holds. Writing binds
 * anew and emits nothing; what is bound is committed to the function's locals where the block is left or forks.
 *
 * INVARIANT: a bound value is a local that is set once, or a constant, never a register's own local: that one changes.
 */
import { i64Const, op } from './emit';
import { getRegister, REGISTERS, setRegister } from './frame';
import { constantOf, get, isConstant, keep, Local, nothing, valueOf } from './local';
import { getWide } from './values';
import { AND, ARITHMETIC_64, I32_WRAP, I64_EXTEND_U, OR, SHL, SHR_U } from './wasm';

// Transient: the value of each register (nothing: not read since the last commit), and which differ from their local
const VALUES: usize = memory.data(64);
/** The same at the start of the running instruction. */
const SAVED: usize = memory.data(64);
let dirty: u32 = 0;
let savedDirty: u32 = 0;

export function forgetRegisters(): void {
  memory.fill(VALUES, 0xff, REGISTERS << 2);
  dirty = 0;
}
export function saveRegisters(): void {
  memory.copy(SAVED, VALUES, REGISTERS << 2);
  savedDirty = dirty;
}
export function commitRegisters(): void {
  commit(VALUES, dirty);
  forgetRegisters();
}
/** Commits them as they were before the running instruction. */
export function commitSavedRegisters(): void {
  commit(SAVED, savedDirty);
}
function commit(values: usize, which: u32): void {
  for (let r: u32 = 0; r < REGISTERS; r++) {
    if (!((which >> r) & 1)) continue;
    get(load<Local>(values + (r << 2)));
    setRegister(r);
  }
}

function whole(r: u32): Local {
  const bound = load<Local>(VALUES + (r << 2));
  if (bound != nothing()) return bound;
  getRegister(r);
  const v = keep<u64>();
  store<Local>(VALUES + (r << 2), v);
  return v;
}
function bind(r: u32, v: Local): void {
  store<Local>(VALUES + (r << 2), v);
  dirty |= 1 << r;
}
/** Byte offset `o` of the register file at width T: AH..BH are byte 1 of their registers. */
export function readPart<T>(o: u32): Local {
  const v = whole(o >> 3);
  if (sizeof<T>() == 8) return v;
  if (isConstant(v)) return constantOf<T>(valueOf(v) >> ((o & 7) << 3));
  get(v);
  shiftWide(SHR_U, (o & 7) << 3);
  if (sizeof<T>() < 4) {
    i64Const(sizeof<T>() == 1 ? 0xff : 0xffff);
    op(AND + ARITHMETIC_64);
  }
  op(I32_WRAP);
  return keep<T>();
}
/** A 32-bit write clears the upper half (SDM 1 3.4.1.1), narrower ones keep what is around. */
export function writePart<T>(o: u32, v: Local): void {
  if (sizeof<T>() == 8) bind(o >> 3, v);
  else if (sizeof<T>() == 4) bind(o >> 3, widened(v));
  else bind(o >> 3, inserted<T>(whole(o >> 3), (o & 7) << 3, v));
}
function widened(v: Local): Local {
  if (isConstant(v)) return constantOf<u64>(valueOf(v));
  get(v);
  op(I64_EXTEND_U);
  return keep<u64>();
}
function inserted<T>(into: Local, bit: u32, v: Local): Local {
  const ones: u64 = sizeof<T>() == 1 ? 0xff : 0xffff;
  get(into);
  i64Const(~(ones << bit));
  op(AND + ARITHMETIC_64);
  getWide<T>(v);
  shiftWide(SHL, bit);
  op(OR + ARITHMETIC_64);
  return keep<u64>();
}
function shiftWide(code: u32, by: u32): void {
  if (!by) return;
  i64Const(by);
  op(code + ARITHMETIC_64);
}
