/**
 * Delivery of one event through the interrupt vector table or the IDT (SDM 3A 6.12, 6.14, 20.3; SDM 2 INT n). Every
 * check and every access comes before the first change, so that a failed delivery leaves the state alone.
 */
import { checkTarget, codeLimit, currentRip, enterCode, enterRealCode, findCode } from './code';
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
  System,
  typeOf,
} from './descriptors';
import { fail, failGate } from './errors';
import { faulted, Vector } from './exceptions';
import { writeFlags } from './flagops';
import { flags } from './flags';
import { innerPointer, innerSelector, readInnerStack } from './inner';
import { deliverLong } from './long';
import { updateMode } from './mode';
import { cacheNull, cacheSegment, checkStackSegment, isCurrentCode, setRealSegment } from './segments';
import { commitStack, pushFrame, pushStack, roomFor, useInnerStack, useStack } from './stack';
import { deliverShort, shortTarget } from './shortcuts';
import {
  cpu,
  FL_AC,
  FL_IF,
  FL_NT,
  FL_RF,
  FL_TF,
  FL_VM,
  Gpr,
  gpr,
  longMode,
  protectedMode,
  Seg,
  segment,
  v86Mode,
} from './state';
import { readTable } from './system';
import { switchThroughGate, TaskSwitch } from './tasks';
import { seek, shutWindow } from './window';

export namespace Kind {
  /** INTR and NMI. */
  export const External: u32 = 0;
  /** Repeats the instruction: RF is set in the pushed flags (SDM 3B 17.3.1.1). */
  export const Fault: u32 = 1;
  /** #DB after an instruction, INT1. */
  export const Trap: u32 = 2;
  /** INT n, INT3, INTO: the gate's DPL counts. */
  export const Software: u32 = 3;
}

/** Delivers `vector`; ask `faulted()`. */
export function deliver(vector: u32, hasCode: bool, code: u32, kind: u32): void {
  // A software interrupt clears TF before a trap is due.
  if (kind == Kind.Software) cpu.pendingDebug = 0;
  if (deliverShort(vector, hasCode, code, kind, <u32>currentRip())) seek(shortTarget);
  else if (!protectedMode()) deliverReal(vector);
  else if (longMode()) deliverLong(vector, hasCode, code, kind);
  else deliverProtected(vector, hasCode, code, kind);
}
/** EFLAGS as a handler finds them in its frame. */
// @ts-ignore: decorator
@inline export function flagImage(vector: u32, kind: u32): u32 {
  return kind == Kind.Fault && vector != Vector.DF ? flags() | FL_RF : flags();
}

function deliverReal(vector: u32): void {
  if ((vector << 2) + 3 > cpu.idtLimit) {
    failGate(Vector.GP, vector);
    return;
  }
  const entry = readTable<u32>(cpu.idtBase + (vector << 2));
  if (faulted()) return;
  useStack();
  if (!roomFor(3, 2)) return;
  pushStack(flags(), 2);
  pushStack(segment(Seg.CS).selector, 2);
  pushStack(currentRip(), 2);
  if (faulted()) return;
  commitStack();
  writeFlags(0, FL_IF | FL_TF | FL_AC | FL_RF);
  setRealSegment(Seg.CS, entry >> 16);
  enterRealCode(entry & 0xffff);
}

/** Is `d` a gate that interrupts may use? 386 and 286 gates, and task gates. */
function isGate(d: u64): bool {
  const type = typeOf(d);
  return (
    type == System.InterruptGate32 ||
    type == System.TrapGate32 ||
    type == System.TaskGate ||
    type == System.InterruptGate16 ||
    type == System.TrapGate16
  );
}
function deliverProtected(vector: u32, hasCode: bool, code: u32, kind: u32): void {
  if ((vector << 3) + 7 > cpu.idtLimit) {
    failGate(Vector.GP, vector);
    return;
  }
  const gate = readTable<u64>(cpu.idtBase + (vector << 3));
  if (faulted()) return;
  if (!isGate(gate) || !openTo(gate, kind)) {
    failGate(Vector.GP, vector);
    return;
  }
  if (!isPresent(gate)) {
    failGate(Vector.NP, vector);
    return;
  }
  if (typeOf(gate) == System.TaskGate) deliverToTask(gate, hasCode, code, kind == Kind.Fault);
  else deliverThroughGate(gate, flagImage(vector, kind), hasCode, code);
}
/** Only software interrupts are checked against the gate's DPL. */
// @ts-ignore: decorator
@inline export function openTo(gate: u64, kind: u32): bool {
  return kind != Kind.Software || dplOf(gate) >= cpu.cpl;
}
/** Is the code segment behind a gate code, of the same or an inner level? Raises #GP if not. */
export function checkHandler(selector: u32, d: u64): bool {
  if (isCode(d) && dplOf(d) <= cpu.cpl) return true;
  fail(Vector.GP, selector);
  return false;
}
export function handlerPresent(selector: u32, d: u64): bool {
  if (isPresent(d)) return true;
  fail(Vector.NP, selector);
  return false;
}

