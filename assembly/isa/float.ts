/** The x87 escapes: decodes the operand and hands over to fpu/. Interpreter only. */

import { escape as fpuEscape, fwait } from '../fpu/x87';
import { fxrstor, fxsave } from '../fpu/fxsave';
import { modrm } from './modrm';

export function escape<B, X>(b: B, op: u32, at: u64): void {
  modrm<B, X>(b, at);
  const m: u32 = load<u8>(<usize>at);
  if (usesRegisters(op, m) ? b.interprets() : b.floats(op, m)) fpuEscape(op, m);
}
/** FCMOVcc, FCOMI and their relatives have to do with EFLAGS, FNSTSW AX with a register; all others with memory at most. */
function usesRegisters(op: u32, m: u32): bool {
  return m >= 0xc0 && (op == 0xda || op == 0xdb || op == 0xdf);
}
export function wait<B>(b: B): void {
  if (b.interprets()) fwait();
}
/** FXSAVE and FXRSTOR; `long` with REX.W. */
export function escapeState(restore: bool, long: bool): void {
  if (restore) fxrstor(long);
  else fxsave(long);
}
