/**
 * The arithmetic flags while a block is translated: a record of the operation that set them last. Conditions are
 * computed from its operands, a compare and branch thus being one comparison. The record gets into the four locals
 * (frame.ts) only before an instruction that may leave, and at the block's end where the next block needs flags: mostly
 * that is four moves.
 */
import { JIT_FLAGS, JIT_KEPT } from '../layout';
import { FlagOp } from '../cpu/flags';
import { op, overflow as overflowEmit, setLocal } from './emit';
import { FLAG_A, FLAG_B, FLAG_R, FLAG_S, pushMajority } from './frame';
import {
  fixedLocal,
  get,
  isConstant,
  keep,
  Local,
  nothing,
  resolved,
  revived,
  usedNarrow,
  usedWide,
  useFrom,
  valueOf,
} from './local';
import { getSigned, getWide, getWideSigned, number } from './values';
import { longCode, native, nativeConst, nativeWidth } from './width';
import { AND, COMPARE_64, EQ, I64_EXTEND_U, OR, SHL, XOR } from './wasm';

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
  /** `x` is a word of carries: CF on top, CF xor OF below it, AF bit 3. */
  export const Words: u32 = 6;
  /** The four locals, whatever they stand for. */
  export const Locals: u32 = 7;
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
/** Transient: the flags now. */
export const record: FlagRecord = changetype<FlagRecord>(JIT_FLAGS);
/** The record is not yet in the four locals. */
let dirty: bool = false;
/** Set since the last `when`. */
let forked: bool = false;

// The operands and result of the last addition or subtraction, to tell ADD from ADC
let lastX: Local = changetype<Local>(0);
let lastY: Local = changetype<Local>(0);
let lastR: Local = changetype<Local>(0);
export function noteOperation(x: Local, y: Local, r: Local): void {
  lastX = x;
  lastY = y;
  lastR = r;
}

/** What the four locals hold where a block begins: `kind` and `width` as `knownKind` and `knownWidth` said before. */
export function beginFlags(kind: u32, width: u32): void {
  noteOperation(nothing(), nothing(), nothing());
  record.kind = kind;
  record.width = width;
  record.plain = <u32>(kind <= Kind.Sub);
  const sub = kind == Kind.Sub;
  record.x = fixedLocal(sub ? FLAG_S : FLAG_A);
  record.y = fixedLocal(FLAG_B);
  record.r = fixedLocal(FLAG_R);
  dirty = false;
}
/** What is known of the four locals once the record is settled. */
export function knownKind(): u32 {
  if (record.kind == Kind.Locals) return Kind.Locals;
  if (record.kind == Kind.Logic) return Kind.Logic;
  if (record.kind <= Kind.Sub && record.width == nativeWidth() && record.plain) return record.kind;
  return record.kind <= Kind.Sub && record.width == nativeWidth() ? Kind.Locals : Kind.Words;
}
export function setRecord(kind: u32, width: u32, x: Local, y: Local, r: Local): void {
  record.kind = kind;
  record.width = width;
  record.plain = <u32>(kind <= FlagOp.Sub && x == lastX && y == lastY && r == lastR);
  record.x = x;
  record.y = y;
  record.r = r;
  dirty = true;
  forked = true;
}
/** Is `v` an operand of the record? */
export function flagsUse(v: Local): bool {
  return record.x == v || record.y == v || record.r == v;
}

/** Puts the record into the four locals. */
export function settleFlags(): void {
  if (!dirty) return;
  dirty = false;
  if (record.kind <= Kind.Sub && record.width == nativeWidth()) settleOperands();
  else {
    pushCarries();
    setLocal(FLAG_A);
    get(fixedLocal(FLAG_A));
    setLocal(FLAG_B);
  }
  if (record.r != fixedLocal(FLAG_R)) {
    pushResult();
    setLocal(FLAG_R);
  }
  // From here on the four locals serve as well, and values need not be kept for the record
  if (knownKind() <= Kind.Logic) beginFlags(knownKind(), nativeWidth());
}
function settleOperands(): void {
  const sub = record.kind == Kind.Sub;
  get(sub ? record.r : record.x);
  setLocal(FLAG_A);
  get(record.y);
  setLocal(FLAG_B);
  get(sub ? record.x : record.r);
  setLocal(FLAG_S);
}
/**
 * Records that are kept while other blocks are written: the record, the values of its constants, and which locals were
 * in use.
 */
const KEPT: usize = JIT_KEPT;
const KEPT_SIZE: u32 = 64;
const MOST_KEPT: u32 = 128;
const RECORD_SIZE: usize = 24;
let kept: u32 = 0;

