/**
 * Where a block forks and where it is left. A side exit hands the running instruction to the interpreter, with all
 * state as before it: what is bound was saved when the instruction began, so faults need no code here at all, the
 * interpreter repeats the instruction and faults for real.
 *
 * INVARIANT: between a `when` and the end of its instruction there is no side exit, as the fork commits the state of
 * the middle of the instruction. A body that breaks this fails the translation (`misshapen`).
 */
import { CODE64, cpu } from '../cpu/state';
import { nextRip, startRip } from '../cpu/window';
import { byte, i32Const, i64Const, leb, op } from './emit';
import { COUNT, LEFT, RIP } from './frame';
import { commitFlags, commitSavedFlags, forgetFlags, noteOperation, saveFlags } from './flags';
import { get, Local, nothing, setLocal } from './local';
import { commitRegisters, commitSavedRegisters, forgetRegisters, saveRegisters } from './registers';
import { BR, ELSE, END, IF, SELECT, VOID } from './wasm';

// Transient: of the block that is being translated
let nest: u32 = 0;
let count: u32 = 0;
let over: bool = false;
let forked: bool = false;
let bad: bool = false;

export function beginBlock(): void {
  nest = 0;
  count = 0;
  over = false;
  bad = false;
  forgetRegisters();
  forgetFlags();
  noteOperation(nothing(), nothing(), nothing());
}
export function beginJitInstruction(): void {
  forked = false;
  saveRegisters();
  saveFlags();
}
export function endJitInstruction(): void {
  if (!over) count++;
}
/** Has all that follows in the block become unreachable? */
export function ended(): bool {
  return over;
}
/** Instructions translated so far. */
export function translated(): u32 {
  return count;
}
/** Did a body leave in the middle of what it does? */
export function misshapen(): bool {
  return bad || nest != 0;
}

// ---- forks ----
/** Pops a condition; both ways go on with the same knowledge. */
export function openIf(type: u32): void {
  op(IF);
  byte(type);
  nest++;
}
export function otherwise(): void {
  op(ELSE);
}
export function closeIf(): void {
  op(END);
  nest--;
}
/** Puts all state where both sides of a fork will look for it. */
export function commitState(): void {
  commitRegisters();
  commitFlags();
  forked = true;
}

// ---- exits ----
function branchOut(): void {
  op(BR);
  leb(nest);
}
/** RIP as the mode has it. */
function wrapRip(rip: u64): u64 {
  return cpu.codeMode == CODE64 ? rip : rip & 0xffff_ffff;
}
function leaveAt(instructions: u32): void {
  i32Const(instructions);
  setLocal(COUNT);
  branchOut();
}
/** The side exit; to be written inside an `if`, or else `stop` is meant. */
export function leave(): void {
  if (forked) bad = true;
  commitSavedRegisters();
  commitSavedFlags();
  i64Const(wrapRip(startRip()));
  setLocal(RIP);
  leaveAt(count | LEFT);
}
/** Pops a condition and leaves if it holds. */
export function leaveIf(): void {
  openIf(VOID);
  leave();
  closeIf();
}
/** The block ends before the running instruction, which the interpreter has to execute. */
export function stop(): void {
  if (over) return;
  leave();
  over = true;
}

// ---- ends: the running instruction is the last one ----
function finish(): void {
  commitRegisters();
  commitFlags();
  leaveAt(++count);
  over = true;
}
/** Continues at `target`. */
export function goTo(target: u64): void {
  i64Const(wrapRip(target));
  setLocal(RIP);
  finish();
}
export function goToValue(target: Local): void {
  get(target);
  setLocal(RIP);
  finish();
}
export function branchTo(c: Local, target: u64): void {
  i64Const(wrapRip(target));
  i64Const(wrapRip(nextRip()));
  get(c);
  op(SELECT);
  setLocal(RIP);
  finish();
}
/** Ends a block between two instructions: nothing has begun. */
export function fallThrough(): void {
  if (over) return;
  i64Const(wrapRip(nextRip()));
  setLocal(RIP);
  commitRegisters();
  commitFlags();
  leaveAt(count);
  over = true;
}
