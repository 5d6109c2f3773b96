/**
 * Instructions that change some of the arithmetic flags. ZF with SF, or without PF, is what no result can have: code that
 * comes to such flags leaves the instruction to the interpreter.
 */
import { FL_RF, FL_VM } from '../cpu/state';
import { conditionOf } from './conditions';
import { i32Const, op } from './emit';
import { leaveIf } from './exits';
import { Kind, pushCarries, replaceCarry, setRecord } from './flags';
import { get, keep, Local, nothing } from './local';
import { pushEflags } from './system';
import { exclusion } from './values';
import { native, nativeConst, nativeWidth, longCode } from './width';
import { AND, EQZ, I32_WRAP, I64_EXTEND_S, I64_EXTEND_U, OR, SELECT, SHL, SHR_U } from './wasm';

// Conditions as encoded in Jcc (SDM 1 appendix B)
const CC_O: u32 = 0;
const CC_C: u32 = 2;
const CC_Z: u32 = 4;
const CC_S: u32 = 8;
const CC_P: u32 = 10;

export function setCarryOverflow(c: Local, o: Local): void {
  replaceCarry(c, exclusion<u32>(c, o));
}
/** Pushes a 32-bit number that the flags are those of: 0, or one with the sign and the parity wanted (cpu/flags.ts). */
function pushResultOf(z: Local, s: Local, p: Local): void {
  i32Const(0);
  // The most negative number, or that + 1; 3 or 1
  get(p);
  op(EQZ);
  i32Const(<u32>i32.MIN_VALUE);
  op(OR);
  get(p);
  i32Const(1);
  op(SHL);
  i32Const(1);
  op(OR);
  get(s);
  op(SELECT);
  get(z);
  op(SELECT);
}
function leaveIfOdd(z: Local, s: Local, p: Local): void {
  get(p);
  op(EQZ);
  get(s);
  op(OR);
  get(z);
  op(AND);
  leaveIf();
}
/** Takes the result on the stack, 32 bits, and the word of carries `carries`. */
function setWords(carries: Local): void {
  if (longCode()) op(I64_EXTEND_S);
  const r = keep<u64>();
  setRecord(Kind.Words, nativeWidth(), carries, nothing(), r);
}
export function setZero(z: Local): void {
  const s = conditionOf(CC_S);
  const p = conditionOf(CC_P);
  leaveIfOdd(z, s, p);
  pushCarries();
  const carries = keep<u64>();
  pushResultOf(z, s, p);
  setWords(carries);
}

/** Ors condition `c` as bit `n` into the i32 on the stack. */
function addFlag(c: Local, n: u32): void {
  get(c);
  i32Const(n);
  op(SHL);
  op(OR);
}
/** SF, ZF, AF, PF and CF as in EFLAGS, with bit 1 set. */
export function lowFlags(): Local {
  const c = conditionOf(CC_C);
  const p = conditionOf(CC_P);
  const z = conditionOf(CC_Z);
  const s = conditionOf(CC_S);
  pushCarries();
  if (longCode()) op(I32_WRAP);
  i32Const(8);
  op(AND);
  i32Const(1);
  op(SHL);
  i32Const(2);
  op(OR);
  addFlag(c, 0);
  addFlag(p, 2);
  addFlag(z, 6);
  addFlag(s, 7);
  return keep<u8>();
}
/** What PUSHF pushes. In virtual-8086 mode IOPL decides whether it may: the interpreter looks. */
export function pushableFlags(): Local {
  pushEflags(FL_VM);
  leaveIf();
  const o = conditionOf(CC_O);
  get(lowFlags());
  pushEflags(~FL_RF);
  op(OR);
  addFlag(o, 11);
  return keep<u32>();
}
function bitOf(v: Local, n: u32): Local {
  get(v);
  i32Const(n);
  op(SHR_U);
  i32Const(1);
  op(AND);
  return keep<u32>();
}
/** The same flags from `v`; OF stays. */
export function setLowFlags(v: Local): void {
  const o = conditionOf(CC_O);
  const c = bitOf(v, 0);
  const z = bitOf(v, 6);
  const s = bitOf(v, 7);
  const p = bitOf(v, 2);
  leaveIfOdd(z, s, p);
  // AF goes to bit 3, CF and CF xor OF to the top
  get(v);
  i32Const(16);
  op(AND);
  i32Const(1);
  op(SHR_U);
  if (longCode()) op(I64_EXTEND_U);
  placeBit(c, 1);
  placeBit(exclusion<u32>(c, o), 2);
  const carries = keep<u64>();
  pushResultOf(z, s, p);
  setWords(carries);
}
/** Ors condition `c` into the carries on the stack, as bit `n` from above. */
function placeBit(c: Local, n: u32): void {
  get(c);
  if (longCode()) op(I64_EXTEND_U);
  nativeConst((nativeWidth() << 3) - n);
  native(SHL);
  native(OR);
}
