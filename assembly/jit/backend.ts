/**
 * Backend 2, the translator: values are Locals, operations emit Wasm. The instruction set's bodies run once, at
 * translation time, and what they would compute is written down. No method is inlined: every body calls them.
 */
import { addressMask, codeLimit, stackMask, stackSegment } from '../cpu/prefix';
import { Gpr, Segment } from '../cpu/state';
import { fetchedBytes, nextRip } from '../cpu/window';
import { instructionLength } from '../interpreter/length';
import { Imm, Mem, Reg } from '../isa/kinds';
import { MEMORY } from '../cpu/operand';
import { op } from './emit';
import { forkState, joinState, leaveIf, openIf, closeIf, interpret, settle, stop } from './exits';
import { carry, conditionOf, overflow } from './conditions';
import { noteOperation, Kind, setRecord } from './flags';
import { constantOf, get, isConstant, keep, Local, nothing, valueOf } from './local';
import { lastOutLeft, lastOutRight, lastOutRightSigned, productOverflows } from './carries';
import { loadFrom, loadPrepared, prepare, storePrepared, storeTo } from './memory';
import { readPart, writePart } from './registers';
import {
  addition,
  binary,
  compare,
  conjunction,
  converted,
  exclusion,
  getSigned,
  number,
  shift,
  shiftSigned,
  signExtended,
  subtraction,
  swapped,
  test,
  union,
  zero,
} from './values';
import { bitSet, highest, leaveUnlessAligned, lowest, modulo, rotated } from './bits';
import { lowFlags, pushableFlags, setCarryOverflow, setLowFlags, setZero } from './status';
import { productHigh, productHighSigned, quotient, quotientExceeds, quotientSigned } from './products';
import { linearOf, unlimited } from './segments';
import { backwards, clearInterrupts, loadSegment, selectorOf, setDirection } from './system';
import { float } from './float';
import { transfer } from './transfer';
import { longCode } from './width';
import { GT_U, LT_S, LT_U, MUL, ROTL, ROTR, SELECT, SHL, SHR_U, VOID } from './wasm';

// Transient: the memory operand of the running instruction, and the host address that `readRmw` left for `writeRmw`
let operandSegment: Segment = changetype<Segment>(0);
let operandAt: Local = changetype<Local>(0);
let host: Local = changetype<Local>(0);
/** The target that `outsideTo` has seen. */
let checked: Local = changetype<Local>(0);
/** One bit for each open `when`: was an `if` emitted? */
let whens: u32 = 0;
/** Of a conditional branch, and of a transfer to an address that the data knows. */
let branchCondition: Local = changetype<Local>(0);
let branchTarget: Local = changetype<Local>(0);

export function beginBackend(): void {
  whens = 0;
  checked = nothing();
}
export function condition(): Local {
  return branchCondition;
}
export function target(): Local {
  return branchTarget;
}
export function setTarget(v: Local): void {
  branchTarget = v;
}
function operand(): Local {
  return linearOf(operandSegment, operandAt);
}
function inMemory<O>(o: u32): bool {
  if (changetype<O>(0) instanceof Reg) return false;
  return changetype<O>(0) instanceof Mem || o >= MEMORY;
}


@final
@unmanaged
export class Jit {
  // ---- operands ----
  readReg<T>(o: u32): Local {
    return readPart<T>(o);
  }
  writeReg<T>(o: u32, v: Local): void {
    writePart<T>(o, v);
  }
  read<T, O>(o: u64): Local {
    if (changetype<O>(0) instanceof Imm) return constantOf<T>(o);
    else return inMemory<O>(<u32>o) ? loadFrom<T>(operand()) : readPart<T>(<u32>o);
  }
  write<T, O>(o: u32, v: Local): void {
    if (inMemory<O>(o)) storeTo<T>(operand(), v);
    else writePart<T>(o, v);
  }
  readRmw<T, O>(o: u32): Local {
    if (!inMemory<O>(o)) return readPart<T>(o);
    host = prepare<T>(operand());
    return loadPrepared<T>(host);
  }
  writeRmw<T, O>(o: u32, v: Local): void {
    if (inMemory<O>(o)) storePrepared<T>(operand(), host, v);
    else writePart<T>(o, v);
  }
  /** Known at translation time: the access itself leaves when it faults. */
  @inline failed<O>(): bool {
    return false;
  }
  setOperand(s: Segment, offset: Local): void {
    operandSegment = s;
    operandAt = offset;
  }
  operandOffset(): Local {
    return operandAt;
  }
  moveOperand(by: Local): void {
    operandAt = conjunction<u64>(addition<u64>(operandAt, by), constantOf<u64>(addressMask));
  }
  unwritablePair(): bool {
    leaveUnlessAligned(operand(), operandAt);
    return false;
  }
  loadAt<T>(s: Segment, offset: Local): Local {
    return loadFrom<T>(linearOf(s, offset));
  }
  storeAt<T>(s: Segment, offset: Local, v: Local): void {
    storeTo<T>(linearOf(s, offset), v);
  }
  selector(s: u32): Local {
    return selectorOf(s);
  }

