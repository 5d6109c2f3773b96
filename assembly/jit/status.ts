/**
 * Instructions that change some of the arithmetic flags: from the two words of CpuState (cpu/flags.ts) to those that
 * `setArithmeticBits` would make.
 */
import { FL_RF, FL_VM } from '../cpu/state';
import { conditionOf } from './conditions';
import { i32Const, i64Const, op } from './emit';
import { leaveIf } from './exits';
import { flagsToWords, Kind, record, setRecord } from './flags';
import { get, keep, Local, nothing } from './local';
import { pushEflags } from './system';
import { binary } from './values';
import { AND, EQZ, I32_WRAP, I64_EXTEND_U, OR, SHL, SHR_U, XOR } from './wasm';
import { keepI64, wide } from './wide';

// Conditions as encoded in Jcc (SDM 1 appendix B)
const CC_O: u32 = 0;
const CC_C: u32 = 2;
const CC_Z: u32 = 4;
const CC_S: u32 = 8;
const CC_P: u32 = 10;

/** Pops the carries; the result is `r`, an i64. */
function setWords(r: Local): void {
  setRecord(Kind.Words, 8, keepI64(), nothing(), r);
}
/** Ors condition `c` into the i64 on the stack. */
function addBit(c: Local, n: u32): void {
  get(c);
  op(I64_EXTEND_U);
  i64Const(n);
  wide(SHL);
  wide(OR);
}
/** Bit 62 of the carries is CF xor OF. */
export function setCarryOverflow(c: Local, o: Local): void {
  flagsToWords();
  get(record.x);
  i64Const(0x3fff_ffff_ffff_ffff);
  wide(AND);
  addBit(c, 63);
  addBit(binary<u32>(XOR, c, o), 62);
  setWords(record.r);
}
/** The result becomes 0 or 1, whose sign is none and whose parity is ZF. */
export function setZero(z: Local): void {
  const s = conditionOf(CC_S);
  const p = conditionOf(CC_P);
  flagsToWords();
  get(z);
  op(EQZ);
  op(I64_EXTEND_U);
  const r = keepI64();
  get(record.x);
  i64Const(0xc000_0000_0000_0008);
  wide(AND);
  addBit(s, 0);
  addBit(binary<u32>(XOR, z, p), 8);
  setWords(r);
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
  flagsToWords();
  get(record.x);
  op(I32_WRAP);
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
/** Pushes bit `n` of `v`. */
function pushBit(v: Local, n: u32): void {
  get(v);
  i32Const(n);
  op(SHR_U);
  i32Const(1);
  op(AND);
}
function bitOf(v: Local, n: u32): Local {
  pushBit(v, n);
  return keep<u32>();
}
/** The same flags from `v`; OF stays. */
export function setLowFlags(v: Local): void {
  const o = conditionOf(CC_O);
  const c = bitOf(v, 0);
  const z = bitOf(v, 6);
  get(z);
  op(EQZ);
  op(I64_EXTEND_U);
  const r = keepI64();
  // AF goes to bit 3, SF to bit 0
  get(v);
  i32Const(16);
  op(AND);
  i32Const(1);
  op(SHR_U);
  op(I64_EXTEND_U);
  addBit(bitOf(v, 7), 0);
  addBit(binary<u32>(XOR, z, bitOf(v, 2)), 8);
  addBit(c, 63);
  addBit(binary<u32>(XOR, c, o), 62);
  setWords(r);
}