export function forgetKept(): void {
  kept = 0;
}
/** Before one of two ways is written: the other begins with the same record. What is kept is restored in turn. */
export function keepFlags(): void {
  if (kept == MOST_KEPT) {
    overflowEmit();
    kept = 0;
  }
  const at = KEPT + kept++ * KEPT_SIZE;
  record.x = resolved(record.x);
  record.y = resolved(record.y);
  record.r = resolved(record.r);
  memory.copy(at, changetype<usize>(record), RECORD_SIZE);
  store<u32>(at, <u32>dirty, 24);
  store<u64>(at, constantIn(record.x), 32);
  store<u64>(at, constantIn(record.y), 40);
  store<u64>(at, constantIn(record.r), 48);
  store<u32>(at, usedNarrow(), 56);
  store<u32>(at, usedWide(), 60);
}
export function restoreFlags(): void {
  const at = KEPT + --kept * KEPT_SIZE;
  memory.copy(changetype<usize>(record), at, RECORD_SIZE);
  dirty = load<u32>(at, 24) != 0;
  record.x = revived(record.x, load<u64>(at, 32));
  record.y = revived(record.y, load<u64>(at, 40));
  record.r = revived(record.r, load<u64>(at, 48));
  // What is computed from here on must not overwrite what the record needs
  useFrom(load<u32>(at, 56), load<u32>(at, 60));
}
function constantIn(v: Local): u64 {
  return v != nothing() && isConstant(v) ? valueOf(v) : 0;
}
/** Forgets what made the flags: conditions are computed from the four locals. INVARIANT: settled. */
export function forgetKnowledge(): void {
  beginFlags(Kind.Locals, nativeWidth());
}
/** Before a fork. */
export function forkFlags(): void {
  settleFlags();
  forked = false;
}
/** At the end of one way: what was set on it is in the locals only. */
export function joinFlags(): void {
  settleFlags();
  if (forked) beginFlags(Kind.Locals, nativeWidth());
}
/** The locals have been loaded anew. */
export function reloadFlags(): void {
  beginFlags(Kind.Words, nativeWidth());
}

/** Pushes the result, sign-extended to a register's width. */
function pushResult(): void {
  if (record.width == nativeWidth()) get(record.r);
  else if (longCode()) {
    if (record.width == 1) getWideSigned<u8>(record.r);
    else if (record.width == 2) getWideSigned<u16>(record.r);
    else getWideSigned<u32>(record.r);
  } else if (record.width == 1) getSigned<u8>(record.r);
  else getSigned<u16>(record.r);
}
/** Pushes the word of carries. */
export function pushCarries(): void {
  if (record.kind == Kind.Locals) pushMajority();
  else if (record.kind == Kind.Words) get(record.x);
  else if (record.kind == Kind.Logic) nativeConst(0);
  else if (record.kind > Kind.Logic) pushGiven();
  else pushComputed();
}
/** From the carry out of each bit: (a & y) | ((a | y) & b) with a = x, b = ~r of an addition, a = ~x, b = r else. */
function pushComputed(): void {
  const add = record.kind == Kind.Add;
  pushInverted(record.x, !add);
  pushNative(record.y);
  native(AND);
  pushInverted(record.x, !add);
  pushNative(record.y);
  native(OR);
  pushInverted(record.r, add);
  native(AND);
  native(OR);
  if (record.width == nativeWidth()) return;
  const out = keep<u64>();
  get(out);
  nativeConst((nativeWidth() - record.width) << 3);
  native(SHL);
  get(out);
  nativeConst(8);
  native(AND);
  native(OR);
}
function pushNative(v: Local): void {
  if (longCode()) getWide<u32>(v);
  else get(v);
}
function pushInverted(v: Local, invert: bool): void {
  pushNative(v);
  if (!invert) return;
  nativeConst(~(<u64>0));
  native(XOR);
}
/** Widens the condition on the stack and moves it to bit `n` from the top. */
function placeTop(n: u32): void {
  if (longCode()) op(I64_EXTEND_U);
  nativeConst((nativeWidth() << 3) - 1 - n);
  native(SHL);
}
/** From CF, OF and AF themselves. */
function pushGiven(): void {
  get(record.x);
  placeTop(0);
  get(record.x);
  pushOverflow();
  op(XOR);
  placeTop(1);
  native(OR);
  if (record.kind == Kind.Result) return;
  pushAdjust();
  native(OR);
}
/** Pushes OF of a record of kind Result, Inc or Dec. */
export function pushOverflow(): void {
  if (record.kind == Kind.Result) get(record.y);
  else if (record.width == 1) counted<u8>();
  else if (record.width == 2) counted<u16>();
  else if (record.width == 4) counted<u32>();
  else counted<u64>();
}
/** INC reached the most negative number, or DEC the largest. */
function counted<T>(): void {
  const one: u64 = 1;
  const place: u64 = sizeof<T>() * 8 - 1;
  const edge = one << place;
  get(record.r);
  number<T>(record.kind == Kind.Inc ? edge : edge - 1);
  op(sizeof<T>() == 8 ? EQ + COMPARE_64 : EQ);
}
/** INC and DEC: AF in its place, bit 3. */
function pushAdjust(): void {
  pushNative(record.r);
  nativeConst(15);
  native(AND);
  nativeConst(record.kind == Kind.Inc ? 0 : 15);
  op(longCode() ? EQ + COMPARE_64 : EQ);
  if (longCode()) op(I64_EXTEND_U);
  nativeConst(3);
  native(SHL);
}
/** CF becomes `c`, which differs from OF if `d`; the other flags stay. */
export function replaceCarry(c: Local, d: Local): void {
  pushCarries();
  nativeConst(longCode() ? 0x3fff_ffff_ffff_ffff : 0x3fff_ffff);
  native(AND);
  get(c);
  placeTop(0);
  native(OR);
  get(d);
  placeTop(1);
  native(OR);
  const carries = keep<u64>();
  const r = wholeResult();
  setRecord(Kind.Words, nativeWidth(), carries, nothing(), r);
}
/** The result as a value of a register's width. */
function wholeResult(): Local {
  if (record.width == nativeWidth()) return record.r;
  pushResult();
  return keep<u64>();
}
