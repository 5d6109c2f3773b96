/**
 * What translated code reads and writes of CpuState and the segment registers in memory: it changes so rarely that no
 * local holds it.
 */
import { CpuState, FL_DF, FL_IF, FL_IOPL, Segment, SEGMENT_SIZE } from '../cpu/state';
import { SEGMENTS, STATE } from '../layout';
import { access, i32Const, op } from './emit';
import { closeIf, Exit, leaveAfter, leaveIf, openIf, settle } from './exits';
import { Odds } from './hints';
import { callCore, IMPORT_SEGMENT } from './imports';
import { get, keep, Local } from './local';
import { settleRegisters } from './registers';
import { TRANSFER_REFUSED } from './transfer';
import { AND, EQ, GT_U, I32_LOAD, I32_STORE, NE, OR, SHR_U, VOID } from './wasm';

const IOPL_SHIFT: u32 = 12;
const EFLAGS: usize = STATE + offsetof<CpuState>('eflags');

function load32(at: usize): void {
  i32Const(0);
  access(I32_LOAD, at);
}
export function selectorOf(s: u32): Local {
  load32(SEGMENTS + s * SEGMENT_SIZE + offsetof<Segment>('selector'));
  return keep<u32>();
}
/** What the core answers to the `loadSegment` of the running instruction. Transient. */
let answer: Local = changetype<Local>(0);
let asked: bool = false;
export function loadSegment(s: u32, selector: Local): void {
  settle();
  i32Const(s);
  get(selector);
  callCore(IMPORT_SEGMENT);
  answer = keep<u32>();
  asked = true;
  get(answer);
  i32Const(TRANSFER_REFUSED);
  op(EQ);
  leaveIf();
}
/** Leaves behind the running instruction if it has loaded a segment and the code is of another shape now. */
export function leaveIfReshaped(): void {
  if (!asked) return;
  asked = false;
  settleRegisters();
  get(answer);
  openIf(VOID, Odds.Seldom);
  leaveAfter(Exit.Transfer);
  closeIf();
}
/** Pushes those of CpuState.eflags, which has no arithmetic flags. */
export function pushEflags(mask: u32): void {
  load32(EFLAGS);
  i32Const(mask);
  op(AND);
}
/** DF. */
export function backwards(): Local {
  pushEflags(FL_DF);
  i32Const(0);
  op(NE);
  return keep<u32>();
}
export function setDirection(down: bool): void {
  i32Const(0);
  pushEflags(~FL_DF);
  i32Const(down ? FL_DF : 0);
  op(OR);
  access(I32_STORE, EFLAGS);
}
/** CLI. Where CPL is above IOPL it may fault: the interpreter knows. */
export function clearInterrupts(): void {
  load32(STATE + offsetof<CpuState>('cpl'));
  pushEflags(FL_IOPL);
  i32Const(IOPL_SHIFT);
  op(SHR_U);
  op(GT_U);
  leaveIf();
  i32Const(0);
  pushEflags(~FL_IF);
  access(I32_STORE, EFLAGS);
}
