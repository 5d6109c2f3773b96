/**
 * Far JMP and CALL (SDM 3A 5.8, SDM 2 JMP and CALL): to a code segment, through a call gate, to a task. `size` is the
 * operand size in bytes. Nothing changes before the last check has passed.
 */
import {
  checkRealTarget,
  checkTarget,
  codeLimit,
  currentRip,
  enterCode,
  enterRealCode,
  findCode,
  hasValidWidth,
} from './code';
import { dplOf, isCode, isConforming, isPresent, isSystem, markAccessed, System, typeOf } from './descriptors';
import { fail } from './errors';
import { faulted, Vector } from './exceptions';
import { callGate, jumpGate } from './gates';
import { setRealSegment } from './segments';
import { commitStack, pushStack, roomFor, useStack } from './stack';
import { cpu, descriptorMode, longMode, Seg, segment } from './state';
import { switchThroughGate, switchToTask, TaskSwitch } from './tasks';

export { farReturn, iret } from './returns';
export { enterCode } from './code';

export function farJump(selector: u32, offset: u64, size: u32): void {
  selector &= 0xffff;
  const target = truncate(offset, size);
  if (!descriptorMode()) {
    if (!checkRealTarget(target, codeLimit())) return;
    setRealSegment(Seg.CS, selector);
    enterRealCode(target);
    return;
  }
  const d = findCode(selector);
  if (faulted()) return;
  if (isSystem(d)) {
    jumpSystem(selector, d);
    return;
  }
  if (!checkDirect(selector, d) || !checkTarget(d, target) || !markAccessed(selector, d)) return;
  enterCode(selector, d, cpu.cpl, target);
}
export function farCall(selector: u32, offset: u64, size: u32): void {
  selector &= 0xffff;
  const target = truncate(offset, size);
  if (!descriptorMode()) {
    useStack();
    if (!roomFor(2, size) || !checkRealTarget(target, codeLimit()) || !pushReturn(size)) return;
    commitStack();
    setRealSegment(Seg.CS, selector);
    enterRealCode(target);
    return;
  }
  const d = findCode(selector);
  if (faulted()) return;
  if (isSystem(d)) {
    callSystem(selector, d);
    return;
  }
  if (!checkDirect(selector, d)) return;
  useStack();
  if (!roomFor(2, size) || !checkTarget(d, target) || !markAccessed(selector, d) || !pushReturn(size)) return;
  commitStack();
  enterCode(selector, d, cpu.cpl, target);
}

function truncate(offset: u64, size: u32): u64 {
  if (size == 8) return offset;
  return offset & (size == 2 ? 0xffff : 0xffff_ffff);
}
function pushReturn(size: u32): bool {
  pushStack(segment(Seg.CS).selector, size);
  pushStack(currentRip(), size);
  return !faulted();
}
/** A code segment named directly: the privilege level must stay. */
function checkDirect(selector: u32, d: u64): bool {
  const dpl = dplOf(d);
  const allowed = isConforming(d) ? dpl <= cpu.cpl : (selector & 3) <= cpu.cpl && dpl == cpu.cpl;
  if (!isCode(d) || !allowed || !hasValidWidth(d)) {
    fail(Vector.GP, selector);
    return false;
  }
  if (!isPresent(d)) {
    fail(Vector.NP, selector);
    return false;
  }
  return true;
}

function jumpSystem(selector: u32, d: u64): void {
  const type = typeOf(d);
  if (type == System.CallGate32 || (type == System.CallGate16 && !longMode())) {
    if (checkGate(selector, d)) jumpGate(selector, d);
  } else transferToTask(selector, d, TaskSwitch.Jump);
}
function callSystem(selector: u32, d: u64): void {
  const type = typeOf(d);
  if (type == System.CallGate32 || (type == System.CallGate16 && !longMode())) {
    if (checkGate(selector, d)) callGate(selector, d);
  } else transferToTask(selector, d, TaskSwitch.Call);
}
/** Gates are open to DPL and above (SDM 3A 5.8.4). */
function checkGate(selector: u32, d: u64): bool {
  if (dplOf(d) < cpu.cpl || dplOf(d) < (selector & 3)) {
    fail(Vector.GP, selector);
    return false;
  }
  if (longMode()) return true; // the upper half is checked before presence
  return checkPresent(selector, d);
}
function checkPresent(selector: u32, d: u64): bool {
  if (isPresent(d)) return true;
  fail(Vector.NP, selector);
  return false;
}
/** A TSS or a task gate; there are no tasks in IA-32e mode. */
function transferToTask(selector: u32, d: u64, kind: u32): void {
  const type = typeOf(d);
  const gate = type == System.TaskGate;
  const task = type == System.Tss16 || type == System.Tss32;
  if (longMode() || !(gate || task) || dplOf(d) < cpu.cpl || dplOf(d) < (selector & 3)) {
    fail(Vector.GP, selector);
    return;
  }
  if (!checkPresent(selector, d)) return;
  if (gate) switchThroughGate(d, kind, false);
  else switchToTask(selector, d, kind, false);
}