  // ---- the stack ----
  stackPointer(): Local {
    return readPart<u64>(Gpr.RSP << 3);
  }
  setStackPointer(v: Local): void {
    if (stackMask == 0xffff) writePart<u16>(Gpr.RSP << 3, converted<u64, u16>(v));
    else writePart<u64>(Gpr.RSP << 3, this.masked(v));
  }
  loadStack<T>(offset: Local): Local {
    return loadFrom<T>(linearOf(stackSegment, this.masked(offset)));
  }
  storeStack<T>(offset: Local, v: Local): void {
    storeTo<T>(linearOf(stackSegment, this.masked(offset)), v);
  }
  private masked(v: Local): Local {
    return stackMask >= (longCode() ? ~(<u64>0) : 0xffff_ffff) ? v : conjunction<u64>(v, constantOf<u64>(stackMask));
  }

  // ---- values ----
  constant<T>(v: u64): Local {
    return constantOf<T>(v);
  }
  convert<From, To>(v: Local): Local {
    return converted<From, To>(v);
  }
  signExtend<From, To>(v: Local): Local {
    return signExtended<From, To>(v);
  }
  add<T>(x: Local, y: Local): Local {
    const r = addition<T>(x, y);
    noteOperation(x, y, r);
    return r;
  }
  sub<T>(x: Local, y: Local): Local {
    const r = subtraction<T>(x, y);
    noteOperation(x, y, r);
    return r;
  }
  and<T>(x: Local, y: Local): Local {
    return conjunction<T>(x, y);
  }
  or<T>(x: Local, y: Local): Local {
    return union<T>(x, y);
  }
  xor<T>(x: Local, y: Local): Local {
    return exclusion<T>(x, y);
  }
  mul<T>(x: Local, y: Local): Local {
    return binary<T>(MUL, x, y);
  }
  mulOverflows<T>(x: Local, y: Local): Local {
    return productOverflows<T>(x, y);
  }
  mulHigh<T>(x: Local, y: Local): Local {
    return productHigh<T>(x, y);
  }
  mulHighSigned<T>(x: Local, y: Local): Local {
    return productHighSigned<T>(x, y);
  }
  quotient<T>(high: Local, low: Local, d: Local): Local {
    return quotient<T>(high, low, d);
  }
  quotientExceeds<T>(high: Local, low: Local, d: Local): Local {
    return quotientExceeds<T>(high, low, d);
  }
  quotientSigned<T>(high: Local, low: Local, d: Local): Local {
    return quotientSigned<T>(high, low, d);
  }
  modulo(x: Local, by: u32): Local {
    return modulo(x, by);
  }
  shiftLeft<T>(x: Local, n: u32): Local {
    return n ? shift<T>(SHL, x, constantOf<u8>(n)) : x;
  }
  shl<T>(x: Local, n: Local): Local {
    return shift<T>(SHL, x, n);
  }
  shr<T>(x: Local, n: Local): Local {
    return shift<T>(SHR_U, x, n);
  }
  sar<T>(x: Local, n: Local): Local {
    return shiftSigned<T>(x, n);
  }
  rotl<T>(x: Local, n: Local): Local {
    return rotated<T>(ROTL, x, n);
  }
  rotr<T>(x: Local, n: Local): Local {
    return rotated<T>(ROTR, x, n);
  }
  shlCarry<T>(x: Local, n: Local): Local {
    return lastOutLeft<T>(x, n);
  }
  shrCarry<T>(x: Local, n: Local): Local {
    return lastOutRight<T>(x, n);
  }
  sarCarry<T>(x: Local, n: Local): Local {
    return lastOutRightSigned<T>(x, n);
  }
  byteSwap<T>(x: Local): Local {
    return swapped<T>(x);
  }
  lowestBit<T>(x: Local): Local {
    return lowest<T>(x);
  }
  highestBit<T>(x: Local): Local {
    return highest<T>(x);
  }

