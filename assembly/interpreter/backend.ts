/**
 * Backend 1: values are numbers, operations compute. Every method is inlined into the bodies, which thereby become the
 * interpreter.
 */
import { faulted, raise, raiseGp } from '../cpu/exceptions';
import { cli, pushableFlags } from '../cpu/flagops';
import * as flags from '../cpu/flags';
import {
  MEMORY,
  moveOperand,
  operandAddress,
  operandOffset,
  readMemory,
  readMemoryRmw,
  readRegister,
  setOperand,
  writeMemory,
  writeMemoryRmw,
  writeRegister,
} from '../cpu/operand';
import { addressMask, codeLimit, stackMask, stackSegment } from '../cpu/prefix';
import { CODE64, cpu, FL_DF, Gpr, gpr, Segment, segment, setGpr } from '../cpu/state';
import { loadSegment } from '../cpu/segments';
import { signed } from '../cpu/signed';
import { undefinedOpcode } from '../cpu/undefined';
import { fetchedBytes, nextRip, seek } from '../cpu/window';
import { canFault, Imm, Mem, Reg } from '../isa/kinds';
import {
  overflowsSigned,
  productHigh,
  productHighSigned,
  quotientExceeds,
  quotientOf,
  quotientSignedOf,
} from '../isa/wide';
import { probeWrite, read, write } from '../memory/access';
import { instructionLength } from './length';
import { isCanonical, linearAddress } from '../memory/segmented';
import { entryFor, lastPage, WRITE } from '../memory/tlb';

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

  /** By a number of bytes, for second words and bit strings. */
  @inline moveOperand(by: u64): void {
    moveOperand(<i64>by, addressMask);
  }
  /** Would writing the eight bytes of the memory operand fault? They can then be accessed in halves. */
  unwritablePair(): bool {
    const a = operandAddress();
    return load<u64>(entryFor(a), WRITE) != lastPage<u64>(a) && !probeWrite(a, 8);
  }
  /** Memory that no ModRM names. */
  @inline loadAt<T>(s: Segment, offset: u64): T {
    return read<T>(linearAddress(s, offset));
  }


  @inline storeAt<T>(s: Segment, offset: u64, v: T): void {
    write<T>(linearAddress(s, offset), v);
  }


  @inline selector(s: u32): u32 {
    return segment(s).selector;
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
  /** High half of the product, of the signed product. */
  @inline mulHigh<T>(x: T, y: T): T {
    return productHigh<T>(x, y);
  }


  @inline mulHighSigned<T>(x: T, y: T): T {
    return productHighSigned<T>(x, y);
  }
  /** The unsigned quotient high:low / d, with high below d. */
  @inline quotient<T>(high: T, low: T, d: T): T {
    return quotientOf<T>(high, low, d);
  }
  /** Does the signed quotient high:low / d need more than T, or is d 0? */
  @inline quotientExceeds<T>(high: T, low: T, d: T): bool {
    return quotientExceeds<T>(high, low, d);
  }
  /** The signed quotient of what does not exceed T. */
  @inline quotientSigned<T>(high: T, low: T, d: T): T {
    return quotientSignedOf<T>(high, low, d);
  }


  @inline modulo(x: u8, by: u32): u8 {
    return <u8>(<u32>x % by);
  }
  /** By a number of bits known when the instruction is decoded, below the width. */
  @inline shiftLeft<T>(x: T, n: u32): T {
    return <T>(x << (<T>n));
  }
  /** Shifts by `n` in 0..31 (63 for u64), which may exceed a narrow width. */
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
  /** Rotates of u32 and u64. */
  @inline rotl<T>(x: T, n: u8): T {
    return rotl<T>(x, <T>n);
  }


  @inline rotr<T>(x: T, n: u8): T {
    return rotr<T>(x, <T>n);
  }
  /** The last bit that a shift by `n`, not 0, pushed out. */
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

  /** Number of the lowest and the highest bit that is set; nothing in particular when none is. */
  @inline lowestBit<T>(x: T): T {
    return <T>ctz<u64>(<u64>x);
  }


  @inline highestBit<T>(x: T): T {
    return <T>(63 - clz<u64>(<u64>x));
  }

  // ---- conditions ----
  @inline negative<T>(x: T): bool {
    return signed<T>(x) < 0;
  }


  @inline isZero<T>(x: T): bool {
    return x == <T>0;
  }


  @inline below<T>(x: T, y: T): bool {
    return x < y;
  }
  /** Bit `n`, below 32 (64 for u64). */
  @inline testBit<T>(x: T, n: u8): bool {
    if (sizeof<T>() == 8) return (((<u64>x) >> (<u64>n)) & 1) != 0;
    return (((<u32>x) >> (<u32>n)) & 1) != 0;
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


  @inline setCarryOverflow(c: bool, o: bool): void {
    flags.setCarryOverflow(c, o);
  }


  @inline setZero(z: bool): void {
    flags.setZero(z);
  }
  /** SF, ZF, AF, PF and CF, as LAHF and SAHF have them. */
  lowFlags(): u8 {
    return <u8>flags.flags();
  }
  setLowFlags(v: u8): void {
    flags.setLowFlags(v);
  }
  /** What PUSHF pushes; may fail. */
  pushableFlags(): u32 {
    return pushableFlags();
  }
  /** CLI; may fail. */
  clearInterrupts(): void {
    cli();
  }
  /** DF. */
  @inline backwards(): bool {
    return (cpu.eflags & FL_DF) != 0;
  }


  @inline setDirection(down: bool): void {
    cpu.eflags = down ? cpu.eflags | FL_DF : cpu.eflags & ~FL_DF;
  }


  @inline condition(cc: u32): bool {
    return flags.condition(cc);
  }

  // ---- control ----
  /** Raises exception `vector`, without error code, if `c`; before anything has changed. */
  @inline raises(c: bool, vector: u32): bool {
    if (c) raise(vector, 0);
    return c;
  }
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
  loadSegment(s: u32, selector: u32): void {
    loadSegment(s, selector);
  }
  /** Has this backend the body that follows? For an interrupt, a return from one, a system call (cpu/shortcuts.ts, Transfer). */
  @inline transfers(which: u32): bool {
    return true;
  }
  /** The same for an x87 instruction that touches neither general registers nor EFLAGS. */
  @inline floats(op: u32, m: u32): bool {
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