/** Bit 3 of a gate's type: 32-bit; bit 0: a trap gate, which leaves IF. */
function deliverThroughGate(gate: u64, image: u32, hasCode: bool, code: u32): void {
  const selector = gateSelector(gate);
  const size: u32 = typeOf(gate) & 8 ? 4 : 2;
  const target = gateOffset(gate) & (size == 4 ? 0xffff_ffff : 0xffff);
  const d = findCode(selector);
  if (isCurrentCode((selector & ~3) | cpu.cpl, d) && target <= codeLimit()) {
    deliverSame(target, image, hasCode, code, size, typeOf(gate) & 1);
    return;
  }
  if (faulted() || !checkHandler(selector, d) || !handlerPresent(selector, d)) return;
  const inner = !isConforming(d) && dplOf(d) < cpu.cpl;
  // From virtual-8086 mode only to level 0.
  if (v86Mode() && (!inner || dplOf(d) != 0)) {
    fail(Vector.GP, selector);
    return;
  }
  const cpl = inner ? dplOf(d) : cpu.cpl;
  if (inner) {
    if (!pushInner(selector, d, target, image, hasCode, code, size)) return;
  } else {
    useStack();
    if (!roomFor(hasCode ? 4 : 3, size) || !checkTarget(d, target)) return;
    pushReturn(image, hasCode, code, size);
    if (faulted() || !markAccessed(selector, d)) return;
    commitStack();
  }
  finish(selector, d, cpl, target, typeOf(gate) & 1);
}
/** To a handler in the running code segment: the common case in ring 0, whose checks CS has passed before. */
function deliverSame(target: u32, image: u32, hasCode: bool, code: u32, size: u32, trapGate: u32): void {
  useStack();
  if (!roomFor(hasCode ? 4 : 3, size)) return;
  pushReturn(image, hasCode, code, size);
  if (faulted()) return;
  commitStack();
  clearFlags(trapGate);
  seek(target);
}
/** EFLAGS as a handler starts with. */
// @ts-ignore: decorator
@inline export function clearFlags(trapGate: u32): void {
  const before = cpu.eflags;
  cpu.eflags = before & ~(FL_TF | FL_NT | FL_RF | FL_VM | (trapGate ? 0 : FL_IF));
  if (before & (FL_TF | FL_RF)) shutWindow();
}
/** CS, flags and instruction pointer take over. */
function finish(selector: u32, d: u64, cpl: u32, target: u64, trapGate: u32): void {
  const fromV86 = v86Mode();
  clearFlags(trapGate);
  enterCode(selector, d, cpl, target);
  if (fromV86) updateMode();
}
function pushReturn(image: u32, hasCode: bool, code: u32, size: u32): void {
  pushFrame(image, segment(Seg.CS).selector, currentRip(), size);
  if (hasCode) pushStack(code, size);
}
/** Builds the frame on the stack of the handler's level and loads SS:ESP; false when it failed. */
function pushInner(selector: u32, d: u64, target: u64, image: u32, hasCode: bool, code: u32, size: u32): bool {
  const cpl = dplOf(d);
  const v86 = v86Mode();
  if (!readInnerStack(cpl)) return false;
  const ss = innerSelector;
  if (isNull(ss) || !inTable(ss)) {
    fail(Vector.TS, ss);
    return false;
  }
  const stack = readDescriptor(ss);
  if (faulted() || !checkStackSegment(ss, stack, cpl, Vector.TS)) return false;
  useInnerStack(ss, stack, <u32>innerPointer, cpl);
  if (!roomFor(5 + (hasCode ? 1 : 0) + (v86 ? 4 : 0), size) || !checkTarget(d, target)) return false;
  if (v86) {
    pushStack(segment(Seg.GS).selector, size);
    pushStack(segment(Seg.FS).selector, size);
    pushStack(segment(Seg.DS).selector, size);
    pushStack(segment(Seg.ES).selector, size);
  }
  pushStack(segment(Seg.SS).selector, size);
  pushStack(gpr<u64>(Gpr.RSP), size);
  pushReturn(image, hasCode, code, size);
  if (faulted() || !markAccessed(ss, stack) || !markAccessed(selector, d)) return false;
  if (v86) {
    cacheNull(Seg.GS, 0);
    cacheNull(Seg.FS, 0);
    cacheNull(Seg.DS, 0);
    cacheNull(Seg.ES, 0);
  }
  cacheSegment(Seg.SS, ss, stack);
  commitStack();
  return true;
}

/** Through a task gate; an error code goes onto the stack of the new task. */
function deliverToTask(gate: u64, hasCode: bool, code: u32, fault: bool): void {
  switchThroughGate(gate, TaskSwitch.Interrupt, fault);
  if (faulted() || !hasCode) return;
  const size: u32 = segment(Seg.TR).access & 8 ? 4 : 2;
  useStack();
  if (!roomFor(1, size)) return;
  pushStack(code, size);
  if (!faulted()) commitStack();
}
