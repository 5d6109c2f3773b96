/**
 * x87 instructions in translated code: a call of the x87 with the operand's place, registers staying in locals. One that
 * fails has changed nothing, and is left to the interpreter.
 */
import { Segment, SEGMENT_SIZE } from '../cpu/state';
import { startRip } from '../cpu/window';
import { SEGMENTS } from '../layout';
import { i32Const, i64Const, op } from './emit';
import { closeIf, isStraddling, leaveAfter, openIf, settle, sideExitIf, sideExitNext, stop, wrapRip } from './exits';
import { Odds } from './hints';
import { callCore, IMPORT_FLOAT } from './imports';
import { get, keep, Local } from './local';
import { getWide } from './values';
import { EQ, VOID } from './wasm';

/** What the helper returns beside 0: the instruction is for the interpreter; it is done, but something is due. */
export const FLOAT_REFUSED: u32 = 1;
export const FLOAT_DUE: u32 = 2;
const REGISTER: u32 = 0xc0;

/** Opcode `code` with ModRM byte `m`; the operand, if it is in memory, at `offset` in `s`. */
export function float(code: u32, m: u32, s: Segment, offset: Local): void {
  if (isStraddling()) {
    stop();
    return;
  }
  settle();
  if (m < REGISTER) getWide<u64>(offset);
  else i64Const(0);
  i32Const(m < REGISTER ? <u32>(changetype<usize>(s) - SEGMENTS) / SEGMENT_SIZE : 0);
  i32Const((code << 8) | m);
  i64Const(wrapRip(startRip()));
  callCore(IMPORT_FLOAT);
  const result = keep<u32>();
  get(result);
  openIf(VOID, Odds.Seldom);
  sideExitNext();
  get(result);
  i32Const(FLOAT_REFUSED);
  op(EQ);
  sideExitIf();
  leaveAfter();
  closeIf();
}
