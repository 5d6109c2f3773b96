/**
 * Backend 1: values are numbers, operations compute. Every method is inlined into the bodies, which thereby become the
 * interpreter.
 */
import { faulted, raiseGp } from '../cpu/exceptions';
import * as flags from '../cpu/flags';
import {
  MEMORY,
  operandOffset,
  readMemory,
  readMemoryRmw,
  readRegister,
  setOperand,
  writeMemory,
  writeMemoryRmw,
  writeRegister,
} from '../cpu/operand';
import { codeLimit, stackMask, stackSegment } from '../cpu/prefix';
import { CODE64, cpu, Gpr, gpr, Segment, setGpr } from '../cpu/state';
import { signed } from '../cpu/signed';
import { undefinedOpcode } from '../cpu/undefined';
import { fetchedBytes, nextRip, seek } from '../cpu/window';
import { canFault, Imm, Mem, Reg } from '../isa/kinds';
import { overflowsSigned } from '../isa/muldiv';
import { read, write } from '../memory/access';
import { instructionLength } from './length';
import { isCanonical, linearAddress } from '../memory/segmented';

/** The top bit of T. */
// @ts-ignore: decorator
@inline function signBit<T>(): u64 {
  const one: u64 = 1;
  const place: u64 = sizeof<T>() * 8 - 1;
  return one << place;
}
/** #GP(0) when a near transfer would leave the code segment. */
// @ts-ignore: decorator
@inline function leavesSegment(target: u64): bool {
  return target > codeLimit && !farCanonical(target);
}
function farCanonical(target: u64): bool {
  if (cpu.codeMode == CODE64 && isCanonical(target)) return true;
  raiseGp(0);
  return false;
}


@final
@unmanaged
export class Interpreter {
  // ---- operands ----
  @inline readReg<T>(o: u32): T {
    return readRegister<T>(o);
  }


  @inline writeReg<T>(o: u32, v: T): void {
    writeRegister<T>(o, v);
  }


  @inline read<T, O>(o: u64): T {
    if (changetype<O>(0) instanceof Reg) return readRegister<T>(<u32>o);
    else if (changetype<O>(0) instanceof Imm) return <T>o;
    else if (changetype<O>(0) instanceof Mem) return readMemory<T>();
    else return <u32>o < MEMORY ? readRegister<T>(<u32>o) : readMemory<T>();
  }


  @inline write<T, O>(o: u32, v: T): void {
    if (changetype<O>(0) instanceof Reg) writeRegister<T>(o, v);
    else if (changetype<O>(0) instanceof Mem) writeMemory<T>(v);
    else if (o < MEMORY) writeRegister<T>(o, v);
    else writeMemory<T>(v);
  }
  /** Translated for writing, so that a fault comes before anything changed; `writeRmw` follows. */
  @inline readRmw<T, O>(o: u32): T {
    if (changetype<O>(0) instanceof Reg) return readRegister<T>(o);
    else if (changetype<O>(0) instanceof Mem) return readMemoryRmw<T>();
    else return o < MEMORY ? readRegister<T>(o) : readMemoryRmw<T>();
  }


  @inline writeRmw<T, O>(o: u32, v: T): void {
    if (changetype<O>(0) instanceof Reg) writeRegister<T>(o, v);
    else if (changetype<O>(0) instanceof Mem) writeMemoryRmw<T>(v);
    else if (o < MEMORY) writeRegister<T>(o, v);
    else writeMemoryRmw<T>(v);
  }
  /** Did the last access to an operand of this kind fault? */
  @inline failed<O>(): bool {
    return canFault<O>() && faulted();
  }


  @inline setOperand(s: Segment, offset: u64): void {
    setOperand(s, offset);
  }


  @inline operandOffset(): u64 {
    return operandOffset();
  }

  // ---- the stack ----
  @inline stackPointer(): u64 {
    return gpr<u64>(Gpr.RSP);
  }


  @inline setStackPointer(v: u64): void {
    if (stackMask == 0xffff) setGpr<u16>(Gpr.RSP, <u16>v);
    else setGpr<u64>(Gpr.RSP, v & stackMask);
  }


  @inline loadStack<T>(offset: u64): T {
    return read<T>(linearAddress(stackSegment, offset & stackMask));
  }


  @inline storeStack<T>(offset: u64, v: T): void {
    write<T>(linearAddress(stackSegment, offset & stackMask), v);
  }

  // ---- values ----
  @inline constant<T>(v: u64): T {
    return <T>v;
  }


  @inline convert<From, To>(v: From): To {
    return <To>v;
  }


  @inline signExtend<From, To>(v: From): To {
    return <To>signed<From>(v);
  }


  @inline add<T>(x: T, y: T): T {
    return <T>(x + y);
  }


  @inline sub<T>(x: T, y: T): T {
    return <T>(x - y);
  }


  @inline and<T>(x: T, y: T): T {
    return <T>(x & y);
  }


  @inline or<T>(x: T, y: T): T {
    return <T>(x | y);
  }


