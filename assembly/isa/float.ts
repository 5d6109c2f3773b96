/** The x87 escapes: decodes the operand and hands over to fpu/. Interpreter only. */
import { Effect } from './kinds';
import { escape as fpuEscape, fwait } from '../fpu/x87';
import { fxrstor, fxsave } from '../fpu/fxsave';
import { modrm } from './modrm';

export function escape<B, X>(b: B, op: u32, at: u64): void {
  modrm<B, X>(b, at);
  if (b.interprets(effect(op, load<u8>(<usize>at)))) fpuEscape(op, load<u8>(<usize>at));
}
/** FCMOVcc, FCOMI and their relatives have to do with EFLAGS, FNSTSW AX with a register; all others with memory at most. */
function effect(op: u32, m: u32): u32 {
  const registers = m >= 0xc0 && (op == 0xda || op == 0xdb || op == 0xdf);
  return registers ? Effect.Any : Effect.Memory;
}
export function wait<B>(b: B): void {
  if (b.interprets(Effect.Memory)) fwait();
}
/** FXSAVE and FXRSTOR; `long` with REX.W. */
export function escapeState(restore: bool, long: bool): void {
  if (restore) fxrstor(long);
  else fxsave(long);
}
