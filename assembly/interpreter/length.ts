/**
 * Backend 3: runs the decode tree over an instruction without any effect, to learn its length and, for the translator,
 * what it does (interpreter/survey.ts).
 */
import { usualMode } from '../cpu/mode';
import { resetPrefixes, restorePrefixes, savePrefixes } from '../cpu/prefix';
import { CODE16, CODE32, cpu, Gpr, Segment } from '../cpu/state';
import { continueAt, fetch, fetchedBytes, here, nextRip, restart } from '../cpu/window';
import { Legacy, Long } from '../isa/kinds';
import { execute } from '../isa/one-byte';
import {
  beginCondition,
  beginSurvey,
  changeFlags,
  Control,
  endCondition,
  noteTransfer,
  readFlags,
  readOperand,
  readRegister,
  setFlags,
  survey,
  writeOperand,
  writeRegister,
} from './survey';

/** Values are nothing. */
@unmanaged
export class Nothing {}
// @ts-ignore: decorator
@inline const NOTHING: Nothing = changetype<Nothing>(0);


@final
@unmanaged
export class Length {
  readReg<T>(o: u32): Nothing {
    readRegister(o);
    return NOTHING;
  }
  writeReg<T>(o: u32, v: Nothing): void {
    writeRegister(o);
  }
  read<T, O>(o: u64): Nothing {
    readOperand<O>(<u32>o);
    return NOTHING;
  }
  write<T, O>(o: u32, v: Nothing): void {
    writeOperand<O>(o);
  }
  readRmw<T, O>(o: u32): Nothing {
    readOperand<O>(o);
    return NOTHING;
  }
  writeRmw<T, O>(o: u32, v: Nothing): void {
    writeOperand<O>(o);
  }