  @inline xor<T>(x: T, y: T): T {
    return <T>(x ^ y);
  }


  @inline mul<T>(x: T, y: T): T {
    return <T>(x * y);
  }


  @inline mulOverflows<T>(x: T, y: T): bool {
    return overflowsSigned<T>(x, y);
  }
  /** By a number of bits known when the instruction is decoded, below the width. */
  @inline shiftLeft<T>(x: T, n: u32): T {
    return <T>(x << (<T>n));
  }
  /** Shifts by `n` in 1..31 (63 for u64), which may exceed a narrow width. */
  @inline shl<T>(x: T, n: u8): T {
    if (sizeof<T>() == 8) return <T>((<u64>x) << (<u64>n));
    return <T>((<u32>x) << (<u32>n));
  }


  @inline shr<T>(x: T, n: u8): T {
    if (sizeof<T>() == 8) return <T>((<u64>x) >> (<u64>n));
    return <T>((<u32>x) >> (<u32>n));
  }


  @inline sar<T>(x: T, n: u8): T {
    if (sizeof<T>() == 8) return <T>((<i64>x) >> (<i64>n));
    return <T>((<i32>signed<T>(x)) >> (<i32>n));
  }
  /** The last bit that a shift pushed out. */
  @inline shlCarry<T>(x: T, n: u8): bool {
    if (sizeof<T>() == 8) return (((<u64>x) >> (64 - <u64>n)) & 1) != 0;
    return ((((<u64>x) << (<u64>n)) >> (sizeof<T>() * 8)) & 1) != 0;
  }


  @inline shrCarry<T>(x: T, n: u8): bool {
    return (((<u64>x) >> (<u64>n - 1)) & 1) != 0;
  }


  @inline sarCarry<T>(x: T, n: u8): bool {
    return ((signed<T>(x) >> (<i64>n - 1)) & 1) != 0;
  }


  @inline byteSwap<T>(x: T): T {
    return bswap<T>(x);
  }

  // ---- conditions ----
  @inline negative<T>(x: T): bool {
    return signed<T>(x) < 0;
  }


  @inline isZero<T>(x: T): bool {
    return x == <T>0;
  }


  @inline not(c: bool): bool {
    return !c;
  }


  @inline differ(c: bool, d: bool): bool {
    return c != d;
  }


  @inline both(c: bool, d: bool): bool {
    return c && d;
  }


  @inline always(): bool {
    return true;
  }


  @inline never(): bool {
    return false;
  }


  @inline bit<T>(c: bool): T {
    return <T>c;
  }


  @inline select<T>(c: bool, x: T, y: T): T {
    return select<T>(x, y, c);
  }


  @inline when(c: bool): bool {
    return c;
  }


  @inline end(): void {}

  // ---- flags ----
  @inline setFlags<T>(op: u32, x: T, y: T, r: T): void {
    flags.setArithmetic<T>(op, x, y, r);
  }
  /** Carry and overflow as given, AF cleared, the rest from the result. */
  @inline setResultFlags<T>(r: T, carry: bool, overflow: bool): void {
    flags.setResult<T>(r, carry, overflow);
  }
  /** INC: overflow from the largest positive number. */
  @inline setIncFlags<T>(r: T): void {
    flags.setCounted<T>(r, <u64>r == signBit<T>(), (r & (<T>15)) == <T>0);
  }


  @inline setDecFlags<T>(r: T): void {
    flags.setCounted<T>(r, <u64>r == signBit<T>() - 1, (r & (<T>15)) == <T>15);
  }


  @inline carry(): bool {
    return flags.carry();
  }


  @inline setCarry(c: bool): void {
    flags.setCarry(c);
  }


  @inline condition(cc: u32): bool {
    return flags.condition(cc);
  }

  // ---- control ----
  /** #GP when a transfer that happens if `c` would leave the segment. */
  @inline outside(c: bool, target: u64): bool {
    return c && leavesSegment(target);
  }


  @inline outsideTo(target: u64): bool {
    return leavesSegment(target);
  }


  @inline jump(target: u64): void {
    if (!leavesSegment(target)) seek(target);
  }


  @inline jumpTo(target: u64): void {
    if (!leavesSegment(target)) seek(target);
  }


  /** A near return, mostly to where a call said that it expects it. */
  @inline returnTo(target: u64): void {
    if (!leavesSegment(target)) seek(target);
  }


  @inline branch(c: bool, target: u64): void {
    if (c && !leavesSegment(target)) seek(target);
  }
  /** Address of the next instruction. */
  @inline next(): u64 {
    return nextRip();
  }


  @inline expectReturn(to: u64): void {}
  /** Has this backend the body that follows? */
  @inline interprets(): bool {
    return true;
  }
  /** #UD, with a trace of what was met. */
  undefined(): void {
    undefinedOpcode();
  }
  /** Is the instruction, whose prefixes have been read, longer than 15 bytes? */
  tooLong(): bool {
    return fetchedBytes() > 5 && instructionLength() > 15;
  }


  @inline selectorOf<T>(v: T): u32 {
    return <u32>v;
  }
}
