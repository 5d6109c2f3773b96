/**
 * Far RET and IRET (SDM 3A 5.8.6, 8.8.4; SDM 2 RET and IRET): to the same or an outer privilege level, to
 * virtual-8086 mode, to the task that was interrupted. `size` is the operand size in bytes.
 */
import {
  checkRealTarget,
  checkReturnCode,
  checkTarget,
  codeLimit,
  enterCode,
  enterRealCode,
  findCode,
  isLongCode,
} from './code';
import { inTable, isNull, markAccessed, readDescriptor } from './descriptors';
import { fail } from './errors';
import { faulted, Vector } from './exceptions';
import { writableByIret, writeFlags } from './flagops';
import { updateMode } from './mode';
import {
  cacheNull,
  cacheSegment,
  checkStackSegment,
  dropInnerSegments,
  isCurrentCode,
  setRealSegment,
} from './segments';
import { returnShort, shortTarget } from './shortcuts';
import { commitStack, expectPops, movePointer, popStack, useInnerStack, useLongStack, useStack } from './stack';
import {
  CODE64,
  cpu,
  descriptorMode,
  FL_AC,
  FL_ARITHMETIC,
  FL_DF,
  FL_ID,
  FL_IF,
  FL_IOPL,
  FL_NT,
  FL_RF,
  FL_TF,
  FL_VM,
  Gpr,
  longMode,
  Seg,
  setGpr,
  v86Mode,
} from './state';
import { returnFromTask } from './tasks';
import { seek, shutWindow } from './window';

// The popped frame
let rip: u64 = 0;
let selector: u32 = 0;
let image: u32 = 0;

/** Far RET; `release` bytes of parameters go with it. */
export function farReturn(size: u32, release: u32): void {
  useStack();
  rip = popStack(size);
  selector = (<u32>popStack(size)) & 0xffff;
  if (faulted()) return;
  if (!descriptorMode()) {
    if (!checkRealTarget(rip, codeLimit())) return;
    movePointer(release);
    commitStack();
    setRealSegment(Seg.CS, selector);
    enterRealCode(rip);
    return;
  }
  const d = findCode(selector);
  if (faulted() || !checkReturnCode(selector, d)) return;
  movePointer(release);
  if ((selector & 3) > cpu.cpl) returnOuter(d, size, release);
  else returnSame(d);
}
/** The stack pointer stands above the frame. */
function returnSame(d: u64): bool {
  if (!checkTarget(d, rip) || !markAccessed(selector, d)) return false;
  commitStack();
  enterCode(selector, d, cpu.cpl, rip);
  return true;
}
/** The frame continues with SS:RSP. */
function returnOuter(d: u64, size: u32, release: u32): bool {
  expectPops(2, size);
  const sp = popStack(size);
  const ss = (<u32>popStack(size)) & 0xffff;
  if (faulted()) return false;
  const outer = (selector & 3) > cpu.cpl;
  if (!loadOuter(d, sp, ss, release)) return false;
  if (outer) dropInnerSegments();
  return true;
}
function loadOuter(d: u64, sp: u64, ss: u32, release: u32): bool {
  const cpl = selector & 3;
  const long = isLongCode(d);
  let stack: u64 = 0;
  if (isNull(ss)) {
    if (!long || cpl == 3) {
      fail(Vector.GP, 0);
      return false;
    }
  } else {
    if (!inTable(ss)) {
      fail(Vector.GP, ss);
      return false;
    }
    stack = readDescriptor(ss);
    if (faulted() || !checkStackSegment(ss, stack, cpl, Vector.GP)) return false;
  }
  if (!checkTarget(d, rip)) return false;
  if ((!isNull(ss) && !markAccessed(ss, stack)) || !markAccessed(selector, d)) return false;
  if (isNull(ss)) cacheNull(Seg.SS, ss);
  else cacheSegment(Seg.SS, ss, stack);
  if (long) useLongStack(sp, cpl);
  else useInnerStack(ss, stack, <u32>sp, cpl);
  movePointer(release);
  commitStack();
  enterCode(selector, d, cpl, rip);
  return true;
}

function openNmi(): void {
  cpu.nmiBlocked = 0;
  if (cpu.nmiPending) shutWindow();
}
export function iret(size: u32): void {
  // NMIs are open again even if the return fails (SDM 3A 6.7.1).
  if (cpu.nmiBlocked) openNmi();
  if (size == 4 && returnShort()) seek(shortTarget);
  else if (!descriptorMode()) iretReal(size);
  else if (!(cpu.eflags & FL_NT)) iretProtected(size);
  else if (longMode()) fail(Vector.GP, 0);
  else returnFromTask();
}
function popFrame(size: u32): bool {
  useStack();
  expectPops(3, size);
  rip = popStack(size);
  selector = (<u32>popStack(size)) & 0xffff;
  image = <u32>popStack(size);
  return !faulted();
}
/** Real and virtual-8086 mode. */
function iretReal(size: u32): void {
  const v86 = v86Mode();
  if (v86 && (cpu.eflags & FL_IOPL) != FL_IOPL) {
    fail(Vector.GP, 0);
    return;
  }
  if (!popFrame(size) || !checkRealTarget(rip, codeLimit())) return;
  commitStack();
  setRealSegment(Seg.CS, selector);
  let mask = FL_ARITHMETIC | FL_TF | FL_IF | FL_DF | FL_NT;
  if (!v86) mask |= FL_IOPL;
  if (size == 4) mask |= FL_RF | FL_AC | FL_ID;
  writeFlags(image, mask);
  enterRealCode(rip);
}
function iretProtected(size: u32): void {
  if (!popFrame(size)) return;
  if (image & FL_VM && size == 4 && cpu.cpl == 0 && !longMode()) {
    iretToV86();
    return;
  }
  const mask = writableByIret(size);
  const d = findCode(selector);
  // The common case has passed all checks before.
  if (isCurrentCode(selector, d) && cpu.codeMode != CODE64 && rip <= <u64>codeLimit()) {
    commitStack();
    seek(rip);
    writeFlags(image, mask);
    return;
  }
  if (faulted() || !checkReturnCode(selector, d)) return;
  // 64-bit code always returns with SS:RSP (SDM 3A 6.14.3).
  const withStack = (selector & 3) > cpu.cpl || cpu.codeMode == CODE64;
  const done = withStack ? returnOuter(d, size, 0) : returnSame(d);
  if (done) writeFlags(image, mask);
}
/** The frame continues with ESP SS ES DS FS GS. */
function iretToV86(): void {
  const esp = <u32>popStack(4);
  const ss = (<u32>popStack(4)) & 0xffff;
  const es = (<u32>popStack(4)) & 0xffff;
  const ds = (<u32>popStack(4)) & 0xffff;
  const fs = (<u32>popStack(4)) & 0xffff;
  const gs = (<u32>popStack(4)) & 0xffff;
  if (faulted() || !checkRealTarget(rip, 0xffff)) return;
  writeFlags(image, 0xffff_ffff);
  cpu.cpl = 3;
  setRealSegment(Seg.CS, selector);
  setRealSegment(Seg.SS, ss);
  setRealSegment(Seg.ES, es);
  setRealSegment(Seg.DS, ds);
  setRealSegment(Seg.FS, fs);
  setRealSegment(Seg.GS, gs);
  setGpr<u32>(Gpr.RSP, esp);
  updateMode();
  enterRealCode(rip);
}
