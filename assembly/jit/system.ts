/**
 * What translated code reads and writes of CpuState and the segment registers in memory: it changes so rarely that no
 * local holds it.
 */
import { CpuState, FL_DF, Segment, SEGMENT_SIZE } from '../cpu/state';
import { SEGMENTS, STATE } from '../layout';
import { access, i32Const, op } from './emit';
import { keep, Local } from './local';
import { AND, I32_LOAD, I32_STORE, NE, OR } from './wasm';

const EFLAGS: usize = STATE + offsetof<CpuState>('eflags');

function load32(at: usize): void {
  i32Const(0);
  access(I32_LOAD, at);
}
export function selectorOf(s: u32): Local {
  load32(SEGMENTS + s * SEGMENT_SIZE + offsetof<Segment>('selector'));
  return keep<u32>();
}
/** DF. */
export function backwards(): Local {
  load32(EFLAGS);
  i32Const(FL_DF);
  op(AND);
  i32Const(0);
  op(NE);
  return keep<u32>();
}
export function setDirection(down: bool): void {
  i32Const(0);
  load32(EFLAGS);
  i32Const(down ? FL_DF : ~FL_DF);
  op(down ? OR : AND);
  access(I32_STORE, EFLAGS);
}
