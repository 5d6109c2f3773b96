/**
 * The arithmetic flags while a block is translated: a record of the operation that set them last. Conditions are
 * computed from its operands, a compare and branch thus being one comparison; the two words of CpuState (cpu/flags.ts)
 * are computed only where the block is left or forks, so that flags that nobody sees cost nothing.
 */
import { FlagOp } from '../cpu/flags';
import { i64Const, op } from './emit';
import { FLAG_CARRIES, FLAG_RESULT, setFlagWords, useFlags } from './frame';
import { get, keep, Local, nothing, wideLocal } from './local';
import { getWide, getWideSigned, number } from './values';
import { AND, ARITHMETIC_64, COMPARE_64, EQ, I64_EXTEND_U, OR, SHL, XOR } from './wasm';

/** What a record says. Add, Sub and Logic have the numbers of FlagOp. */
export namespace Kind {
  export const Add: u32 = 0;
  export const Sub: u32 = 1;
  export const Logic: u32 = 2;
  /** `x` is CF, `y` OF, AF is clear. */
  export const Result: u32 = 3;
  /** INC and DEC: `x` is CF. */
  export const Inc: u32 = 4;
  export const Dec: u32 = 5;
  /** `r` and `x` are the two words. */
  export const Words: u32 = 6;
}


@unmanaged
export class FlagRecord {
  kind: u32;
  width: u32;
  /** Add and Sub without a carry in: `r` is x + y, or x - y. */
  plain: u32;
  x: Local;
  y: Local;
  r: Local;
}
const RECORD_SIZE: usize = 24;
/** Transient: the flags now, and at the start of the running instruction. */
export const record: FlagRecord = changetype<FlagRecord>(memory.data(24));
const saved: FlagRecord = changetype<FlagRecord>(memory.data(24));

// The operands and result of the last addition or subtraction, to tell ADD from ADC
let lastX: Local = changetype<Local>(0);
let lastY: Local = changetype<Local>(0);
let lastR: Local = changetype<Local>(0);
export function noteOperation(x: Local, y: Local, r: Local): void {
  lastX = x;
  lastY = y;
  lastR = r;
}

/** The flags are those in the function's locals. */
export function forgetFlags(): void {
  setRecord(Kind.Words, 8, wideLocal(FLAG_CARRIES), nothing(), wideLocal(FLAG_RESULT));
}
function inLocals(f: FlagRecord): bool {
  return f.r == wideLocal(FLAG_RESULT);
}
export function setRecord(kind: u32, width: u32, x: Local, y: Local, r: Local): void {
  record.kind = kind;
  record.width = width;
  record.plain = <u32>(kind <= FlagOp.Sub && x == lastX && y == lastY && r == lastR);
  record.x = x;
  record.y = y;
  record.r = r;
}
export function saveFlags(): void {
  memory.copy(changetype<usize>(saved), changetype<usize>(record), RECORD_SIZE);
}
export function commitFlags(): void {
  commit(record);
  forgetFlags();
}
/** Commits them as they were before the running instruction. */
export function commitSavedFlags(): void {
  commit(saved);
}
function commit(f: FlagRecord): void {
  if (inLocals(f)) return;
  pushResult(f);
  pushCarries(f);
  setFlagWords();
}
/** To be called before the record's operands are used: they may be the function's locals. */
export function readFlags(): void {
  if (inLocals(record)) useFlags();
}
/** Turns the record into the two words, for an instruction that changes single flags. */
export function flagsToWords(): void {
  readFlags();
  pushResult(record);
  const r = keep<u64>();
  pushCarries(record);
  setRecord(Kind.Words, 8, keep<u64>(), nothing(), r);
}
export function pushCarriesNow(): void {
  pushCarries(record);
}

/** Pushes CpuState.flagResult. */
function pushResult(f: FlagRecord): void {
  if (f.width == 1) getWideSigned<u8>(f.r);
  else if (f.width == 2) getWideSigned<u16>(f.r);
  else if (f.width == 4) getWideSigned<u32>(f.r);
  else get(f.r);
}
/** Pushes CpuState.flagCarries. */
function pushCarries(f: FlagRecord): void {
  if (f.kind == Kind.Words) get(f.x);
  else if (f.kind == Kind.Logic) i64Const(0);
  else if (f.kind > Kind.Logic) pushGiven(f);
  else if (f.width == 1) pushComputed<u8>(f);
  else if (f.width == 2) pushComputed<u16>(f);
  else if (f.width == 4) pushComputed<u32>(f);
  else pushComputed<u64>(f);
}
/** From the carry out of each bit: (a & y) | ((a | y) & b) with a = x, b = ~r of an addition, a = ~x, b = r else. */
function pushComputed<T>(f: FlagRecord): void {
  const add = f.kind == Kind.Add;
  pushInverted<T>(f.x, !add);
  getWide<T>(f.y);
  wide(AND);
  pushInverted<T>(f.x, !add);
  getWide<T>(f.y);
  wide(OR);
  pushInverted<T>(f.r, add);
  wide(AND);
  wide(OR);
  const out = keep<u64>();
  get(out);
  if (sizeof<T>() < 8) {
    i64Const(64 - sizeof<T>() * 8);
    wide(SHL);
    get(out);
  }
  i64Const(sizeof<T>() == 8 ? 0xc000_0000_0000_0008 : 8);
  wide(AND);
  if (sizeof<T>() < 8) wide(OR);
}
function pushInverted<T>(v: Local, invert: bool): void {
  getWide<T>(v);
  if (!invert) return;
  i64Const(~(<u64>0));
  wide(XOR);
}
/** From CF, OF and AF themselves. */
function pushGiven(f: FlagRecord): void {
  get(f.x);
  op(I64_EXTEND_U);
  i64Const(63);
  wide(SHL);
  get(f.x);
  pushOverflow(f);
  op(XOR);
  op(I64_EXTEND_U);
  i64Const(62);
  wide(SHL);
  wide(OR);
  if (f.kind == Kind.Result) return;
  pushAdjust(f);
  wide(OR);
}
/** Pushes OF of a record that is none of Add, Sub and Words. */
export function pushOverflow(f: FlagRecord): void {
  if (f.kind == Kind.Result) get(f.y);
  else if (f.width == 1) counted<u8>(f);
  else if (f.width == 2) counted<u16>(f);
  else if (f.width == 4) counted<u32>(f);
  else counted<u64>(f);
}
/** INC reached the most negative number, or DEC the largest. */
function counted<T>(f: FlagRecord): void {
  const one: u64 = 1;
  const place: u64 = sizeof<T>() * 8 - 1;
  const edge = one << place;
  get(f.r);
  number<T>(f.kind == Kind.Inc ? edge : edge - 1);
  op(sizeof<T>() == 8 ? EQ + COMPARE_64 : EQ);
}
/** INC and DEC: AF in its place, bit 3. */
function pushAdjust(f: FlagRecord): void {
  get(f.r);
  if (f.width < 8) op(I64_EXTEND_U);
  i64Const(15);
  wide(AND);
  i64Const(f.kind == Kind.Inc ? 0 : 15);
  op(EQ + COMPARE_64);
  op(I64_EXTEND_U);
  i64Const(3);
  wide(SHL);
}
function wide(code: u32): void {
  op(code + ARITHMETIC_64);
}