  // ---- conditions ----
  negative<T>(x: Local): Local {
    getSigned<T>(x);
    number<T>(0);
    compare<T>(LT_S);
    return keep<u32>();
  }
  isZero<T>(x: Local): Local {
    return zero<T>(x);
  }
  below<T>(x: Local, y: Local): Local {
    return test<T>(LT_U, x, y);
  }
  testBit<T>(x: Local, n: Local): Local {
    return bitSet<T>(x, n);
  }
  not(c: Local): Local {
    return zero<u32>(c);
  }
  differ(c: Local, d: Local): Local {
    return exclusion<u32>(c, d);
  }
  both(c: Local, d: Local): Local {
    return conjunction<u32>(c, d);
  }
  always(): Local {
    return constantOf<u32>(1);
  }
  never(): Local {
    return constantOf<u32>(0);
  }
  bit<T>(c: Local): Local {
    return converted<u32, T>(c);
  }
  select<T>(c: Local, x: Local, y: Local): Local {
    if (isConstant(c)) return valueOf(c) ? x : y;
    get(x);
    get(y);
    get(c);
    op(SELECT);
    return keep<T>();
  }
  /** A constant condition is decided now; any other opens an `if`, all state being where both sides find it. */
  when(c: Local): bool {
    whens <<= 1;
    if (isConstant(c)) return valueOf(c) != 0;
    forkState();
    get(c);
    openIf(VOID);
    whens |= 1;
    return true;
  }
  end(): void {
    if (whens & 1) {
      joinState();
      closeIf();
    }
    whens >>= 1;
  }

  // ---- flags ----
  setFlags<T>(kind: u32, x: Local, y: Local, r: Local): void {
    setRecord(kind, sizeof<T>(), x, y, r);
  }
  setResultFlags<T>(r: Local, carries: Local, overflows: Local): void {
    setRecord(Kind.Result, sizeof<T>(), carries, overflows, r);
  }
  setIncFlags<T>(r: Local): void {
    setRecord(Kind.Inc, sizeof<T>(), carry(), nothing(), r);
  }
  setDecFlags<T>(r: Local): void {
    setRecord(Kind.Dec, sizeof<T>(), carry(), nothing(), r);
  }
  carry(): Local {
    return carry();
  }
  /** Only CF changes. */
  setCarry(c: Local): void {
    setCarryOverflow(c, overflow());
  }
  setCarryOverflow(c: Local, o: Local): void {
    setCarryOverflow(c, o);
  }
  setZero(z: Local): void {
    setZero(z);
  }
  lowFlags(): Local {
    return lowFlags();
  }
  setLowFlags(v: Local): void {
    setLowFlags(v);
  }
  pushableFlags(): Local {
    return pushableFlags();
  }
  clearInterrupts(): void {
    clearInterrupts();
  }
  backwards(): Local {
    return backwards();
  }
  setDirection(down: bool): void {
    setDirection(down);
  }
  condition(cc: u32): Local {
    return conditionOf(cc);
  }

  /** The interpreter raises it. */
  raises(c: Local, vector: u32): bool {
    if (isConstant(c) && valueOf(c)) stop();
    else if (!isConstant(c)) {
      get(c);
      leaveIf();
    }
    return isConstant(c) && valueOf(c) != 0;
  }

  // ---- control: each of these ends the block ----
  /** A target beyond the code segment leaves the #GP to the interpreter. */
  outside(c: Local, target: u64): bool {
    if (target <= codeLimit || (isConstant(c) && !valueOf(c))) return false;
    settle();
    if (isConstant(c)) {
      stop();
      return true;
    }
    get(c);
    leaveIf();
    return false;
  }
  outsideTo(target: Local): bool {
    if (unlimited() || target == checked) return false;
    checked = target;
    settle();
    get(target);
    number<u64>(codeLimit);
    compare<u64>(GT_U);
    leaveIf();
    return false;
  }
  jump(target: u64): void {
    this.outside(this.always(), target);
  }
  jumpTo(target: Local): void {
    this.outsideTo(target);
    branchTarget = target;
  }
  returnTo(target: Local): void {
    this.jumpTo(target);
  }
  branch(c: Local, target: u64): void {
    this.outside(c, target);
    branchCondition = c;
  }
  next(): u64 {
    return nextRip();
  }
  expectReturn(to: u64): void {}
  /** What has a body for the interpreter only: the core is called for it. */
  floats(op: u32, m: u32): bool {
    float(op, m, operandSegment, operandAt);
    return false;
  }
  interprets(): bool {
    interpret();
    return false;
  }
  loadSegment(s: u32, selector: Local): void {
    loadSegment(s, selector);
  }
  transfers(which: u32): bool {
    branchTarget = transfer(which);
    return false;
  }
  undefined(): void {
    stop();
  }
  tooLong(): bool {
    return fetchedBytes() > 5 && instructionLength() > 15;
  }
  /** Of interpreted bodies only. */
  selectorOf<T>(v: Local): u32 {
    return 0;
  }
}
