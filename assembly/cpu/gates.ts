/** Call gates of 16, 32 and 64 bits (SDM 3A 5.8.3 to 5.8.5). The caller has checked the gate's DPL. */
import { checkTarget, currentRip, enterCode, findCode } from './code';
import {
  dplOf,
  gateOffset,
  gateSelector,
  inTable,
  isCode,
  isConforming,
  isNull,
  isPresent,
  markAccessed,
  readDescriptor,
  readUpperHalf,
  System,
  typeOf,
  widthBits,
} from './descriptors';
import { fail } from './errors';
import { faulted, Vector } from './exceptions';
import { readInnerPointer, readInnerStack, innerPointer, innerSelector } from './inner';
import { cacheNull, cacheSegment, checkStackSegment } from './segments';
import {
  commitStack,
  movePointer,
  popStack,
  pushStack,
  roomFor,
  stackPointer,
  useInnerStack,
  useLongStack,
  useStack,
} from './stack';
import { cpu, Gpr, gpr, longMode, Seg, segment } from './state';

// Of `openGate`: where the gate leads, and the width of what it pushes.
let selector: u32 = 0;
let code: u64 = 0;
let target: u64 = 0;
let size: u32 = 0;

/** Reads gate `d` and the code segment behind it; false with the exception raised. */
function openGate(gate: u32, d: u64): bool {
  selector = gateSelector(d);
  target = gateOffset(d);
  size = 4;
  if (longMode()) {
    if (!openLongGate(gate, d)) return false;
  } else if (typeOf(d) == System.CallGate16) {
    size = 2;
    target &= 0xffff;
  }
  code = findCode(selector);
  if (faulted()) return false;
  if (!isCode(code) || dplOf(code) > cpu.cpl || (longMode() && widthBits(code) != 1)) {
    fail(Vector.GP, selector);
    return false;
  }
  return true;
}
function openLongGate(gate: u32, d: u64): bool {
  if (!inTable(gate, 16)) {
    fail(Vector.GP, gate);
    return false;
  }
  const high = readUpperHalf(gate);
  if (faulted()) return false;
  if ((high >> 40) & 0x1f) {
    fail(Vector.GP, gate);
    return false;
  }
  if (!isPresent(d)) {
    fail(Vector.NP, gate);
    return false;
  }
  target |= high << 32;
  size = 8;
  return true;
}
function codePresent(): bool {
  if (isPresent(code)) return true;
  fail(Vector.NP, selector);
  return false;
}

/** A jump does not change the privilege level. */
export function jumpGate(gate: u32, d: u64): void {
  if (!openGate(gate, d)) return;
  if (!isConforming(code) && dplOf(code) != cpu.cpl) {
    fail(Vector.GP, selector);
    return;
  }
  if (!codePresent() || !checkTarget(code, target) || !markAccessed(selector, code)) return;
  enterCode(selector, code, cpu.cpl, target);
}
export function callGate(gate: u32, d: u64): void {
  if (!openGate(gate, d) || !codePresent()) return;
  if (isConforming(code) || dplOf(code) == cpu.cpl) callSame();
  else if (longMode()) callLongInner();
  else callInner((<u32>(d >> 32)) & 0x1f);
}
function pushReturn(): bool {
  pushStack(segment(Seg.CS).selector, size);
  pushStack(currentRip(), size);
  return !faulted();
}
function callSame(): void {
  useStack();
  if (!roomFor(2, size) || !checkTarget(code, target) || !markAccessed(selector, code) || !pushReturn()) return;
  commitStack();
  enterCode(selector, code, cpu.cpl, target);
}
/** The inner stack receives SS:ESP, the gate's parameters from the outer stack, and the return address. */
function callInner(parameters: u32): void {
  const cpl = dplOf(code);
  if (!readInnerStack(cpl)) return;
  const ss = innerSelector;
  if (isNull(ss) || !inTable(ss)) {
    fail(Vector.TS, ss);
    return;
  }
  const stack = readDescriptor(ss);
  if (faulted() || !checkStackSegment(ss, stack, cpl, Vector.TS)) return;
  useInnerStack(ss, stack, <u32>innerPointer, cpl);
  if (!roomFor(4 + parameters, size) || !checkTarget(code, target)) return;
  pushStack(segment(Seg.SS).selector, size);
  pushStack(gpr<u64>(Gpr.RSP), size);
  for (let i = parameters; i > 0; i--) {
    // The two stacks take turns; the inner one goes on where it was.
    const sp = <u32>stackPointer();
    useStack();
    const v = parameter(i - 1);
    useInnerStack(ss, stack, sp, cpl);
    pushStack(v, size);
    if (faulted()) return;
  }
  if (!pushReturn() || !markAccessed(ss, stack) || !markAccessed(selector, code)) return;
  cacheSegment(Seg.SS, ss, stack);
  commitStack();
  enterCode(selector, code, cpl, target);
}
/** The `i`th parameter of the outer stack. */
function parameter(i: u32): u64 {
  movePointer(i * size);
  return popStack(size);
}
/** Always 64-bit code: SS becomes null, and nothing is copied. */
function callLongInner(): void {
  const cpl = dplOf(code);
  if (!readInnerPointer(4 + (cpl << 3))) return;
  useLongStack(innerPointer, cpl);
  if (!roomFor(4, 8) || !checkTarget(code, target)) return;
  pushStack(segment(Seg.SS).selector, 8);
  pushStack(gpr<u64>(Gpr.RSP), 8);
  if (!pushReturn() || !markAccessed(selector, code)) return;
  commitStack();
  enterCode(selector, code, cpl, target);
  cacheNull(Seg.SS, cpl);
}