  @inline failed<O>(): bool {
    return false;
  }
  setOperand(s: Segment, offset: Nothing): void {}
  operandOffset(): Nothing {
    return NOTHING;
  }
  moveOperand(by: Nothing): void {}
  unwritablePair(): bool {
    survey.fails = 1;
    return false;
  }
  loadAt<T>(s: Segment, offset: Nothing): Nothing {
    survey.fails = 1;
    return NOTHING;
  }
  storeAt<T>(s: Segment, offset: Nothing, v: Nothing): void {
    survey.fails = 1;
  }
  selector(s: u32): Nothing {
    return NOTHING;
  }
  stackPointer(): Nothing {
    readRegister(Gpr.RSP << 3);
    return NOTHING;
  }
  setStackPointer(v: Nothing): void {
    writeRegister(Gpr.RSP << 3);
  }
  loadStack<T>(offset: Nothing): Nothing {
    survey.fails = 1;
    return NOTHING;
  }
  storeStack<T>(offset: Nothing, v: Nothing): void {
    survey.fails = 1;
  }
  constant<T>(v: u64): Nothing {
    return NOTHING;
  }
  convert<From, To>(v: Nothing): Nothing {
    return NOTHING;
  }
  signExtend<From, To>(v: Nothing): Nothing {
    return NOTHING;
  }
  add<T>(x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  sub<T>(x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  and<T>(x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  or<T>(x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  xor<T>(x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  mul<T>(x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  mulOverflows<T>(x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  mulHigh<T>(x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  mulHighSigned<T>(x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  quotient<T>(high: Nothing, low: Nothing, d: Nothing): Nothing {
    return NOTHING;
  }
  quotientExceeds<T>(high: Nothing, low: Nothing, d: Nothing): Nothing {
    return NOTHING;
  }
  quotientSigned<T>(high: Nothing, low: Nothing, d: Nothing): Nothing {
    return NOTHING;
  }
  modulo(x: Nothing, by: u32): Nothing {
    return NOTHING;
  }
  shiftLeft<T>(x: Nothing, n: u32): Nothing {
    return NOTHING;
  }
  shl<T>(x: Nothing, n: Nothing): Nothing {
    return NOTHING;
  }
  shr<T>(x: Nothing, n: Nothing): Nothing {
    return NOTHING;
  }
  sar<T>(x: Nothing, n: Nothing): Nothing {
    return NOTHING;
  }
  rotl<T>(x: Nothing, n: Nothing): Nothing {
    return NOTHING;
  }
  rotr<T>(x: Nothing, n: Nothing): Nothing {
    return NOTHING;
  }
  shlCarry<T>(x: Nothing, n: Nothing): Nothing {
    return NOTHING;
  }
  shrCarry<T>(x: Nothing, n: Nothing): Nothing {
    return NOTHING;
  }
  sarCarry<T>(x: Nothing, n: Nothing): Nothing {
    return NOTHING;
  }
  byteSwap<T>(x: Nothing): Nothing {
    return NOTHING;
  }
  lowestBit<T>(x: Nothing): Nothing {
    return NOTHING;
  }
  highestBit<T>(x: Nothing): Nothing {
    return NOTHING;
  }
  negative<T>(x: Nothing): Nothing {
    return NOTHING;
  }
  isZero<T>(x: Nothing): Nothing {
    return NOTHING;
  }
  below<T>(x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  testBit<T>(x: Nothing, n: Nothing): Nothing {
    return NOTHING;
  }
  not(c: Nothing): Nothing {
    return NOTHING;
  }
  differ(c: Nothing, d: Nothing): Nothing {
    return NOTHING;
  }
  both(c: Nothing, d: Nothing): Nothing {
    return NOTHING;
  }
  always(): Nothing {
    return NOTHING;
  }
  never(): Nothing {
    return NOTHING;
  }
  bit<T>(c: Nothing): Nothing {
    return NOTHING;
  }
  select<T>(c: Nothing, x: Nothing, y: Nothing): Nothing {
    return NOTHING;
  }
  when(c: Nothing): bool {
    beginCondition();
    return true;
  }
  end(): void {
    endCondition();
  }
  setFlags<T>(op: u32, x: Nothing, y: Nothing, r: Nothing): void {
    setFlags();
  }
  setResultFlags<T>(r: Nothing, carry: Nothing, overflow: Nothing): void {
    setFlags();
  }
  setIncFlags<T>(r: Nothing): void {
    readFlags();
    setFlags();
  }
  setDecFlags<T>(r: Nothing): void {
    readFlags();
    setFlags();
  }
  carry(): Nothing {
    readFlags();
    return NOTHING;
  }
  setCarry(c: Nothing): void {
    readFlags();
    changeFlags();
  }
  setCarryOverflow(c: Nothing, o: Nothing): void {
    readFlags();
    changeFlags();
  }
  /** It cannot express all flags, and may leave (jit/status.ts). */
  setZero(z: Nothing): void {
    survey.fails = 1;
    readFlags();
    changeFlags();
  }
  lowFlags(): Nothing {
    readFlags();
    return NOTHING;
  }
  setLowFlags(v: Nothing): void {
    survey.fails = 1;
    readFlags();
    changeFlags();
  }
  pushableFlags(): Nothing {
    survey.fails = 1;
    readFlags();
    return NOTHING;
  }
  clearInterrupts(): void {
    survey.fails = 1;
  }
  backwards(): Nothing {
    return NOTHING;
  }
  setDirection(down: bool): void {}
  condition(cc: u32): Nothing {
    readFlags();
    return NOTHING;
  }
  raises(c: Nothing, vector: u32): bool {
    survey.fails = 1;
    return false;
  }
  outside(c: Nothing, target: u64): bool {
    return false;
  }
  outsideTo(target: Nothing): bool {
    return false;
  }
  jump(target: u64): void {
    survey.control = Control.Jump;
    survey.target = target;
  }
  jumpTo(target: Nothing): void {
    survey.control = Control.Indirect;
  }
  returnTo(target: Nothing): void {
    survey.control = Control.Return;
  }
  branch(c: Nothing, target: u64): void {
    survey.control = Control.Branch;
    survey.target = target;
  }
  next(): u64 {
    return nextRip();
  }
  expectReturn(to: u64): void {
    survey.call = 1;
  }
  floats(op: u32, m: u32): bool {
    survey.fails = 1;
    return false;
  }
  interprets(): bool {
    survey.interpreted = 1;
    return false;
  }
  loadSegment(s: u32, selector: Nothing): void {
    survey.fails = 1;
  }
  transfers(which: u32): bool {
    if (usualMode) noteTransfer(which);
    else survey.interpreted = 1;
    return false;
  }
  undefined(): void {
    survey.control = Control.Undefined;
  }
  tooLong(): bool {
    return false;
  }
  selectorOf<T>(v: Nothing): u32 {
    return 0;
  }
}

/**
 * Length in bytes of the running instruction, from its first byte; more than 15 when it is too long. Leaves the
 * instruction stream and the prefixes as they were.
 */
export function instructionLength(): u32 {
  beginSurvey();
  const at = restart();
  savePrefixes();
  resetPrefixes();
  const b = changetype<Length>(0);
  const op: u32 = fetch<u8>();
  if (cpu.codeMode == CODE32) execute<Length, u32, Legacy>(b, op, here());
  else if (cpu.codeMode == CODE16) execute<Length, u16, Legacy>(b, op, here());
  else execute<Length, u32, Long>(b, op, here());
  const n = fetchedBytes();
  continueAt(at);
  restorePrefixes();
  return n;
}
